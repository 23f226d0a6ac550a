"""Patients who have no phone, or who cannot hear: what the forms take, and what the desk sees."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from booking.models import AppointmentRequest, Patient
from clinic import practice_info
from tests.builders import make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
WORDS = {"writing": "Email, don’t call", "email": "No phone: email"}
NEEDS_EMAIL = "Enter an email address, so that we can write to you."


@pytest.fixture
def rosas(clinic):
    client = Client()
    client.force_login(make_clerk())
    return lambda path, **query: words(client.get(path, query, follow=True))


def of(reach_by, **patient):
    phone = {"phone": "", "phone_typed": ""} if reach_by == "email" else {}
    return {"reach_by": reach_by} | phone | patient


def test_the_page_asks_whether_we_may_call(june):
    june.until("contact")
    page = words(june.get("contact"))
    for sentence in ("May we call you?", "Yes, call me", "Please write, do not call", "No phone: email me"):
        assert sentence in page


def test_who_may_be_called_is_asked_for_a_number(june):
    page = words(june.page("contact", reach_by="phone", phone=""))
    assert "Enter a phone number, so that we can answer you. No phone? Choose to be emailed." in page


@pytest.mark.parametrize("reach_by", ["writing", "email"])
def test_who_is_not_called_is_asked_for_an_email(june, clinic, reach_by):
    assert NEEDS_EMAIL in words(june.page("contact", reach_by=reach_by, phone="", email=""))
    june.ready(clinic.slot(), contact={"reach_by": reach_by, "email": "june@example.org"}).send()
    request = AppointmentRequest.objects.get()
    assert (request.patient.reach_by, request.patient.phone, request.best_time) == (reach_by, "", "any")


def test_a_number_below_no_phone_is_forgotten_and_not_checked(june):
    patient = june.answers("contact", reach_by="email", phone="call my mom").patient
    assert (patient.phone, patient.phone_typed, patient.may_leave_message) == ("", "", False)


def test_who_wants_to_be_written_to_may_leave_a_number_all_the_same(june):
    assert june.answers("contact", reach_by="writing", phone="718 555 0142").patient.phone == "+17185550142"


def test_an_old_page_without_the_question_asks_for_the_phone(june):
    assert june.answers("contact").patient.reach_by == "phone"
    assert "Enter a phone number" in words(june.page("contact", phone="", email=""))


def test_a_made_up_answer_is_refused(june):
    assert "Choose one of the answers." in words(june.page("contact", reach_by="pigeon"))


@pytest.mark.parametrize("reach_by", ["writing", "email"])
def test_the_answer_is_on_the_page_that_checks_all(june, reach_by):
    june.ready(contact={"reach_by": reach_by, "email": "june@example.org"})
    said = {"writing": "Please write, do not call", "email": "No phone: email me"}[reach_by]
    assert said in words(june.get("check"))


@pytest.mark.parametrize("reach_by", ["writing", "email"])
def test_the_desk_sees_it_wherever_it_would_call(clinic, rosas, reach_by):
    appointment_request = clinic.appointment_request(patient=of(reach_by))
    for page in (
        rosas(reverse("desk:queue")),
        rosas(reverse("desk:request", args=[appointment_request.reference])),
    ):
        assert WORDS[reach_by] in page
    assert "June Demo" not in rosas(reverse("desk:queue"), view="call-now")
    Patient.objects.update(reach_by="phone")
    assert "June Demo" in rosas(reverse("desk:queue"), view="call-now")


@pytest.mark.parametrize("reach_by", ["writing", "email"])
def test_the_search_shows_it(clinic, rosas, reach_by):
    for day in (3, 8):
        clinic.appointment_request(clinic.slot(day=day), patient=of(reach_by))
    client = Client()
    client.force_login(make_clerk())
    assert WORDS[reach_by] in words(client.post(reverse("desk:search"), {"q": "June Demo"}, follow=True))


def test_the_desk_books_a_patient_without_a_phone(desk):
    refused = words(desk.books(phone="", email=""))
    assert "Enter a phone number. If the patient has none" in refused
    assert "so that we can write to the patient" in words(desk.books(phone="", email="", reach_by="email"))
    assert desk.books(phone="", email="june@example.org", reach_by="email").status_code == 302
    assert (Patient.objects.get().phone, Patient.objects.get().reach_by) == ("", "email")


def test_the_desk_corrects_how_a_patient_is_reached(desk, clinic):
    appointment_request = clinic.appointment_request()
    response = desk.corrects(appointment_request, phone="", email="june@example.org", reach_by="email")
    assert response.status_code == 302
    patient = Patient.objects.get()
    assert (patient.phone, patient.phone_typed, patient.reach_by) == ("", "", "email")


def test_two_patients_without_a_phone_do_not_have_the_same_phone(clinic, rosas):
    one = clinic.appointment_request(patient=of("email", name="Anna Demo"))
    clinic.appointment_request(patient=of("email", name="Boris Nowak", email="b@example.org"))
    assert "and phone" not in rosas(reverse("desk:request", args=[one.reference]))


def test_the_database_refuses_a_patient_whom_nobody_can_reach(clinic):
    with pytest.raises(IntegrityError, match="phone_or_email"), transaction.atomic():
        clinic.appointment_request(patient={"phone": "", "phone_typed": "", "email": ""})
    assert not AppointmentRequest.objects.exists()


@pytest.mark.parametrize("path", ["/", "/visit-us/", "/request/", "/treatments/", "/team/"])
def test_711_stands_beside_our_number_if_it_is_a_us_number(client, clinic, path):
    page = client.get(path, follow=True)
    assert "Dial 711 and ask for our number" in words(page) or page.status_code == 404
    clinic.practice.phone = "+442079460018"
    clinic.practice.save()
    practice_info.forget()
    assert "711" not in words(client.get(path, follow=True)).replace("+44", "")
