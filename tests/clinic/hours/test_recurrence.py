"""Hours that do not hold every week, against a reference that walks a calendar by hand."""

import calendar
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic.hours.overlap import refuse_overlaps
from clinic.hours.recurrence import COUNTED, Repeats, dates, occurrences
from clinic.models import Location, Schedule

pytestmark = pytest.mark.once
YEARS = range(2025, 2033)  # two leap years; 2026 and 2032 have a week 53
FIRST, LAST = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)


def by_hand(repeats, weekday, counted_from):
    first = FIRST + timedelta(days=(weekday - FIRST.weekday()) % 7)
    days = [first + timedelta(days=n) for n in range(0, (LAST - first).days + 1, 7)]
    return {day for day in days if holds(repeats, day, counted_from)}


def holds(repeats, day, counted_from):
    if not repeats:
        return True
    if repeats in COUNTED:
        weeks_between = (day - timedelta(days=day.weekday()) - counted_from).days // 7
        return weeks_between % int(repeats[-1]) == 0
    month = [week[day.weekday()] for week in calendar.monthcalendar(day.year, day.month) if week[day.weekday()]]
    places = [int(place) for place in repeats.rpartition("=")[2].split(",")]
    return day.day in [month[place if place < 0 else place - 1] for place in places if abs(place) <= len(month)] or (
        places[0] == -2 and month.index(day.day) < len(month) - 5
    )


@pytest.mark.parametrize("counted_from", [date(2020, 2, 24), date(2026, 12, 28), date(2040, 1, 2)])
def test_every_rule_falls_on_the_days_that_a_walk_through_the_calendar_finds(counted_from):
    for repeats in Repeats.values:
        for weekday in range(7):
            of_that_week = counted_from + timedelta(days=weekday)
            found = dates(repeats, weekday, of_that_week, FIRST, LAST)
            wanted = {day.toordinal() for day in by_hand(repeats, weekday, counted_from)}
            assert found is None if not repeats else found == wanted, (repeats, weekday)


def test_a_year_at_a_time_gives_the_same_days_as_all_years_at_once():
    for repeats in Repeats.values[1:]:
        whole = dates(repeats, 4, date(2026, 12, 11), FIRST, LAST)
        parts = [dates(repeats, 4, date(2026, 12, 11), date(year, 6, 1), date(year, 6, 2)) for year in YEARS]
        assert frozenset().union(*parts) == whole, repeats


def test_the_first_and_the_last_year_that_there_are_can_be_asked_for():
    for repeats in Repeats.values[1:]:
        assert dates(repeats, 6, date(2026, 12, 13), date.min, date.min) is not None, repeats
        assert dates(repeats, 6, date.min, date(9990, 1, 1), date.max), repeats
        assert not dates(repeats, 6, date.min, date.max, date.max), repeats


def row(repeats="", counted_from=None, **columns):
    of = {"weekday": 0, "starts": 540, "ends": 720, "location": Location(name="Pier")} | columns
    return Schedule(repeats=repeats, counted_from=counted_from, **of)


def overlap(one, other):
    try:
        refuse_overlaps([one, other])
    except ValidationError as refused:
        return "overlap" in str(refused)
    return False


def test_hours_overlap_only_if_they_ever_fall_on_one_day():
    monday, next_monday = date(2026, 12, 7), date(2026, 12, 14)
    second, fourth = Repeats.EVERY_2ND, Repeats.EVERY_4TH
    pairs = {
        "part of each other": (row(), row(starts=719, ends=800), True),
        "one within the other": (row(), row(starts=5, ends=1440), True),
        "side by side": (row(), row(starts=720, ends=800), False),
        "another weekday": (row(), row(weekday=5), False),
        "one season after the other": (row(valid_until=monday), row(valid_from=next_monday), False),
        "two seasons with a common day": (row(valid_until=monday), row(valid_from=monday), True),
        "a week and every week": (row(), row(second, monday), True),
        "the same weeks": (row(second, monday), row(second, monday - timedelta(days=14)), True),
        "the other weeks": (row(second, monday), row(second, next_monday), False),
        "every 4th of the other weeks": (row(second, monday), row(fourth, next_monday), False),
        "every 4th of the same weeks": (row(second, monday), row(fourth, monday + timedelta(days=28)), True),
        "every 2nd and every 3rd": (row(second, monday), row(Repeats.EVERY_3RD, next_monday), True),
        "the first and all but the first": (row(Repeats.FIRST), row(Repeats.NOT_FIRST), False),
        "the 1st and 3rd, the 2nd and 4th": (row(Repeats.FIRST_AND_THIRD), row(Repeats.SECOND_AND_FOURTH), False),
        "the last and the 4th": (row(Repeats.LAST), row(Repeats.FOURTH), True),
        "every 4th and the last": (row(fourth, monday), row(Repeats.LAST), True),
        "another time of day": (row(Repeats.FIRST), row(Repeats.FIRST, starts=720, ends=900), False),
        "only before": (row(second, monday, valid_until=monday), row(Repeats.FIRST, valid_from=next_monday), False),
        "one common day": (row(second, monday, valid_until=monday), row(Repeats.FIRST, valid_from=monday), True),
        "the end of time": (row(second, monday, valid_from=date.max), row(valid_until=date.min), False),
        "from the end of time": (row(second, monday, valid_from=date(9999, 12, 30)), row(), False),
        "until the begin of time": (row(second, monday, valid_until=date(1, 1, 2)), row(Repeats.FIRST), True),
    }
    for words, (one, other, wanted) in pairs.items():
        assert overlap(one, other) == overlap(other, one) == wanted, words


def test_a_yearly_closure_falls_on_the_same_days_of_each_year_also_across_new_year():
    def days(first, last, since, until):
        return occurrences(first, last, date(2100, 12, 31), (since, until))

    christmas, new_year, leap = date(2026, 12, 25), (date(2026, 12, 31), date(2027, 1, 1)), date(2028, 2, 29)
    both = [(date(year, 12, 25),) * 2 for year in (2027, 2028)]
    assert days(christmas, christmas, date(2027, 12, 1), date(2028, 12, 31)) == both
    assert days(*new_year, date(2029, 1, 1), date(2029, 6, 1)) == [(date(2028, 12, 31), date(2029, 1, 1))]
    assert days(christmas, christmas, date(2020, 1, 1), date(2026, 12, 24)) == []
    assert days(leap, leap, date(2028, 1, 1), date(2033, 1, 1)) == [(leap,) * 2, (date(2032, 2, 29),) * 2]
    assert days(christmas, christmas, date.min, date(2026, 12, 31)) == [(christmas, christmas)]
    assert occurrences(christmas, christmas, date(2027, 12, 25), (date(2027, 1, 1), date.max)) == both[:1]
    assert occurrences(christmas, christmas, None, (date.min, date.min)) == [(christmas, christmas)]
