"""Open times against the minute-by-minute oracle, and what must hold whatever the numbers."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from booking.availability import (
    DAY,
    EPOCH,
    MINUTE,
    DatedException,
    WeeklyHours,
    first_instant,
    open_blocks,
    open_slots,
)
from tests.booking.oracle import oracle_slots, walk

CHANGES = [
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Europe/London", "2026-03-29"),
    ("Europe/London", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Casablanca", "2025-02-23"),  # around Ramadan
    ("Africa/Casablanca", "2025-04-06"),
    ("America/Havana", "2025-03-09"),  # 0:00 does not exist
    ("America/Havana", "2025-11-02"),  # 0:00 comes twice
    ("Asia/Beirut", "2025-03-30"),
    ("Asia/Beirut", "2025-10-26"),  # 23:00 comes twice
    ("Africa/Cairo", "2025-04-25"),
    ("Africa/Cairo", "2025-10-31"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("Pacific/Apia", "2011-12-30"),  # this date does not exist
    ("America/St_Johns", "2010-03-14"),
    ("America/St_Johns", "2010-11-07"),  # at 0:01, back into the day before
    ("Antarctica/Troll", "2026-03-29"),  # two hours
    ("Antarctica/Troll", "2026-10-25"),
    ("America/Nuuk", "2023-03-26"),
    ("Asia/Pyongyang", "2018-05-05"),
    ("America/Caracas", "2016-05-01"),
]
each_change = pytest.mark.parametrize(
    ("zone", "around"),
    [pytest.param(ZoneInfo(name), date.fromisoformat(day), id=f"{name}-{day}") for name, day in CHANGES],
)
ROUND_THE_CLOCK = [WeeklyHours(weekday, 0, DAY) for weekday in range(7)]
quick = settings(max_examples=12, deadline=None, derandomize=True, database=None)

telling = [0, 1, 30, 60, 61, 90, 120, 150, 180, 240, 540, 600, 720, 1020, 1380, 1410, 1439, DAY]
minutes = st.sampled_from(telling) | st.integers(0, DAY)
hours = st.tuples(minutes, minutes).map(lambda pair: tuple(sorted(pair))) | st.just((0, DAY))


def dates(around, before, after):
    return st.integers(-before, after).map(lambda days: around + timedelta(days=days))


@st.composite
def weekly_hours(draw, around):
    pattern = draw(st.lists(hours, min_size=1, max_size=3))
    weekdays = draw(st.just(range(7)) | st.sets(st.integers(0, 6)))
    every = [WeeklyHours(weekday, *pair) for weekday in sorted(weekdays) for pair in pattern]
    limit = st.none() | dates(around, 8, 4)
    odd = st.builds(WeeklyHours, st.integers(0, 6), minutes, minutes, limit, limit)
    return every + draw(st.lists(odd, max_size=2))


@st.composite
def exception(draw, around):
    first = draw(dates(around, 9, 4))
    last = first + timedelta(days=draw(st.sampled_from([-1, 0, 0, 0, 1, 8])))
    return DatedException(first, last, draw(st.booleans()), *draw(hours))


@st.composite
def busy_range(draw, zone, around):
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    since = noon + draw(st.integers(-4 * DAY, 5 * DAY)) * MINUTE
    since += timedelta(seconds=draw(st.sampled_from([0, 0, 0, 1, 59])))
    until = since + timedelta(seconds=draw(st.sampled_from([-60, 0, 1, 900, 2730, 36000])))
    return tuple(moment.astimezone(draw(st.sampled_from([UTC, zone]))) for moment in (since, until))


@st.composite
def situations(draw, zone, around):
    """Everything `open_slots` takes, with the change of clocks in or near the window."""
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    first = draw(dates(around, 3, 2))
    return {
        "zone": zone,
        "weekly": draw(st.just(ROUND_THE_CLOCK) | weekly_hours(around)),
        "exceptions": draw(st.lists(exception(around), max_size=4)),
        "busy": draw(st.lists(busy_range(zone, around), max_size=6)),
        "length": draw(st.sampled_from([1, 15, 30, 60, 75, 120, 600, 1200])),
        "buffer_before": draw(st.sampled_from([0, 0, 5, 60, 120])),
        "buffer_after": draw(st.sampled_from([0, 0, 10, 45, 120])),
        "step": draw(st.sampled_from([1, 15, 20, 30, 45, 50, 60, 77, 600, 2000])),
        "notice": draw(st.sampled_from([0, 0, 1, 90, 1440, 4000])),
        "horizon": draw(st.sampled_from([0, 1, 3, 8, 400])),
        "now": noon + timedelta(seconds=draw(st.integers(-4 * 86400, 86400))),
        "first_day": first,
        "last_day": first + timedelta(days=draw(st.sampled_from([-1, 0, 1, 2, 3]))),
    }


def with_situations(test):
    """The test, once for each change of clocks, with a dozen and more situations each."""

    @each_change
    def tested(zone, around):
        quick(given(situations(zone, around))(lambda given: test(given)))()

    return tested


def whole(given, **changes):
    """The same with a window, notice and horizon that leave everything in."""
    first, last = given["first_day"] - timedelta(days=2), given["first_day"] + timedelta(days=4)
    early = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2)
    wide = {"first_day": first, "last_day": last, "now": early, "notice": 0, "horizon": 30}
    return given | wide | changes


def utc(given):
    """Busy ranges as seconds, sure of their order."""
    return [(since.timestamp(), until.timestamp()) for since, until in given["busy"]]
