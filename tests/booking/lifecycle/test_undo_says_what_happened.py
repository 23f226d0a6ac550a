"""A refused undo names what really happened: who did what since, or that it is late, never a message nobody got."""

from datetime import timedelta

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk import labels
from booking.models import Event
from tests.builders import NEW_YORK, assert_sound, later, make_clerk, undoable
from tests.pages import words

ACTED, SINCE, SOON = later(minutes=5), later(minutes=5, seconds=20), later(minutes=5, seconds=40)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def lena(clinic):
    return lifecycle.staff(make_clerk("Desk lead", first_name="Lena"))


@pytest.fixture
def asked_again(clinic, rosa):
    """June's request for another time than December 3 at 9; it wants December 4."""
    appointment = clinic.appointment()
    return lifecycle.ask_for_another_time(appointment.pk, [clinic.slot(day=4)], {}, by=lifecycle.PATIENT, now=ACTED)


def refusal(event, user, now=SOON):
    with pytest.raises(lifecycle.NotAllowed) as refused:
        lifecycle.undo(event.pk, user=user, now=now)
    return labels.refused(refused.value, user, NEW_YORK)


def moved(appointment, clinic, by):
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=SINCE)
    return "Lena moved this appointment"


def called_off(appointment, clinic, by):
    lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=SINCE)
    return "Lena called off this appointment"


def canceled(appointment, clinic, by):
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=SINCE)
    return "Lena canceled this appointment"


def canceled_by_the_patient(appointment, clinic, by):
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=SINCE)
    return "The patient canceled this appointment"


def asked_for_another(appointment, clinic, by):
    """Asking alone changes nothing; its confirm does."""
    times = [clinic.slot(day=9)]
    asked = lifecycle.ask_for_another_time(appointment.pk, times, {}, by=lifecycle.PATIENT, now=SINCE)
    lifecycle.confirm(asked.pk, clinic.slot(day=9), by=by, now=SINCE)
    return "Lena confirmed this"


SINCE_THEN = [moved, called_off, canceled, canceled_by_the_patient, asked_for_another]


@pytest.mark.parametrize("since", SINCE_THEN)
def test_what_was_done_to_the_moved_appointment_since_is_said(clinic, rosa, lena, asked_again, since):
    """The request that moved the appointment is another one than the appointment's own."""
    appointment = lifecycle.confirm(asked_again.pk, clinic.slot(day=4), by=rosa, now=ACTED)
    confirmed = asked_again.events.get(verb="confirm")
    expected = since(appointment, clinic, lena)
    assert undoable(asked_again.pk, user=rosa.user, now=SOON) is None
    assert refusal(confirmed, rosa.user).startswith(expected)
    appointment.refresh_from_db()
    assert appointment.status == ("cancelled" if "canceled" in expected else "booked")


@pytest.mark.parametrize("since", SINCE_THEN)
def test_what_was_done_to_the_confirmed_appointment_since_is_said(clinic, rosa, lena, since):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=ACTED)
    expected = since(appointment, clinic, lena)
    assert refusal(appointment_request.events.get(verb="confirm"), rosa.user).startswith(expected)


def test_a_superseded_message_was_told_to_nobody(clinic, rosa):
    """The patient has died: the desk's later answers to another request are superseded from the start."""
    first = clinic.appointment_request(clinic.slot())
    draft = clinic.draft(clinic.slot(day=4))
    draft.known = first.patient_id
    other = lifecycle.submit(draft, now=ACTED)
    lifecycle.end_quietly(first.pk, "died", by=rosa, now=ACTED)
    lifecycle.decline(other.pk, "other", "Call us.", by=rosa, now=SINCE)
    declined = other.events.get(verb="decline")
    assert declined.message.status == "superseded"
    lifecycle.undo(declined.pk, user=rosa.user, now=SOON)
    other.refresh_from_db()
    assert other.status == "new"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("sent", "The patient has already been notified. Call the patient instead."),
        ("sending", "The email is being sent right now. Call the patient instead."),
        ("failed", "The email has bounced: the patient is on the “To call” list. Call them instead."),
    ],
)
def test_what_became_of_the_message_is_said(clinic, rosa, status, expected):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=ACTED)
    appointment_request.messages.filter(kind="confirmed").update(status=status)
    said = refusal(appointment_request.events.get(verb="confirm"), rosa.user)
    assert said == expected


def test_an_act_undone_by_a_colleague_is_said_to_be_undone(clinic, rosa, lena):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=ACTED)
    event = appointment_request.events.get(verb="confirm")
    lifecycle.undo(event.pk, user=lena.user, now=SINCE, others=True, note="Wrong patient.")
    assert refusal(event, rosa.user).startswith("Lena undid the last action")


def test_a_move_that_was_undone_leaves_the_confirm_undoable(clinic, rosa, lena, asked_again):
    appointment = lifecycle.confirm(asked_again.pk, clinic.slot(day=4), by=rosa, now=ACTED)
    moved(appointment, clinic, lena)
    lifecycle.undo(Event.objects.filter(verb="reschedule").last().pk, user=lena.user, now=SINCE + timedelta(seconds=5))
    lifecycle.undo(asked_again.events.get(verb="confirm").pk, user=rosa.user, now=SOON)
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot().starts_at


@pytest.mark.parametrize(("status", "said"), [("booked", "marked “booked”"), ("cancelled", "marked “canceled”")])
def test_a_status_that_was_not_changed_is_not_called_yesterdays(clinic, rosa, status, said):
    appointment = clinic.appointment()
    if status == "cancelled":
        lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=ACTED)
    with pytest.raises(lifecycle.NotAllowed) as refused:
        lifecycle.revert_status(appointment.pk, by=rosa, now=SOON)
    assert said in refused.value.sentence


@pytest.mark.parametrize("since", SINCE_THEN)
def test_the_bar_says_the_same_as_the_refusal(clinic, client, lena, asked_again, since, time_machine):
    me = make_clerk(first_name="Rosa")
    client.force_login(me)
    appointment = lifecycle.confirm(asked_again.pk, clinic.slot(day=4), by=lifecycle.staff(me), now=ACTED)
    event = asked_again.events.get(verb="confirm")
    expected = since(appointment, clinic, lena)
    time_machine.move_to(SOON, tick=False)
    page = words(client.get(reverse("desk:queue"), {"undo": event.pk}))
    assert expected in page
    assert "too late" not in page
    assert expected in words(client.post(reverse("desk:undo", args=[event.pk]), follow=True))


def test_who_marked_a_message_and_when_is_said(clinic, client, lena, time_machine):
    client.force_login(make_clerk())
    appointment_request = clinic.appointment_request(patient={"email": ""})
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lena, now=ACTED)
    message = appointment_request.messages.get(kind="declined")
    lifecycle.mark_notified(message.pk, by=lena, now=SINCE)
    time_machine.move_to(SOON, tick=False)
    said = words(client.post(reverse("desk:mark_notified", args=[message.pk]), follow=True))
    assert "Lena already marked it, today, 10:10" in said


def test_an_outdated_message_is_said_to_be_outdated(clinic, client, lena, time_machine):
    client.force_login(make_clerk())
    appointment_request = clinic.appointment_request(patient={"email": ""})
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lena, now=ACTED)
    message = appointment_request.messages.get(kind="declined")
    lifecycle.reopen(appointment_request.pk, "They called.", by=lena, now=SINCE)
    time_machine.move_to(SOON, tick=False)
    said = words(client.post(reverse("desk:mark_notified", args=[message.pk]), follow=True))
    assert "this message is out of date" in said
