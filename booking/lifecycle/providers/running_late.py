"""A provider runs late: the desk sees it, and may tell the patients who would come to wait."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars, slot_transaction
from booking.lifecycle._transition import Actor, log_event
from booking.lifecycle.errors import NotAllowed
from booking.models import Appointment
from booking.notifications import messages
from clinic.models import RunningLate
from clinic.practice_info import local_date

TOLD_AHEAD = timedelta(hours=2)


def running_late(practitioner: int, minutes: int, *, by: Actor, now: datetime, tell: bool = False) -> RunningLate:
    """Record how late the provider runs today; 0: on time again. `tell`: email those who come in the next two hours.

    Whoever says it last counts. An email of before that has not left is out of date; nobody gets the same one twice.
    """
    if minutes not in RunningLate.Minutes.values:
        raise NotAllowed(_("Choose how late the provider is running."))
    with slot_transaction():
        lock_calendars([practitioner], now=now)
        messages.forget_late(practitioner)
        told = [_tell(each, minutes, by, now) for each in _expected(practitioner, now)] if tell and minutes else []
        return RunningLate.objects.create(
            practitioner_id=practitioner, day=local_date(now), minutes=minutes, said_at=now, said_by=by.user,
            told=sum(told),
        )  # fmt: skip


def _expected(practitioner: int, now: datetime) -> QuerySet[Appointment]:
    """Those who have not come yet, whom we can email."""
    rows = Appointment.objects.filter(practitioner=practitioner, status=Appointment.Status.BOOKED)
    rows = rows.filter(needs_rebooking_since=None, starts_at__gt=now, starts_at__lte=now + TOLD_AHEAD)
    return rows.exclude(patient__email="").select_related("appointment_request__patient").order_by("pk")


def _tell(appointment: Appointment, minutes: int, by: Actor, now: datetime) -> bool:
    is_told = messages.late(appointment, minutes, now=now)
    if is_told:
        log_event(appointment, verb="running_late", by=by, now=now, note=_("%d min") % minutes)
    return is_told
