"""“Not you? Tell us”: one press stops all emails to an address and puts the requests on the desk’s call list."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import AppointmentRequest, Event, Message, Patient, StoppedAddress
from booking.notifications import links, messages, not_you, outbox
from tests.builders import MONDAY, later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
Status = Message.Status


def deliver(now=MONDAY):
    return outbox.deliver_due(clock=lambda: now)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-23 10:05")


@pytest.fixture
def link(appointment_request, mailoutbox):
    """The link at the end of the first email."""
    deliver()
    return urlsplit(re.search(r"https?://\S+/not-you/", mailoutbox[0].body)[0]).path


def test_opening_the_link_changes_nothing_and_shows_nothing_of_the_patient(client, appointment_request, link):
    page = client.get(link)
    assert page.status_code == 200
    for private in ("June", "1951", str(appointment_request), appointment_request.reference, "june@example.org"):
        assert private not in words(page)
    assert links.secret(appointment_request) not in page.content.decode()
    assert not StoppedAddress.objects.exists()


def test_one_press_stops_emails_and_the_desk_calls(client, appointment_request, link):
    for _press in range(2):
        assert "We have stopped these emails" in words(client.post(link, follow=True))
    assert appointment_request.events.filter(verb="disown_email").count() == 1
    message = appointment_request.messages.get()
    assert (message.status, message.failure) == (Status.FAILED, "NotTheirs")
    client.force_login(make_clerk())
    to_call = words(client.get(reverse("desk:queue"), {"view": "to-call"}))
    assert "Not their email" in to_call
    assert "We have your request" in to_call


def test_no_later_mail_goes_there_whoever_it_is_for(client, clinic, appointment_request, link, mailoutbox):
    client.post(link)
    other = clinic.appointment_request(patient={"email": "June@Example.org"})
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert deliver(later(minutes=2)) == {Status.FAILED: 2}
    assert len(mailoutbox) == 1
    assert messages.send_link(other, now=later(hours=3)) is None


def test_a_corrected_address_gets_mail_and_the_old_link_does_not_stop_it(client, appointment_request, link, mailoutbox):
    by = lifecycle.staff(make_clerk())
    lifecycle.correct_patient(appointment_request.pk, {"email": "right@example.org"}, by=by, now=MONDAY)
    client.post(link)
    assert messages.send_link(AppointmentRequest.objects.get(), now=MONDAY)
    assert deliver() == {Status.SENT: 1}
    assert mailoutbox[-1].to == ["right@example.org"]
    assert not Event.objects.filter(verb="disown_email").exists()


def test_the_desk_starts_the_emails_again_when_the_patient_says_that_the_address_is_right(
    client, appointment_request, link, mailoutbox
):
    client.post(link)
    client.force_login(make_clerk())
    page = reverse("desk:request", args=[appointment_request.reference])
    assert "Somebody at this email address says" in words(client.get(page))
    client.post(reverse("desk:allow_email", args=[appointment_request.reference]), {"version": 1})
    assert "Somebody at this email address says" not in words(client.get(page))
    assert messages.send_link(appointment_request, now=MONDAY)
    assert deliver() == {Status.SENT: 1}


def test_an_answer_that_is_out_of_date_is_not_called_about(client, clinic, appointment_request, link):
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=MONDAY)
    deliver(later(minutes=2))
    told = not_you.opened(link.split("/")[2])
    lifecycle.disown_email(told, by=lifecycle.SYSTEM, now=appointment.ends_at)
    assert not Message.objects.filter(status=Status.FAILED).exists()
    assert not_you.is_stopped(Patient.objects.get())


@pytest.mark.parametrize("change", [lambda text: text[:-3], lambda text: "x" + text, lambda text: text.swapcase()])
def test_a_link_that_is_not_ours_does_nothing(client, appointment_request, link, change):
    token = change(link.split("/")[2])
    for answer in (client.get(f"/visit/{token}/not-you/"), client.post(f"/visit/{token}/not-you/")):
        assert answer.status_code == 404
    assert not StoppedAddress.objects.exists()
