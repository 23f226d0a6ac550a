"""More requests than ever: taken without holding times, and the desk is told."""

from datetime import timedelta

import pytest
from django.urls import reverse

from booking.models import Appointment, AppointmentRequest
from booking.models.appointment_request import QuietEnd
from booking.scheduling import rush
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import MONDAY
from tests.pages import words


@pytest.fixture(autouse=True)
def _small(settings):
    settings.RUSH_AT_LEAST, settings.RUSH_TIMES = 3, 2


def begun(number, now=MONDAY):
    return [rush.begins(now) for _ in range(number)]


def sent_before(clinic, number, ago=timedelta(days=7)):
    for n in range(number):
        clinic.appointment_request(patient={"name": f"Person {'abcdefgh'[n]}"}, now=MONDAY - ago)


@pytest.mark.django_db
def test_the_least_number_is_never_a_rush():
    assert begun(5) == [False, False, False, True, True]


def test_a_busy_practice_has_a_higher_limit(clinic):
    sent_before(clinic, 3)
    assert begun(8) == [False] * 6 + [True] * 2


@pytest.mark.parametrize("ago", [timedelta(hours=2), timedelta(days=30)])
def test_neither_the_last_day_nor_an_old_hour_raises_it(clinic, ago):
    sent_before(clinic, 3, ago)
    assert begun(4)[-1]


def test_what_was_not_real_does_not_raise_it(clinic):
    sent_before(clinic, 3)
    AppointmentRequest.objects.update(quiet_end=QuietEnd.NOT_REAL)
    assert begun(4)[-1]


def test_in_a_rush_requests_are_taken_without_a_time_and_the_queue_says_so(client, clinic, rosa):
    for n in range(4):
        june = Walker(client).ready(clinic.slot(hour=9 + 2 * n), you=ANSWERS["you"] | {"name": f"Person {'abcd'[n]}"})
        assert june.send()["Location"] == june.url("sent")
    assert Appointment.objects.count() == 3
    page = words(client.get(reverse("desk:queue")))
    assert "4 requests were sent in the last hour, many more than usual." in page


def test_on_an_ordinary_day_the_queue_says_nothing(client, clinic, rosa):
    Walker(client).ready(clinic.slot()).send()
    assert "than usual" not in words(client.get(reverse("desk:queue")))
