"""A slow second opinion on open times: walk every minute and ask the local clock.

Nothing here merges, cuts or converts: a minute is open or it is not, and one that begins at
the moment the clock first reaches a wall time is found by looking at the clock. All it shares
with booking.availability is the shape of the values that go in.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.availability import DatedException, WeeklyHours

MINUTE = timedelta(minutes=1)
Reached = tuple[int, int]  # a date's ordinal and a minute of that date


class Walk:
    """Each minute from 13 days before to 9 days after noon UTC of a date, in one zone.

    `reached` is the furthest that the local clock has come by then: in a repeated hour it
    stands still, as nothing is reached for the first time.
    """

    def __init__(self, zone: ZoneInfo, around: date) -> None:
        self.zone = zone
        noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
        self.start = noon - timedelta(days=13)
        self.reached: list[Reached] = []
        for at in range(22 * 1440):
            local = (self.start + at * MINUTE).astimezone(zone)
            shown = (local.toordinal(), local.hour * 60 + local.minute)
            self.reached.append(max(shown, self.reached[-1]) if self.reached else shown)

    def moment(self, at: int) -> datetime:
        return self.start + at * MINUTE


walk = lru_cache(Walk)


def oracle_slots(
    path: Walk,
    *,
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
    taken = {minute for pair in busy for minute in _busy_minutes(path, *pair)}
    today = now.astimezone(path.zone).date()
    last = min(last_day, today + timedelta(days=horizon))
    return [
        path.moment(at)
        for at in _on_the_grid(path, opened, step)
        if all(opened[at : at + length])
        and taken.isdisjoint(range(at - buffer_before, at + length + buffer_after))
        and path.moment(at) >= now + notice * MINUTE
        and first_day <= date.fromordinal(path.reached[at][0]) <= last
    ]


def open_minutes(path: Walk, weekly: list[WeeklyHours], exceptions: list[DatedException]) -> list[bool]:
    rules: dict[int, tuple[list[range], list[range]]] = {}
    opened = []
    for day, minute in path.reached:
        if day not in rules:
            rules[day] = _rules(date.fromordinal(day), weekly, exceptions)
        opens, closes = rules[day]
        opened.append(any(minute in r for r in opens) and not any(minute in r for r in closes))
    return opened


def _rules(day: date, weekly: list[WeeklyHours], exceptions: list[DatedException]) -> tuple[list[range], list[range]]:
    opens = [
        range(hours.starts, hours.ends)
        for hours in weekly
        if hours.weekday == day.weekday()
        and (hours.valid_from is None or hours.valid_from <= day)
        and (hours.valid_until is None or day <= hours.valid_until)
    ]
    closes = []
    for exception in exceptions:
        if exception.first_day <= day <= exception.last_day:
            chosen = opens if exception.opens else closes
            chosen.append(range(exception.starts, exception.ends))
    return opens, closes


def _busy_minutes(path: Walk, since: datetime, until: datetime) -> Iterable[int]:
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    at = (since - path.start) // MINUTE
    while since < until and path.moment(at) < until:
        yield at
        at += 1


def _on_the_grid(path: Walk, opened: list[bool], step: int) -> Iterable[int]:
    """Minutes that are a whole number of steps from where their block, or its week, began."""
    began = counted = 0
    midnight: dict[int, int] = {}
    for at, (day, _) in enumerate(path.reached):
        new_day = at > 0 and day != path.reached[at - 1][0]
        if new_day:
            midnight |= dict.fromkeys(range(path.reached[at - 1][0] + 1, day + 1), at)
        if not opened[at]:
            continue
        if at > 0 and not opened[at - 1]:
            began = counted = at
        elif new_day and began <= midnight.get(day - 7, -1):
            counted = at
        if (at - counted) % step == 0:
            yield at
