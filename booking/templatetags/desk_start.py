"""The desk's numbers on the start page of the staff site."""

from datetime import datetime
from typing import NamedTuple

from django import template
from django.utils import timezone

from booking.models import Appointment, AppointmentRequest
from booking.models.bounded_count import count_of
from booking.roles import may, rights_of
from booking.set_up.backups import backups
from booking.set_up.checklist import Checklist, checklist
from clinic.practice_info import local_date, practice_info

register = template.Library()


class Start(NamedTuple):
    may: set[str]
    waiting: str = ""
    late: str = ""
    today: str = ""


@register.simple_tag
def desk_start(user) -> Start:
    """The numbers that this user may see; none without a right at the desk. At most three queries."""
    start, now = Start(rights_of(user)), timezone.now()
    if "see_queue" in start.may:
        waiting = AppointmentRequest.objects.waiting()
        start = start._replace(waiting=count_of(waiting), late=count_of(waiting.filter(respond_by__lte=now)))
    if "see_day" in start.may:
        today = local_date(now)
        since, until = practice_info().bounds(today, today)
        shown = Appointment.objects.filter(
            status__in=Appointment.ON_CALENDAR, starts_at__gte=since, starts_at__lt=until
        )
        start = start._replace(today=count_of(shown.exclude(status=Appointment.Status.CANCELLED)))
    return start


class Backup(NamedTuple):
    """When ours was taken, if any; whether the host is said to make them; whether neither holds any more."""

    taken_at: datetime | None
    is_of_host: bool
    is_overdue: bool


@register.simple_tag
def last_backup() -> Backup:
    found, now = backups(), timezone.now()
    ours, of_host = found.are_ours(now), found.are_of_host(now)
    return Backup(found.taken_at, of_host and not ours, not (ours or of_host))


@register.simple_tag
def set_up_checklist(user) -> Checklist | None:
    """For a manager; None for others."""
    return checklist(now=timezone.now()) if may(user, "set_up") else None
