"""An offer on the patient's page: what it shows to whom, taking a time, refusing all, and every way to be late."""

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


def test_the_link_alone_says_that_there_are_times_and_until_when_but_not_which(client, appointment_request):
    page = words(client.get(url(appointment_request)))
    assert "We need your answer" in page
    assert "until Tuesday, November 24, 10:05 am Eastern Time" in page
    assert "Enter the date of birth below to see and choose" in page
    assert [said for said in ("December 8", "December 9", "Ellison", "Okafor") if said in page] == []


def test_the_birth_date_shows_each_time_with_doctor_and_office_and_none_chosen(known, appointment_request):
    page = known.get(url(appointment_request))
    for said in (
        "Pick one of these 2 times",
        "We could not use the times that you asked for",
        "Tuesday, December 8, 9:00 am Eastern Time Dr. Mara Ellison, MD, pain medicine Pier Street office",
        "Wednesday, December 9, 11:00 am Eastern Time Dr. Tomas Okafor-Lind, MD",
        "None of these",
        "not yet an appointment",
    ):
        assert said in words(page)
    assert "checked" not in page.content.decode()


def test_one_of_them_is_taken_and_the_others_are_free(known, appointment_request, times):
    assert answer(known, appointment_request, times[1].code)["Location"] == url(appointment_request)
    assert state(appointment_request) == "confirmed"
    page = words(known.get(url(appointment_request)))
    assert "Your appointment is set" in page
    assert "Wednesday, December 9" in page
    assert "You took one of the times." in page
    assert list(Message.objects.filter(status="queued").values_list("kind", flat=True)) == ["confirmed"]
    assert Appointment.objects.filter(status="held").count() == 0
    assert_sound()


def test_a_double_click_and_the_back_button_take_it_once(known, appointment_request, times):
    answers = [answer(known, appointment_request, times[0].code) for _ in range(2)]
    assert [each["Location"] for each in answers] == [url(appointment_request)] * 2
    assert appointment_request.events.filter(verb="accept_offer").count() == 1


def test_after_back_another_time_is_refused_with_what_was_done(known, appointment_request, times):
    answer(known, appointment_request, times[0].code)
    late = answer(known, appointment_request, times[1].code)
    assert late.status_code == 409
    assert "You took one of the times." in words(late)
    assert Appointment.objects.get(status="booked").starts_at == times[0].starts_at


def test_none_of_them_puts_it_back_into_the_queue_and_the_page_says_until_when_we_answer(known, appointment_request):
    assert answer(known, appointment_request, "none")["Location"] == url(appointment_request)
    assert (state(appointment_request), appointment_request.returned) == ("new", "refused")
    page = words(known.get(url(appointment_request)))
    assert "We look for other times" in page
    assert "None of our times" not in page
    assert "We’ll answer by" in page
    assert "You said that none of the times suits." in page
    assert answer(known, appointment_request, "none")["Location"] == url(
        appointment_request
    )  # once more, by the back button
    assert_settled()


def test_nothing_chosen_is_asked_for_again_and_changes_nothing(known, appointment_request):
    page = answer(known, appointment_request, "")
    assert page.status_code == 200
    assert "There is a problem" in words(page)
    assert "Choose one of the times" in words(page)
    assert "<title>Error:" in page.content.decode()
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


def test_without_the_birth_date_nothing_is_taken(client, appointment_request, times):
    late = answer(client, appointment_request, times[0].code)
    assert late.status_code == 403
    assert "Nothing has changed" in words(late)
    assert state(appointment_request) == "offered"


def test_an_offer_that_has_run_out_says_so_before_and_after_the_worker_came(known, appointment_request, times, now):
    moment = now("2026-11-24 10:05")
    give_birth_date(known, appointment_request)
    assert "The times that we held are free again" in words(known.get(url(appointment_request)))
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "This offer has expired" in words(late)
    lifecycle.expire_offers(now=moment)
    assert "We did not hear from you in time" in words(known.get(url(appointment_request)))
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "We did not hear from you, and freed the times that we held." in words(late)
    assert state(appointment_request) == "new"


def test_two_devices_end_in_one_appointment_and_a_sentence(appointment_request, times):
    phone, tablet = Client(), Client()
    for device in (phone, tablet):
        give_birth_date(device, appointment_request)
    assert answer(phone, appointment_request, times[0].code).status_code == 302
    late = answer(tablet, appointment_request, "none")
    assert late.status_code == 409
    assert "We did not change anything" in words(late)
    assert state(appointment_request) == "confirmed"


def test_a_time_that_we_close_meanwhile_is_not_booked(known, appointment_request, times):
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.staff(make_clerk(), "phone"), now=later())
    late = answer(known, appointment_request, times[0].code)
    assert late.status_code == 409
    assert "We canceled your request for you." in words(late)


@pytest.mark.django_db(transaction=True)
def test_of_four_clicks_at_one_moment_one_books(client, appointment_request, times):
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
