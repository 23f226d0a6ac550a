"""What a change of hours would leave outside them: the live visits that lie within them today."""

from datetime import datetime, timedelta

from booking.models import Appointment
from booking.scheduling.availability import EPOCH, MINUTE, Span, open_blocks
from booking.scheduling.closure_impact import to_come
from booking.scheduling.slots import DESK_HORIZON
from booking.scheduling.working_hours import Roster, rosters

At = tuple[int, int]  # the keys of a practitioner and of an office


def open_hours(now: datetime) -> dict[At, Roster]:
    """Everyone's hours and dated changes from today on, as they stand. Two queries."""
    today = now.date()
    team = rosters(None, first_day=today - timedelta(days=1), last_day=today + timedelta(days=DESK_HORIZON + 1))
    return {(roster.practitioner.pk, roster.location.pk): roster for roster in team}


def left_outside(before: dict[At, Roster], after: dict[At, Roster], *, now: datetime) -> list[Appointment]:
    """The visits to come, held or booked, that lie inside the hours `before` and not `after`. One query at most."""
    changed = {at for at in before if _plain(before.get(at)) != _plain(after.get(at))}
    if not changed:
        return []
    people, places = zip(*changed, strict=True)
    visits = to_come(now).filter(practitioner__in=set(people), location__in=set(places))
    was = {at: _blocks(before.get(at), now) for at in changed}
    is_now = {at: _blocks(after.get(at), now) for at in changed}
    return [visit for visit in visits if _lies_in(was, visit) and not _lies_in(is_now, visit)]


def _plain(roster: Roster | None) -> tuple | None:
    """To compare: the database gives the rows in any order."""
    if roster is None:
        return None
    return roster.location.zone, sorted(map(repr, roster.weekly)), sorted(map(repr, roster.changes))


def _blocks(roster: Roster | None, now: datetime) -> list[Span]:
    if roster is None:
        return []
    days = range(now.toordinal() - 8, now.toordinal() + DESK_HORIZON + 2)  # hours that merge across midnight reach back
    return open_blocks(zone=roster.location.tz, weekly=roster.weekly, exceptions=roster.changes, days=days)


def _lies_in(blocks: dict[At, list[Span]], visit: Appointment) -> bool:
    starts, ends = (visit.starts_at - EPOCH) // MINUTE, (visit.ends_at - EPOCH) // MINUTE
    mine = blocks.get((visit.practitioner_id, visit.location_id), [])
    return any(since <= starts and ends <= until for since, until in mine)
