"""“Help us prepare”: optional questions after sending; the desk sees the answers at once."""

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.desk import labels
from booking.models import AppointmentRequest
from tests.booking.patient_page.patient import give_birth_date, url
from tests.builders import later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
ANSWERS = {"scan": "yes", "referral": "no", "best_time": "morning"}


@pytest.fixture
def known(client, appointment_request):
    give_birth_date(client, appointment_request)
    return client


def said(appointment_request):
    return AppointmentRequest.objects.values_list(*ANSWERS).get(pk=appointment_request.pk)


def test_the_answers_are_stored_once_and_the_desk_sees_them(known, appointment_request):
    assert "Help us prepare, if you have a minute" in words(known.get(url(appointment_request, "page")))
    for _press in range(2):
        answer = known.post(url(appointment_request, "prepare"), ANSWERS)
    assert answer["Location"] == url(appointment_request, "page")
    assert said(appointment_request) == ("yes", "no", "morning")
    assert appointment_request.events.filter(verb="prepare").count() == 1
    desk = Client()
    desk.force_login(make_clerk())
    assert f"Scan: {labels.ready('yes')}" in words(
        desk.get(reverse("desk:request", args=[appointment_request.reference]))
    )


def test_every_question_may_be_skipped_and_keeps_what_was_said(known, appointment_request):
    known.post(url(appointment_request, "prepare"), ANSWERS)
    known.post(url(appointment_request, "prepare"), {"scan": "no"})
    assert said(appointment_request) == ("no", "no", "morning")


def test_the_desks_open_page_still_goes_through(known, appointment_request, clinic):
    was = appointment_request.version
    known.post(url(appointment_request, "prepare"), ANSWERS)
    rosa = lifecycle.staff(make_clerk())
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=later(), version=was)
    assert known.get(url(appointment_request, "prepare")).status_code == 200


def test_a_made_up_answer_is_refused(known, appointment_request):
    assert "Choose one of the answers." in words(known.post(url(appointment_request, "prepare"), {"scan": "maybe"}))
    assert said(appointment_request)[0] == ""


def test_without_the_date_of_birth_nothing_is_asked_or_stored(client, appointment_request):
    assert "scan or X-ray" not in words(client.get(url(appointment_request, "prepare"), follow=True))
    client.post(url(appointment_request, "prepare"), ANSWERS)
    assert said(appointment_request)[0] == ""


def test_a_helper_is_asked_about_them_and_who_is_not_called_not_when(known, appointment_request):
    AppointmentRequest.objects.update(helper_name="Dana Helper")
    type(appointment_request.patient).objects.update(reach_by="writing", email="june@example.org")
    page = words(known.get(url(appointment_request, "prepare")))
    assert "Have they had a scan or X-ray of their back?" in page
    assert "Best time to call" not in page


def test_a_request_that_has_ended_has_nothing_to_prepare(known, appointment_request):
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later())
    page = words(known.post(url(appointment_request, "prepare"), ANSWERS, follow=True))
    assert "nothing to prepare" in page
    assert said(appointment_request)[0] == ""


def test_the_patient_reads_what_the_appointment_type_needs_and_what_was_answered(known, clinic, appointment_request):
    clinic.appointment_type.preparation = "The name of your own doctor\n\n  Someone to take you home  \n"
    clinic.appointment_type.save()
    known.post(url(appointment_request, "prepare"), {"scan": "yes"})
    for name in ("page", "prepare"):
        page = words(known.get(url(appointment_request, name)))
        assert "ready for the appointment: The name of your own doctor Someone to take you home " in page
    page = words(known.get(url(appointment_request)))
    assert "Have you had a scan or X-ray of your back? Yes Change" in page
    assert "Do you have a letter from your doctor (a referral)? Tell us" in page


def test_without_anything_to_prepare_nothing_is_announced(known, appointment_request):
    assert "ready for your appointment" not in words(known.get(url(appointment_request)))
