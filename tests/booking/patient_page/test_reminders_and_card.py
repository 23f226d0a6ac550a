"""On the patient's page reminders are turned off or on, and the appointment goes onto paper."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.models import Message, Patient
from booking.notifications import links, reminders
from clinic.web.qr_code import qr_code
from tests.booking.patient_page.patient import give_birth_date, url
from tests.builders import local, make_clerk
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def words_of(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_reminders_can_be_turned_off_and_on_again(client, appointment):
    row, at = appointment.appointment_request, local(2026, 12, 2, 10)
    give_birth_date(client, row)
    for wanted, said, verbs in (
        ("no", "Reminders are off", 1),
        ("no", "Reminders are off", 1),
        ("yes", "We remind you", 2),
    ):
        assert said in words(client.post(url(row, "reminders"), {"wanted": wanted}, follow=True))
        assert row.events.filter(verb="choose_reminders").count() == verbs
        assert ("Turned off by the patient" in words(desk().get(request_page(row)))) == (wanted == "no")
        assert reminders.write(now=at) == (wanted == "yes")


def test_a_reminder_that_waits_is_dropped_also_from_the_call_list(clinic, appointment):
    row, at = appointment.appointment_request, local(2026, 12, 2, 10)
    reminders.write(now=at)
    waiting = Message.objects.get(kind="reminder")
    for status in (Message.Status.QUEUED, *Message.BY_US):
        Message.objects.update(status=status)
        lifecycle.choose_reminders(row.pk, wanted=False, by=lifecycle.PATIENT, now=at)
        assert state(waiting) == Message.Status.SUPERSEDED
        lifecycle.choose_reminders(row.pk, wanted=True, by=lifecycle.PATIENT, now=at)
    assert reminders.write(now=at) == 1
    assert state(waiting) == Message.Status.QUEUED


def state(message):
    message.refresh_from_db()
    return message.status


def test_nobody_turns_reminders_off_without_the_date_of_birth(appointment):
    Client().post(url(appointment.appointment_request, "reminders"), {"wanted": "no"})
    assert Patient.objects.get().wants_reminders


def test_the_card_has_time_place_and_the_whole_link_but_no_name_and_no_reason(appointment):
    row = appointment.appointment_request
    for page in (Client().get(url(row, "card")), desk_card(row)):
        card = re.search(r'<article class="paper-card".*?</article>', page.content.decode(), re.S)[0]
        for said in ("Thursday, December 3", "9:00 am", "8:45 am", "Pier Street office", str(row), "(718) 555-0142"):
            assert said in words_of(card).replace("\xa0", " ")
        assert re.findall(r"June|Demo|Ellison|hurts|back\b|1951", words_of(card)) == []
        assert qr_code(links.absolute(row)) in card


def desk_card(row):
    client, address = desk(), reverse("desk:card", args=[row.reference])
    assert address in client.get(request_page(row)).text
    return client.get(address)


def desk():
    client = Client()
    client.force_login(make_clerk())
    return client


def request_page(row):
    return reverse("desk:request", args=[row.reference])
