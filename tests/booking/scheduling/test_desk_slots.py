"""The soonest open times: searched a few days at a time, without missing any that a full search would find."""

from datetime import date, timedelta

import pytest

from booking.scheduling.desk_slots import DAYS, DeskAvailability, soonest
from booking.scheduling.working_hours import working_hours
from tests.builders import MONDAY, Clinic

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def look(clinic, enough, days=DAYS):
    last = TODAY + timedelta(days=days - 1)
    team = working_hours(clinic.appointment_type, first_day=TODAY, last_day=last)
    return soonest(clinic.appointment_type, team, enough, now=MONDAY, first=TODAY, last=last), last


def never(found):
    return False


@pytest.mark.parametrize("days", [1, 2, 3, 4, 7, 8, 14])
def test_searching_to_the_end_misses_nothing(days):
    clinic = Clinic()
    for day in (2, 5, 9):
        clinic.appointment(clinic.slot(day=day))
    (found, until), last = look(clinic, never, days)
    calendar = DeskAvailability(clinic.appointment_type, now=MONDAY, days=[TODAY, last])
    assert found == calendar.between(TODAY, last)
    assert until == last


@pytest.mark.parametrize(("enough", "days"), [(1, 7), (10_000, 14)])
def test_the_search_stops_when_there_are_enough(enough, days, django_assert_num_queries):
    clinic = Clinic()
    with django_assert_num_queries(3):  # hours, dated exceptions, and the calendar
        (found, until), _last = look(clinic, lambda found: len(found) >= enough)
    assert until == TODAY + timedelta(days=days - 1)
    assert {each.local.date() for each in found} <= {TODAY + timedelta(days=n) for n in range(days)}
    assert found
