"""A slow second opinion on open times: walk through every minute and ask the local clock.

Nothing here merges, subtracts or converts spans: a minute is open or it is not. The minute at which the clock first
reaches a wall time is found by looking at the clock. All it shares with booking.scheduling.availability is the input
types.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from zoneinfo import ZoneInfo

from booking.scheduling.availability import DatedException, WeeklyHours

MINUTE = timedelta(minutes=1)
Reached = tuple[int, int]  # a date's ordinal and a minute of that date


class Walk:
    """Every minute from 15 days before to 9 days after noon UTC of a date, in one zone.

    `reached` is the latest wall time that the local clock has shown so far. In a repeated hour it does not advance,
    because no wall time is reached for the first time. `midnights` is the first minute of each date, also of one that
    the clock skips.
    """

    def __init__(self, zone: ZoneInfo, around: date) -> None:
        noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
        self.start = noon - timedelta(days=15)
        self.reached: list[Reached] = []
        for at in range(24 * 1440):
            local = (self.start + at * MINUTE).astimezone(zone)
            shown = (local.toordinal(), local.hour * 60 + local.minute)
            self.reached.append(max(shown, self.reached[-1]) if self.reached else shown)
        self.days = range(self.reached[0][0], self.reached[-1][0] + 1)
        self.places = [(day - self.days[0]) * 1440 + minute for day, minute in self.reached]
        self.midnights = {day: bisect_left(self.reached, (day, 0)) for day in self.days[1:]}

    def moment(self, at: int) -> datetime:
        return self.start + at * MINUTE


walk = lru_cache(Walk)


def oracle_slots(
    path: Walk,
    *,
    zone: ZoneInfo,
    weekly: list[WeeklyHours],
    exceptions: list[DatedException],
    busy: list[tuple[datetime, datetime]],
    length: int,
    buffer_before: int,
    buffer_after: int,
    step: int,
    notice: int,
    horizon: int,
    now: datetime,
    first_day: date,
    last_day: date,
) -> list[datetime]:
    opened = open_minutes(path, weekly, exceptions)
    taken = busy_minutes(path, busy)
    today = now.astimezone(zone).date()
    last = min(last_day, today + timedelta(days=horizon))
    return [
        path.moment(at)
        for at in _on_the_grid(path, opened, step)
        if path.moment(at) >= now + notice * MINUTE
        and first_day <= date.fromordinal(path.reached[at][0]) <= last
        and 0 not in opened[at : at + length]
        and 1 not in taken[at - buffer_before : at + length + buffer_after]
    ]


def open_minutes(path: Walk, weekly: list[WeeklyHours], exceptions: list[DatedException]) -> bytes:
    """For each minute of the walk, 1 if it is open."""
    opened = bytearray(1440 * len(path.days))
    for number, day in enumerate(path.days):
        for minute in _open_on(date.fromordinal(day), weekly, exceptions):
            opened[number * 1440 + minute] = 1
    return bytes(map(opened.__getitem__, path.places))


def _open_on(day: date, weekly: list[WeeklyHours], exceptions: list[DatedException]) -> set[int]:
    """The minutes of one date, by the wall clock, that are open."""
    opened: set[int] = set()
    for hours in weekly:
        begun = hours.valid_from is None or hours.valid_from <= day
        over = hours.valid_until is not None and hours.valid_until < day
        holds = hours.dates is None or day.toordinal() in hours.dates
        if hours.weekday == day.weekday() and begun and not over and holds:
            opened |= set(range(hours.starts, hours.ends))
    dated = [rule for rule in exceptions if rule.first_day <= day <= rule.last_day]
    for rule in sorted(dated, key=lambda rule: rule.opens, reverse=True):
        minutes = set(range(rule.starts, rule.ends))
        opened = opened | minutes if rule.opens else opened - minutes
    return opened


def busy_minutes(path: Walk, busy: list[tuple[datetime, datetime]]) -> bytes:
    """For each minute of the walk, 1 if any part of it is busy."""
    taken = bytearray(len(path.reached))
    for pair in busy:
        since, until = (moment.astimezone(UTC) for moment in pair)
        at = (since - path.start) // MINUTE
        while since < until and path.moment(at) < until:
            taken[at] = 1
            at += 1
    return bytes(taken)


def _on_the_grid(path: Walk, opened: bytes, step: int) -> Iterable[int]:
    """Minutes a whole number of steps after the start of their block, or of their week."""
    began = counted = 0
    first_minutes = set(path.midnights.values())
    for at in compress(range(len(opened)), opened):
        if at > 0 and not opened[at - 1]:
            began = counted = at
        elif at in first_minutes and began <= path.midnights.get(path.reached[at][0] - 7, -1):
            counted = at
        if (at - counted) % step == 0:
            yield at
