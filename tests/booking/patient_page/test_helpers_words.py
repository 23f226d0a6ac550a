"""A helper reads “they” on the patient's page, whatever becomes of the request; who asked for oneself reads “you”."""

import re

import pytest

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from tests.booking.patient_page.patient import give_birth_date, url
from tests.booking.request_flow.walk import HELPED, Walker
from tests.builders import WHY, later
from tests.pages import words

pytestmark = pytest.mark.django_db
# What is the helper's own: the request, its link and its answers, and a calendar to put the appointment in.
OF_THE_PATIENT = re.compile(
    r".{0,30}\b(?:your (?!request|calendar|answer|browser|own|confirmation|1st|choices|page|times|first visit)[a-z]+"
    r"|(?:for|see|seeing|remind) you\b|you (?:are|have(?! a minute)|keep|stay|need(?! to do)|feel)\b).{0,30}",
    re.IGNORECASE,
)


def offered(clinic, row, by):
    lifecycle.offer(row.pk, [clinic.slot(day=8)], later(days=2), by=by, now=later())


def declined(clinic, row, by):
    lifecycle.decline(row.pk, "not_ours", "We do not treat this here.", by=by, now=later())


def moved(clinic, row, by):
    lifecycle.reschedule(booked(clinic, row, by).pk, clinic.slot(day=4), by=by, now=later(), override=WHY)


def called_off(clinic, row, by):
    lifecycle.mark_needs_rebooking(booked(clinic, row, by).pk, by=by, now=later())


def cancelled(clinic, row, by):
    lifecycle.cancel(booked(clinic, row, by).pk, "clinic", by=by, now=later())


def booked(clinic, row, by):
    return lifecycle.confirm(row.pk, clinic.slot(), by=by, now=later())


BECOMES = {  # the words that only this state has, for a helper: how it comes to it
    "We are working on your request": lambda *_: None,
    "We have one time for them": offered,
    "They are on our list": lambda clinic, row, by: lifecycle.waitlist(row.pk, by=by, now=later()),
    "We have answered your request": declined,
    "We hold no time for them now": lambda clinic, row, by: lifecycle.withdraw(row.pk, by=by, now=later()),
    "Their appointment is confirmed": booked,
    "Their appointment moved": moved,
    "Their appointment needs a new time": called_off,
    "We had to cancel this appointment": cancelled,
}
ON_THE_DAY = {
    "arrived": "They are checked in. Please take a seat, and we call them in.",
    "noshow": "We did not see them that day.",
}


@pytest.fixture
def of_helper(appointment_request):
    AppointmentRequest.objects.update(helper_name="Dana Helper")
    return appointment_request


@pytest.mark.parametrize("said", BECOMES)
def test_a_helper_reads_they(client, clinic, of_helper, by, said):
    BECOMES[said](clinic, of_helper, by)
    assert said in read(client, of_helper)


@pytest.mark.parametrize("status", ON_THE_DAY)
def test_a_helper_reads_they_on_the_day_and_after_it(client, clinic, of_helper, by, now, status):
    booked(clinic, of_helper, by)
    Appointment.objects.update(status=status)
    now("2026-12-03 10:10")
    assert ON_THE_DAY[status] in read(client, of_helper)


def test_an_offer_that_ended_was_held_for_them(client, clinic, of_helper, by, now):
    offered(clinic, of_helper, by)
    now("2026-11-26 10:00")
    assert "We released the times we were holding for them" in read(client, of_helper)


@pytest.mark.parametrize("act", ["cancel", "another_time", "prepare"])
def test_a_helper_reads_they_before_each_act(client, clinic, of_helper, by, act):
    booked(clinic, of_helper, by)
    read(client, of_helper, act)


def test_a_helper_reads_they_before_the_request_is_canceled(client, of_helper):
    assert "A time that we hold goes to someone else." in read(client, of_helper, "withdraw")


def test_the_receipt_of_a_helper_says_them(client, clinic):
    walker = Walker(client).ready(clinic.slot(), **HELPED)
    page = words(client.get(walker.send()["Location"]))
    assert "for them" in page
    assert not OF_THE_PATIENT.findall(page.partition("Check your email")[0])


def test_who_asked_for_oneself_reads_you(client, clinic, appointment_request, by):
    booked(clinic, appointment_request, by)
    give_birth_date(client, appointment_request)
    page = words(client.get(url(appointment_request)))
    assert "Your appointment is confirmed We look forward to seeing you." in page
    assert "A list of all your medicines. Keep taking them as the doctor told you." in page
    assert OF_THE_PATIENT.findall(page)


def read(client, row, name="page"):
    """What the page says to whoever has the link, and then to who knows the date of birth: nothing of it is “you”."""
    before = words(client.get(url(row, name), follow=True))
    give_birth_date(client, row)
    after = words(client.get(url(row, name), follow=True))
    assert not [each[0] for page in (before, after) for each in OF_THE_PATIENT.finditer(page)]
    return f"{before} {after}"
