"""A time that is not open says whose it is or why, and leads there: only a taken one was taken by someone else."""

import pytest
from django.test import Client

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from tests.booking.patient_page.patient import shown_version, url
from tests.booking.request_flow.walk import Walker
from tests.builders import assert_sound, later, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
TAKEN = "Someone else may have taken it a moment ago."


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request(clinic.slot())


@pytest.fixture
def appointment(clinic, appointment_request, by):
    return lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())


def add(client, appointment_request, slot, name="times"):
    return words(client.post(url(appointment_request, name), {"add": slot.code}, follow=True))


def press(client, appointment_request, slot, name="another_time"):
    """Choose this time alone, and send it."""
    client.post(url(appointment_request, name), {"add": slot.code})
    page = client.post(url(appointment_request, name), {"go": "1"}, follow=True)
    path = url(appointment_request, f"check_{name}")
    return words(page), client.post(path, {"version": shown_version(client, path)}, follow=True)


# -- why


@pytest.mark.parametrize(
    ("time", "heading"),
    [
        ({"month": 11, "day": 20, "hour": 9}, "9:00 am on Friday, November 20 has passed"),
        ({"month": 11, "day": 23, "hour": 9}, "9:00 am on Monday, November 23 has passed"),
        ({"month": 11, "day": 24, "hour": 9}, "9:00 am on Tuesday, November 24 is too soon"),
        ({"day": 3, "hour": 9, "minute": 7}, "9:07 am on Thursday, December 3 is not a time that we offer"),
        ({"day": 5}, "9:00 am on Saturday, December 5 is not a time that we offer"),
        ({"day": 3, "hour": 18}, "6:00 pm on Thursday, December 3 is not a time that we offer"),
        ({"year": 2027, "day": 3}, "is too far ahead"),
    ],
)
@pytest.mark.parametrize("door", ["times", "another_time"])
def test_a_time_that_nobody_took_is_not_said_to_be_taken(known, clinic, appointment_request, by, time, heading, door):
    if door == "another_time":
        lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())
    page = add(known, appointment_request, clinic.slot(**time), door)
    assert heading in page
    assert TAKEN not in page


def test_a_taken_time_is_said_to_be_taken(known, clinic, appointment_request):
    clinic.appointment(clinic.slot(day=8))
    page = add(known, appointment_request, clinic.slot(day=8))
    assert "9:00 am on Tuesday, December 8 is not open any more" in page
    assert TAKEN in page


def test_a_provider_who_does_not_offer_it_is_not_taken(known, clinic, appointment_request):
    other = make_practitioner(location=clinic.location)
    page = add(known, appointment_request, clinic.slot(practitioner=other))
    assert "is not a time that we offer" in page
    assert TAKEN not in page


def test_the_time_of_the_patients_own_appointment_leads_to_it(known, clinic, appointment, appointment_request):
    page = known.post(url(appointment_request, "another_time"), {"add": clinic.slot().code}, follow=True)
    assert "9:00 am on Thursday, December 3 is the time of the appointment It is booked already." in words(page)
    assert f'<a href="{url(appointment_request)}">See the appointment</a>' in page.content.decode()
    assert TAKEN not in words(page)


def test_a_time_that_this_browser_asked_for_before_leads_to_that_request(client, clinic):
    Walker(client).ready(clinic.slot()).send()
    first = AppointmentRequest.objects.get()
    again = Walker(client).until("times")
    page = again.press("times", {"add": clinic.slot().code})
    assert f"is yours already We hold it for your request {first}." in words(page)
    assert f'href="/request/{first.flow_key}/sent/"' in page.content.decode()
    assert TAKEN not in words(page)


def test_another_browser_learns_nothing_of_it(client, clinic):
    Walker(client).ready(clinic.slot()).send()
    first = AppointmentRequest.objects.get()
    page = Walker(Client()).until("times").press("times", {"add": clinic.slot().code})
    assert str(first) not in words(page)
    assert TAKEN in words(page)


# -- a time that overlaps the one the patient has


@pytest.fixture
def every_twenty(clinic):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()


@pytest.mark.parametrize("minute", [20, -20])
def test_an_overlapping_time_is_taken_without_a_hold_and_moves_the_row(
    known, clinic, every_twenty, by, appointment_request, minute
):
    at = clinic.slot(hour=10)
    appointment = lifecycle.confirm(appointment_request.pk, at, by=by, now=later())
    wanted = clinic.slot(hour=10, minute=20) if minute > 0 else clinic.slot(hour=9, minute=40)
    said, answer = press(known, appointment_request, wanted)
    assert "Your 1st choice overlaps the appointment that stands, so we do not hold it beside that." in said
    assert "You asked for another time" in words(answer)
    asked = appointment.replaced_by_requests.get()
    assert not asked.appointments.exists()
    lifecycle.confirm(asked.pk, wanted, by=by, now=later(minutes=9))
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.status) == (wanted.starts_at, "booked")
    assert Appointment.objects.filter(status="booked").count() == 1


def test_an_overlapping_time_with_another_provider_is_offered_too(known, clinic, appointment, appointment_request):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    said, _answer = press(known, appointment_request, clinic.slot(practitioner=other))
    assert "overlaps the appointment that stands" in said


def test_a_time_beside_it_is_held_as_ever(known, clinic, appointment, appointment_request):
    said, _answer = press(known, appointment_request, clinic.slot(hour=9, minute=40))
    assert "overlaps" not in said
    assert appointment.replaced_by_requests.get().appointments.get().status == "held"


def test_the_week_shows_the_overlapping_times_and_not_the_own_one(
    known, clinic, every_twenty, appointment, appointment_request
):
    page = known.get(url(appointment_request, "another_time"), {"day": "2026-12-03"}).content.decode()
    assert f'value="{clinic.slot(minute=20).code}"' in page
    assert f'value="{clinic.slot().code}"' not in page
