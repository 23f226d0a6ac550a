"""Hours of every second week and of some days of the month: each reader of hours finds them on the same days."""

from datetime import date, timedelta

import pytest

from booking.scheduling.day_grid import day_grid
from booking.scheduling.desk_slots import DeskAvailability
from booking.scheduling.hours_impact import left_outside, open_hours
from booking.scheduling.slots import Rules, open_times
from clinic.hours.recurrence import Repeats
from clinic.models import Schedule
from tests.builders import MONDAY, NEW_YORK, make_location

FIRST, LAST = date(2026, 11, 24), date(2027, 12, 26)  # two clock changes, a year end after a week 53, a fifth Sunday
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
SUNDAY, COUNTED_FROM = 6, date(2027, 3, 14)  # the clock goes forward


def every_second(day):
    return (day - COUNTED_FROM).days % 14 == 0


def all_but_the_first(day):
    return day.weekday() == SUNDAY and day.day > 7


RULES = {Repeats.EVERY_2ND: every_second, Repeats.NOT_FIRST: all_but_the_first}


@pytest.fixture
def sundays(clinic):
    """Their only hours: 9 to 11, time for two appointments."""
    Schedule.objects.all().delete()
    where = {"practitioner": clinic.practitioner, "location": clinic.location, "weekday": SUNDAY}
    return Schedule.objects.create(**where, starts=540, ends=640, counted_from=COUNTED_FROM)


def found(clinic, first, last):
    """The days on which a patient could come, and at what time."""
    times = open_times(clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY, first_day=first, last_day=last)
    return [f"{slot.starts_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" for slot in times]


def test_open_times_are_those_of_the_days_that_a_calendar_names_whatever_the_window(clinic, sundays):
    for repeats, holds in RULES.items():
        Schedule.objects.update(repeats=repeats)
        wanted = [f"{day} {hour}" for day in DAYS for hour in ("09:00", "09:40") if holds(day)]
        assert len(wanted) > 40
        assert found(clinic, FIRST, LAST) == wanted, repeats
        around = [day for day in DAYS if day.month in (1, 3, 11) and day.day < 16]
        assert [time for day in around for time in found(clinic, day, day)] == [
            time for time in wanted if date.fromisoformat(time[:10]) in around
        ], repeats


def test_the_calendar_and_the_desks_search_see_the_same_days(clinic, sundays):
    for repeats, holds in RULES.items():
        Schedule.objects.update(repeats=repeats)
        near = [day for day in DAYS if day < date(2027, 2, 1)]
        columns = day_grid([], near)
        assert {day for day in near for column in columns if column.on(day)} == {day for day in near if holds(day)}
        desk = DeskAvailability(clinic.appointment_type, days=near, now=MONDAY)
        assert {each.local.date() for each in desk.between(near[0], near[-1])} == {day for day in near if holds(day)}


def test_a_change_of_the_rule_names_the_appointments_that_it_leaves_outside(clinic, sundays):
    booked = [clinic.appointment(clinic.slot(day=day)) for day in (6, 13, 20)]
    before = open_hours(MONDAY)
    Schedule.objects.update(repeats=Repeats.EVERY_2ND)
    outside = left_outside(before, open_hours(MONDAY), now=MONDAY)
    assert [each.pk for each in outside] == [booked[1].pk]
    assert left_outside(open_hours(MONDAY), open_hours(MONDAY), now=MONDAY) == []


def test_hours_that_repeat_cost_no_query_more(clinic, sundays, django_assert_num_queries):
    Schedule.objects.update(repeats=Repeats.EVERY_2ND)
    harbor = make_location()
    for weekday in range(6):
        where = {"practitioner": clinic.practitioner, "location": harbor, "weekday": weekday}
        Schedule.objects.create(**where, starts=540, ends=720, repeats=Repeats.LAST)
    with django_assert_num_queries(3):
        assert found(clinic, FIRST, LAST)
