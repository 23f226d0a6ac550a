"""Held or booked appointments that are inside working hours now and would be outside after a change."""

from datetime import datetime, timedelta

from booking.models import Appointment
from booking.scheduling.availability import EPOCH, MINUTE, Span, open_blocks
from booking.scheduling.closure_impact import to_come
from booking.scheduling.slots import DESK_HORIZON
from booking.scheduling.working_hours import WorkingHours, working_hours

At = tuple[int, int]  # the keys of a practitioner and an office


def open_hours(now: datetime) -> dict[At, WorkingHours]:
    """Everyone's current weekly hours and dated exceptions from today on. Two queries."""
    first, last = (now - timedelta(days=1)).date(), (now + timedelta(days=DESK_HORIZON + 1)).date()  # in any zone
    team = working_hours(None, first_day=first, last_day=last)
    return {(hours.practitioner.pk, hours.location.pk): hours for hours in team}


def left_outside(before: dict[At, WorkingHours], after: dict[At, WorkingHours], *, now: datetime) -> list[Appointment]:
    """Future appointments, held or booked, that are inside the hours `before` but not `after`. One query at most."""
    changed = {at for at in before if _plain(before.get(at)) != _plain(after.get(at))}
    if not changed:
        return []
    people, places = zip(*changed, strict=True)
    appointments = to_come(now).filter(practitioner__in=set(people), location__in=set(places))
    was = {at: _blocks(before.get(at), now) for at in changed}
    is_now = {at: _blocks(after.get(at), now) for at in changed}
    return [
        appointment for appointment in appointments if _lies_in(was, appointment) and not _lies_in(is_now, appointment)
    ]


def _plain(hours: WorkingHours | None) -> tuple | None:
    """The hours, sorted so that they can be compared: the database returns rows in any order."""
    if hours is None:
        return None
    return hours.location.zone, sorted(map(repr, hours.weekly)), sorted(map(repr, hours.changes))


def _blocks(hours: WorkingHours | None, now: datetime) -> list[Span]:
    if hours is None:
        return []
    days = range(
        now.toordinal() - 8, now.toordinal() + DESK_HORIZON + 2
    )  # hours that merge across midnight may have started earlier
    return open_blocks(zone=hours.location.tz, weekly=hours.weekly, exceptions=hours.changes, days=days)


def _lies_in(blocks: dict[At, list[Span]], appointment: Appointment) -> bool:
    starts, ends = (appointment.starts_at - EPOCH) // MINUTE, (appointment.ends_at - EPOCH) // MINUTE
    mine = blocks.get((appointment.practitioner_id, appointment.location_id), [])
    return any(since <= starts and ends <= until for since, until in mine)
