"""The providers of today: in one line, with who runs late and who is out; and each in a lane, with the same acts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from booking.desk.day.open_today import Gap
from booking.desk.day.rows import Row
from booking.scheduling.day_grid import APPOINTMENT, CLOSED, FREE, Block
from clinic.models import Practitioner, RunningLate


@dataclass(frozen=True)
class Provider:
    practitioner: Practitioner
    late: RunningLate | None
    gap: Gap | None
    is_out: bool
    called_off: int
    not_told: int


@dataclass(frozen=True)
class Lane:
    """What is left of a provider’s day. `now_before`: the number of the line before which now is."""

    column: object
    late: RunningLate | None
    lines: list[tuple[Block, Row | None, Gap | None]]
    now_before: int | None


def late_today(day: date) -> dict[int, RunningLate]:
    """How late each provider runs, as it was said last; without those who are on time. One query."""
    said = {row.practitioner_id: row for row in RunningLate.objects.filter(day=day).select_related("said_by")}
    return {key: row for key, row in said.items() if row.minutes}


def strip(columns: Iterable, late: dict[int, RunningLate], gaps: list[Gap]) -> list[Provider]:
    """One entry for each column of the day. No query."""
    return [_provider(column, late.get(column.practitioner.pk), gaps) for column in columns]


def _provider(column, late: RunningLate | None, gaps: list[Gap]) -> Provider:
    called_off = [row for row in column.rows if row.look == "called"]
    is_closed = any(block.kind == CLOSED and block.all_day for block, _row in column.lines)
    return Provider(
        practitioner=column.practitioner,
        late=late,
        gap=next((gap for gap in gaps if gap.practitioner.pk == column.practitioner.pk), None),
        is_out=is_closed or _has_only(called_off, column.rows),
        called_off=len(called_off),
        not_told=sum(not row.is_told for row in called_off),
    )


def _has_only(called_off: list[Row], found: list[Row]) -> bool:
    return bool(called_off) and not any(row.look in ("", "here", "behind") for row in found)


def lanes(
    columns: Iterable, late: dict[int, RunningLate], gaps: list[Gap], now: datetime, *, is_today: bool
) -> list[Lane]:
    """Today without what is over; on another day all of it."""
    return [_lane(column, late.get(column.practitioner.pk), gaps, now, is_today) for column in columns]


def _lane(column, late: RunningLate | None, gaps: list[Gap], now: datetime, is_today: bool) -> Lane:
    own = [gap for gap in gaps if gap.practitioner.pk == column.practitioner.pk]
    left = [line for line in column.lines if not is_today or _is_left(*line, now)]
    lines = [(block, row, _gap_in(block, own)) for block, row in left]
    ahead = next((n for n, (block, _row) in enumerate(left) if block.starts_at > now), None)
    return Lane(column, late, lines, ahead if is_today else None)


def _gap_in(block: Block, gaps: list[Gap]) -> Gap | None:
    inside = (gap for gap in gaps if block.starts_at <= gap.starts_at < block.ends_at)
    return next(inside, None) if block.kind == FREE else None


def _is_left(block: Block, row: Row | None, now: datetime) -> bool:
    if block.kind == APPOINTMENT:
        return row is not None and not row.is_finished
    return block.ends_at > now
