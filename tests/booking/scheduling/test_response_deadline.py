"""The response deadline from rows: whose desk hours and closures count. For the arithmetic see test_business_hours."""

from datetime import date

import pytest

from booking.scheduling.response_deadline import hold_end, response_deadline
from clinic import practice_info
from clinic.models import Practice, ScheduleException
from tests.builders import MONDAY, local, make_location, make_practice, make_practitioner

TUESDAY_FIVE, WEDNESDAY_FIVE = local(2026, 11, 24, 17), local(2026, 11, 25, 17)


@pytest.fixture
def practice(db):
    return make_practice()


def close(day, **fields):
    closure = ScheduleException.objects.create(first_day=day, last_day=day, **fields)
    practice_info.forget()
    return closure


def test_any_office_means_the_default_desk(practice):
    assert response_deadline(now=MONDAY) == response_deadline(now=MONDAY, location_id=None) == TUESDAY_FIVE


def test_an_office_has_its_own_desk_in_its_own_zone(practice):
    west = make_location(zone="America/Los_Angeles")
    west.office_hours.create(weekday=1, opens=540, closes=720)
    practice_info.forget()
    assert response_deadline(now=MONDAY, location_id=west.pk) == local(2026, 11, 24, 15)  # noon there


@pytest.mark.parametrize("office", [{}, {"is_active": False}])
def test_an_office_without_desk_hours_uses_the_default_desk(practice, office):
    assert response_deadline(now=MONDAY, location_id=make_location(**office).pk) == TUESDAY_FIVE
    assert response_deadline(now=MONDAY, location_id=10**9) == TUESDAY_FIVE


def test_closures_of_all_and_of_the_office_count_and_others_do_not(practice):
    elsewhere, someone = make_location(), make_practitioner()
    close(date(2026, 11, 24), location=elsewhere)
    close(date(2026, 11, 24), practitioner=someone)
    close(date(2026, 11, 24), kind="open", practitioner=someone, location=practice.default_location)
    assert response_deadline(now=MONDAY) == TUESDAY_FIVE
    close(date(2026, 11, 24), location=practice.default_location)
    assert response_deadline(now=MONDAY) == WEDNESDAY_FIVE
    close(date(2026, 11, 25))
    assert response_deadline(now=MONDAY) == local(2026, 11, 26, 17)


def test_an_early_closing_gives_an_earlier_deadline(practice):
    close(date(2026, 11, 24), starts=13 * 60, ends=24 * 60)
    assert response_deadline(now=MONDAY) == local(2026, 11, 24, 13)


def test_the_practice_chooses_how_many_desk_days_it_needs(practice):
    Practice.objects.update(response_days=3)
    practice_info.forget()
    assert response_deadline(now=MONDAY) == local(2026, 11, 26, 17)


def test_without_a_practice_there_is_still_a_deadline(db):
    assert response_deadline(now=MONDAY).date() == date(2026, 11, 25)  # the end of Tuesday, in UTC


def test_a_hold_ends_one_desk_day_after_the_deadline(practice):
    far = local(2026, 12, 3, 9)
    assert hold_end(respond_by=TUESDAY_FIVE, starts_at=far, location_id=None) == WEDNESDAY_FIVE
    friday = local(2026, 11, 27, 17)
    assert hold_end(respond_by=friday, starts_at=far, location_id=None) == local(2026, 11, 30, 17)
    close(date(2026, 11, 25))
    assert hold_end(respond_by=TUESDAY_FIVE, starts_at=far, location_id=None) == local(2026, 11, 26, 17)


def test_a_hold_never_ends_after_its_start(practice):
    soon = local(2026, 11, 25, 9)
    assert hold_end(respond_by=TUESDAY_FIVE, starts_at=soon, location_id=None) == soon


def test_a_desk_that_closes_at_midnight_loses_no_day(practice):
    practice.default_location.office_hours.update(closes=24 * 60)
    practice_info.forget()
    deadline = response_deadline(now=MONDAY)
    assert deadline == local(2026, 11, 25)  # the end of Tuesday
    assert hold_end(respond_by=deadline, starts_at=local(2026, 12, 3, 9), location_id=None) == local(2026, 11, 26)
