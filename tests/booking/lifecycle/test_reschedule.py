"""Rescheduling an appointment: by the desk, or after the patient asked for another time. The row stays the same."""

import uuid
from datetime import timedelta

import pytest

from booking import lifecycle
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import emails, links, outbox
from booking.scheduling.slots import Slot
from tests.builders import (
    MONDAY,
    WHY,
    assert_settled,
    assert_sound,
    later,
    local,
    make_location,
    make_practitioner,
    rows,
    undoable,
    walk,
)

SOON = later(minutes=5)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()
    assert list(integrity.findings()) == []


def place(appointment):
    appointment.refresh_from_db()
    return appointment.starts_at, appointment.practitioner_id, appointment.location_id


def of(slot):
    return slot.starts_at, slot.practitioner_id, slot.location_id


def reschedule(appointment, slot, rosa, now=SOON, **how):
    return lifecycle.reschedule(appointment.pk, slot, by=rosa, now=now, **how)


# -- rescheduling by the desk


def test_a_rescheduled_appointment_keeps_its_row_and_length_and_raises_its_sequence(clinic, rosa, appointment):
    tomas = make_practitioner(clinic.appointment_type, make_location())
    there = Slot(clinic.slot(day=4, hour=11).starts_at, tomas.pk, tomas.schedules.first().location_id)
    version = appointment.version
    reschedule(appointment, there, rosa)
    assert place(appointment) == of(there)
    assert (appointment.status, appointment.sequence, appointment.version) == ("booked", 1, version + 1)
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=40)
    assert appointment.blocked_from == appointment.starts_at
    assert Appointment.objects.count() == 1
    message = appointment.appointment_request.messages.get(kind="rescheduled")
    assert (message.sequence, message.due_at) == (1, SOON + timedelta(seconds=60))


def test_its_calendar_entry_stays_with_the_next_sequence(clinic, rosa, appointment):
    before = entry(appointment.appointment_request.messages.get(kind="confirmed"))
    reschedule(appointment, clinic.slot(day=4), rosa)
    after = entry(appointment.appointment_request.messages.get(kind="rescheduled"))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("0", "1")
    assert after["METHOD"] == "REQUEST"
    assert after["DTSTART;TZID=America/New_York"] == "20261204T090000"


def entry(message):
    message.refresh_from_db()
    text = emails.render(message, now=SOON).calendar.decode().replace("\r\n ", "")
    lines = [line.partition(":") for line in text.splitlines()]
    return {name: value for name, _, value in reversed(lines)}


def test_its_old_time_is_open_and_its_new_one_is_not(clinic, rosa, appointment):
    reschedule(appointment, clinic.slot(day=4), rosa)
    clinic.appointment(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment(clinic.slot(day=4))


def test_an_appointment_can_be_rescheduled_to_a_time_that_overlaps_its_old_one(clinic, rosa, appointment):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    reschedule(appointment, clinic.slot(minute=20), rosa)
    assert place(appointment) == of(clinic.slot(minute=20))


def test_an_appointment_of_another_length_keeps_it(clinic, rosa):
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY, minutes=60)
    appointment = appointment_request.appointments.get()
    reschedule(appointment, clinic.slot(day=4), rosa)
    appointment.refresh_from_db()
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=60)


def test_rescheduling_to_a_taken_time_changes_nothing(clinic, rosa, appointment):
    clinic.appointment(clinic.slot(day=4))
    before = rows()
    with pytest.raises(lifecycle.SlotTaken):
        reschedule(appointment, clinic.slot(day=4), rosa)
    assert (place(appointment), rows()) == (of(clinic.slot()), before)


def test_short_notice_requires_a_reason(clinic, rosa, appointment):
    today = clinic.slot(day=23, month=11, hour=15)
    with pytest.raises(lifecycle.NotAllowed):
        reschedule(appointment, today, rosa)
    reschedule(appointment, today, rosa, override=WHY)
    assert appointment.events.get(verb="reschedule").note == WHY.reason


@pytest.mark.parametrize("status", ["arrived", "noshow", "fulfilled", "left", "cancelled"])
def test_only_a_booked_appointment_can_be_rescheduled(clinic, rosa, appointment, status):
    walk(appointment, status)
    with pytest.raises(lifecycle.NotAllowed):
        reschedule(appointment, clinic.slot(day=4), rosa)


def test_a_hold_cannot_be_rescheduled(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(day=8))
    with pytest.raises(lifecycle.NotAllowed):
        reschedule(appointment_request.appointments.get(), clinic.slot(day=4), rosa)


def test_an_appointment_that_has_started_is_not_rescheduled_without_a_reason(clinic, rosa, appointment):
    with pytest.raises(lifecycle.NotAllowed):
        reschedule(appointment, clinic.slot(day=4), rosa, now=appointment.starts_at)


def test_the_loser_of_a_race_does_not_reschedule_it_again(clinic, rosa, appointment):
    reschedule(appointment, clinic.slot(day=4), rosa, version=appointment.version)
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        reschedule(appointment, clinic.slot(day=7), rosa, version=appointment.version)
    assert late.value.event.verb == "reschedule"


def test_a_reschedule_can_be_undone(clinic, rosa, appointment):
    Message.objects.update(status="sent")
    act = reschedule(appointment, clinic.slot(day=4), rosa).events.get(verb="reschedule")
    lifecycle.undo(act.pk, user=rosa.user, now=SOON)
    assert (place(appointment), appointment.sequence, appointment.status) == (of(clinic.slot()), 0, "booked")
    assert Message.objects.get(kind="rescheduled").status == "superseded"
    clinic.appointment(clinic.slot(day=4))


def test_a_reschedule_is_not_undone_if_the_old_time_was_booked(clinic, rosa, appointment):
    act = reschedule(appointment, clinic.slot(day=4), rosa).events.get(verb="reschedule")
    clinic.appointment(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(act.pk, user=rosa.user, now=SOON)
    assert place(appointment) == of(clinic.slot(day=4))


def test_undoing_a_second_reschedule_returns_to_the_first(clinic, rosa, appointment):
    reschedule(appointment, clinic.slot(day=4), rosa)
    reschedule(appointment, clinic.slot(day=7), rosa)
    lifecycle.undo(appointment.events.filter(verb="reschedule").last().pk, user=rosa.user, now=SOON)
    assert (place(appointment), appointment.sequence) == (of(clinic.slot(day=4)), 1)


# -- asking for another time


def ask(appointment, *times, by=lifecycle.PATIENT, now=SOON, **how):
    answers = {"note": "My daughter drives me."} | how.pop("answers", {})
    return lifecycle.ask_for_another_time(appointment.pk, times, answers, by=by, now=now, **how)


def test_the_appointment_stays_and_a_new_request_of_the_same_patient_waits(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8), clinic.slot(day=9))
    assert (appointment_request.status, appointment_request.replaces, appointment_request.patient_id) == (
        "new",
        appointment,
        appointment.appointment_request.patient_id,
    )
    assert (appointment_request.reason, appointment_request.appointment_type, appointment_request.note) == (
        clinic.reason,
        clinic.appointment_type,
        "My daughter drives me.",
    )
    assert appointment_request.appointments.get().starts_at == clinic.slot(day=8).starts_at
    assert appointment_request.requested_times.count() == 2
    assert place(appointment) == of(clinic.slot())
    assert "You keep your appointment on" in emails.render(appointment_request.messages.get(), now=SOON).text


# The columns of a request that the lifecycle writes; every other column is an answer from the patient.
NO_ANSWERS = {
    "id", "reference", "flow_key", "patient", "status", "channel", "submitted_at", "respond_by", "paused_at",
    "returned",
    "version", "link_version", "appointment_type", "decline_code", "answer", "offer_until", "attempts", "next_try_at",
    "claimed_by", "claimed_until", "duplicate_of", "replaces", "quiet_end",
    "same_person_as", "origin", "triage", "see_by",
}  # fmt: skip


def test_every_answer_is_listed_as_carried_over_or_asked_again():
    """A new question fails here until it is named in AppointmentRequest.CARRIED_OVER or .ASKED_ANEW."""
    answers = {field.name for field in AppointmentRequest._meta.concrete_fields} - NO_ANSWERS
    assert answers == {*AppointmentRequest.CARRIED_OVER, *AppointmentRequest.ASKED_ANEW}
    assert not {*AppointmentRequest.CARRIED_OVER} & {*AppointmentRequest.ASKED_ANEW}


def test_carried_over_answers_are_as_the_patient_gave_them(clinic, rosa):
    said = {
        "returning": True, "best_time": "morning", "never_days": [1], "part_of_day": "afternoon",
        "insurance": "medicaid",
        "scan": "yes", "referral": "no", "helper_name": "Anna Demo", "helper_phone": "+17185550133",
        "helper_phone_extension": "7", "helper_phone_typed": "718 555 0133 x7",
        "helper_relation": "daughter", "may_speak_with_helper": True, "location": clinic.location,
        "practitioner": clinic.practitioner, "reason": clinic.reason,
    }  # fmt: skip
    assert said.keys() == {*AppointmentRequest.CARRIED_OVER}
    first = clinic.appointment_request(clinic.slot(), **said)
    appointment = lifecycle.confirm(first.pk, clinic.slot(), by=rosa, now=SOON)
    again = ask(appointment, clinic.slot(day=8))
    assert {name: getattr(again, name) for name in said} == said


def test_a_patient_can_ask_without_naming_a_time(appointment):
    assert ask(appointment, answers={"wants_call": True}).wants_call


def test_a_time_that_overlaps_the_appointment_can_be_requested_and_is_not_held_twice(clinic, rosa, appointment):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    appointment_request = ask(appointment, clinic.slot(minute=20))
    assert appointment_request.appointments.count() == 0
    lifecycle.confirm(appointment_request.pk, clinic.slot(minute=20), by=rosa, now=SOON)
    assert place(appointment) == of(clinic.slot(minute=20))


def test_asking_twice_creates_one_request(clinic, appointment):
    key = uuid.uuid4()
    first = ask(appointment, clinic.slot(day=8), flow_key=key)
    assert ask(appointment, clinic.slot(day=8), flow_key=key) == first
    with pytest.raises(lifecycle.NotAllowed):
        ask(appointment, clinic.slot(day=9))
    assert AppointmentRequest.objects.filter(replaces=appointment).count() == 1


def test_no_other_time_can_be_requested_for_an_appointment_that_has_started_or_ended(clinic, appointment):
    with pytest.raises(lifecycle.NotAllowed):
        ask(appointment, clinic.slot(day=8), now=appointment.starts_at)
    walk(appointment, "cancelled")
    with pytest.raises(lifecycle.NotAllowed):
        ask(appointment, clinic.slot(day=8))


def test_an_outdated_page_creates_no_request(clinic, appointment):
    with pytest.raises(lifecycle.NotAllowed):
        ask(appointment, clinic.slot(day=8), version=appointment.version + 1)


def test_more_than_three_times_or_a_taken_one_save_nothing(clinic, appointment):
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        ask(appointment, *[clinic.slot(day=day) for day in (7, 8, 9, 10)])
    with pytest.raises(lifecycle.SlotTaken):
        ask(appointment, clinic.slot(day=5))
    assert rows() == before


# -- confirming it reschedules the appointment, in one transaction


def test_confirming_reschedules_the_current_appointment(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8), clinic.slot(day=9))
    rescheduled = lifecycle.confirm(appointment_request.pk, clinic.slot(day=9), by=rosa, now=later(hours=1))
    assert rescheduled == appointment
    assert place(appointment) == of(clinic.slot(day=9))
    assert (appointment.sequence, appointment.appointment_request_id, appointment.status) == (
        1,
        appointment.appointment_request_id,
        "booked",
    )
    assert appointment_request.appointments.get().status == "released"
    message = appointment_request.messages.get(kind="rescheduled")
    assert (message.appointment, message.sequence) == (appointment, 1)
    appointment_request.refresh_from_db()
    assert (
        links.appointment_of(appointment_request)
        == links.appointment_of(appointment.appointment_request)
        == appointment
    )


def test_accepting_an_offered_time_reschedules_it_too(clinic, rosa, appointment):
    appointment_request = ask(appointment)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], later(days=1), by=rosa, now=SOON)
    lifecycle.accept_offer(appointment_request.pk, clinic.slot(day=8), by=lifecycle.PATIENT, now=later(hours=1))
    assert place(appointment) == of(clinic.slot(day=8))


def test_a_failed_confirmation_leaves_the_appointment_where_it_was(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    clinic.appointment(clinic.slot(day=9))
    before = rows()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(appointment_request.pk, clinic.slot(day=9), by=rosa, now=SOON)
    assert (place(appointment), rows()) == (of(clinic.slot()), before)


def test_if_the_current_appointment_was_canceled_a_new_one_is_booked(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=SOON)
    new = lifecycle.confirm(appointment_request.pk, clinic.slot(day=8), by=rosa, now=later(hours=1))
    assert new != appointment
    assert (new.appointment_request, new.sequence, appointment_request.messages.last().kind) == (
        appointment_request,
        0,
        "confirmed",
    )


def test_declining_leaves_the_current_appointment_unchanged(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.decline(
        appointment_request.pk, "no_times", "No time is free. You keep your appointment.", by=rosa, now=SOON
    )
    assert place(appointment) == of(clinic.slot())


def test_undoing_the_confirmation_undoes_the_reschedule(clinic, rosa, appointment):
    Message.objects.update(status="sent")
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=8), by=rosa, now=SOON)
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=rosa.user, now=SOON)
    appointment_request.refresh_from_db()
    assert (place(appointment), appointment.sequence, appointment_request.status) == (of(clinic.slot()), 0, "new")
    assert appointment_request.appointments.get().status == "held"


def test_the_first_booking_cannot_be_undone_after_another_request_rescheduled_it(clinic, rosa):
    by = lifecycle.staff(rosa.user, "phone")
    appointment = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=SOON).appointments.get()
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=8), by=rosa, now=SOON)
    booking = appointment.appointment_request.events.get(verb="book", appointment=None)
    assert undoable(appointment.appointment_request_id, user=rosa.user, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(booking.pk, user=rosa.user, now=SOON)


def test_an_unsent_confirmation_is_not_sent_after_the_reschedule(clinic, rosa, appointment):
    waiting = appointment.appointment_request.messages.get(kind="confirmed")
    appointment_request = ask(appointment, clinic.slot(day=8))
    assert not outbox.is_overtaken(waiting, now=SOON)
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=8), by=rosa, now=SOON)
    waiting = Message.objects.get(pk=waiting.pk)
    assert outbox.is_overtaken(waiting, now=SOON)


def test_a_cancellation_after_the_reschedule_is_told_on_the_first_request(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=8), by=rosa, now=SOON)
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=later(days=1))
    appointment.refresh_from_db()
    assert (appointment.status, appointment.sequence) == ("cancelled", 2)
    assert appointment.appointment_request.messages.last().kind == "cancelled_by_you"


def test_its_response_deadline_counts_from_when_the_patient_asked(appointment):
    assert ask(appointment, now=local(2026, 11, 24, 10)).respond_by == local(2026, 11, 25, 17)


# -- an appointment whose time we cannot keep


def mark_needs_rebooking(appointment, rosa):
    Message.objects.update(status="sent")
    return lifecycle.mark_needs_rebooking(appointment.pk, by=rosa, now=SOON)


def waiting():
    return list(Message.objects.filter(status="queued").values_list("kind", flat=True))


def status_of(appointment_request):
    appointment_request.refresh_from_db()
    return appointment_request.status


def test_after_it_is_rescheduled_only_that_is_told_and_both_links_show_it(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=rosa, now=SOON)
    assert (waiting(), status_of(new)) == (["rescheduled"], "confirmed")
    assert links.appointment_of(new) == appointment
    assert outbox.is_overtaken(new.messages.get(), now=SOON)


def test_times_that_were_offered_for_it_are_open_again(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.offer(new.pk, [clinic.slot(day=9)], later(days=1), by=rosa, now=SOON)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=rosa, now=SOON)
    assert (waiting(), new.appointments.get().status) == (["rescheduled"], "released")


def test_after_we_cancel_it_only_that_is_told(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=SOON)
    assert (waiting(), status_of(new)) == (["cancelled_by_us"], "closed")


@pytest.mark.parametrize("act", ["reschedule", "cancel"])
def test_undo_restores_the_mark_and_the_request_for_another_time(clinic, rosa, appointment, act):
    new = mark_needs_rebooking(appointment, rosa)
    if act == "reschedule":
        lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=rosa, now=SOON)
    else:
        lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=SOON)
    lifecycle.undo(appointment.events.get(verb=act).pk, user=rosa.user, now=SOON)
    appointment.refresh_from_db()
    assert (waiting(), status_of(new)) == (["needs_rebooking"], "new")
    assert appointment.needs_rebooking_since == SOON


def test_the_patients_own_request_stays_open_after_a_reschedule(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.reschedule(appointment.pk, clinic.slot(day=9), by=rosa, now=SOON)
    assert status_of(appointment_request) == "new"


def test_when_the_patient_cancels_it_ends_with_its_hold_and_one_message(clinic, rosa, appointment):
    appointment_request = ask(appointment, clinic.slot(day=8))
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=SOON)
    assert (status_of(appointment_request), appointment_request.appointments.get().status) == ("withdrawn", "released")
    assert waiting() == ["cancelled_by_you"]


# -- the length of the appointment to reschedule


@pytest.fixture
def long(clinic, rosa):
    """June's appointment, two hours on December 3 from 9."""
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY, minutes=120)
    return appointment_request.appointments.get()


def minutes(appointment):
    return (appointment.ends_at - appointment.starts_at) // timedelta(minutes=1)


def test_a_confirmed_request_for_another_time_keeps_the_length(clinic, rosa, long):
    appointment_request = ask(long)
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=rosa, now=SOON)
    assert (place(long), minutes(long)) == (of(clinic.slot(day=4)), 120)


def test_the_requested_time_is_held_in_its_full_length(clinic, long):
    appointment_request = ask(long, clinic.slot(day=4))
    assert minutes(appointment_request.appointments.get()) == 120


def test_a_time_too_short_for_the_appointment_is_not_open_to_its_patient(clinic, long):
    clinic.appointment(clinic.slot(day=4, hour=9, minute=40))
    with pytest.raises(lifecycle.SlotTaken):
        ask(long, clinic.slot(day=4))


def test_offered_times_are_held_and_accepted_in_the_full_length(clinic, rosa, long):
    appointment_request = ask(long)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=4)], later(days=2), by=rosa, now=SOON)
    assert minutes(appointment_request.appointments.get()) == 120
    lifecycle.accept_offer(appointment_request.pk, clinic.slot(day=4), by=lifecycle.PATIENT, now=SOON)
    assert (place(long), minutes(long)) == (of(clinic.slot(day=4)), 120)


def test_two_offered_times_that_overlap_in_the_full_length_are_refused(clinic, rosa, long):
    appointment_request = ask(long)
    times = [clinic.slot(day=4), clinic.slot(day=4, hour=9, minute=40)]
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.offer(appointment_request.pk, times, later(days=2), by=rosa, now=SOON)


def test_changed_times_are_held_in_the_full_length(clinic, long):
    appointment_request = ask(long)
    lifecycle.change_times(appointment_request.pk, [clinic.slot(day=4)], {}, by=lifecycle.PATIENT, now=SOON)
    assert minutes(appointment_request.appointments.get()) == 120


def test_if_the_long_appointment_was_canceled_the_new_one_is_as_long(clinic, rosa, long):
    appointment_request = ask(long)
    lifecycle.cancel(long.pk, "clinic", by=rosa, now=SOON)
    assert minutes(lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=rosa, now=SOON)) == 120


# -- ending the request of an appointment that needs rebooking


@pytest.mark.parametrize(
    "end",
    [
        lambda pk, by: lifecycle.decline(pk, "other", "Call us.", by=by, now=SOON),
        lambda pk, by: lifecycle.close(pk, "No answer.", by=by, now=SOON),
    ],
)
def test_it_cannot_be_ended_while_the_appointment_is_booked(clinic, rosa, appointment, end):
    new = mark_needs_rebooking(appointment, rosa)
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        end(new.pk, rosa)
    assert "Cancel or move that appointment first" in refusal.value.sentence
    assert (status_of(new), appointment.replaced_by_requests.get()) == ("new", new)


def test_it_cannot_be_merged_while_the_appointment_is_booked(clinic, rosa, appointment):
    new, other = mark_needs_rebooking(appointment, rosa), clinic.appointment_request()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.merge(new.pk, other.pk, "One person.", by=rosa, now=SOON)


def test_the_patients_own_request_can_be_declined_after_we_canceled(clinic, rosa, appointment):
    appointment_request = ask(appointment)
    assert mark_needs_rebooking(appointment, rosa) == appointment_request
    lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=SOON)
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=rosa, now=SOON)
    assert status_of(appointment_request) == "declined"


def test_after_the_day_of_the_appointment_it_can_be_ended(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.close(new.pk, "No answer.", by=rosa, now=later(days=20))
    assert status_of(new) == "closed"


@pytest.mark.parametrize("who", ["patient", "desk"])
def test_a_patient_who_withdraws_it_gives_up_the_appointment_and_is_told_once(clinic, rosa, appointment, who):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.withdraw(new.pk, by=rosa if who == "desk" else lifecycle.PATIENT, now=SOON)
    appointment.refresh_from_db()
    assert (status_of(new), appointment.status, appointment.cancel_code) == ("withdrawn", "cancelled", "patient")
    assert waiting() == ["cancelled_by_you"]
    clinic.appointment(clinic.slot(), patient={"name": "Another Demo"})  # its time is open


def test_the_withdrawal_can_be_undone_too(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.withdraw(new.pk, by=rosa, now=SOON)
    lifecycle.undo(new.events.get(verb="withdraw").pk, user=rosa.user, now=SOON)
    appointment.refresh_from_db()
    assert (status_of(new), appointment.status, appointment.cancel_code, appointment.sequence) == (
        "new",
        "booked",
        "",
        0,
    )
    assert (appointment.needs_rebooking_since, waiting()) == (SOON, ["needs_rebooking"])


def test_the_withdrawal_is_not_undone_if_the_time_was_booked(clinic, rosa, appointment):
    new = mark_needs_rebooking(appointment, rosa)
    lifecycle.withdraw(new.pk, by=rosa, now=SOON)
    clinic.appointment(clinic.slot(), patient={"name": "Another Demo"})
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(new.events.get(verb="withdraw").pk, user=rosa.user, now=SOON)


@pytest.mark.parametrize("act", ["waitlist", "offer"])
def test_the_next_message_still_says_not_to_come(clinic, rosa, appointment, act):
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=rosa, now=SOON)
    if act == "waitlist":
        lifecycle.waitlist(new.pk, by=rosa, now=SOON)
    else:
        lifecycle.offer(new.pk, [clinic.slot(day=9)], later(days=1), by=rosa, now=SOON)
    message = new.messages.order_by("pk").last()
    sent = emails.render(message, now=SOON)
    assert "We cannot see you on Thursday, December 3, 9:00 am Eastern Time" in sent.text
    assert "Please do not come then." in sent.text
