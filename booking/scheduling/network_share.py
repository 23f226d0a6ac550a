"""How much of the calendar one anonymous network may hold: a family or a care home, never a week."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import CharField, DateTimeField, QuerySet

from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import Rules, Slot, open_times
from clinic.compiled_query import CompiledQuery, Param
from clinic.models import AppointmentType
from clinic.practice_info import local_date, zone_at
from clinic.rate_limits import RateLimit, count

HOUR, WEEK = timedelta(hours=1), timedelta(days=6)


def may_hold_more(
    origin: str, slot: Slot, appointment_type: AppointmentType, rules: Rules, *, now: datetime
) -> bool:  # fmt: skip
    """Whether this network may hold one more time for requests that wait for our answer. Two queries; five above the
    number that it may always hold.
    """
    if not origin:
        return True
    # In the transaction of the hold: simultaneous requests of one network wait here for each other.
    count(RateLimit(f"holds of {origin}", settings.HOLDS_PER_NETWORK, HOUR), now=now)
    held = len(list(HELD(origin=origin, now=now)))
    if held < settings.HOLDS_PER_NETWORK:
        return True
    return held < (held + _open_in_week(slot, appointment_type, rules, now)) * settings.HOLDS_PER_NETWORK_PERCENT / 100


def _held() -> QuerySet:
    return Appointment.objects.filter(
        status=Appointment.Status.HELD, held_until__gt=Param("now", DateTimeField()),
        appointment_request__origin=Param("origin", CharField()),
        appointment_request__status=AppointmentRequest.Status.NEW,
    ).values_list("pk")  # fmt: skip


HELD = CompiledQuery(_held)


def _open_in_week(slot: Slot, appointment_type: AppointmentType, rules: Rules, now: datetime) -> int:
    day = local_date(slot.starts_at, zone_at(slot.location_id))
    monday = day - timedelta(days=day.weekday())
    return len(open_times(appointment_type, rules, now=now, first_day=monday, last_day=monday + WEEK))
