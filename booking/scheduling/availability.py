"""Open times: interval arithmetic on plain values. No database, no clock, no settings.

There are two number lines, both in whole minutes, both divided into half-open spans (from, until):
*wall*, what a local clock shows: `date.toordinal() * 1440 + minute of the day`;
*epoch*, elapsed time: minutes since 1970-01-01 00:00 UTC.
Hours and closures are merged and subtracted on the wall line; only the result is converted. Two clocks that show the
same time may be an hour apart, so nothing is compared in local time.
"""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

Span = tuple[int, int]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY, WEEKDAYS = 1440, set(range(7))
_EPOCH_ON_THE_WALL = EPOCH.toordinal() * DAY


class WeeklyHours(NamedTuple):
    """Open each week from minute `starts` to `ends` (0..1440) of a weekday (Monday is 0).

    `valid_from` and `valid_until` are local dates, inclusive; None means no limit. `dates`: if they do not hold every
    week, the ordinals of those on which they do. Callers may leave out the ones that they may leave out of exceptions.
    """

    weekday: int
    starts: int
    ends: int
    valid_from: date | None = None
    valid_until: date | None = None
    dates: frozenset[int] | None = None


class DatedException(NamedTuple):
    """Open or closed from minute `starts` to `ends` on each local date first..last, inclusive."""

    first_day: date
    last_day: date
    opens: bool
    starts: int = 0
    ends: int = DAY


Hours = tuple[WeeklyHours, ...]
Dated = tuple[DatedException, ...]
Blocks = Callable[[ZoneInfo, Hours, Dated, range, int], list[Span]]


def blocks(zone: ZoneInfo, weekly: Hours, exceptions: Dated, dates: range, midnight: int) -> list[Span]:
    """When it is open on the dates and on the one before, which starts at this midnight; and, if it is open at that
    midnight, since when within the week before.
    """
    near, week = range(dates.start - 1, dates.stop), range(dates.start - 7, dates.stop)
    found = open_blocks(zone=zone, weekly=weekly, exceptions=exceptions, days=near)
    reaches_back = found and found[0][0] <= midnight
    return open_blocks(zone=zone, weekly=weekly, exceptions=exceptions, days=week) if reaches_back else found


def open_slots(
    *,
    zone: ZoneInfo,
    weekly: Iterable[WeeklyHours],
    exceptions: Iterable[DatedException],
    busy: Iterable[Span],
    length: int,
    buffer_before: int,
    buffer_after: int,
    step: int,
    notice: int,
    horizon: int,
    now: datetime,
    first_day: date,
    last_day: date,
    blocks: Blocks = blocks,
) -> list[datetime]:
    """The times at which an appointment with one practitioner at one location may start.

    `length`, buffers, `step` and `notice` are whole minutes, `horizon` is days. `busy` contains spans of epoch minutes
    from all locations, in any order, overlapping or not: see `whole_minutes`. Each is the range that an appointment
    blocks, including that appointment's own buffers. `first_day` and `last_day` are local dates, inclusive. For several
    practitioners with the same hours, pass `functools.cache(blocks)`.

    * `open_blocks` says when it is open. An appointment must be inside one block; its buffers may extend beyond it.
      [start - buffer_before, start + length + buffer_after) must not overlap a busy range; back-to-back is fine.
    * Starts are `step` elapsed minutes apart, counted from the start of the block; they do not realign to the hour. A
      block that started before `first_day` is counted from where it started. Round-the-clock hours have no start. So at
      each local midnight, if the block has been open for all of the seven dates before it (hours repeat weekly), the
      count starts again; the block itself is not split. So a start never depends on the window requested.
    * start >= now + notice, to the microsecond, and the start's local date is at most `horizon` days after that of
      `now`. A date lasts from its 0:00 to the next date's, as defined by `first_instant`. Nothing else depends on
      `now`.

    Returns sorted aware datetimes without duplicates, IN UTC: datetimes in the same zone compare and subtract by wall
    clock and ignore `fold`, so local ones would sort wrongly when the clock goes back. Convert to local time for
    display only.

    Raises ValueError for a length or step below 1; a negative buffer, notice or horizon; length and buffers together
    above 1440 (no row may block more than a day); minutes outside 0..1440; a weekday outside 0..6; or a naive `now`.
    Empty or inverted input (hours, exceptions, busy ranges, the window) adds nothing. Callers may leave out exceptions
    more than seven dates before or two dates after the window, and busy ranges more than a day away.
    """
    weekly, exceptions = tuple(weekly), tuple(exceptions)
    _refuse_odd_hours(weekly, exceptions)
    refuse_naive(now)
    _refuse_nonsense(length, step, (buffer_before, buffer_after), (notice, horizon))
    today = now.astimezone(zone).toordinal()
    first = max(first_day.toordinal(), today)
    last = min(last_day.toordinal(), today + horizon)
    if last < first:
        return []
    midnights = [first_instant(day * DAY, zone) for day in range(first - 7, last + 2)]
    window = (midnights[7], midnights[-1])
    # An appointment may run into the date after `last` or, if that date is skipped, into the next.
    opened = blocks(zone, weekly, exceptions, range(first, last + 3), midnights[6])
    soonest = notice - (EPOCH - now) // MINUTE
    barred = _barred(busy, window, soonest, buffer_before, length + buffer_after)
    starts = (
        start
        for grid in _grids(opened, midnights, length)
        if grid[1] > window[0]
        for since, until in subtract([grid], barred)
        for start in range(since + (grid[0] - since) % step, until, step)
    )
    return [EPOCH + start * MINUTE for start in starts]


def open_blocks(
    *,
    zone: ZoneInfo,
    weekly: Iterable[WeeklyHours],
    exceptions: Iterable[DatedException],
    days: range,
) -> list[Span]:
    """When it is open on `days` (date ordinals, step 1): weekly hours plus open exceptions, minus closed ones, which
    win.

    Returns sorted half-open spans of epoch minutes. Spans that touch or overlap are merged, also across midnight. A
    closure splits a span only if time passes during it (not if it lies inside a skipped hour). Raises ValueError for a
    weekday outside 0..6 or minutes outside 0..1440; empty and inverted hours add nothing.
    """
    weekly, exceptions = tuple(weekly), tuple(exceptions)
    _refuse_odd_hours(weekly, exceptions)
    opened = _weekly_spans(weekly, days) + _dated_spans(exceptions, days, opens=True)
    closed = merge(_dated_spans(exceptions, days, opens=False))
    wall = subtract(merge(opened), closed)
    return merge((first_instant(a, zone), first_instant(b, zone)) for a, b in wall)


@lru_cache(maxsize=8192)
def first_instant(wall: int, zone: ZoneInfo) -> int:
    """The first epoch minute at which the clock of `zone` shows this wall minute or a later one.

    So a repeated time means the earlier of the two, and a skipped time means the end of the gap, whether it is an hour
    or a whole day. Never decreasing in `wall`. Offsets are whole minutes (true since 1972).
    """
    local = datetime(1970, 1, 1, tzinfo=zone) + (wall - _EPOCH_ON_THE_WALL) * MINUTE
    at, folded = ((time - EPOCH) // MINUTE for time in (local, local.replace(fold=1)))
    if at <= folded:
        return at
    gap = range(folded, at)  # a skipped time: PEP 495 converts it too late, and with fold=1 too early
    return folded + bisect_left(gap, wall, key=lambda minute: _shown(minute, zone))


def _shown(at: int, zone: ZoneInfo) -> int:
    """The wall minute that the clock of `zone` shows at an epoch minute."""
    local = (EPOCH + at * MINUTE).astimezone(zone)
    return local.toordinal() * DAY + local.hour * 60 + local.minute


def whole_minutes(since: datetime, until: datetime) -> Span:
    """A range as epoch minutes, rounded outward; an inverted one is empty. Raises ValueError for a naive datetime."""
    refuse_naive(since, until)
    begins, ends = since - EPOCH, until - EPOCH
    return (begins // MINUTE, -(-ends // MINUTE)) if begins < ends else (0, 0)


def refuse_naive(*moments: datetime) -> None:
    """Raise ValueError unless every datetime has a time zone."""
    if None in [moment.tzinfo for moment in moments]:
        raise ValueError("a datetime without a time zone")


def _refuse_nonsense(length: int, step: int, buffers: Span, limits: Span) -> None:
    if length < 1 or step < 1:
        raise ValueError("length and step are at least one minute")
    if min(*buffers, *limits) < 0:
        raise ValueError("buffers, notice and horizon are not negative")
    if length + sum(buffers) > DAY:
        raise ValueError("an appointment and its buffers fit into one day")


def _refuse_odd_hours(weekly: Hours, exceptions: Dated) -> None:
    if not {hours.weekday for hours in weekly} <= WEEKDAYS:
        raise ValueError("weekdays are 0 (Monday) to 6")
    minutes = [minute for hours in weekly + exceptions for minute in (hours.starts, hours.ends)]
    if minutes and (min(minutes) < 0 or max(minutes) > DAY):
        raise ValueError("times of day are minutes, 0 to 1440")


def _weekly_spans(weekly: Iterable[WeeklyHours], days: range) -> list[Span]:
    return [
        (day * DAY + hours.starts, day * DAY + hours.ends)
        for hours in weekly
        for day in _on(hours.weekday, _within(days, hours.valid_from or date.min, hours.valid_until or date.max))
        if hours.dates is None or day in hours.dates
    ]


def _on(weekday: int, days: range) -> range:
    """The dates that fall on this weekday: ordinal 1 is a Monday."""
    return range(days.start + (weekday + 1 - days.start) % 7, days.stop, 7)


def _dated_spans(exceptions: Iterable[DatedException], days: range, *, opens: bool) -> list[Span]:
    return [
        (day * DAY + exception.starts, day * DAY + exception.ends)
        for exception in exceptions
        if exception.opens == opens
        for day in _within(days, exception.first_day, exception.last_day)
    ]


def _within(days: range, first: date, last: date) -> range:
    return range(max(days.start, first.toordinal()), min(days.stop, last.toordinal() + 1))


def merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans that neither overlap nor touch; empty and inverted spans are dropped."""
    merged: list[Span] = []
    for since, until in sorted(spans):
        if since >= until:
            continue
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return merged


def subtract(spans: Iterable[Span], holes: list[Span]) -> list[Span]:
    """What is left of each span after removing the merged holes; some results may be empty or inverted."""
    left: list[Span] = []
    for since, until in spans:
        for hole in range(bisect_right(holes, since, key=itemgetter(1)), len(holes)):
            if holes[hole][0] >= until:
                break
            left.append((since, holes[hole][0]))
            since = holes[hole][1]
        left.append((since, until))
    return left


def _grids(blocks: list[Span], midnights: list[int], length: int) -> Iterator[Span]:
    """Pairs of the minutes at which counting starts and ends. `midnights` are consecutive dates."""
    for since, until in blocks:
        week_on = bisect_left(midnights, since) + 7
        afresh = midnights[week_on : bisect_left(midnights, until)]
        end = until - length + 1
        for start, following in pairwise([since, *afresh, end]):
            yield start, min(following, end)


def _barred(busy: Iterable[Span], window: Span, soonest: int, before: int, after: int) -> list[Span]:
    """The spans in which no appointment may start: outside the window, too soon, or too close to a busy range."""
    near, far = window[0] - before, window[1] + after
    taken = [(a - after + 1, b + before) for a, b in busy if a < b and a < far and b > near]
    return merge([(-sys.maxsize, max(soonest, window[0])), *taken, (window[1], sys.maxsize)])
