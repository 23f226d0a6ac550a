"""Open times compared with the minute-by-minute oracle, and rules that hold for any numbers."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from booking.scheduling import availability
from booking.scheduling.availability import (
    DAY,
    EPOCH,
    MINUTE,
    DatedException,
    WeeklyHours,
    first_instant,
    open_blocks,
    whole_minutes,
)
from tests.booking.scheduling.oracle import oracle_slots, walk

pytestmark = pytest.mark.once


def open_slots(busy, **case):
    return availability.open_slots(busy=[whole_minutes(*pair) for pair in busy], **case)


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
    ("America/Havana", "2025-11-02"),  # 0:00 occurs twice
    ("Asia/Beirut", "2025-03-30"),
    ("Asia/Beirut", "2025-10-26"),  # 23:00 occurs twice
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
PLACES = [(ZoneInfo(name), date.fromisoformat(day)) for name, day in CHANGES]
each_change = pytest.mark.parametrize(("zone", "around"), PLACES, ids=map(" ".join, CHANGES))
ROUND_THE_CLOCK = [WeeklyHours(weekday, 0, DAY) for weekday in range(7)]
same_each_time = settings(deadline=None, derandomize=True, database=None)
slow = settings(same_each_time, max_examples=12)
quick = settings(same_each_time, max_examples=80)

telling = [0, 1, 30, 60, 61, 90, 120, 150, 180, 240, 540, 600, 720, 1020, 1380, 1410, 1439, DAY]
minutes = st.sampled_from(telling) | st.integers(0, DAY)
hours = st.tuples(minutes, minutes).map(lambda pair: tuple(sorted(pair))) | st.just((0, DAY))


# A strategy is made once: Hypothesis checks each new one, which takes longer than to draw from it.
patterns, weekdays = st.lists(hours, min_size=1, max_size=3), st.just(range(7)) | st.sets(st.integers(0, 6), min_size=3)
DAYS_MORE, OPENS = st.sampled_from([-1, 0, 0, 0, 1, 8]), st.booleans()
SINCE, SECONDS = st.integers(-4 * DAY, 5 * DAY), st.sampled_from([0, 0, 0, 1, 59])
BUSY_SECONDS = st.sampled_from([-60, 0, 1, 900, 2730, 36000])
NUMBERS = {
    "length": st.sampled_from([30, 1, 15, 60, 75, 120, 600, 1190]),
    "buffer_before": st.sampled_from([0, 0, 5, 60, 120]),
    "buffer_after": st.sampled_from([0, 0, 10, 45, 120]),
    "step": st.sampled_from([15, 7, 20, 30, 45, 50, 60, 77, 600, 2000]),
    "notice": st.sampled_from([0, 0, 0, 1, 90, 1440]),
    "horizon": st.sampled_from([400, 0, 2, 4, 8]),
}
NOW, LAST_DAY = st.integers(-4 * 86400, 86400), st.sampled_from([3, 2, 1, 0, -1])


@cache
def dates(around, before, after):
    return st.integers(-before, after).map(lambda days: around + timedelta(days=days))


@cache
def odd_hours(around):
    limit = st.none() | dates(around, 8, 4)
    some = st.none() | st.sampled_from([not_every_week(around, weeks) for weeks in (0, 1)])
    return st.lists(st.builds(WeeklyHours, st.integers(0, 6), minutes, minutes, limit, limit, some), max_size=2)


def not_every_week(around, weeks):
    """The dates of every second week."""
    return frozenset(day for day in range(around.toordinal() - 40, around.toordinal() + 40) if day // 7 % 2 == weeks)


@cache
@st.composite
def weekly_hours(draw, around):
    pattern, days = draw(patterns), draw(weekdays)
    every = [WeeklyHours(weekday, *pair) for weekday in sorted(days) for pair in pattern]
    return every + draw(odd_hours(around))


@cache
def all_hours(around):
    return st.just(ROUND_THE_CLOCK) | weekly_hours(around)


@st.composite
def exception(draw, around):
    first = draw(dates(around, 9, 4))
    last = first + timedelta(days=draw(DAYS_MORE))
    return DatedException(first, last, draw(OPENS), *draw(hours))


@cache
def exceptions(around):
    return st.lists(exception(around), max_size=4)


@cache
@st.composite
def busy_range(draw, zone, around):
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    since = noon + draw(SINCE) * MINUTE
    since += timedelta(seconds=draw(SECONDS))
    until = since + timedelta(seconds=draw(BUSY_SECONDS))
    return tuple(moment.astimezone(draw(either(zone))) for moment in (since, until))


@cache
def either(zone):
    return st.sampled_from([UTC, zone])


@cache
def busy_ranges(zone, around):
    return st.lists(busy_range(zone, around), max_size=6)


@cache
@st.composite
def situations(draw, zone, around):
    """All arguments of `open_slots`, with a clock change in or near the window."""
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    first = draw(dates(around, 3, 2))
    return {
        "zone": zone,
        "weekly": draw(all_hours(around)),
        "exceptions": draw(exceptions(around)),
        "busy": draw(busy_ranges(zone, around)),
        **{name: draw(numbers) for name, numbers in NUMBERS.items()},
        "now": noon + timedelta(seconds=draw(NOW)),
        "first_day": first,
        "last_day": first + timedelta(days=draw(LAST_DAY)),
    }


anywhere = st.sampled_from(PLACES).flatmap(lambda place: situations(*place))


def whole(case):
    """The case with a wide window and no limits on how soon or how far ahead."""
    first, last = case["first_day"] - timedelta(days=2), case["first_day"] + timedelta(days=4)
    now = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2)
    wide = {"first_day": first, "last_day": last, "now": now, "notice": 0, "horizon": 30}
    return case | wide


def date_of(start, zone):
    """The local date, or the next date if that began before the clock went back over midnight."""
    following = start.astimezone(zone).date() + timedelta(days=1)
    begun = EPOCH + first_instant(following.toordinal() * DAY, zone) * MINUTE <= start
    return following if begun else following - timedelta(days=1)


def blocked(start, case):
    return (
        start - case["buffer_before"] * MINUTE,
        start + (case["length"] + case["buffer_after"]) * MINUTE,
    )


def overlaps(one, other):
    """Half-open ranges, compared by timestamp: datetimes of one zone would compare by wall clock."""
    (a, b), (c, d) = ([moment.timestamp() for moment in pair] for pair in (one, other))
    return a < d and c < b and c < d


@each_change
def test_a_wall_time_is_the_first_minute_at_which_the_clock_has_reached_it(zone, around):
    path = walk(zone, around)
    for day in range(around.toordinal() - 2, around.toordinal() + 3):
        for minute in range(0, DAY, 1 if abs(day - around.toordinal()) < 2 else 30):
            at = bisect_left(path.reached, (day, minute))
            assert EPOCH + first_instant(day * DAY + minute, zone) * MINUTE == path.moment(at)


@each_change
@slow
@given(data=st.data())
def test_the_engine_agrees_with_the_oracle(zone, around, data):
    case = data.draw(situations(zone, around))
    for appointment_request in (case, whole(case)):
        starts = open_slots(**appointment_request)
        event("open times" if starts else "no open times")
        assert starts == oracle_slots(walk(zone, around), **appointment_request)


@quick
@given(data=st.data())
def test_starts_are_sorted_in_utc_inside_a_block_and_clear_of_busy_ranges(data):
    case = whole(data.draw(anywhere))
    days = range(case["first_day"].toordinal() - 1, case["last_day"].toordinal() + 4)
    hours = {key: case[key] for key in ("zone", "weekly", "exceptions")}
    blocks = [(EPOCH + a * MINUTE, EPOCH + b * MINUTE) for a, b in open_blocks(**hours, days=days)]
    starts = open_slots(**case)
    assert starts == sorted(set(starts))
    for start in starts:
        end = start + case["length"] * MINUTE
        assert start.tzinfo is UTC
        assert any(opens <= start and end <= closes for opens, closes in blocks)
        assert not any(overlaps(blocked(start, case), pair) for pair in case["busy"])


@quick
@given(data=st.data())
def test_days_requested_one_by_one_give_the_same_as_requested_together(data):
    case = whole(data.draw(anywhere))
    days = [case["first_day"] + timedelta(days=n) for n in range(7)]
    alone = [open_slots(**case | {"first_day": day, "last_day": day}) for day in days]
    assert [start for starts in alone for start in starts] == open_slots(**case)


@quick
@given(data=st.data())
def test_now_notice_horizon_and_window_only_remove_starts(data):
    case = data.draw(anywhere)
    soonest = case["now"] + case["notice"] * MINUTE
    last = min(
        case["last_day"],
        case["now"].astimezone(case["zone"]).date() + timedelta(days=case["horizon"]),
    )
    assert open_slots(**case) == [
        start
        for start in open_slots(**whole(case))
        if start >= soonest and case["first_day"] <= date_of(start, case["zone"]) <= last
    ]


@quick
@given(data=st.data())
def test_one_more_busy_range_removes_exactly_the_starts_that_it_overlaps(data):
    case = whole(data.draw(anywhere))
    more = data.draw(busy_range(case["zone"], case["first_day"]))
    assert open_slots(**case | {"busy": [more, *case["busy"]]}) == [
        start for start in open_slots(**case) if not overlaps(blocked(start, case), more)
    ]


@quick
@given(data=st.data())
def test_what_is_far_from_the_window_changes_nothing(data):
    case = data.draw(anywhere)
    first, last = case["first_day"], case["last_day"]
    opens = EPOCH + (first_instant(first.toordinal() * DAY, case["zone"]) - DAY) * MINUTE
    closes = EPOCH + (first_instant((last.toordinal() + 1) * DAY, case["zone"]) + DAY) * MINUTE
    soon, late = first - timedelta(days=7), last + timedelta(days=2)
    near = {
        "exceptions": [x for x in case["exceptions"] if soon <= x.last_day and x.first_day <= late],
        "busy": [pair for pair in case["busy"] if overlaps(pair, (opens, closes))],
    }
    assert open_slots(**case | near) == open_slots(**case)


@quick
@given(data=st.data())
def test_order_and_repetition_of_the_input_do_not_matter(data):
    case = data.draw(anywhere)
    some = {key: case[key] for key in ("weekly", "exceptions", "busy")}
    mixed = {key: data.draw(st.permutations(rows + rows[:2])) for key, rows in some.items()}
    assert open_slots(**case | mixed) == open_slots(**case)


@quick
@given(data=st.data())
def test_more_notice_or_buffer_or_a_longer_appointment_never_adds_a_start(data):
    case = data.draw(anywhere)
    harder = data.draw(st.sampled_from(["notice", "buffer_before", "buffer_after", "length"]))
    stricter = case | {harder: case[harder] + data.draw(st.integers(0, 1))}
    assert set(open_slots(**stricter)) <= set(open_slots(**case))
