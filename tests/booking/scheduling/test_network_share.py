"""One anonymous network holds what a care home needs, and never a week."""

import pytest

from booking import lifecycle
from booking.models import Appointment
from clinic import practice_info
from clinic.models import Practice
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY

HELD = Appointment.Status.HELD
WEEK = [(day, hour) for day in (1, 2, 3, 4) for hour in (9, 11, 13, 15)]


@pytest.fixture
def clinic(clinic, settings):
    settings.HOLDS_PER_NETWORK, settings.HOLDS_PER_NETWORK_PERCENT = 2, 0
    Practice.objects.update(hold_cap=1000)
    practice_info.forget()
    return clinic


def sent(clinic, number, origin="a" * 32):
    for n in range(number):
        day, hour = WEEK[n]
        draft = clinic.draft(clinic.slot(day=day, hour=hour), patient={"name": f"Person {chr(97 + n)}"})
        draft.origin = origin
        lifecycle.submit(draft, now=MONDAY)


def held():
    return Appointment.objects.filter(status=HELD).count()


def test_a_network_holds_no_more_than_its_number(clinic):
    sent(clinic, 4)
    assert held() == 2


def test_each_network_has_a_share_of_its_own_and_what_the_desk_enters_has_none(clinic):
    sent(clinic, 3)
    for n in range(4, 8):
        day, hour = WEEK[n]
        clinic.appointment_request(clinic.slot(day=day, hour=hour), patient={"name": f"Person {chr(97 + n)}"})
    assert held() == 6


def test_above_the_number_it_holds_a_part_of_what_is_open_in_that_week(clinic, settings):
    # Dr. Ellison has 12 starts a day, 60 in the week.
    settings.HOLDS_PER_NETWORK_PERCENT = 10
    sent(clinic, 8)
    assert held() == 6


def test_below_the_number_it_costs_two_queries(clinic, django_assert_max_num_queries):
    sent(clinic, 1, origin="b" * 32)
    day, hour = WEEK[5]
    draft = clinic.draft(clinic.slot(day=day, hour=hour), patient={"name": "Person z"})
    draft.origin = "c" * 32
    with django_assert_max_num_queries(24):
        lifecycle.submit(draft, now=MONDAY)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_of_one_network_hold_exactly_its_number(transactional_db, clinic):
    practice_info.practice_info()

    def act(n, _round):
        day, hour = WEEK[n]
        draft = clinic.draft(clinic.slot(day=day, hour=hour), patient={"name": f"Person {chr(97 + n)}"})
        draft.origin = "a" * 32
        return lifecycle.submit(draft, now=MONDAY).pk

    [outcomes] = race(8, act)
    assert ends(outcomes) == {"done": 8}
    assert held() == 2
