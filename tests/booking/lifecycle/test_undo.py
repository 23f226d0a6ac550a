"""Undo: for sixty seconds a verb of the desk can be undone as if it had never happened, and not after that."""

import sys
from datetime import timedelta

import pytest

from booking import lifecycle
from booking.models import Appointment, Event, Message
from booking.notifications import messages
from tests.builders import (
    MONDAY,
    WHY,
    assert_settled,
    assert_sound,
    later,
    local,
    make_appointment_type,
    make_clerk,
    make_practitioner,
    rows,
    undoable,
)

ACTED, SOON = later(minutes=5), later(minutes=5, seconds=60)
VERBS = ["confirm", "decline", "withdraw", "book", "cancel"]


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def act(clinic, user, verb):
    """Do the verb to a request whose first choice is held, and return its event."""
    by = lifecycle.staff(user, "phone")
    if verb == "book":
        appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=ACTED)
    elif verb == "cancel":
        appointment = clinic.appointment(clinic.slot(), by=by)
        appointment_request = lifecycle.cancel(appointment.pk, "clinic", by=by, now=ACTED).appointment_request
    else:
        appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(day=4))
        rest = {"confirm": [clinic.slot()], "decline": ["other", "Call us."], "withdraw": []}[verb]
        getattr(lifecycle, verb)(appointment_request.pk, *rest, by=by, now=ACTED)
    return Event.objects.filter(appointment_request=appointment_request, cause=None).last()


def state(appointment_request):
    appointment_request.refresh_from_db()
    return appointment_request.status, [
        appointment.status for appointment in appointment_request.appointments.order_by("pk")
    ]


# -- what it restores


@pytest.mark.parametrize(
    ("verb", "before"),
    [
        ("confirm", ("new", ["held"])),
        ("decline", ("new", ["held"])),
        ("withdraw", ("new", ["held"])),
        ("book", ("closed", ["released"])),
        ("cancel", ("confirmed", ["booked"])),
    ],
)
def test_each_verb_can_be_undone(clinic, clerk, verb, before):
    event = act(clinic, clerk, verb)
    assert undoable(event.appointment_request_id, user=clerk, now=SOON) == event
    appointment_request = lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(appointment_request) == before
    assert (appointment_request.decline_code, appointment_request.answer) == ("", "")
    assert not appointment_request.appointments.exclude(cancel_code="").exists()
    event.refresh_from_db()
    assert (event.undone, event.message.status) == (True, "superseded")
    assert undoable(appointment_request.pk, user=clerk, now=SOON) is None


def test_undoing_another_choice_holds_the_first_one_again(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(day=4))
    until = appointment_request.appointments.get().held_until
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=lifecycle.staff(clerk), now=ACTED)
    event = appointment_request.events.get(verb="confirm")
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["held", "released"])
    assert appointment_request.appointments.get(status="held").held_until == until
    undone = appointment_request.events.get(verb="undo", appointment=None)
    assert {effect.verb for effect in undone.effects.all()} == {"undo"}
    assert undone.effects.count() == 2


def test_an_undone_choice_that_overlaps_the_hold_makes_room_for_it(clinic, clerk):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.confirm(appointment_request.pk, clinic.slot(minute=20), by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["held", "released"])


def test_an_undone_verb_can_be_done_again(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    lifecycle.confirm(event.appointment_request_id, clinic.slot(), by=lifecycle.staff(clerk), now=SOON)
    again = Event.objects.filter(appointment_request=event.appointment_request, verb="confirm").last()
    lifecycle.undo(again.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == ("new", ["held"])


# -- the time may have been taken in the meantime


def test_a_hold_whose_time_was_taken_stays_released(clinic, clerk):
    event = act(clinic, clerk, "decline")
    other = clinic.appointment(clinic.slot(), now=ACTED)
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == ("new", ["released"])
    other.refresh_from_db()
    assert other.status == "booked"


def test_a_hold_stays_released_under_a_deliberate_overbooking(clinic, clerk):
    event = act(clinic, clerk, "decline")
    other = clinic.appointment(clinic.slot(), now=ACTED)
    Appointment.objects.filter(pk=other.pk).update(overbooked=True)
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == ("new", ["released"])


@pytest.mark.parametrize("verb", ["confirm", "decline"])
def test_a_hold_that_has_expired_in_the_meantime_stays_released(clinic, clerk, verb):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment_request.appointments.update(held_until=SOON)
    rest = {"confirm": [clinic.slot()], "decline": ["other", "Call us."]}[verb]
    getattr(lifecycle, verb)(appointment_request.pk, *rest, by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb=verb).pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["released"])


def test_confirming_over_an_expired_hold_can_be_undone_too(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment_request.appointments.update(held_until=ACTED)
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=ACTED)
    assert list(appointment_request.events.values_list("verb", flat=True)) == [
        "submit",
        "hold",
        "confirm",
        "expire",
        "book",
    ]
    event = undoable(appointment_request.pk, user=clerk, now=SOON)
    assert event.verb == "confirm"
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["released", "released"])


def test_a_canceled_appointment_whose_time_was_taken_stays_canceled(clinic, clerk):
    event = act(clinic, clerk, "cancel")
    clinic.appointment(clinic.slot(), now=ACTED)
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as taken:
        lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert (taken.value.slots, rows()) == ([clinic.slot()], before)
    assert state(event.appointment_request) == ("confirmed", ["cancelled"])
    event.refresh_from_db()
    assert (event.undone, event.message.status) == (False, "queued")


def test_an_expired_hold_does_not_block_a_canceled_appointment(clinic, clerk):
    event = act(clinic, clerk, "cancel")
    other = clinic.appointment_request(clinic.slot(), now=ACTED)
    other.appointments.update(held_until=SOON)
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == ("confirmed", ["booked"])
    assert state(other) == ("new", ["released"])


# -- when it is too late, or not allowed


@pytest.mark.parametrize("verb", VERBS)
def test_after_sixty_seconds_it_is_too_late(clinic, clerk, verb):
    event = act(clinic, clerk, verb)
    late = SOON + timedelta(microseconds=1)
    before, was = rows(), state(event.appointment_request)
    assert undoable(event.appointment_request_id, user=clerk, now=late) is None
    with pytest.raises(lifecycle.NotAllowed) as refused:
        lifecycle.undo(event.pk, user=clerk, now=late)
    assert "Call the patient" in refused.value.sentence
    assert (rows(), state(event.appointment_request)) == (before, was)


@pytest.mark.parametrize("status", ["sending", "sent", "failed"])
@pytest.mark.parametrize("verb", VERBS)
def test_once_the_message_is_being_sent_it_is_too_late(clinic, clerk, verb, status):
    event = act(clinic, clerk, verb)
    Message.objects.filter(event=event).update(status=status)
    was = state(event.appointment_request)
    assert undoable(event.appointment_request_id, user=clerk, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == was
    assert Message.objects.get(event=event).status == status


def test_what_the_patient_was_told_by_phone_cannot_be_undone(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    lifecycle.confirm(
        appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=SOON - timedelta(seconds=30)
    )
    event = Event.objects.get(appointment_request=appointment_request, verb="confirm")
    assert undoable(appointment_request.pk, user=clerk, now=SOON) == event
    assert messages.notified(Message.objects.get(event=event).pk, now=SOON)
    assert undoable(appointment_request.pk, user=clerk, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(event.pk, user=clerk, now=SOON)


def test_a_link_that_the_patient_asked_for_is_due_again(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot())
    link = messages.send_link(appointment_request, now=MONDAY)
    lifecycle.confirm(
        appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=SOON - timedelta(seconds=30)
    )
    lifecycle.undo(Event.objects.get(appointment_request=appointment_request, verb="confirm").pk, user=clerk, now=SOON)
    link.refresh_from_db()
    assert link.status == "queued"


def test_the_worker_may_be_slightly_faster(clinic, clerk, monkeypatch):
    event = act(clinic, clerk, "confirm")
    undo = sys.modules["booking.lifecycle.undoing.undo"]  # the function of the same name hides the module
    look = undo.last_act

    def then_the_worker_comes(request_id):
        found = look(request_id)
        Message.objects.filter(event=found).update(status="sending")
        return found

    monkeypatch.setattr(undo, "last_act", then_the_worker_comes)
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert (rows(), state(event.appointment_request)) == (before, ("confirmed", ["booked"]))


@pytest.mark.parametrize("verb", VERBS)
def test_only_the_clerk_who_did_it_or_someone_who_may_undo_for_others_can_undo(clinic, clerk, verb):
    event = act(clinic, clerk, verb)
    jim = make_clerk(role=None, first_name="Jim")
    assert undoable(event.appointment_request_id, user=jim, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(event.pk, user=jim, now=SOON)
    assert undoable(event.appointment_request_id, user=jim, now=SOON, others=True) == event
    for silence in ("", "  "):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.undo(event.pk, user=jim, now=SOON, others=True, note=silence)
    lifecycle.undo(event.pk, user=jim, now=SOON, others=True, note="Wrong patient")
    undone = Event.objects.filter(appointment_request=event.appointment_request, verb="undo", cause=None).get()
    assert (undone.by, undone.note) == (jim, "Wrong patient")


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_undone_twice(clinic, clerk, verb):
    event = act(clinic, clerk, verb)
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    before = rows()
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert (late.value.event.verb, rows()) == ("undo", before)


def test_an_undo_cannot_be_undone(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    for each in Event.objects.filter(verb="undo"):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.undo(each.pk, user=clerk, now=SOON)


def test_what_a_patient_did_cannot_be_undone(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=ACTED)
    for event in appointment_request.events.all():
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.undo(event.pk, user=clerk, now=SOON, others=True)


def test_an_effect_is_not_undone_without_its_act(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    with pytest.raises(lifecycle.AlreadyHandled):
        lifecycle.undo(event.effects.get().pk, user=clerk, now=SOON)


def test_a_status_of_the_day_is_reverted_not_undone(clinic, clerk):
    by = lifecycle.staff(clerk)
    appointment = clinic.appointment(clinic.slot(), by=by)
    lifecycle.check_in(appointment.pk, by=by, now=local(2026, 12, 3, 9))
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(appointment.events.last().pk, user=clerk, now=local(2026, 12, 3, 9))


def test_only_the_last_act_can_be_undone(clinic, clerk):
    confirmed = act(clinic, clerk, "confirm")
    appointment = Appointment.objects.get()
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(clerk), now=ACTED)
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        lifecycle.undo(confirmed.pk, user=clerk, now=SOON)
    assert late.value.event.verb == "cancel"
    lifecycle.undo(late.value.event.pk, user=clerk, now=SOON)
    assert state(appointment.appointment_request) == ("confirmed", ["booked"])
    with pytest.raises(lifecycle.AlreadyHandled):  # an undo is an act too
        lifecycle.undo(confirmed.pk, user=clerk, now=SOON)


def test_a_booking_cannot_be_undone_after_check_in(clinic, clerk):
    by = lifecycle.staff(clerk)
    now = local(2026, 12, 3, 8, 59)
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=now, override=WHY)
    lifecycle.check_in(appointment_request.appointments.get().pk, by=by, now=now)
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        lifecycle.undo(appointment_request.events.get(appointment=None).pk, user=clerk, now=now)
    assert late.value.event.verb == "check_in"


def test_an_unknown_event_cannot_be_undone(clinic, clerk):
    with pytest.raises(Event.DoesNotExist):
        lifecycle.undo(2**40, user=clerk, now=SOON)


# -- the messages


def queue(appointment_request):
    return list(appointment_request.messages.order_by("pk").values_list("kind", "status"))


def test_the_receipt_is_due_again(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    assert queue(event.appointment_request) == [("received", "superseded"), ("confirmed", "queued")]
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert queue(event.appointment_request) == [("received", "queued"), ("confirmed", "superseded")]


def test_a_receipt_that_was_sent_is_not_sent_again(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment_request.messages.update(status="sent")
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=clerk, now=SOON)
    assert queue(appointment_request) == [("received", "sent"), ("confirmed", "superseded")]


def test_a_confirmation_superseded_by_a_cancellation_is_due_again(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    cancelled = lifecycle.cancel(Appointment.objects.get().pk, "clinic", by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(cancelled.events.last().pk, user=clerk, now=SOON)
    assert queue(event.appointment_request) == [
        ("received", "superseded"), ("confirmed", "queued"), ("cancelled_by_us", "superseded"),
    ]  # fmt: skip
    assert event.message.due_at == SOON


def test_a_confirmation_that_was_sent_keeps_the_receipt_superseded(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    Message.objects.filter(event=event).update(status="sent")
    cancelled = lifecycle.cancel(Appointment.objects.get().pk, "clinic", by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(cancelled.events.last().pk, user=clerk, now=SOON)
    assert queue(event.appointment_request) == [
        ("received", "superseded"), ("confirmed", "sent"), ("cancelled_by_us", "superseded"),
    ]  # fmt: skip


def test_the_message_of_an_undone_act_is_never_sent(clinic, clerk):
    event = act(clinic, clerk, "confirm")
    lifecycle.undo(event.pk, user=clerk, now=ACTED)
    lifecycle.decline(event.appointment_request_id, "other", "Call us.", by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(Event.objects.get(verb="decline").pk, user=clerk, now=SOON)
    assert queue(event.appointment_request) == [
        ("received", "queued"), ("confirmed", "superseded"), ("declined", "superseded"),
    ]  # fmt: skip


def test_a_patient_without_email_need_not_be_called_about_what_was_undone(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot(), patient={"email": ""})
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=ACTED)
    assert queue(appointment_request) == [("received", "notified"), ("confirmed", "to_call")]
    lifecycle.cancel(Appointment.objects.get().pk, "clinic", by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(Event.objects.get(verb="cancel").pk, user=clerk, now=SOON)
    assert queue(appointment_request) == [
        ("received", "notified"),
        ("confirmed", "to_call"),
        ("cancelled_by_us", "superseded"),
    ]


def test_an_offer_that_was_refused_is_not_restored(clinic, clerk):
    appointment_request, by = clinic.appointment_request(clinic.slot(), patient={"email": ""}), lifecycle.staff(clerk)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], later(days=1), by=by, now=later())
    lifecycle.refuse_offer(appointment_request.pk, by=by, now=later(minutes=1))
    lifecycle.waitlist(appointment_request.pk, by=by, now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb="waitlist").pk, user=clerk, now=SOON)
    assert queue(appointment_request) == [
        ("received", "notified"),
        ("offered", "superseded"),
        ("waitlisted", "superseded"),
    ]


def test_an_extended_offer_is_restored(clinic, clerk):
    appointment_request, by = clinic.appointment_request(clinic.slot()), lifecycle.staff(clerk)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], later(days=1), by=by, now=later())
    lifecycle.extend_offer(appointment_request.pk, later(days=2), by=by, now=later(minutes=1))
    lifecycle.waitlist(appointment_request.pk, by=by, now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb="waitlist").pk, user=clerk, now=SOON)
    assert queue(appointment_request)[1] == ("offered", "queued")


# -- an offer whose deadline was changed since


def offered(clinic, clerk, *ends, email="june@example.org"):
    """A request with an offer, its deadline changed to these."""
    appointment_request, by = (
        clinic.appointment_request(clinic.slot(), patient={"email": email}),
        lifecycle.staff(clerk),
    )
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], later(days=2), by=by, now=ACTED)
    for end in ends:
        lifecycle.extend_offer(appointment_request.pk, end, by=by, now=ACTED)
    return appointment_request


ENDS = {"later": [later(days=3)], "sooner": [later(days=1)], "twice": [later(days=1), later(hours=12)]}


@pytest.mark.parametrize("email", ["june@example.org", ""])
@pytest.mark.parametrize("ends", ENDS)
def test_undoing_the_offer_undoes_its_other_deadline_too(clinic, clerk, ends, email):
    appointment_request = offered(clinic, clerk, *ENDS[ends], email=email)
    event = undoable(appointment_request.pk, user=clerk, now=SOON)
    assert event.verb == "offer"
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["held", "released"])
    assert appointment_request.offer_until is None
    assert {status for _kind, status in queue(appointment_request)[1:]} == {"superseded"}
    assert queue(appointment_request)[0][1] == ("queued" if email else "notified")


@pytest.mark.parametrize("nth", [1, 2])
def test_after_either_email_was_sent_it_cannot_be_undone(clinic, clerk, nth):
    appointment_request = offered(clinic, clerk, later(days=1))
    Message.objects.filter(pk=appointment_request.messages.order_by("pk")[nth].pk).update(status="sent", sent_at=SOON)
    assert undoable(appointment_request.pk, user=clerk, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(appointment_request.events.get(verb="offer").pk, user=clerk, now=SOON)
    assert state(appointment_request)[0] == "offered"


# -- several calendars


def test_holds_of_several_practitioners_are_restored(clinic, clerk):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.confirm(appointment_request.pk, clinic.slot(practitioner=other), by=lifecycle.staff(clerk), now=ACTED)
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=clerk, now=SOON)
    assert state(appointment_request) == ("new", ["held", "released"])


def test_an_appointment_of_another_length_does_not_overlap_a_restored_hold(clinic, clerk):
    short = make_appointment_type(minutes=20, step=20, notice=0)
    short.practitioners.add(clinic.practitioner)
    event = act(clinic, clerk, "withdraw")
    clinic.appointment(clinic.slot(minute=20), now=MONDAY, appointment_type=short)
    lifecycle.undo(event.pk, user=clerk, now=SOON)
    assert state(event.appointment_request) == ("new", ["released"])


def test_undoing_takes_few_queries(clinic, clerk, django_assert_max_num_queries):
    event = act(clinic, clerk, "confirm")
    with django_assert_max_num_queries(25):
        lifecycle.undo(event.pk, user=clerk, now=SOON)
