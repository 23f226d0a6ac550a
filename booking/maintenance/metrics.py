"""/metrics: what the web processes have counted, and what the database says at this moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from booking.maintenance import health
from booking.models import AppointmentRequest, LastBackup
from clinic.database.lost import AWAY
from clinic.metrics.scraping import counted, may_scrape
from clinic.web import errors

EXPLAINED = {
    "clinic_database_up": "Whether the database answers: 1 or 0. If not, all below are missing.",
    "clinic_pending_migrations": "Migrations that were not run: the site says 503 until they are.",
    "clinic_worker_silent_seconds": "Since a worker was last seen. Missing if none ever was.",
    "clinic_requests_waiting": "Requests that wait for the desk's answer.",
    "clinic_requests_overdue_seconds": "By how long the oldest of them is past its deadline.",
    "clinic_messages_overdue_seconds": "By how long the oldest message that has not left is late.",
    "clinic_backup_age_seconds": "Since the last backup. Missing if there was none.",
}


def metrics(request):
    """Found by this machine and by whoever has the token, and by nobody else."""
    if not may_scrape(request):
        return errors.page_not_found(request)
    gauges = CollectorRegistry()
    gauges.register(Gauges(timezone.now()))
    response = HttpResponse(counted() + generate_latest(gauges), content_type=CONTENT_TYPE_LATEST)
    add_never_cache_headers(response)
    return response


class Gauges:
    """What is so now. The library's own gauges would keep what each process said last, and hand that out too."""

    def __init__(self, now: datetime) -> None:
        self.found = list(_found(now))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from (GaugeMetricFamily(name, EXPLAINED[name], value) for name, value in self.found)


def _found(now: datetime) -> Iterator[tuple[str, float]]:
    """What has no value is left out: a zero would say that all is well."""
    try:
        found = read(now=now)
    except AWAY:
        found = {"clinic_database_up": 0}
    yield from ((name, value) for name, value in found.items() if value is not None)


def read(*, now: datetime) -> dict[str, Any]:
    """By indexes, and of what is open now: years of history cost nothing."""
    healthy = health.report(now=now)
    asked = AppointmentRequest.objects.waiting().aggregate(number=Count("pk"), oldest=Min("respond_by"))
    backup = LastBackup.objects.values_list("taken_at", flat=True).first()
    return {
        "clinic_database_up": 1,
        "clinic_pending_migrations": healthy["pending_migrations"],
        "clinic_worker_silent_seconds": healthy["worker_seen_seconds_ago"],
        "clinic_requests_waiting": asked["number"],
        "clinic_requests_overdue_seconds": max(0, health.age(asked["oldest"], now) or 0),
        "clinic_messages_overdue_seconds": healthy["oldest_undelivered_seconds"] or 0,
        "clinic_backup_age_seconds": health.age(backup, now),
    }
