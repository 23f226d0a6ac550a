"""Another time for a visit: moved by the desk, or asked for by the patient and confirmed later. One row, one entry."""

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
    Clinic,
    assert_settled,
    assert_sound,
    later,
    local,
    make_clerk,
    make_location,
    make_practitioner,
    rows,
    walk,
)

SOON = later(minutes=5)


@pytest.fixture
def clinic(db):
    return Clinic()


@pytest.fixture
def rosa(clinic):
    return lifecycle.desk(make_clerk(role=None))


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()
    assert list(integrity.findings()) == []


@pytest.fixture
def visit(clinic):
    """June's, on December 3 at nine."""
    return clinic.visit(clinic.slot())


def place(visit):
    visit.refresh_from_db()
    return visit.starts_at, visit.practitioner_id, visit.location_id


def of(slot):
    return slot.starts_at, slot.practitioner_id, slot.location_id


def move(visit, slot, rosa, now=SOON, **how):
    return lifecycle.move_visit(visit.pk, slot, by=rosa, now=now, **how)


# -- moving


def test_a_moved_visit_keeps_its_row_and_its_length_and_raises_its_sequence(clinic, rosa, visit):
    tomas = make_practitioner(clinic.visit_type, make_location())
    there = Slot(clinic.slot(day=4, hour=11).starts_at, tomas.pk, tomas.schedules.first().location_id)
    version = visit.version
    move(visit, there, rosa)
    assert place(visit) == of(there)
    assert (visit.status, visit.sequence, visit.version) == ("booked", 1, version + 1)
    assert visit.ends_at - visit.starts_at == timedelta(minutes=40)
    assert visit.blocked_from == visit.starts_at
    assert Appointment.objects.count() == 1
    message = visit.request.messages.get(kind="moved")
    assert (message.sequence, message.due_at) == (1, SOON + timedelta(seconds=60))


def test_its_calendar_entry_is_the_same_with_the_next_sequence(clinic, rosa, visit):
    before = entry(visit.request.messages.get(kind="confirmed"))
    move(visit, clinic.slot(day=4), rosa)
    after = entry(visit.request.messages.get(kind="moved"))
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("0", "1")
    assert after["METHOD"] == "REQUEST"
    assert after["DTSTART;TZID=America/New_York"] == "20261204T090000"


def entry(message):
    message.refresh_from_db()
    text = emails.render(message, now=SOON).calendar.decode().replace("\r\n ", "")
    lines = [line.partition(":") for line in text.splitlines()]
    return {name: value for name, _, value in reversed(lines)}


def test_its_old_time_is_free_and_its_new_one_is_not(clinic, rosa, visit):
    move(visit, clinic.slot(day=4), rosa)
    clinic.visit(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        clinic.visit(clinic.slot(day=4))


def test_a_visit_moves_into_its_own_old_time(clinic, rosa, visit):
    clinic.visit_type.step = 20
    clinic.visit_type.save()
    move(visit, clinic.slot(minute=20), rosa)
    assert place(visit) == of(clinic.slot(minute=20))


def test_a_visit_of_another_length_keeps_it(clinic, rosa):
    asked = lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY, minutes=60)
    visit = asked.appointments.get()
    move(visit, clinic.slot(day=4), rosa)
    visit.refresh_from_db()
    assert visit.ends_at - visit.starts_at == timedelta(minutes=60)


def test_onto_a_taken_time_nothing_moves(clinic, rosa, visit):
    clinic.visit(clinic.slot(day=4))
    before = rows()
    with pytest.raises(lifecycle.SlotTaken):
        move(visit, clinic.slot(day=4), rosa)
    assert (place(visit), rows()) == (of(clinic.slot()), before)


def test_sooner_than_the_notice_needs_a_reason(clinic, rosa, visit):
    today = clinic.slot(day=23, month=11, hour=15)
    with pytest.raises(lifecycle.NotAllowed):
        move(visit, today, rosa)
    move(visit, today, rosa, beyond=WHY)
    assert visit.events.get(verb="move").note == WHY.reason


@pytest.mark.parametrize("status", ["arrived", "noshow", "fulfilled", "left", "cancelled"])
def test_only_a_booked_visit_moves(clinic, rosa, visit, status):
    walk(visit, status)
    with pytest.raises(lifecycle.NotAllowed):
        move(visit, clinic.slot(day=4), rosa)


def test_a_held_time_does_not_move(clinic, rosa):
    asked = clinic.request(clinic.slot(day=8))
    with pytest.raises(lifecycle.NotAllowed):
        move(asked.appointments.get(), clinic.slot(day=4), rosa)


def test_a_visit_that_has_begun_does_not_move(clinic, rosa, visit):
    with pytest.raises(lifecycle.NotAllowed):
        move(visit, clinic.slot(day=4), rosa, now=visit.starts_at)


def test_the_loser_of_a_race_does_not_move_it_again(clinic, rosa, visit):
    move(visit, clinic.slot(day=4), rosa, version=visit.version)
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        move(visit, clinic.slot(day=7), rosa, version=visit.version)
    assert late.value.event.verb == "move"


def test_a_move_is_taken_back(clinic, rosa, visit):
    Message.objects.update(status="sent")
    act = move(visit, clinic.slot(day=4), rosa).events.get(verb="move")
    lifecycle.undo(act.pk, user=rosa.user, now=SOON)
    assert (place(visit), visit.sequence, visit.status) == (of(clinic.slot()), 0, "booked")
    assert Message.objects.get(kind="moved").status == "superseded"
    clinic.visit(clinic.slot(day=4))


def test_a_move_is_not_taken_back_onto_somebody_else(clinic, rosa, visit):
    act = move(visit, clinic.slot(day=4), rosa).events.get(verb="move")
    clinic.visit(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(act.pk, user=rosa.user, now=SOON)
    assert place(visit) == of(clinic.slot(day=4))


def test_a_second_move_is_taken_back_to_the_first(clinic, rosa, visit):
    move(visit, clinic.slot(day=4), rosa)
    move(visit, clinic.slot(day=7), rosa)
    lifecycle.undo(visit.events.filter(verb="move").last().pk, user=rosa.user, now=SOON)
    assert (place(visit), visit.sequence) == (of(clinic.slot(day=4)), 1)


# -- asking for another time


def ask(visit, *times, by=lifecycle.PATIENT, now=SOON, **how):
    answers = {"note": "My daughter drives me."} | how.pop("answers", {})
    return lifecycle.ask_for_another_time(visit.pk, times, answers, by=by, now=now, **how)


def test_the_visit_stays_and_a_new_request_of_the_same_patient_waits(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8), clinic.slot(day=9))
    assert (asked.status, asked.replaces, asked.patient_id) == ("new", visit, visit.request.patient_id)
    assert (asked.reason, asked.visit_type, asked.note) == (clinic.reason, clinic.visit_type, "My daughter drives me.")
    assert asked.appointments.get().starts_at == clinic.slot(day=8).starts_at
    assert asked.requested_times.count() == 2
    assert place(visit) == of(clinic.slot())
    assert "You keep your visit on" in emails.render(asked.messages.get(), now=SOON).text


def test_without_a_time_too(visit):
    assert ask(visit, answers={"wants_call": True}).wants_call


def test_a_time_inside_the_visit_can_be_asked_for_and_is_not_held_twice(clinic, rosa, visit):
    clinic.visit_type.step = 20
    clinic.visit_type.save()
    asked = ask(visit, clinic.slot(minute=20))
    assert asked.appointments.count() == 0
    lifecycle.confirm(asked.pk, clinic.slot(minute=20), by=rosa, now=SOON)
    assert place(visit) == of(clinic.slot(minute=20))


def test_asking_twice_is_one_request(clinic, visit):
    key = uuid.uuid4()
    first = ask(visit, clinic.slot(day=8), flow_key=key)
    assert ask(visit, clinic.slot(day=8), flow_key=key) == first
    with pytest.raises(lifecycle.NotAllowed):
        ask(visit, clinic.slot(day=9))
    assert AppointmentRequest.objects.filter(replaces=visit).count() == 1


def test_a_visit_that_has_begun_or_is_over_is_not_asked_about(clinic, visit):
    with pytest.raises(lifecycle.NotAllowed):
        ask(visit, clinic.slot(day=8), now=visit.starts_at)
    walk(visit, "cancelled")
    with pytest.raises(lifecycle.NotAllowed):
        ask(visit, clinic.slot(day=8))


def test_a_stale_page_asks_nothing(clinic, visit):
    with pytest.raises(lifecycle.NotAllowed):
        ask(visit, clinic.slot(day=8), version=visit.version + 1)


def test_more_than_three_times_or_one_that_is_taken_keep_nothing(clinic, visit):
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        ask(visit, *[clinic.slot(day=day) for day in (7, 8, 9, 10)])
    with pytest.raises(lifecycle.SlotTaken):
        ask(visit, clinic.slot(day=5))
    assert rows() == before


# -- its confirmation moves the visit, in one transaction


def test_confirming_moves_the_old_visit(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8), clinic.slot(day=9))
    moved = lifecycle.confirm(asked.pk, clinic.slot(day=9), by=rosa, now=later(hours=1))
    assert moved == visit
    assert place(visit) == of(clinic.slot(day=9))
    assert (visit.sequence, visit.request_id, visit.status) == (1, visit.request_id, "booked")
    assert asked.appointments.get().status == "released"
    message = asked.messages.get(kind="moved")
    assert (message.appointment, message.sequence) == (visit, 1)
    asked.refresh_from_db()
    assert links.visit_of(asked) == links.visit_of(visit.request) == visit


def test_accepting_an_offered_time_moves_it_too(clinic, rosa, visit):
    asked = ask(visit)
    lifecycle.offer(asked.pk, [clinic.slot(day=8)], later(days=1), by=rosa, now=SOON)
    lifecycle.accept_offer(asked.pk, clinic.slot(day=8), by=lifecycle.PATIENT, now=later(hours=1))
    assert place(visit) == of(clinic.slot(day=8))


def test_a_confirmation_that_fails_leaves_the_old_visit_where_it_was(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    clinic.visit(clinic.slot(day=9))
    before = rows()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(asked.pk, clinic.slot(day=9), by=rosa, now=SOON)
    assert (place(visit), rows()) == (of(clinic.slot()), before)


def test_when_the_old_visit_is_gone_the_new_one_is_booked_on_its_own(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.cancel(visit.pk, "clinic", by=rosa, now=SOON)
    new = lifecycle.confirm(asked.pk, clinic.slot(day=8), by=rosa, now=later(hours=1))
    assert new != visit
    assert (new.request, new.sequence, asked.messages.last().kind) == (asked, 0, "confirmed")


def test_declining_leaves_the_old_visit_alone(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.decline(asked.pk, "no_times", "No time is free. You keep your visit.", by=rosa, now=SOON)
    assert place(visit) == of(clinic.slot())


def test_the_confirmation_is_taken_back_with_the_move(clinic, rosa, visit):
    Message.objects.update(status="sent")
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.confirm(asked.pk, clinic.slot(day=8), by=rosa, now=SOON)
    lifecycle.undo(asked.events.get(verb="confirm").pk, user=rosa.user, now=SOON)
    asked.refresh_from_db()
    assert (place(visit), visit.sequence, asked.status) == (of(clinic.slot()), 0, "new")
    assert asked.appointments.get().status == "held"


def test_the_first_booking_cannot_be_undone_once_another_request_has_moved_it(clinic, rosa):
    by = lifecycle.desk(rosa.user, "phone")
    visit = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=SOON).appointments.get()
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.confirm(asked.pk, clinic.slot(day=8), by=rosa, now=SOON)
    booking = visit.request.events.get(verb="book", appointment=None)
    assert lifecycle.undoable(visit.request_id, user=rosa.user, now=SOON) is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(booking.pk, user=rosa.user, now=SOON)


def test_a_confirmation_that_had_not_left_does_not_go_out_after_the_move(clinic, rosa, visit):
    waiting = visit.request.messages.get(kind="confirmed")
    asked = ask(visit, clinic.slot(day=8))
    assert not outbox.is_overtaken(waiting, now=SOON)
    lifecycle.confirm(asked.pk, clinic.slot(day=8), by=rosa, now=SOON)
    waiting = Message.objects.get(pk=waiting.pk)
    assert outbox.is_overtaken(waiting, now=SOON)


def test_cancelling_after_the_move_is_told_on_the_first_request(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.confirm(asked.pk, clinic.slot(day=8), by=rosa, now=SOON)
    lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=later(days=1))
    visit.refresh_from_db()
    assert (visit.status, visit.sequence) == ("cancelled", 2)
    assert visit.request.messages.last().kind == "cancelled_by_you"


def test_its_promise_is_counted_from_the_asking(visit):
    assert ask(visit, now=local(2026, 11, 24, 10)).reply_by == local(2026, 11, 25, 17)


# -- a visit whose time we could not keep


def strand(visit, rosa):
    Message.objects.update(status="sent")
    return lifecycle.strand(visit.pk, by=rosa, now=SOON)


def waiting():
    return list(Message.objects.filter(status="queued").values_list("kind", flat=True))


def status_of(asked):
    asked.refresh_from_db()
    return asked.status


def test_once_it_has_another_time_only_that_is_told_and_both_links_show_it(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.move_visit(visit.pk, clinic.slot(day=8), by=rosa, now=SOON)
    assert (waiting(), status_of(new)) == (["moved"], "confirmed")
    assert links.visit_of(new) == visit
    assert outbox.is_overtaken(new.messages.get(), now=SOON)


def test_times_that_were_offered_for_it_are_free_again(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.offer(new.pk, [clinic.slot(day=9)], later(days=1), by=rosa, now=SOON)
    lifecycle.move_visit(visit.pk, clinic.slot(day=8), by=rosa, now=SOON)
    assert (waiting(), new.appointments.get().status) == (["moved"], "released")


def test_once_we_cancel_it_only_that_is_told(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.cancel(visit.pk, "clinic", by=rosa, now=SOON)
    assert (waiting(), status_of(new)) == (["cancelled_by_us"], "closed")


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_undo_takes_that_back_too(clinic, rosa, visit, act):
    new = strand(visit, rosa)
    if act == "move":
        lifecycle.move_visit(visit.pk, clinic.slot(day=8), by=rosa, now=SOON)
    else:
        lifecycle.cancel(visit.pk, "clinic", by=rosa, now=SOON)
    lifecycle.undo(visit.events.get(verb=act).pk, user=rosa.user, now=SOON)
    visit.refresh_from_db()
    assert (waiting(), status_of(new)) == (["needs_rebooking"], "new")
    assert visit.needs_rebooking_since == SOON


def test_what_the_patient_asked_for_waits_on_after_a_move(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.move_visit(visit.pk, clinic.slot(day=9), by=rosa, now=SOON)
    assert status_of(asked) == "new"


def test_when_the_patient_cancels_it_goes_with_its_hold_and_one_message(clinic, rosa, visit):
    asked = ask(visit, clinic.slot(day=8))
    lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=SOON)
    assert (status_of(asked), asked.appointments.get().status) == ("withdrawn", "released")
    assert waiting() == ["cancelled_by_you"]


# -- the length of the visit that is to move


@pytest.fixture
def long(clinic, rosa):
    """June's, two hours on December 3 from nine."""
    asked = lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY, minutes=120)
    return asked.appointments.get()


def minutes(visit):
    return (visit.ends_at - visit.starts_at) // timedelta(minutes=1)


def test_a_confirmed_wish_for_another_time_keeps_the_length(clinic, rosa, long):
    asked = ask(long)
    lifecycle.confirm(asked.pk, clinic.slot(day=4), by=rosa, now=SOON)
    assert (place(long), minutes(long)) == (of(clinic.slot(day=4)), 120)


def test_the_time_that_a_patient_asks_for_is_held_in_its_whole_length(clinic, long):
    asked = ask(long, clinic.slot(day=4))
    assert minutes(asked.appointments.get()) == 120


def test_a_time_too_short_for_the_visit_is_not_open_to_its_patient(clinic, long):
    clinic.visit(clinic.slot(day=4, hour=9, minute=40))
    with pytest.raises(lifecycle.SlotTaken):
        ask(long, clinic.slot(day=4))


def test_offered_times_are_held_and_accepted_in_the_whole_length(clinic, rosa, long):
    asked = ask(long)
    lifecycle.offer(asked.pk, [clinic.slot(day=4)], later(days=2), by=rosa, now=SOON)
    assert minutes(asked.appointments.get()) == 120
    lifecycle.accept_offer(asked.pk, clinic.slot(day=4), by=lifecycle.PATIENT, now=SOON)
    assert (place(long), minutes(long)) == (of(clinic.slot(day=4)), 120)


def test_two_offered_times_that_overlap_in_the_whole_length_are_refused(clinic, rosa, long):
    asked = ask(long)
    times = [clinic.slot(day=4), clinic.slot(day=4, hour=9, minute=40)]
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.offer(asked.pk, times, later(days=2), by=rosa, now=SOON)


def test_changed_times_are_held_in_the_whole_length(clinic, long):
    asked = ask(long)
    lifecycle.change_times(asked.pk, [clinic.slot(day=4)], {}, by=lifecycle.PATIENT, now=SOON)
    assert minutes(asked.appointments.get()) == 120


def test_when_the_long_visit_is_gone_the_new_one_is_as_long(clinic, rosa, long):
    asked = ask(long)
    lifecycle.cancel(long.pk, "clinic", by=rosa, now=SOON)
    assert minutes(lifecycle.confirm(asked.pk, clinic.slot(day=4), by=rosa, now=SOON)) == 120


# -- ending the request for another time of a visit to which the patient was told not to come


@pytest.mark.parametrize(
    "end",
    [
        lambda pk, by: lifecycle.decline(pk, "other", "Call us.", by=by, now=SOON),
        lambda pk, by: lifecycle.close(pk, "No answer.", by=by, now=SOON),
    ],
)
def test_it_is_not_ended_while_the_visit_stands(clinic, rosa, visit, end):
    new = strand(visit, rosa)
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        end(new.pk, rosa)
    assert "Cancel or move that visit first" in refusal.value.sentence
    assert (status_of(new), visit.replaced_by_requests.get()) == ("new", new)


def test_it_is_not_merged_away_while_the_visit_stands(clinic, rosa, visit):
    new, other = strand(visit, rosa), clinic.request()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.merge(new.pk, other.pk, "One person.", by=rosa, now=SOON)


def test_what_the_patient_asked_for_before_is_declined_once_we_have_cancelled(clinic, rosa, visit):
    asked = ask(visit)
    assert strand(visit, rosa) == asked
    lifecycle.cancel(visit.pk, "clinic", by=rosa, now=SOON)
    lifecycle.decline(asked.pk, "other", "Call us.", by=rosa, now=SOON)
    assert status_of(asked) == "declined"


def test_after_the_day_of_the_visit_it_can_be_ended(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.close(new.pk, "No answer.", by=rosa, now=later(days=20))
    assert status_of(new) == "closed"


@pytest.mark.parametrize("who", ["patient", "desk"])
def test_who_takes_it_back_gives_up_the_visit_and_is_told_once(clinic, rosa, visit, who):
    new = strand(visit, rosa)
    lifecycle.withdraw(new.pk, by=rosa if who == "desk" else lifecycle.PATIENT, now=SOON)
    visit.refresh_from_db()
    assert (status_of(new), visit.status, visit.cancel_code) == ("withdrawn", "cancelled", "patient")
    assert waiting() == ["cancelled_by_you"]
    clinic.visit(clinic.slot(), patient={"name": "Another Demo"})  # its time is free


def test_taking_it_back_too_is_undone(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.withdraw(new.pk, by=rosa, now=SOON)
    lifecycle.undo(new.events.get(verb="withdraw").pk, user=rosa.user, now=SOON)
    visit.refresh_from_db()
    assert (status_of(new), visit.status, visit.cancel_code, visit.sequence) == ("new", "booked", "", 0)
    assert (visit.needs_rebooking_since, waiting()) == (SOON, ["needs_rebooking"])


def test_taking_it_back_is_not_undone_onto_somebody_else(clinic, rosa, visit):
    new = strand(visit, rosa)
    lifecycle.withdraw(new.pk, by=rosa, now=SOON)
    clinic.visit(clinic.slot(), patient={"name": "Another Demo"})
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(new.events.get(verb="withdraw").pk, user=rosa.user, now=SOON)


@pytest.mark.parametrize("act", ["waitlist", "offer"])
def test_the_next_message_still_says_not_to_come(clinic, rosa, visit, act):
    new = lifecycle.strand(visit.pk, by=rosa, now=SOON)
    if act == "waitlist":
        lifecycle.waitlist(new.pk, by=rosa, now=SOON)
    else:
        lifecycle.offer(new.pk, [clinic.slot(day=9)], later(days=1), by=rosa, now=SOON)
    message = new.messages.order_by("pk").last()
    sent = emails.render(message, now=SOON)
    assert "We cannot see you on Thursday, December 3, 9:00 am Eastern Time" in sent.text
    assert "Please do not come then." in sent.text
