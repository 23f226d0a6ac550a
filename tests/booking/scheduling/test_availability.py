"""Open times, one rule at a time. Expected starts are local; a star marks the second 01:30 of a night with two."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from booking.scheduling.availability import DatedException, WeeklyHours, open_slots, whole_minutes

pytestmark = pytest.mark.once

NEW_YORK = ZoneInfo("America/New_York")
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)
LONG_AGO, FAR_OFF = date(2001, 1, 1), date(2099, 1, 1)


def at(text, zone=NEW_YORK):
    """An aware time: "06-01 09:00" of 2026 or "2018-11-04 00:00", * for the second of two."""
    year = "" if text.count("-") == 2 else "2026-"
    naive = datetime.fromisoformat(year + text.rstrip("*"))  # noqa: DTZ007
    return naive.replace(tzinfo=zone, fold=text.endswith("*"))


def clock(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def hours(weekday, *spans, **valid):
    """hours(MON, "09:00-12:00", "13:00-17:00") as weekly hours."""
    return [WeeklyHours(weekday, *map(clock, span.split("-")), **valid) for span in spans]


def closed(first, last=None, span="00:00-24:00"):
    return DatedException(first, last or first, False, *map(clock, span.split("-")))


def opened(first, last=None, span="00:00-24:00"):
    return DatedException(first, last or first, True, *map(clock, span.split("-")))


def slots(zone=NEW_YORK, **changes):
    """Open times on Monday, June 1, 2026, 09:00-12:00, half an hour each, unless told otherwise."""
    usual = {
        "weekly": hours(MON, "09:00-12:00"),
        "exceptions": [],
        "busy": [],
        "length": 30,
        "buffer_before": 0,
        "buffer_after": 0,
        "step": 30,
        "notice": 0,
        "horizon": 365,
        "now": at("2026-05-25 08:00"),
        "first_day": MONDAY,
        "last_day": MONDAY,
    }
    asked = usual | changes
    return open_slots(zone=zone, **asked | {"busy": [whole_minutes(*pair) for pair in asked["busy"]]})


def shown(starts, zone=NEW_YORK):
    """For example "Mon 09:00 09:30, Tue 09:00"."""
    days = []
    for day, on_day in groupby((start.astimezone(zone) for start in starts), key=datetime.date):
        times = " ".join(f"{start:%H:%M}" + "*" * start.fold for start in on_day)
        days.append(f"{day:%a} {times}")
    return ", ".join(days)


def busy(*spans):
    """busy("09:00-09:30") on that Monday."""
    return [tuple(at(f"06-01 {time}") for time in span.split("-")) for span in spans]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "Mon 09:00 09:30 10:00 10:30 11:00 11:30", id="plain morning"),
        pytest.param({"weekly": []}, "", id="no hours"),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00", "11:00-12:00")},
            "Mon 09:00 09:30 11:00 11:30",
            id="a break is a gap",
        ),
        pytest.param(
            {"weekly": hours(MON, "11:00-12:00", "09:00-10:00"), "length": 60},
            "Mon 09:00 11:00",
            id="hours in any order; an appointment that fills its block",
        ),
        pytest.param({"length": 61, "weekly": hours(MON, "09:00-10:00")}, "", id="a minute short"),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00", "10:00-11:00"), "length": 45, "step": 45},
            "Mon 09:00 09:45",
            id="hours that touch are one block with one grid",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:20", "09:50-11:00"), "length": 40, "step": 40},
            "Mon 09:00 09:40 10:20",
            id="hours that overlap are one block",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-09:00", "10:00-09:30", "11:00-12:00")},
            "Mon 11:00 11:30",
            id="empty and inverted hours add nothing",
        ),
        pytest.param(
            {"weekly": hours(MON, "23:00-24:00")},
            "Mon 23:00 23:30",
            id="24:00 is midnight at the end of the day",
        ),
        pytest.param(
            {
                "weekly": hours(MON, "22:30-24:00") + hours(TUE, "00:00-01:00"),
                "length": 40,
                "step": 40,
                "last_day": TUESDAY,
            },
            "Mon 22:30 23:10 23:50",
            id="hours that touch across midnight are one block",
        ),
        pytest.param(
            {
                "weekly": hours(SUN, "23:10-24:00") + hours(MON, "00:00-01:00"),
            },
            "Mon 00:10",
            id="a block begun the evening before sets the grid",
        ),
        pytest.param(
            {
                "weekly": hours(MON, "23:30-24:00") + hours(TUE, "00:00-01:00"),
                "length": 60,
            },
            "Mon 23:30",
            id="an appointment may run past the last day of the window",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-09:03"), "length": 1, "step": 1},
            "Mon 09:00 09:01 09:02",
            id="minute by minute",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:10-10:30"), "step": 20},
            "Mon 09:10 09:30 09:50",
            id="the grid does not realign to the hour",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00"), "step": 300},
            "Mon 09:00",
            id="a step too wide",
        ),
    ],
)
def test_hours_make_blocks_and_each_block_has_its_own_grid(changes, expected):
    assert shown(slots(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"exceptions": [closed(MONDAY)]}, "", id="closed for the day"),
        pytest.param({"exceptions": [closed(LONG_AGO, FAR_OFF)]}, "", id="closed for years"),
        pytest.param(
            {"exceptions": [closed(TUESDAY, MONDAY)], "weekly": hours(MON, "09:00-10:00")},
            "Mon 09:00 09:30",
            id="an inverted closure closes nothing",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, TUESDAY)]}
            | {"weekly": [h for day in (MON, TUE, WED) for h in hours(day, "09:00-10:00")]}
            | {"last_day": WEDNESDAY},
            "Wed 09:00 09:30",
            id="first and last day are both closed",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, span="10:10-10:40")]},
            "Mon 09:00 09:30 10:40 11:10",
            id="a closure cuts: the grid restarts at its end",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, span="08:00-10:10")]},
            "Mon 10:10 10:40 11:10",
            id="a closure over the start",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, span="10:50-18:00")]},
            "Mon 09:00 09:30 10:00",
            id="a closure over the end",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, TUESDAY, "09:00-11:00")], "last_day": TUESDAY}
            | {"weekly": hours(MON, "09:00-12:00") + hours(TUE, "10:00-12:00")},
            "Mon 11:00 11:30, Tue 11:00 11:30",
            id="part-day closure on each of its dates",
        ),
        pytest.param(
            {"exceptions": [opened(TUESDAY, span="09:00-10:00")], "last_day": TUESDAY}
            | {"weekly": hours(MON, "11:00-12:00")},
            "Mon 11:00 11:30, Tue 09:00 09:30",
            id="extra hours",
        ),
        pytest.param(
            {
                "exceptions": [opened(MONDAY, span="08:40-09:00")],
                "weekly": hours(MON, "9:00-10:00"),
            },
            "Mon 08:40 09:10",
            id="extra hours merge with weekly hours",
        ),
        pytest.param(
            {"exceptions": [opened(MONDAY), closed(MONDAY, span="00:00-23:00")]},
            "Mon 23:00 23:30",
            id="closed wins over open",
        ),
        pytest.param(
            {"exceptions": [closed(MONDAY, span="10:00-10:00"), closed(MONDAY, span="11:00-9:00")]},
            "Mon 09:00 09:30 10:00 10:30 11:00 11:30",
            id="an empty or inverted span closes nothing",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00", valid_from=MONDAY, valid_until=MONDAY)},
            "Mon 09:00 09:30",
            id="valid from and until include their own day",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00", valid_from=TUESDAY)},
            "",
            id="not valid yet",
        ),
        pytest.param(
            {"weekly": hours(MON, "09:00-10:00", valid_until=date(2026, 5, 31))},
            "",
            id="valid no more",
        ),
    ],
)
def test_dated_exceptions_and_validity(changes, expected):
    assert shown(slots(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"busy": busy("09:30-10:30")},
            "Mon 09:00 10:30 11:00 11:30",
            id="back-to-back is fine",
        ),
        pytest.param(
            {"busy": busy("09:29-10:31")},
            "Mon 11:00 11:30",
            id="a minute over on either side",
        ),
        pytest.param(
            {"busy": busy("09:40-09:50")},
            "Mon 09:00 10:00 10:30 11:00 11:30",
            id="busy inside an appointment; the grid does not restart",
        ),
        pytest.param(
            {"busy": busy("11:00-12:00", "09:00-10:10", "09:30-09:40", "10:00-10:30")},
            "Mon 10:30",
            id="any order, overlapping",
        ),
        pytest.param(
            {"busy": busy("09:45-09:45", "10:45-10:15")},
            "Mon 09:00 09:30 10:00 10:30 11:00 11:30",
            id="empty and inverted ranges take nothing",
        ),
        pytest.param(
            {"busy": busy("09:29:59-09:30:01")},
            "Mon 10:00 10:30 11:00 11:30",
            id="a second is a minute",
        ),
        pytest.param(
            {"busy": busy("09:00-10:00"), "buffer_before": 30},
            "Mon 10:30 11:00 11:30",
            id="buffer before",
        ),
        pytest.param(
            {"busy": busy("11:00-12:00"), "buffer_after": 1},
            "Mon 09:00 09:30 10:00",
            id="buffer after",
        ),
        pytest.param(
            {"buffer_before": 60, "buffer_after": 60},
            "Mon 09:00 09:30 10:00 10:30 11:00 11:30",
            id="buffers may stick out of hours",
        ),
        pytest.param(
            {"busy": busy("08:30-08:45", "12:10-12:20"), "buffer_before": 20, "buffer_after": 11},
            "Mon 09:30 10:00 10:30 11:00",
            id="buffers outside hours still meet busy ranges",
        ),
        pytest.param(
            {"busy": [(at("05-31 23:00"), at("05-31 23:50"))], "buffer_before": 20}
            | {"weekly": hours(MON, "00:00-01:30")},
            "Mon 00:30 01:00",
            id="busy before the window, within the buffer",
        ),
        pytest.param(
            {"busy": [(at("06-02 00:10"), at("06-02 01:00"))], "buffer_after": 20}
            | {"weekly": hours(MON, "22:30-24:00")},
            "Mon 22:30 23:00",
            id="busy after the window, within the buffer",
        ),
        pytest.param(
            {"busy": [(at("05-01 00:00"), at("12-01 00:00"))]},
            "",
            id="busy for months around",
        ),
        pytest.param(
            {"busy": [(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))]},
            "",
            id="busy for ever",
        ),
    ],
)
def test_an_appointment_with_its_buffers_does_not_overlap_busy_ranges(changes, expected):
    assert shown(slots(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"now": at("06-01 10:30")},
            "Mon 10:30 11:00 11:30",
            id="a start right now is allowed",
        ),
        pytest.param({"now": at("06-01 10:30:01")}, "Mon 11:00 11:30", id="a second too late"),
        pytest.param(
            {"now": at("05-31 10:30"), "notice": 1440},
            "Mon 10:30 11:00 11:30",
            id="exactly enough notice",
        ),
        pytest.param(
            {"now": at("05-31 10:30"), "notice": 1441},
            "Mon 11:00 11:30",
            id="a minute more notice",
        ),
        pytest.param({"notice": 10**12}, "", id="notice of aeons"),
        pytest.param({"now": at("06-01 12:00")}, "", id="the day is over"),
        pytest.param(
            {"now": at("05-29 23:59"), "horizon": 3, "weekly": hours(MON, "0:00-1:00")},
            "Mon 00:00 00:30",
            id="the last day of the horizon, however late it is today",
        ),
        pytest.param({"now": at("05-29 23:59"), "horizon": 2}, "", id="a day beyond the horizon"),
        pytest.param(
            {"now": at("06-01 09:10"), "horizon": 0, "last_day": FAR_OFF},
            "Mon 09:30 10:00 10:30 11:00 11:30",
            id="horizon 0 is today only",
        ),
        pytest.param(
            {"now": at("06-01 03:30", UTC), "horizon": 0},
            "",
            id="today is a local date: in New York it is still Sunday",
        ),
        pytest.param(
            {"first_day": LONG_AGO, "now": at("05-25 11:30")},
            "Mon 11:30, Mon 09:00 09:30 10:00 10:30 11:00 11:30",
            id="nothing in the past",
        ),
        pytest.param({"first_day": TUESDAY}, "", id="inverted window"),
        pytest.param({"first_day": date.max, "last_day": date.max}, "", id="end of the calendar"),
        pytest.param({"first_day": date.min, "last_day": date.min}, "", id="start of the calendar"),
    ],
)
def test_notice_horizon_and_window(changes, expected):
    assert shown(slots(**changes)) == expected


ROUND_THE_CLOCK = [WeeklyHours(weekday, 0, 1440) for weekday in range(7)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"weekly": ROUND_THE_CLOCK, "step": 600, "last_day": TUESDAY},
            "Mon 00:00 10:00 20:00, Tue 00:00 10:00 20:00",
            id="the count starts at each midnight",
        ),
        pytest.param(
            {"weekly": ROUND_THE_CLOCK, "step": 1000, "length": 1440, "last_day": TUESDAY},
            "Mon 00:00 16:40, Tue 00:00 16:40",
            id="and cuts no block: appointments run over midnight",
        ),
        pytest.param(
            {"weekly": ROUND_THE_CLOCK, "step": 1000, "last_day": TUESDAY}
            | {"exceptions": [closed(LONG_AGO, date(2026, 5, 24), "10:00-24:00")]},
            "Mon 00:00 16:40, Tue 00:00 16:40",
            id="open for exactly seven dates: afresh",
        ),
        pytest.param(
            {"weekly": ROUND_THE_CLOCK, "step": 1000, "last_day": WEDNESDAY}
            | {"exceptions": [closed(date(2026, 5, 25), span="0:00-1:00")]},
            "Mon 16:20, Tue 00:00 16:40, Wed 00:00 16:40",
            id="open for six dates and 23 hours: still counted from the opening",
        ),
        pytest.param(
            {"weekly": ROUND_THE_CLOCK[:6], "step": 1000, "last_day": WEDNESDAY},
            "Mon 00:00 16:40, Tue 09:20, Wed 02:00 18:40",
            id="closed on Sundays: counted from Monday",
        ),
        pytest.param(
            {"weekly": [open_day._replace(valid_from=MONDAY) for open_day in ROUND_THE_CLOCK]}
            | {"step": 1000, "last_day": TUESDAY},
            "Mon 00:00 16:40, Tue 09:20",
            id="begun with its validity: counted from there for a week",
        ),
    ],
)
def test_round_the_clock_hours_count_from_midnight(changes, expected):
    assert shown(slots(**changes)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "span", "changes", "expected"),
    [
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "01:00-02:00",
            {},
            "Sun 01:00 01:30 01:00* 01:30*",
            id="clocks back: one to two lasts two hours",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "01:30-02:00",
            {},
            "Sun 01:30 01:00* 01:30*",
            id="clocks back: a repeated start is the first of the two",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "00:00-01:30",
            {},
            "Sun 00:00 00:30 01:00",
            id="clocks back: a repeated end is the first of the two",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "00:30-03:00",
            {"step": 60, "length": 60},
            "Sun 00:30 01:30 01:30*",
            id="clocks back: steps are elapsed time",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "00:00-03:00",
            {"busy": [(at("2026-11-01 01:00*"), at("2026-11-01 01:30*"))]},
            "Sun 00:00 00:30 01:00 01:30 01:30* 02:00 02:30",
            id="clocks back: busy in the second hour leaves the first alone",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "00:00-03:00",
            {"busy": [(at("2026-11-01 01:30"), at("2026-11-01 01:15*"))]},
            "Sun 00:00 00:30 01:00 01:30* 02:00 02:30",
            id="clocks back: busy from 01:30 to the second 01:15 is not inverted",
        ),
        pytest.param(
            "America/New_York",
            "2026-11-01",
            "01:00-02:00",
            {"now": at("2026-11-01 01:15"), "notice": 60},
            "Sun 01:30*",
            id="clocks back: notice is elapsed time",
        ),
        pytest.param(
            "America/New_York",
            "2026-03-08",
            "01:00-04:00",
            {},
            "Sun 01:00 01:30 03:00 03:30",
            id="clocks forward: the hour that does not exist",
        ),
        pytest.param(
            "America/New_York",
            "2026-03-08",
            "02:15-03:30",
            {"length": 15, "step": 15},
            "Sun 03:00 03:15",
            id="clocks forward: a skipped start is the end of the gap",
        ),
        pytest.param(
            "America/New_York",
            "2026-03-08",
            "01:00-02:30",
            {},
            "Sun 01:00 01:30",
            id="clocks forward: a skipped end is the end of the gap",
        ),
        pytest.param(
            "America/New_York",
            "2026-03-08",
            "02:00-03:00",
            {"length": 1},
            "",
            id="clocks forward: hours wholly skipped",
        ),
        pytest.param(
            "America/New_York",
            "2026-03-08",
            "01:00-04:00",
            {"exceptions": [closed(date(2026, 3, 8), span="02:00-03:00")], "length": 90},
            "Sun 01:00 01:30",
            id="clocks forward: a closure wholly skipped cuts nothing",
        ),
        pytest.param(
            "America/Havana",
            "2025-03-09",
            "00:00-02:00",
            {},
            "Sun 01:00 01:30",
            id="midnight does not exist",
        ),
        pytest.param(
            "America/Havana",
            "2025-11-02",
            "00:00-01:00",
            {},
            "Sun 00:00 00:30 00:00* 00:30*",
            id="midnight comes twice",
        ),
        pytest.param(
            "America/Sao_Paulo",
            "2018-02-17",
            "22:30-24:00",
            {},
            "Sat 22:30 23:00 23:30 23:00* 23:30*",
            id="the last hour of the day comes twice",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:00-02:30",
            {},
            "Sun 01:00 01:30 01:30* 02:00",
            id="clocks back by half an hour",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "2026-10-04",
            "01:30-03:00",
            {},
            "Sun 01:30 02:30",
            id="clocks forward by half an hour",
        ),
        pytest.param(
            "Pacific/Apia",
            "2011-12-30",
            "09:00-17:00",
            {},
            "",
            id="a date that does not exist",
        ),
    ],
)
def test_nights_when_the_clock_changes(zone, day, span, changes, expected):
    zone, day = ZoneInfo(zone), date.fromisoformat(day)
    now = at(f"{day - timedelta(days=2)} 00:00", zone)
    weekly = hours(day.weekday(), span)
    usual = {"now": now, "weekly": weekly, "first_day": day, "last_day": day}
    assert shown(slots(zone, **usual | changes), zone) == expected


def test_a_block_across_a_skipped_date_is_whole():
    zone = ZoneInfo("Pacific/Apia")
    weekly = hours(THU, "23:00-24:00") + hours(SAT, "00:00-01:00")
    window = {"first_day": date(2011, 12, 29), "last_day": date(2011, 12, 29)}
    starts = slots(zone, weekly=weekly, now=at("2011-12-27 00:00", zone), length=90, **window)
    assert shown(starts, zone) == "Thu 23:00 23:30"


def test_starts_are_in_utc_and_sorted_when_the_clock_goes_back():
    day = date(2026, 11, 1)
    starts = slots(weekly=hours(SUN, "01:30-02:00"), first_day=day, last_day=day)
    assert [f"{start:%H:%M %Z}" for start in starts] == ["05:30 UTC", "06:00 UTC", "06:30 UTC"]


def test_hours_may_come_from_generators():
    weekly, closures = hours(MON, "09:00-11:00"), [closed(MONDAY, span="09:00-10:00")]
    starts = slots(weekly=iter(weekly), exceptions=iter(closures), busy=iter(busy("10:00-10:30")))
    assert shown(starts) == "Mon 10:30"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"length": 0}, "at least one minute", id="length 0"),
        pytest.param({"length": -30}, "at least one minute", id="negative length"),
        pytest.param({"length": 1441}, "fit into one day", id="longer than a day"),
        pytest.param({"length": 1440, "buffer_after": 1}, "fit into one day", id="with its buffer"),
        pytest.param({"step": 0}, "at least one minute", id="step 0"),
        pytest.param({"step": -15}, "at least one minute", id="negative step"),
        pytest.param({"buffer_before": -1}, "not negative", id="negative buffer before"),
        pytest.param({"buffer_after": -1}, "not negative", id="negative buffer after"),
        pytest.param({"notice": -1}, "not negative", id="negative notice"),
        pytest.param({"horizon": -1}, "not negative", id="negative horizon"),
        pytest.param({"weekly": [WeeklyHours(7, 0, 60)]}, "weekdays", id="weekday 7"),
        pytest.param({"weekly": [WeeklyHours(-1, 0, 60)]}, "weekdays", id="weekday -1"),
        pytest.param({"weekly": [WeeklyHours(MON, -1, 60)]}, "times of day", id="before 0:00"),
        pytest.param({"weekly": [WeeklyHours(MON, 0, 1441)]}, "times of day", id="after 24:00"),
        pytest.param(
            {"exceptions": [DatedException(MONDAY, MONDAY, True, 0, 1441)], "first_day": FAR_OFF},
            "times of day",
            id="exception after 24:00, even with nothing to ask",
        ),
        pytest.param(
            {"now": datetime(2026, 6, 1, 9)},  # noqa: DTZ001
            "without a time zone",
            id="naive now",
        ),
        pytest.param(
            {"busy": [(at("06-01 09:00"), datetime(2026, 6, 1, 9))]},  # noqa: DTZ001
            "without a time zone",
            id="naive busy",
        ),
    ],
)
def test_invalid_arguments_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        slots(**changes)
