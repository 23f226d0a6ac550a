"""The response deadline, counted in desk hours. Pure functions, as in availability.

A desk day is a local date on which the desk is open for at least a minute, after closures.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.scheduling.availability import (
    DAY,
    EPOCH,
    MINUTE,
    DatedException,
    Span,
    WeeklyHours,
    first_instant,
    open_blocks,
    refuse_naive,
)

LOOK_AHEAD = 60
_FRIDAY = 4


class DeskHours(NamedTuple):
    """Open each week from minute `opens` to `closes` (0..1440) of a weekday (Monday is 0)."""

    weekday: int
    opens: int
    closes: int


class DeskClosure(NamedTuple):
    """Closed from minute `starts` to `ends` on each local date first..last, inclusive."""

    first_day: date
    last_day: date
    starts: int = 0
    ends: int = DAY


def respond_by(
    *,
    now: datetime,
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
    days: int = 1,
) -> datetime:
    """The closing time of the `days`-th desk day after the local date of `now`.

    Monday 10:05 gives Tuesday's closing time, and so does Monday 23:59; Friday and Sunday give Monday's. If the 60
    dates after today contain fewer desk days than that, it is 24:00 of the `days`-th weekday (Monday to Friday) after
    today. Aware, in UTC. Raises ValueError for days below 1, a naive `now`, a weekday outside 0..6 or minutes outside
    0..1440.
    """
    refuse_naive(now)
    if days < 1:
        raise ValueError("the deadline is at least one desk day away")
    tomorrow = now.astimezone(zone).toordinal() + 1
    dates = (range(day, day + 1) for day in range(tomorrow, tomorrow + LOOK_AHEAD))
    closings = (desk[-1][1] for day in dates if (desk := _desk(zone, hours, closures, day)))
    found = list(islice(closings, days))
    return _moment(found[-1] if len(found) == days else _weekday_end(tomorrow, days, zone))


def after_pause(
    *,
    respond_by: datetime,
    paused_at: datetime,
    resumed_at: datetime,
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
) -> datetime:
    """The deadline, moved later by the desk minutes that passed while we waited for the patient.

    The minutes are counted from `respond_by` while the desk is open, up to the first instant at which all have passed:
    a closing time rather than the next opening. A pause without desk minutes (a weekend; resumed before paused) changes
    nothing. If the desk is not open long enough within 60 days plus the length of the pause, the deadline moves by the
    whole pause. Aware, in UTC. Raises ValueError as `desk_minutes` does.
    """
    refuse_naive(respond_by)
    owed = desk_minutes(
        since=paused_at,
        until=resumed_at,
        zone=zone,
        hours=hours,
        closures=closures,
    )
    if not owed:
        return respond_by.astimezone(UTC)
    pause = resumed_at.astimezone(UTC) - paused_at.astimezone(UTC)
    today = respond_by.astimezone(zone).toordinal()
    dates = range(today, today + LOOK_AHEAD + pause.days)
    ends = _count_on(_minute(respond_by), owed, _desk(zone, hours, closures, dates))
    return respond_by.astimezone(UTC) + pause if ends is None else _moment(ends)


def before(
    *,
    moment: datetime,
    minutes: int,
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
) -> datetime:
    """The last instant from which the desk is open for so many minutes until `moment`.

    Monday 10:00 less four hours is Friday 14:00 for a desk open from 9 to 5: an opening is never given, but the closing
    before it. If the desk is not open long enough in the 60 days before, it is that many minutes before `moment` by the
    clock. Aware, in UTC. Raises ValueError as `desk_minutes` does.
    """
    refuse_naive(moment)
    today = moment.astimezone(zone).toordinal()
    desk = _desk(zone, hours, closures, range(today - LOOK_AHEAD, today + 1))
    begins = _count_back(_minute(moment), minutes, desk)
    return moment.astimezone(UTC) - timedelta(minutes=minutes) if begins is None else _moment(begins)


def desk_minutes(
    *,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
) -> int:
    """How many minutes the desk is open in [since, until), both rounded up to the minute.

    0 if inverted. Raises ValueError for a naive datetime, a weekday outside 0..6 or minutes outside 0..1440.
    """
    refuse_naive(since, until)
    dates = range(since.astimezone(zone).toordinal(), until.astimezone(zone).toordinal() + 1)
    first, last = _minute(since), _minute(until)
    desk = _desk(zone, hours, closures, dates)
    return sum(max(0, min(closes, last) - max(opens, first)) for opens, closes in desk)


def open_hours(
    day: date,
    *,
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
) -> list[tuple[datetime, datetime]]:
    """When the desk is open from the day before to the day after: that date, wherever it is. Aware, in UTC."""
    near = range(day.toordinal() - 1, day.toordinal() + 2)
    return [(_moment(opens), _moment(closes)) for opens, closes in _desk(zone, hours, closures, near)]


def _desk(
    zone: ZoneInfo,
    hours: Sequence[DeskHours],
    closures: Sequence[DeskClosure],
    dates: range,
) -> list[Span]:
    weekly = [WeeklyHours(*desk) for desk in hours]
    shut = [DatedException(c.first_day, c.last_day, False, c.starts, c.ends) for c in closures]
    return open_blocks(zone=zone, weekly=weekly, exceptions=shut, days=dates)


def _count_on(since: int, owed: int, desk: list[Span]) -> int | None:
    """The epoch minute at which the desk has been open for `owed` minutes since `since`; None if it never is."""
    for opens, closes in desk:
        begins = max(opens, since)
        if begins + owed <= closes:
            return begins + owed
        owed -= max(0, closes - begins)
    return None


def _count_back(until: int, owed: int, desk: list[Span]) -> int | None:
    """The epoch minute since which the desk has been open for `owed` minutes until then; None if it never was."""
    for opens, closes in reversed(desk):
        ends = min(closes, until)
        if owed <= ends - opens:
            return ends - owed
        owed -= max(0, ends - opens)
    return None


def _weekday_end(tomorrow: int, days: int, zone: ZoneInfo) -> int:
    weekdays = (day for day in count(tomorrow) if date.fromordinal(day).weekday() <= _FRIDAY)
    return first_instant((next(islice(weekdays, days - 1, None)) + 1) * DAY, zone)


def _minute(moment: datetime) -> int:
    return -((EPOCH - moment) // MINUTE)


def _moment(minute: int) -> datetime:
    return EPOCH + minute * MINUTE
