"""The days of each practitioner in pieces: visits and held times, what is open between them, breaks and closures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from booking.models import Appointment
from booking.scheduling.availability import EPOCH, MINUTE, DatedException, Span, merge, open_blocks, subtract
from booking.scheduling.slots import local_day
from booking.scheduling.working_hours import Roster, rosters
from clinic.models import Location, Practitioner

LEAST = 15  # minutes: a shorter gap is none
VISIT, HELD, OPEN, BREAK, CLOSED = "visit", "held", "open", "break", "closed"


@dataclass(frozen=True)
class Piece:
    kind: str
    starts_at: datetime
    ends_at: datetime
    location: Location
    visit: Appointment | None = None
    note: str = ""
    all_day: bool = False

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // MINUTE


@dataclass
class Lane:
    practitioner: Practitioner
    days: dict[date, list[Piece]] = field(default_factory=lambda: defaultdict(list))

    def on(self, day: date) -> list[Piece]:
        return sorted(self.days[day], key=lambda piece: (piece.starts_at, piece.kind))


def lanes(visits: Iterable[Appointment], days: list[date], *, office: int | None = None) -> list[Lane]:
    """One lane for each practitioner with hours or visits on these days, in the order of the team. Two queries.

    `visits` are those of all offices, since one person is at one place at a time; `office` is a key of the one shown.
    """
    visits = list(visits)
    team = rosters(None, first_day=days[0], last_day=days[-1], locations=[office] if office else None)
    found: dict[Practitioner, Lane] = {}
    busy = _busy(visits)
    for roster in team:
        lane = found.setdefault(roster.practitioner, Lane(roster.practitioner))
        for day in days:
            lane.days[day] += _hours(roster, day, busy[roster.practitioner.pk])
    for visit in (visit for visit in visits if office in (None, visit.location_id)):
        lane = found.setdefault(visit.practitioner, Lane(visit.practitioner))
        lane.days[local_day(visit.starts_at, visit.location.tz)].append(_given(visit))
    working = [lane for lane in found.values() if any(lane.days[day] for day in days)]
    return sorted(working, key=lambda lane: (lane.practitioner.order, lane.practitioner.name))


def _busy(visits: Iterable[Appointment]) -> dict[int, list[Span]]:
    taken: dict[int, list[Span]] = defaultdict(list)
    for visit in visits:
        if visit.status in Appointment.HOLDING:
            span = ((visit.blocked_from - EPOCH) // MINUTE, (visit.blocked_until - EPOCH) // MINUTE)
            taken[visit.practitioner_id].append(span)
    return defaultdict(list, {person: merge(spans) for person, spans in taken.items()})


def _given(visit: Appointment) -> Piece:
    kind = HELD if visit.status == Appointment.Status.HELD else VISIT
    return Piece(kind, visit.starts_at, visit.ends_at, visit.location, visit)


def _hours(roster: Roster, day: date, busy: list[Span]) -> Iterator[Piece]:
    """What of this day is open, a break or closed; what visits block is none of it."""
    extra = [change for change in roster.changes if change.opens]
    usual, left = (_blocks(roster, changes, day) for changes in (extra, roster.changes))
    if usual and not left:
        yield _piece(roster, CLOSED, (usual[0][0], usual[-1][1]), day, all_day=True)
        return
    breaks = [(before[1], after[0]) for before, after in pairwise(usual)]
    for kind, spans, holes in ((OPEN, left, busy), (BREAK, breaks, busy), (CLOSED, usual, left)):
        for span in subtract(spans, holes):
            if span[1] - span[0] >= LEAST:
                yield _piece(roster, kind, span, day)


def _blocks(roster: Roster, changes: Iterable[DatedException], day: date) -> list[Span]:
    days = range(day.toordinal(), day.toordinal() + 1)
    return open_blocks(zone=roster.location.tz, weekly=roster.weekly, exceptions=changes, days=days)


def _piece(roster: Roster, kind: str, span: Span, day: date, *, all_day: bool = False) -> Piece:
    starts_at, ends_at = (EPOCH + minute * MINUTE for minute in span)
    note = _why(roster, day, starts_at) if kind == CLOSED else ""
    return Piece(kind, starts_at, ends_at, roster.location, note=note, all_day=all_day)


def _why(roster: Roster, day: date, at: datetime) -> str:
    """What the closure that holds then is for."""
    here = at.astimezone(roster.location.tz)
    minute = here.hour * 60 + here.minute
    for change, note in zip(roster.changes, roster.notes, strict=True):
        if not change.opens and change.first_day <= day <= change.last_day and change.starts <= minute < change.ends:
            return note
    return ""
