"""The delivery status of messages at the desk, and the letter for patients without email or whose email bounced."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Message
from booking.notifications import reminders
from tests.builders import later, local, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
NO_MAIL = {"email": ""}
NOTIFYING = r"\b(pain|spin|bone|broken|kyphoplast|consult|treat|procedure|hurts|medicare)\w*"


@pytest.fixture
def clinic(clinic):
    clinic.location.directions = "Two stops from Borough Hall."
    clinic.location.access = "Step-free door on the left."
    clinic.location.parking = "Parking behind the house."
    clinic.location.save()
    return clinic


@pytest.fixture
def desk(client):
    client.force_login(make_clerk())
    return client


def letter(client, message):
    page = client.get(reverse("desk:letter", args=[message.pk]))
    assert page.status_code == 200
    return re.search(r"<article.*?</article>", page.content.decode(), re.DOTALL)[0]


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def test_the_letter_of_a_confirmed_appointment_has_all_the_patient_needs_to_come(desk, clinic, by):
    appointment_request = clinic.appointment_request(clinic.slot(), note="my back hurts", patient=NO_MAIL)
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())
    text = plain(letter(desk, appointment_request.messages.get(status="to_call")))
    for said in (
        "June Demo", "Thursday, December 3, 9:00 am Eastern Time", "arrive at 8:45 am", "100 Example Street",
        "Two stops from Borough Hall.", "Step-free door on the left. Parking", "What to bring", "photo ID",
        "(718) 555-0142", str(appointment_request),
    ):  # fmt: skip
        assert said in text
    assert re.findall(NOTIFYING, text.lower()) == []


def test_the_letter_of_an_offer_lists_its_times_and_deadline(desk, clinic, by):
    appointment_request = clinic.appointment_request(clinic.slot(), patient=NO_MAIL)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8), clinic.slot(day=9)], later(days=2), by=by, now=later())
    text = plain(letter(desk, appointment_request.messages.get(status="to_call")))
    assert "Tuesday, December 8, 9:00 am" in text
    assert "Wednesday, December 9, 9:00 am" in text
    assert "until Wednesday, November 25, 10:05 am" in text


def test_markup_in_our_answer_is_plain_text_in_the_letter(desk, clinic, by):
    appointment_request = clinic.appointment_request(patient=NO_MAIL)
    lifecycle.decline(appointment_request.pk, "other", "Ask us again <b>in spring</b>.", by=by, now=later())
    html = letter(desk, appointment_request.messages.get(status="to_call"))
    assert "Ask us again &lt;b&gt;in spring&lt;/b&gt;." in html


def test_every_kind_has_a_letter(desk, clinic):
    appointment = clinic.appointment()
    for kind in Message.Kind.values:
        message = Message.objects.create(
            kind=kind, appointment_request=appointment.appointment_request, appointment=appointment, status="failed",
            due_at=later(),
            day=local(2026, 12, 3).date(),
        )  # fmt: skip
        text = plain(letter(desk, message))
        assert "Call us" in text or "call us" in text, kind
        assert "None" not in text, kind


def test_patients_to_call_or_write_to_are_on_one_list_with_their_letters(desk, clinic, by):
    appointment_request = clinic.appointment_request(patient=NO_MAIL)
    lifecycle.close(appointment_request.pk, "Moved away.", by=by, now=later())
    clinic.appointment(clinic.slot(day=8), patient=NO_MAIL)
    reminders.write(now=local(2026, 12, 1, 10))
    page = desk.get(reverse("desk:queue"), {"view": "to-call"})
    for message in Message.objects.filter(status="to_print"):
        assert reverse("desk:letter", args=[message.pk]) in page.content.decode()
    assert Message.objects.filter(status="to_print").count() == 2
    assert "No email: letter" in words(page)
    assert "This is a reminder of your appointment" in words(page)
    message = appointment_request.messages.get(status="to_print")
    desk.post(reverse("desk:mark_notified", args=[message.pk]))
    message.refresh_from_db()
    assert message.status == "notified"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("SMTPRecipientsRefused", "the address does not exist or refuses email"),
        ("TimeoutError", "the mail server did not answer"),
        ("ZeroDivisionError", "the mail server refused it"),
    ],
)
def test_a_failed_email_shows_the_kind_of_error_and_no_address(desk, clinic, failure, said):
    appointment_request = clinic.appointment_request()
    Message.objects.update(status="failed", failure=failure)
    for page in (
        desk.get(reverse("desk:request", args=[appointment_request.reference])),
        desk.get(reverse("desk:queue"), {"view": "to-call"}),
    ):
        assert said in words(page)
        assert failure not in words(page)
    listed = words(desk.get(reverse("desk:queue"), {"view": "to-call"}))
    assert "june@example.org" not in listed


def test_an_email_that_will_be_tried_again_says_so(desk, clinic):
    appointment_request = clinic.appointment_request()
    Message.objects.update(failure="TimeoutError", attempts=2)
    page = words(desk.get(reverse("desk:request", args=[appointment_request.reference])))
    assert "waiting to be sent (the mail server did not answer; tried 2 times, will try again)" in page


def test_an_unknown_letter_is_no_server_error(desk, clinic):
    assert desk.get(reverse("desk:letter", args=[99])).status_code == 404


def test_the_letter_of_an_undone_closing_is_not_printed(desk, clinic, by):
    appointment_request = clinic.appointment_request(patient=NO_MAIL)
    lifecycle.close(appointment_request.pk, "Moved away.", by=by, now=later())
    message = appointment_request.messages.get(kind="closed")
    lifecycle.undo(appointment_request.events.get(verb="close").pk, user=by.user, now=later())
    page = desk.get(reverse("desk:letter", args=[message.pk]))
    assert (page.status_code, "This letter is out of date" in words(page)) == (410, True)
    assert "See the request for what to tell the patient now." in words(page)
    assert "Who may do what" not in words(page)
