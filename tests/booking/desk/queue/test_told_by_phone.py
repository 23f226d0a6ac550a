"""Of a called-off appointment the desk reads whether the patient was spoken to, or only written to."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Message
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, local
from tests.pages import words

pytestmark = pytest.mark.django_db
TODAY = "/admin/desk/day/2026-12-03/"
LISTS = [TODAY, "/admin/desk/?view=needs-new-time"]


@pytest.fixture
def looking(clinic, appointment, by):
    """The request for another time, of a patient without email."""
    appointment.patient.__class__.objects.update(email="")
    return lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY)


@pytest.fixture
def told(looking):
    return Message.objects.get(kind="needs_rebooking")


def everywhere(client, looking):
    return {path: words(client.get(path)) for path in (*LISTS, page_of(looking))}


def says(client, looking, said):
    """Everywhere, on Today without “today,”."""
    pages = everywhere(client, looking)
    short = said.replace("today, ", "")
    return all((short if path == TODAY else said) in page for path, page in pages.items())


def test_a_call_that_reached_them_is_told_by_phone(client, looking, told, rosa, by):
    lifecycle.log_call(looking.pk, "reached", by=by, now=MONDAY, about=told.pk)
    assert says(client, looking, "told by phone today, 10:05 AM")


def test_so_is_the_button_that_marks_it(client, looking, told, rosa):
    client.post(reverse("desk:mark_notified", args=[told.pk]))
    assert says(client, looking, "told by phone today, 10:05 AM")


def test_a_letter_is_no_call(client, looking, told, rosa):
    assert "Letter sent Notified by phone" in words(client.get(reverse("desk:letter", args=[told.pk])))
    back = client.post(reverse("desk:mark_notified", args=[told.pk]), {"by_letter": "1"}, follow=True)
    assert "Marked as notified by letter: June Demo." in words(back)
    assert says(client, looking, "told by letter today, 10:05 AM")


def test_an_email_alone_is_no_call(client, looking, told, rosa):
    Message.objects.filter(pk=told.pk).update(status="sent", sent_at=MONDAY)
    assert says(client, looking, "emailed today, 10:05 AM")


def test_a_call_after_the_email_counts_more(client, looking, told, rosa, by, at):
    Message.objects.filter(pk=told.pk).update(status="sent", sent_at=MONDAY)
    lifecycle.log_call(looking.pk, "reached", by=by, now=local(2026, 11, 23, 10, 30))
    assert says(client, looking, "told by phone today, 10:30 AM")


def test_who_refused_the_offered_times_on_the_phone_was_told_by_phone(client, clinic, looking, rosa, by):
    lifecycle.offer(looking.pk, [clinic.slot(day=8)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    lifecycle.refuse_offer(looking.pk, by=lifecycle.staff(rosa, "phone"), now=MONDAY)
    assert says(client, looking, "told by phone today, 10:05 AM")


def test_a_call_before_it_was_called_off_told_nothing(client, clinic, appointment, rosa, by):
    asked = lifecycle.ask_for_another_time(appointment.pk, [], {"wants_call": True}, by=by, now=MONDAY)
    lifecycle.log_call(asked.pk, "reached", by=by, now=MONDAY)
    looking = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=local(2026, 11, 23, 11))
    assert not any("told by phone" in page for page in everywhere(client, looking).values())
