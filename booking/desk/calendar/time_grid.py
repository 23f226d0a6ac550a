"""The calendar as a time grid: a day of several providers, or a week of one. Each block stands in rows of five minutes.

The rows are classes of `desk-grid-places.css`, since no page has inline styles.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.desk.calendar.reschedule import Fit, Rescheduling
from booking.models import Appointment
from booking.scheduling.availability import EPOCH, MINUTE
from booking.scheduling.day_grid import APPOINTMENT, BLOCKED, BREAK, CLOSED, FREE, HELD, Block, Column
from booking.scheduling.desk_slots import Open
from booking.scheduling.slots import Slot
from clinic.models import Practitioner
from clinic.practice_info import local_date

ROW, HOUR, DAY = 5, 60, 24 * 60
USUAL_DAY = (8 * HOUR, 17 * HOUR)  # shown if nobody works
FIVE_MINUTES = timedelta(minutes=ROW)
BETWEEN_STARTS = timedelta(minutes=20)
LEAST = timedelta(minutes=15)  # no shorter start is listed
LENGTHS = {15: _("Block 15 min"), 30: _("Block 30 min"), 60: _("Block 1 hour")}
TWO_LINES = 30 // ROW
Status = Appointment.Status
LOOKS = {Status.ARRIVED: "in", Status.FULFILLED: "seen", Status.LEFT: "seen", Status.NOSHOW: "missed"}
SHAPES = {HELD: "held", FREE: "open", BREAK: "closed", CLOSED: "closed", BLOCKED: "blocked"}
NOT_WORKING = "closed"
TOO_SHORT = "too short"
SHARING = (APPOINTMENT, HELD, FREE, BLOCKED)  # two of them at one time stand side by side


@dataclass(frozen=True)
class Piece:
    """One block in a column; `block` is None outside working hours. `half`: which half it takes where two overlap.
    `starts`: when an appointment could start in an open time; `block_from`: when a block could; `left`: how many
    minutes it is still open; `then`: what follows it. While an appointment is moved, `fit`: a time it can move to, with
    a reason if `needs_why`; `why_not`: why it cannot move to an open time.
    """

    look: str
    row: int
    rows: int
    block: Block | None = None
    half: str = ""
    starts: tuple[datetime, ...] = ()
    block_from: tuple[Slot, ...] = ()
    left: int = 0
    then: Block | None = None
    fit: Open | None = None
    needs_why: bool = False
    why_not: str = ""

    @property
    def place(self) -> str:
        """Its classes. Text, not numbers: a template looks up for each number how the language writes it."""
        return f"t{self.row} d{self.rows} {self.half}"

    @property
    def name(self) -> str:
        """Its own within the column."""
        return f"{self.row}{self.half}"

    @property
    def end_code(self) -> str:
        """When the block ends, as a form posts it."""
        return str((self.block.ends_at - EPOCH) // MINUTE) if self.block else ""

    @property
    def lengths(self) -> list[tuple[int, str]]:
        """Those that fit into the open time, in minutes and in words."""
        return [(minutes, str(words)) for minutes, words in LENGTHS.items() if minutes <= self.left]

    @property
    def has_two_lines(self) -> bool:
        return self.rows >= TWO_LINES


@dataclass(frozen=True)
class GridColumn:
    practitioner: Practitioner
    day: date
    pieces: list[Piece]
    to_come: int
    called_off: int
    is_out: bool
    now_row: int | None


@dataclass(frozen=True)
class TimeGrid:
    columns: list[GridColumn]
    hours: list[tuple[int, datetime]]  # each full hour, with its row
    types: list[str]
    now_row: int | None


def time_grid(
    shown: list[tuple[Column, date]], *, now: datetime, zone: ZoneInfo, moving: Rescheduling | None = None
) -> TimeGrid:
    """One column for each provider and day; while an appointment is moved, with the times it can take. No query."""
    first, last = _bounds([(block, day) for column, day in shown for block in column.on(day)])
    columns = [_column(column, day, (first, last), now, zone, moving) for column, day in shown]
    blocks = [piece.block for column in columns for piece in column.pieces if piece.block]
    types = {block.appointment.appointment_type.name for block in blocks if block.appointment}
    now_row = next((column.now_row for column in columns if column.now_row), None)
    return TimeGrid(columns, _hours(first, last, zone), sorted(types), now_row)


def _bounds(blocks: Iterable[tuple[Block, date]]) -> tuple[int, int]:
    """The first and last full hour of all blocks, in minutes of the day."""
    ends = [minute for block, day in blocks for minute in _minutes(block, day)]
    first, last = (min(ends), max(ends)) if ends else USUAL_DAY
    return first // HOUR * HOUR, -(-last // HOUR) * HOUR


def _minutes(block: Block, day: date) -> tuple[int, int]:
    """From which minute of this local day to which it lasts. Only what lies on the day is shown."""
    since, until = (_minute(moment, day, block.location.tz) for moment in (block.starts_at, block.ends_at))
    return since, max(until, since + ROW)


def _minute(moment: datetime, day: date, zone: ZoneInfo) -> int:
    here = moment.astimezone(zone)
    return min(max((here.date() - day).days * DAY + here.hour * HOUR + here.minute, 0), DAY)


def _hours(first: int, last: int, zone: ZoneInfo) -> list[tuple[int, datetime]]:
    some_day = datetime(2026, 1, 1, tzinfo=zone)  # without a clock change
    hours = range(first, last, HOUR)
    return [(_row(minute, first), datetime.combine(some_day, time(minute // HOUR), zone)) for minute in hours]


def _row(minute: int, first: int) -> int:
    return (minute - first) // ROW + 1


def _column(
    column: Column, day: date, bounds: tuple[int, int], now: datetime, zone: ZoneInfo, moving: Rescheduling | None
) -> GridColumn:
    blocks = column.on(day)
    pieces = list(_side_by_side(list(_pieces(column, day, bounds[0], now, moving))))
    coming = [block for block in blocks if block.kind == APPOINTMENT and _is_to_come(block, now)]
    minute = _minute(now, day, zone) if local_date(now, zone) == day else -1
    now_row = _row(minute, bounds[0]) if bounds[0] <= minute < bounds[1] else None
    is_out = bool(blocks) and any(block.all_day for block in blocks)
    off = sum(block.appointment.needs_rebooking for block in blocks if block.appointment)
    return GridColumn(column.practitioner, day, _not_working(pieces, bounds), len(coming), off, is_out, now_row)


def _is_to_come(block: Block, now: datetime) -> bool:
    appointment = block.appointment
    is_expected = appointment and appointment.status == Status.BOOKED and not appointment.needs_rebooking
    return bool(is_expected and block.starts_at > now)


def _pieces(column: Column, day: date, first: int, now: datetime, moving: Rescheduling | None) -> Iterator[Piece]:
    blocks, who = column.on(day), column.practitioner
    pairs = moving.beside(blocks, who, day) if moving else ((block, None) for block in blocks)
    for block, fit in pairs:
        if fit:
            yield from _fits(block, fit, day, first)
        elif block:
            yield replace(_piece(block, day, first, now, who.pk), then=_next(block, blocks))


def _next(block: Block, blocks: list[Block]) -> Block | None:
    return next((each for each in blocks if each.starts_at >= block.ends_at and each.kind != FREE), None)


def _fits(block: Block | None, fit: Fit, day: date, first: int) -> Iterator[Piece]:
    """A piece for each time in an open block; beside the appointment's own time they take a half. One if none fits."""
    half, free_from = "" if block else "second-half", None
    for found in (*fit.sooner, *fit.shown, *fit.more):
        if free_from is None or found.slot.starts_at >= free_from:
            free_from = found.slot.starts_at + BETWEEN_STARTS
            row = _row(_minute(found.slot.starts_at, day, found.hours.location.tz), first)
            yield Piece(
                "fits", row, BETWEEN_STARTS // FIVE_MINUTES, half=half, fit=found, needs_why=found in fit.sooner
            )
    if block and free_from is None:
        since, until = _minutes(block, day)
        row, end = _row(since, first), _row(until + ROW - 1, first)
        yield Piece(_look(block), row, end - row, block, why_not=TOO_SHORT)


def _piece(block: Block, day: date, first: int, now: datetime, who: int) -> Piece:
    since, until = _minutes(block, day)
    row, end = _row(since, first), -(-(until - first) // ROW) + 1
    if block.kind != FREE:
        return Piece(_look(block), row, end - row, block)
    starts = tuple(at for at in _every(BETWEEN_STARTS, block.starts_at, block.ends_at) if at >= now)
    begin = max(block.starts_at, now + (EPOCH - now) % FIVE_MINUTES)
    block_from = tuple(Slot(at, who, block.location.pk) for at in _every(LEAST, begin, block.ends_at))
    left = max(0, (block.ends_at - begin) // MINUTE)
    return Piece(_look(block), row, end - row, block, starts=starts, block_from=block_from, left=left)


def _every(step: timedelta, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Begin, and each step after it that leaves the least time until the end."""
    while begin + LEAST <= end:
        yield begin
        begin += step


def _look(block: Block) -> str:
    appointment = block.appointment
    if appointment is None or block.kind == HELD:
        return SHAPES[block.kind]
    return "called-off" if appointment.needs_rebooking else LOOKS.get(appointment.status, "booked")


def _side_by_side(pieces: list[Piece]) -> Iterator[Piece]:
    """Where an appointment lies over another one, or a missed one in time that is open again, each takes one half."""
    halves = [piece.half for piece in pieces]
    sharing = [(n, piece.block) for n, piece in enumerate(pieces) if piece.block and piece.block.kind in SHARING]
    for (n, one), (m, other) in pairwise(sharing):
        if other.starts_at < one.ends_at:
            halves[n] = halves[n] or "first-half"
            halves[m] = "second-half" if halves[n] == "first-half" else "first-half"
    for piece, half in zip(pieces, halves, strict=True):
        yield replace(piece, half=half)


def _not_working(pieces: list[Piece], bounds: tuple[int, int]) -> list[Piece]:
    """The pieces, and the time before and after them in which the provider does not work."""
    begin, end = 1, _row(bounds[1], bounds[0])
    since = min((piece.row for piece in pieces), default=end)
    until = max((piece.row + piece.rows for piece in pieces), default=end)
    before = [Piece(NOT_WORKING, begin, since - begin)] if since > begin else []
    after = [Piece(NOT_WORKING, until, end - until)] if until < end else []
    return [*before, *pieces, *after]
