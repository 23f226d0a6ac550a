"""Practitioners' days as blocks: appointments, holds, open times, breaks, closures."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise

from booking.models import Appointment
from booking.scheduling.availability import DAY, EPOCH, MINUTE, DatedException, Span, merge, open_blocks, subtract
from booking.scheduling.working_hours import Reason, WorkingHours, working_hours
from clinic.models import Location, Practitioner
from clinic.practice_info import local_date

LEAST = 15  # minutes: shorter gaps are not shown
APPOINTMENT, HELD, FREE, BREAK, CLOSED, BLOCKED = "appointment", "held", "open", "break", "closed", "blocked"
ORDER = (BREAK, CLOSED, BLOCKED, HELD, FREE, APPOINTMENT)  # order of blocks that start at the same time


@dataclass(frozen=True)
class Block:
    kind: str
    starts_at: datetime
    ends_at: datetime
    location: Location
    appointment: Appointment | None = None
    note: str = ""
    told: str = ""  # of the note, what patients may read: a private reason is not among it
    all_day: bool = False
    is_out: bool = False  # closed for this practitioner alone
    closure: int | None = None  # the key of the exception that blocks it
    is_elsewhere: bool = False  # blocked by another calendar of the provider
    through: date | None = None  # the last day of an exception that blocks several days

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // MINUTE

    @property
    def is_private(self) -> bool:
        return self.note != self.told


@dataclass
class Column:
    practitioner: Practitioner
    days: dict[date, list[Block]] = field(default_factory=lambda: defaultdict(list))

    def on(self, day: date) -> list[Block]:
        return sorted(self.days[day], key=lambda block: (block.starts_at, ORDER.index(block.kind)))


def day_grid(
    appointments: Iterable[Appointment],
    days: list[date],
    *,
    office: int | None = None,
    practitioners: Iterable[int] | None = None,
    team: Iterable[WorkingHours] | None = None,
) -> list[Column]:
    """One column for each practitioner with hours or appointments on these days, in team order. Two queries; none for
    a `team` that was read before, of all these practitioners and offices or more.

    `appointments` must be from all offices, since a person is in one place at a time. `office`, `practitioners`: keys
    of those shown.
    """
    appointments = list(appointments)
    if team is None:
        places = [office] if office else None
        window = {"first_day": days[0], "last_day": days[-1]}
        team = working_hours(None, **window, practitioners=practitioners, locations=places)
    people = None if practitioners is None else set(practitioners)
    team = [hours for hours in team if _is_shown(hours, office, people)]
    found: dict[Practitioner, Column] = {}
    busy = _busy(appointments)
    for hours in team:
        column = found.setdefault(hours.practitioner, Column(hours.practitioner))
        for day in days:
            known = {block.closure for block in column.days[day]}  # blocked at all offices: shown once
            blocks = _hours(hours, day, busy[hours.practitioner.pk])
            column.days[day] += [block for block in blocks if not block.closure or block.closure not in known]
    for appointment in (appointment for appointment in appointments if office in (None, appointment.location_id)):
        column = found.setdefault(appointment.practitioner, Column(appointment.practitioner))
        column.days[local_date(appointment.starts_at, appointment.location.tz)].append(_given(appointment))
    working = [column for column in found.values() if any(column.days[day] for day in days)]
    return sorted(working, key=lambda column: (column.practitioner.order, column.practitioner.name))


def _is_shown(hours: WorkingHours, office: int | None, people: Container[int] | None) -> bool:
    is_here = office in (None, hours.location.pk)
    return is_here and (people is None or hours.practitioner.pk in people)


def _busy(appointments: Iterable[Appointment]) -> dict[int, list[Span]]:
    taken: dict[int, list[Span]] = defaultdict(list)
    for appointment in appointments:
        if appointment.status in Appointment.HOLDING:
            span = ((appointment.blocked_from - EPOCH) // MINUTE, (appointment.blocked_until - EPOCH) // MINUTE)
            taken[appointment.practitioner_id].append(span)
    return defaultdict(list, {person: merge(spans) for person, spans in taken.items()})


def _given(appointment: Appointment) -> Block:
    kind = HELD if appointment.status == Appointment.Status.HELD else APPOINTMENT
    return Block(kind, appointment.starts_at, appointment.ends_at, appointment.location, appointment)


def _hours(hours: WorkingHours, day: date, busy: list[Span]) -> Iterator[Block]:
    """The open, break, closed and blocked times of this day, outside the time that appointments block."""
    extra = [change for change in hours.changes if change.opens]
    usual, left = (_blocks(hours, changes, day) for changes in (extra, hours.changes))
    blocked = list(_blocked(hours, day, (usual[0][0], usual[-1][1]))) if usual else []
    if usual and not left and not blocked:
        yield _block(hours, CLOSED, (usual[0][0], usual[-1][1]), day, all_day=True)
        return
    yield from blocked
    breaks = [(before[1], after[0]) for before, after in pairwise(usual)]
    spoken_for = merge([*left, *map(_span, blocked)])
    for kind, spans, holes in ((FREE, left, busy), (BREAK, breaks, busy), (CLOSED, usual, spoken_for)):
        for span in subtract(spans, holes):
            if span[1] - span[0] >= LEAST:
                yield _block(hours, kind, span, day)


def _blocked(hours: WorkingHours, day: date, within: Span) -> Iterator[Block]:
    """The parts of these hours that are blocked for this practitioner alone."""
    for change, reason in zip(hours.changes, hours.reasons, strict=True):
        is_part = reason.practitioner_id and not change.opens and change.ends - change.starts < DAY
        spans = _blocks(replace(hours, weekly=()), [change._replace(opens=True)], day) if is_part else []
        for since, until in spans:
            span = max(since, within[0]), min(until, within[1])
            if span[0] < span[1]:
                block = _block(hours, BLOCKED, span, day)
                through = change.last_day if change.last_day > change.first_day else None
                block = replace(block, closure=reason.pk, is_elsewhere=reason.feed is not None, through=through)
                yield _noted(block, reason)


def _span(block: Block) -> Span:
    return (block.starts_at - EPOCH) // MINUTE, (block.ends_at - EPOCH) // MINUTE


def _blocks(hours: WorkingHours, changes: Iterable[DatedException], day: date) -> list[Span]:
    days = range(day.toordinal(), day.toordinal() + 1)
    return open_blocks(zone=hours.location.tz, weekly=hours.weekly, exceptions=changes, days=days)


def _block(hours: WorkingHours, kind: str, span: Span, day: date, *, all_day: bool = False) -> Block:
    starts_at, ends_at = (EPOCH + minute * MINUTE for minute in span)
    reason = _why(hours, day, starts_at) if kind == CLOSED else None
    is_out = reason is not None and reason.practitioner_id is not None
    block = Block(kind, starts_at, ends_at, hours.location, all_day=all_day, is_out=is_out)
    return _noted(block, reason) if reason else block


def _noted(block: Block, reason: Reason) -> Block:
    return replace(block, note=reason.private or reason.note, told=reason.note)


def _why(hours: WorkingHours, day: date, at: datetime) -> Reason | None:
    """The closure that applies then."""
    here = at.astimezone(hours.location.tz)
    minute = here.hour * 60 + here.minute
    for change, reason in zip(hours.changes, hours.reasons, strict=True):
        if not change.opens and change.first_day <= day <= change.last_day and change.starts <= minute < change.ends:
            return reason
    return None
