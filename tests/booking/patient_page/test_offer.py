"""An offer on the patient's page: what it shows to whom, accepting a time, refusing all, and every way to be late."""

import re

import pytest
from django.test import Client

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from tests.booking.lifecycle.race import ends, race
from tests.booking.patient_page.patient import give_birth_date, url
from tests.builders import assert_settled, assert_sound, later, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def times(clinic):
    other = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas Okafor-Lind, MD")
    return [clinic.slot(day=8), clinic.slot(day=9, hour=11, practitioner=other)]


@pytest.fixture
def appointment_request(clinic, by, times):
    request = clinic.appointment_request(clinic.slot())
    return lifecycle.offer(request.pk, times, later(days=1), by=by, now=later())


def answer(client, appointment_request, choice, **version):
    form = {"version": appointment_request.version} | version | ({"offer": choice} if choice else {})
    return client.post(url(appointment_request, "answer"), form)


def state(appointment_request):
    appointment_request.refresh_from_db()
    return appointment_request.status


def test_the_link_alone_shows_that_there_are_times_and_the_deadline_but_not_which_times(client, appointment_request):
    page = words(client.get(url(appointment_request)))
    assert "We need your answer" in page
    assert "until Tuesday, November 24, 10:05 am Eastern Time" in page
    assert "Enter the date of birth below to see and choose" in page
    assert [said for said in ("December 8", "December 9", "Ellison", "Okafor") if said in page] == []


def test_with_the_date_of_birth_each_time_has_doctor_and_office_and_none_is_selected(known, appointment_request):
    page = known.get(url(appointment_request))
    for said in (
        "Pick one of these 2 times",
        "We could not use the times that you asked for",
        "Please choose by then.",
        "Tuesday, December 8, 9:00 am Eastern Time Dr. Mara Ellison, MD, pain medicine Pier Street office",
        "Wednesday, December 9, 11:00 am Eastern Time Dr. Tomas Okafor-Lind, MD",
        "None of these",
        "not yet an appointment",
    ):
        assert said in words(page)
    assert "checked" not in page.content.decode()


def test_accepting_one_time_frees_the_others(known, appointment_request, times):
    assert answer(known, appointment_request, times[1].code)["Location"] == url(appointment_request)
    assert state(appointment_request) == "confirmed"
    page = words(known.get(url(appointment_request)))
    assert "Your appointment is confirmed" in page
    assert "Wednesday, December 9" in page
    assert "You chose one of the times." in page
    assert list(Message.objects.filter(status="queued").values_list("kind", flat=True)) == ["confirmed"]
    assert Appointment.objects.filter(status="held").count() == 0
    assert_sound()


def test_a_double_click_and_the_back_button_accept_once(known, appointment_request, times):
    answers = [answer(known, appointment_request, times[0].code) for _ in range(2)]
    assert [each["Location"] for each in answers] == [url(appointment_request)] * 2
    assert appointment_request.events.filter(verb="accept_offer").count() == 1


def test_choosing_another_time_after_back_is_refused_and_says_what_was_booked(known, appointment_request, times):
    answer(known, appointment_request, times[0].code)
    late = answer(known, appointment_request, times[1].code)
    assert late.status_code == 409
    assert "You chose one of the times." in words(late)
    assert Appointment.objects.get(status="booked").starts_at == times[0].starts_at


def test_none_of_these_returns_the_request_to_the_queue_and_shows_the_response_deadline(known, appointment_request):
    assert answer(known, appointment_request, "none")["Location"] == url(appointment_request)
    assert (state(appointment_request), appointment_request.returned) == ("new", "refused")
    page = words(known.get(url(appointment_request)))
    assert "We are looking for other times" in page
    assert "None of our times" not in page
    assert "We’ll answer by" in page
    assert "You said that none of the times work." in page
    assert answer(known, appointment_request, "none")["Location"] == url(
        appointment_request
    )  # again, by the back button
    assert_settled()


def test_without_a_choice_the_page_asks_again_and_changes_nothing(known, appointment_request):
    page = answer(known, appointment_request, "")
    assert page.status_code == 200
    assert "There is a problem" in words(page)
    assert "Choose one of the times" in words(page)
    assert re.search(r"<title>\s*Error:", page.content.decode())
    assert state(appointment_request) == "offered"


@pytest.mark.parametrize("choice", ["1", "x" * 5000, "27412345-1-1", "\u0663-1-1", "-", "none;"])
def test_a_crafted_choice_books_nothing(known, appointment_request, choice):
    late = answer(known, appointment_request, choice)
    assert late.status_code == 409
    assert "no longer offered" in words(late)
    assert state(appointment_request) == "offered"


def test_an_open_time_that_was_not_offered_is_refused(known, clinic, appointment_request):
    late = answer(known, appointment_request, clinic.slot(day=10).code)
    assert (late.status_code, state(appointment_request)) == (409, "offered")


def test_without_the_date_of_birth_nothing_can_be_accepted(client, appointment_request, times):
    late = answer(client, appointment_request, times[0].code)
    assert late.status_code == 403
    assert "Nothing has changed" in words(late)
    assert state(appointment_request) == "offered"


def test_an_expired_offer_says_so_before_and_after_the_worker_ends_it(known, appointment_request, times, now):
    moment = now("2026-11-24 10:05")
    give_birth_date(known, appointment_request)
    assert "We released the times we were holding for you" in words(known.get(url(appointment_request)))
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "This offer has expired" in words(late)
    lifecycle.expire_offers(now=moment)
    assert "We did not hear from you in time" in words(known.get(url(appointment_request)))
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "We did not hear from you, so we released the times we were holding." in words(late)
    assert state(appointment_request) == "new"


def test_of_two_devices_one_books_and_the_other_gets_a_message(appointment_request, times):
    phone, tablet = Client(), Client()
    for device in (phone, tablet):
        give_birth_date(device, appointment_request)
    assert answer(phone, appointment_request, times[0].code).status_code == 302
    late = answer(tablet, appointment_request, "none")
    assert late.status_code == 409
    assert "We did not change anything" in words(late)
    assert state(appointment_request) == "confirmed"


def test_a_time_that_we_have_closed_since_cannot_be_booked(known, appointment_request, times):
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.staff(make_clerk(), "phone"), now=later())
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "We canceled the request." in words(late)


@pytest.mark.django_db(transaction=True)
def test_of_four_simultaneous_clicks_one_books(client, appointment_request, times):
    give_birth_date(client, appointment_request)
    cookie, path = client.cookies["sessionid"].value, url(appointment_request, "answer")

    def click(*_):
        each = Client()
        each.cookies["sessionid"] = cookie
        return each.post(path, {"version": appointment_request.version, "offer": times[0].code}).status_code

    [outcomes] = race(4, click)
    assert ends(outcomes) == {"done": 4}
    assert {outcome.value for outcome in outcomes} == {302}
    assert AppointmentRequest.objects.get(pk=appointment_request.pk).events.filter(verb="accept_offer").count() == 1
    assert_sound()
