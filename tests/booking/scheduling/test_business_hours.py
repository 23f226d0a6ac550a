"""The response deadline. Times are in New York in 2026 (June 1 is a Monday), * for the second 01:30."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.scheduling.business_hours import (
    DeskClosure,
    DeskHours,
    after_pause,
    before,
    desk_minutes,
    open_hours,
    respond_by,
)

pytestmark = pytest.mark.once

NEW_YORK = ZoneInfo("America/New_York")
NINE, TWELVE, ONE, FIVE = 9 * 60, 12 * 60, 13 * 60, 17 * 60
OFFICE = [DeskHours(weekday, NINE, FIVE) for weekday in range(5)]
ALWAYS = [DeskHours(weekday, 0, 1440) for weekday in range(7)]
SATURDAY_MORNING = DeskHours(5, NINE, TWELVE)
SUNDAY_NIGHT = DeskHours(6, 0, 3 * 60)


def at(text):
    """For example "06-01 10:05"."""
    naive = datetime.strptime(f"2026-{text.rstrip('*')}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
    return naive.replace(tzinfo=NEW_YORK, fold=text.endswith("*"))


def shown(moment):
    assert moment.tzinfo is UTC
    local = moment.astimezone(NEW_YORK)
    return f"{local:%a %m-%d %H:%M}" + "*" * local.fold


def day(text):
    return date.fromisoformat(f"2026-{text}")


def shut(first, last=None, starts=0, ends=1440):
    return DeskClosure(day(first), day(last or first), starts, ends)


@pytest.mark.parametrize(
    ("now", "days", "hours", "closures", "expected"),
    [
        pytest.param("06-01 10:05", 1, OFFICE, [], "Tue 06-02 17:00", id="Monday morning"),
        pytest.param("06-01 23:59", 1, OFFICE, [], "Tue 06-02 17:00", id="Monday at 23:59"),
        pytest.param("06-02 00:00", 1, OFFICE, [], "Wed 06-03 17:00", id="Tuesday at 0:00"),
        pytest.param("06-05 10:00", 1, OFFICE, [], "Mon 06-08 17:00", id="Friday"),
        pytest.param("06-06 10:00", 1, OFFICE, [], "Mon 06-08 17:00", id="Saturday"),
        pytest.param("06-07 23:59", 1, OFFICE, [], "Mon 06-08 17:00", id="Sunday at 23:59"),
        pytest.param("06-04 10:00", 2, OFFICE, [], "Mon 06-08 17:00", id="two days from Thursday"),
        pytest.param("06-01 10:00", 5, OFFICE, [], "Mon 06-08 17:00", id="five days from Monday"),
        pytest.param(
            "06-05 10:00",
            1,
            [*OFFICE, SATURDAY_MORNING],
            [],
            "Sat 06-06 12:00",
            id="office open on Saturday",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            [DeskHours(1, ONE, FIVE), DeskHours(1, NINE, TWELVE)],
            [],
            "Tue 06-02 17:00",
            id="a break: the last closing counts",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-02")],
            "Wed 06-03 17:00",
            id="tomorrow is a holiday",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-02", "06-14")],
            "Mon 06-15 17:00",
            id="closed for two weeks",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-01")],
            "Tue 06-02 17:00",
            id="closed today",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-02", starts=ONE)],
            "Tue 06-02 13:00",
            id="closed from one o'clock: the closure cuts the end",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-02", starts=TWELVE, ends=ONE)],
            "Tue 06-02 17:00",
            id="closed at noon: the end stays",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            OFFICE,
            [shut("06-02", ends=ONE), shut("06-02", starts=ONE)],
            "Wed 06-03 17:00",
            id="two part closures make no desk day",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            ALWAYS,
            [],
            "Wed 06-03 00:00",
            id="round the clock: the end of Tuesday",
        ),
        pytest.param("06-01 10:00", 1, [], [], "Wed 06-03 00:00", id="no hours: a weekday's end"),
        pytest.param("06-04 10:00", 1, [], [], "Sat 06-06 00:00", id="no hours: Friday's end"),
        pytest.param("06-05 10:00", 2, [], [], "Wed 06-10 00:00", id="no hours: two weekdays"),
        pytest.param(
            "06-05 10:00",
            1,
            OFFICE,
            [shut("06-06", "08-04")],
            "Tue 06-09 00:00",
            id="closed for 60 days: a weekday's end",
        ),
        pytest.param(
            "06-05 10:00",
            1,
            OFFICE,
            [shut("06-06", "08-03")],
            "Tue 08-04 17:00",
            id="open again on the 60th day",
        ),
        pytest.param(
            "06-01 10:00",
            1,
            [DeskHours(1, FIVE, NINE), DeskHours(2, NINE, NINE), DeskHours(3, NINE, FIVE)],
            [],
            "Thu 06-04 17:00",
            id="empty and inverted hours are no desk day",
        ),
        pytest.param(
            "03-07 10:00",
            1,
            [SUNDAY_NIGHT],
            [],
            "Sun 03-08 03:00",
            id="the clock goes forward",
        ),
        pytest.param(
            "03-07 10:00",
            1,
            [DeskHours(6, 0, 150)],
            [],
            "Sun 03-08 03:00",
            id="the closing time does not exist that night",
        ),
        pytest.param(
            "03-07 10:00",
            1,
            [DeskHours(6, 120, 180), DeskHours(0, NINE, FIVE)],
            [],
            "Mon 03-09 17:00",
            id="no time of the hours exists that night",
        ),
        pytest.param(
            "10-31 10:00",
            1,
            [DeskHours(6, 0, 90)],
            [],
            "Sun 11-01 01:30",
            id="the closing time comes twice: the first",
        ),
        pytest.param(
            "10-30 10:00",
            1,
            OFFICE,
            [],
            "Mon 11-02 17:00",
            id="over the change of clocks",
        ),
    ],
)
def test_the_deadline_is_the_end_of_the_next_desk_day(now, days, hours, closures, expected):
    found = respond_by(now=at(now), zone=NEW_YORK, hours=hours, closures=closures, days=days)
    assert shown(found) == expected


def test_today_is_the_local_date_of_the_desk():
    late_on_monday = datetime(2026, 6, 2, 3, 30, tzinfo=UTC)
    found = respond_by(now=late_on_monday, zone=NEW_YORK, hours=OFFICE, closures=[])
    assert shown(found) == "Tue 06-02 17:00"


@pytest.mark.parametrize(
    ("since", "until", "hours", "closures", "expected"),
    [
        pytest.param("06-01 10:00", "06-01 10:30", OFFICE, [], 30, id="half an hour"),
        pytest.param("06-01 08:00", "06-01 18:00", OFFICE, [], 480, id="a whole day"),
        pytest.param("06-05 16:00", "06-08 10:00", OFFICE, [], 120, id="over a weekend"),
        pytest.param("06-05 17:00", "06-08 09:00", OFFICE, [], 0, id="only the weekend"),
        pytest.param("06-01 10:00", "06-02 10:00", OFFICE, [shut("06-01")], 60, id="a holiday"),
        pytest.param(
            "06-01 10:00",
            "06-01 14:00",
            OFFICE,
            [shut("06-01", starts=TWELVE, ends=ONE)],
            180,
            id="closed at noon",
        ),
        pytest.param("06-01 10:00", "06-01 10:00", OFFICE, [], 0, id="nothing"),
        pytest.param("06-03 10:00", "06-01 10:00", OFFICE, [], 0, id="inverted by days"),
        pytest.param("06-01 10:01", "06-01 10:00", OFFICE, [], 0, id="inverted by a minute"),
        pytest.param("03-08 00:00", "03-09 00:00", ALWAYS, [], 23 * 60, id="a day of 23 hours"),
        pytest.param("11-01 00:00", "11-02 00:00", ALWAYS, [], 25 * 60, id="a day of 25 hours"),
        pytest.param("11-01 01:30", "11-01 01:30*", ALWAYS, [], 60, id="the repeated hour"),
    ],
)
def test_desk_minutes(since, until, hours, closures, expected):
    span = {"since": at(since), "until": at(until)}
    assert desk_minutes(**span, zone=NEW_YORK, hours=hours, closures=closures) == expected


@pytest.mark.parametrize(
    ("deadline", "paused", "resumed", "hours", "closures", "expected"),
    [
        pytest.param(
            "06-02 12:00",
            "06-01 10:00",
            "06-01 10:30",
            OFFICE,
            [],
            "Tue 06-02 12:30",
            id="within the day",
        ),
        pytest.param(
            "06-02 17:00",
            "06-01 10:00",
            "06-01 11:00",
            OFFICE,
            [],
            "Wed 06-03 10:00",
            id="from a closing time into the next morning",
        ),
        pytest.param(
            "06-02 17:00",
            "06-01 08:00",
            "06-01 20:00",
            OFFICE,
            [],
            "Wed 06-03 17:00",
            id="a whole day ends at the closing time, not at the next opening",
        ),
        pytest.param(
            "06-05 17:00",
            "06-04 16:00",
            "06-05 10:00",
            OFFICE,
            [],
            "Mon 06-08 11:00",
            id="two hours on, over the weekend",
        ),
        pytest.param(
            "06-08 17:00",
            "06-05 17:00",
            "06-08 09:00",
            OFFICE,
            [],
            "Mon 06-08 17:00",
            id="paused over the weekend only",
        ),
        pytest.param(
            "06-06 20:00",
            "06-01 20:00",
            "06-02 06:00",
            OFFICE,
            [],
            "Sat 06-06 20:00",
            id="no desk minutes leave even a Saturday deadline alone",
        ),
        pytest.param(
            "06-02 17:00",
            "06-02 10:00",
            "06-01 10:00",
            OFFICE,
            [],
            "Tue 06-02 17:00",
            id="resumed before paused",
        ),
        pytest.param(
            "06-02 17:00",
            "06-02 09:00",
            "06-02 10:00",
            OFFICE,
            [shut("06-03")],
            "Thu 06-04 10:00",
            id="counted on over a holiday",
        ),
        pytest.param(
            "06-02 17:00",
            "06-02 09:00",
            "06-03 17:00",
            OFFICE,
            [shut("06-03")],
            "Thu 06-04 17:00",
            id="a holiday in the pause adds nothing",
        ),
        pytest.param(
            "06-02 11:30",
            "06-01 09:00",
            "06-01 10:00",
            OFFICE,
            [shut("06-02", starts=TWELVE, ends=ONE)],
            "Tue 06-02 13:30",
            id="counted on over a part-day closure",
        ),
        pytest.param(
            "06-05 17:00",
            "06-05 16:30",
            "06-06 10:00",
            [*OFFICE, SATURDAY_MORNING],
            [],
            "Sat 06-06 10:30",
            id="office open on Saturday",
        ),
        pytest.param(
            "06-02 17:00",
            "06-02 09:00",
            "11-02 10:00",
            OFFICE,
            [],
            "Tue 11-03 10:00",
            id="months: as many desk hours on",
        ),
        pytest.param(
            "06-02 17:00",
            "06-02 15:00",
            "06-03 15:00",
            OFFICE,
            [shut("06-03", "12-31")],
            "Wed 06-03 17:00",
            id="never open again: later by the whole pause",
        ),
        pytest.param(
            "06-02 17:00",
            "06-01 10:00",
            "06-02 10:00",
            [],
            [],
            "Tue 06-02 17:00",
            id="no hours: no desk minutes",
        ),
        pytest.param(
            "11-01 01:30",
            "10-31 01:00",
            "10-31 01:45",
            ALWAYS,
            [],
            "Sun 11-01 01:15*",
            id="the clock goes back meanwhile",
        ),
        pytest.param(
            "03-08 01:30",
            "03-07 01:00",
            "03-07 01:45",
            ALWAYS,
            [],
            "Sun 03-08 03:15",
            id="the clock goes forward meanwhile",
        ),
    ],
)
def test_a_pause_moves_the_deadline(deadline, paused, resumed, hours, closures, expected):
    times = {"respond_by": at(deadline), "paused_at": at(paused), "resumed_at": at(resumed)}
    found = after_pause(**times, zone=NEW_YORK, hours=hours, closures=closures)
    assert shown(found) == expected


def test_two_pauses_add_up_to_one():
    desk = {"zone": NEW_YORK, "hours": OFFICE, "closures": []}
    deadline, paused, resumed = at("06-02 17:00"), at("06-01 10:00"), at("06-01 12:00")
    between = datetime(2026, 6, 1, 15, 0, 30, tzinfo=UTC)
    once = after_pause(respond_by=deadline, paused_at=paused, resumed_at=resumed, **desk)
    first = after_pause(respond_by=deadline, paused_at=paused, resumed_at=between, **desk)
    assert after_pause(respond_by=first, paused_at=between, resumed_at=resumed, **desk) == once


NAIVE = datetime(2026, 6, 1, 9)  # noqa: DTZ001
AWARE = NAIVE.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"now": NAIVE}, "without a time zone", id="naive now"),
        pytest.param({"days": 0}, "at least one desk day", id="days 0"),
        pytest.param({"hours": [DeskHours(7, NINE, FIVE)]}, "weekdays", id="weekday 7"),
        pytest.param({"hours": [DeskHours(0, NINE, 1441)]}, "times of day", id="after 24:00"),
        pytest.param({"closures": [shut("06-01", starts=-1)]}, "times of day", id="before 0:00"),
    ],
)
def test_invalid_arguments_for_a_deadline_are_refused(changes, message):
    usual = {"now": AWARE, "zone": NEW_YORK, "hours": OFFICE, "closures": []}
    with pytest.raises(ValueError, match=message):
        respond_by(**usual | changes)


@pytest.mark.parametrize("naive", ["respond_by", "paused_at", "resumed_at"])
def test_a_pause_without_a_time_zone_is_refused(naive):
    times = {"respond_by": AWARE, "paused_at": AWARE, "resumed_at": AWARE} | {naive: NAIVE}
    with pytest.raises(ValueError, match="without a time zone"):
        after_pause(**times, zone=NEW_YORK, hours=OFFICE, closures=[])


@pytest.mark.parametrize(
    ("moment", "minutes", "hours", "closures", "expected"),
    [
        ("06-02 14:00", 240, OFFICE, [], "Tue 06-02 10:00"),
        ("06-02 10:00", 240, OFFICE, [], "Mon 06-01 14:00"),
        ("06-02 13:00", 240, OFFICE, [], "Tue 06-02 09:00"),
        ("06-01 09:00", 240, OFFICE, [], "Fri 05-29 13:00"),
        ("06-06 11:00", 240, OFFICE, [], "Fri 06-05 13:00"),  # on a Saturday, when the desk is closed
        ("06-02 20:00", 60, OFFICE, [], "Tue 06-02 16:00"),
        ("06-03 10:00", 240, OFFICE, [shut("06-02")], "Mon 06-01 14:00"),
        ("06-02 14:00", 240, OFFICE, [shut("06-02", starts=TWELVE, ends=ONE)], "Tue 06-02 09:00"),
        ("06-02 14:00", 0, OFFICE, [], "Tue 06-02 14:00"),
        ("06-02 14:00", 240, [], [], "Tue 06-02 10:00"),  # never open: by the clock
        ("11-01 04:00", 240, ALWAYS, [], "Sun 11-01 01:00"),  # the night has 25 hours
        ("03-08 04:00", 240, ALWAYS, [], "Sat 03-07 23:00"),  # the night has 23 hours
    ],
)
def test_so_many_desk_minutes_before_a_moment(moment, minutes, hours, closures, expected):
    found = before(moment=at(moment), minutes=minutes, zone=NEW_YORK, hours=hours, closures=closures)
    assert shown(found) == expected
    assert desk_minutes(since=found, until=at(moment), zone=NEW_YORK, hours=hours, closures=closures) == (
        minutes if hours else 0
    )


@pytest.mark.parametrize("moment", [at("06-02 14:00").replace(tzinfo=None)])
def test_a_naive_moment_is_refused(moment):
    with pytest.raises(ValueError, match="without a time zone"):
        before(moment=moment, minutes=240, zone=NEW_YORK, hours=OFFICE, closures=[])


def test_the_hours_around_a_date_are_those_in_which_the_desk_has_minutes():
    given = {"zone": NEW_YORK, "hours": [*OFFICE, SUNDAY_NIGHT], "closures": [shut("06-08", starts=TWELVE, ends=ONE)]}
    found = [(shown(opens), shown(closes)) for opens, closes in open_hours(day("06-08"), **given)]
    assert found == [
        ("Sun 06-07 00:00", "Sun 06-07 03:00"),
        ("Mon 06-08 09:00", "Mon 06-08 12:00"),
        ("Mon 06-08 13:00", "Mon 06-08 17:00"),
        ("Tue 06-09 09:00", "Tue 06-09 17:00"),
    ]
    for opens, closes in open_hours(day("06-08"), **given):
        assert desk_minutes(since=opens, until=closes, **given) == (closes - opens).total_seconds() / 60
