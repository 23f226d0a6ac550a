"""What a supervisor on this machine, or a load balancer, wants to know."""

from datetime import datetime
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from booking.maintenance import worker_watch
from booking.models import Message, WorkerHeartbeat
from clinic.database.lost import AWAY
from clinic.models import StaffMessage
from clinic.web import errors
from clinic.web.client_address import is_this_machine

WAITING = (Message.Status.QUEUED, Message.Status.SENDING)


def healthz(request):
    """200 if the database answers and is migrated, otherwise 503. This machine is told more than a stranger."""
    try:
        found = report(now=timezone.now())
        worker_watch.tell_if_stopped(now=timezone.now())
    except AWAY as error:
        return errors.unavailable(request, error)
    status = 503 if found["pending_migrations"] else 200
    if is_this_machine(request):
        return JsonResponse(found, status=status)
    return HttpResponse("ok" if status == 200 else "not ready", status=status, content_type="text/plain")


def report(*, now: datetime) -> dict[str, str | int | None]:
    """Ages are in whole seconds; None if no worker was ever seen, or if no message is overdue."""
    overdue = filter(None, (_oldest_overdue(outbox, now) for outbox in (Message, StaffMessage)))
    seen = WorkerHeartbeat.objects.values_list("seen_at", flat=True).first()
    return {
        "database": connection.vendor,
        "pending_migrations": len(_on_disk() - set(MigrationRecorder(connection).applied_migrations())),
        "worker_seen_seconds_ago": age(seen, now),
        "oldest_undelivered_seconds": age(min(overdue, default=None), now),
    }


def _oldest_overdue(outbox: type[Message | StaffMessage], now: datetime) -> datetime | None:
    return outbox.objects.filter(status__in=WAITING, due_at__lte=now).aggregate(oldest=Min("due_at"))["oldest"]


def beat(*, now: datetime) -> None:
    """The worker lives. One row, whatever the number of workers."""
    WorkerHeartbeat.objects.update_or_create(pk=1, defaults={"seen_at": now})


@cache
def _on_disk() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else int((now - moment).total_seconds())
