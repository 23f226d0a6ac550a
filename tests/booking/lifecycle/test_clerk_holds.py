"""Five-minute holds during a call; overrides with a reason; a lead's overbooking and when its flag is cleared."""

from datetime import timedelta

import pytest

from booking import lifecycle
from booking.lifecycle import clerk_holds, holds
from booking.maintenance import integrity
from booking.models import Appointment, Patient
from booking.scheduling.slots import Slot
from clinic.models import Practitioner, ScheduleException
from tests.builders import (
    MONDAY,
    WHY,
    assert_settled,
    assert_sound,
    later,
    make_appointment_type,
    make_clerk,
    make_practitioner,
    rows,
)

SOON = later(minutes=1)
OVER = lifecycle.Override("Severe: the doctor asked for it.", overlap=True)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()
    assert list(integrity.findings()) == []


def hold(clinic, user, slot=None, now=MONDAY, **how):
    return lifecycle.hold(slot or clinic.slot(), clinic.appointment_type, user=user, now=now, **how)


def book(clinic, user, slot=None, now=SOON, channel="phone", **how):
    draft = how.pop("draft", None) or clinic.draft()
    by = lifecycle.staff(user, channel)
    return lifecycle.book(draft, slot or clinic.slot(), by=by, now=now, **how).appointments.get()


def state(appointment):
    appointment.refresh_from_db()
    return appointment.status


# -- five minutes


def test_a_clerk_holds_a_time_for_five_minutes(clinic, clerk):
    held = hold(clinic, clerk)
    assert (held.status, held.held_for, held.appointment_request, held.held_until) == (
        "held",
        clerk,
        None,
        later(minutes=5),
    )
    assert clerk_holds.held_by(clerk, now=SOON) == held
    assert clerk_holds.held_by(clerk, now=later(minutes=5)) is None
    assert held.events.get().by == clerk


def test_a_held_time_is_open_to_nobody_else(clinic, clerk):
    hold(clinic, clerk)
    for act in (
        lambda: hold(clinic, make_clerk(role=None)),
        lambda: clinic.appointment_request(clinic.slot()),
        lambda: book(clinic, make_clerk(role=None)),
    ):
        with pytest.raises(lifecycle.SlotTaken):
            act()


def test_after_five_minutes_the_time_is_open_again(clinic, clerk):
    held = hold(clinic, clerk)
    book(clinic, make_clerk(role=None), now=later(minutes=5))
    assert state(held) == "released"


def test_holding_another_time_releases_the_first(clinic, clerk):
    first = hold(clinic, clerk)
    second = hold(clinic, clerk, clinic.slot(minute=40))
    assert (state(first), state(second)) == ("released", "held")


def test_a_hold_can_be_extended_and_released(clinic, clerk):
    held = hold(clinic, clerk)
    assert lifecycle.extend_hold(held.pk, user=clerk, now=later(minutes=4)).held_until == later(minutes=9)
    lifecycle.release_hold(held.pk, user=clerk, now=later(minutes=8))
    assert state(held) == "released"


def test_an_expired_hold_or_a_coworkers_can_be_neither_extended_nor_released(clinic, clerk):
    held = hold(clinic, clerk)
    for user, now in [(make_clerk(role=None), SOON), (clerk, later(minutes=5))]:
        for verb in (lifecycle.extend_hold, lifecycle.release_hold):
            with pytest.raises(lifecycle.NotAllowed):
                verb(held.pk, user=user, now=now)


def test_a_clerks_hold_becomes_the_appointment(clinic, clerk):
    held = hold(clinic, clerk)
    appointment = book(clinic, clerk)
    assert appointment == held
    assert (appointment.status, appointment.held_for, appointment.held_until) == ("booked", None, None)
    steps = [(event.verb, event.from_status, event.to_status) for event in appointment.events.all()]
    assert steps == [("hold", "", "held"), ("book", "held", "booked")]


def test_booking_another_time_releases_the_held_one(clinic, clerk):
    held = hold(clinic, clerk)
    assert book(clinic, clerk, clinic.slot(minute=40)) != held
    assert state(held) == "released"


def test_a_hold_of_another_length_is_replaced(clinic, clerk):
    held = hold(clinic, clerk)
    appointment = book(clinic, clerk, minutes=20)
    assert (appointment.ends_at - appointment.starts_at, state(held)) == (timedelta(minutes=20), "released")


def test_booking_a_held_time_can_be_undone(clinic, clerk):
    held = hold(clinic, clerk)
    appointment_request = book(clinic, clerk).appointment_request
    lifecycle.undo(appointment_request.events.get(verb="book", appointment=None).pk, user=clerk, now=SOON)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, state(held)) == ("closed", "released")


def test_the_worker_releases_expired_holds(clinic, clerk):
    held = hold(clinic, clerk)
    assert holds.release_expired(now=later(minutes=5)) == 1
    assert state(held) == "released"


def test_an_existing_patient_is_not_created_again(clinic, clerk):
    first = book(clinic, clerk)
    draft = lifecycle.Draft(
        {},
        {"reason": clinic.reason, "appointment_type": clinic.appointment_type},
        known=first.appointment_request.patient_id,
    )
    second = book(clinic, clerk, clinic.slot(day=4), draft=draft)
    assert second.appointment_request.patient == first.appointment_request.patient
    assert Patient.objects.count() == 1


# -- inside the notice period, outside working hours


TODAY = {"day": 23, "month": 11, "hour": 15}


def test_short_notice_requires_a_reason_which_the_history_keeps(clinic, clerk):
    today = clinic.slot(**TODAY)
    for act in (hold, book):
        with pytest.raises(lifecycle.NotAllowed):
            act(clinic, clerk, today)
    book(clinic, clerk, today, override=WHY)
    appointment_request = Appointment.objects.get().appointment_request
    assert appointment_request.events.get(verb="book", appointment=None).note == WHY.reason


def test_a_patient_at_the_desk_needs_no_reason(clinic, clerk):
    assert book(clinic, clerk, clinic.slot(**TODAY), channel="walk_in").status == "arrived"


def test_a_hold_with_a_reason_is_booked_without_another(clinic, clerk):
    hold(clinic, clerk, clinic.slot(**TODAY), override=WHY)
    assert book(clinic, clerk, clinic.slot(**TODAY)).status == "booked"


OUTSIDE = {
    "before opening": {"hour": 8, "minute": 20},
    "after closing": {"hour": 18},
    "on a Saturday": {"day": 5},
    "off the grid": {"minute": 7},
}


@pytest.mark.parametrize("when", OUTSIDE.values(), ids=OUTSIDE)
def test_outside_hours_a_reason_is_enough_if_the_time_is_free(clinic, clerk, when):
    slot = clinic.slot(**when)
    for reason in (None, lifecycle.Override(" ")):
        with pytest.raises(lifecycle.SlotTaken):
            book(clinic, clerk, slot, override=reason)
    appointment = book(clinic, clerk, slot, override=WHY)
    assert (appointment.starts_at, appointment.overbooked) == (slot.starts_at, False)


def test_a_reason_is_enough_to_book_during_a_closure(clinic, clerk):
    ScheduleException.objects.create(first_day="2026-12-03", last_day="2026-12-03")
    assert book(clinic, clerk, override=WHY).status == "booked"


def test_no_reason_allows_the_past_the_far_future_or_the_wrong_practitioner(clinic, clerk):
    stranger = make_practitioner(make_appointment_type(), clinic.location)
    away = make_practitioner(clinic.appointment_type, clinic.location, is_active=False)
    before = rows()
    for slot in [
        clinic.slot(day=23, month=11, hour=9),
        clinic.slot(year=2028),
        clinic.slot(practitioner=stranger),
        clinic.slot(practitioner=away),
        Slot(clinic.slot().starts_at, clinic.practitioner.pk, 0),
        Slot(clinic.slot().starts_at, 2**31, clinic.location.pk),
    ]:
        for act in (hold, book):
            with pytest.raises(lifecycle.SlotTaken):
                act(clinic, clerk, slot, override=OVER)
    assert rows() == before


# -- double-booked


def test_a_reason_alone_does_not_allow_double_booking(clinic, clerk):
    clinic.appointment(clinic.slot())
    for act in (hold, book):
        with pytest.raises(lifecycle.SlotTaken):
            act(clinic, clerk, override=WHY)


@pytest.mark.parametrize("minute", [0, 20])
def test_a_lead_can_double_book_with_a_flag_and_a_reason(clinic, clerk, minute):
    clinic.appointment(clinic.slot())
    over = book(clinic, clerk, clinic.slot(minute=minute), override=OVER)
    assert (over.overbooked, over.overbook_reason) == (True, OVER.reason)


def test_without_an_overlap_nothing_is_flagged(clinic, clerk):
    assert not book(clinic, clerk, override=OVER).overbooked


def test_a_hold_over_an_appointment_stays_flagged_when_it_is_booked(clinic, clerk):
    clinic.appointment(clinic.slot())
    held = hold(clinic, clerk, override=OVER)
    appointment = book(clinic, clerk)
    assert (appointment, appointment.overbooked) == (held, True)


def over_nine(clinic, clerk):
    below = clinic.appointment(clinic.slot())
    return below, book(clinic, clerk, clinic.slot(minute=20), override=OVER)


def test_no_normal_booking_may_overlap_a_flagged_appointment(clinic, clerk):
    over_nine(clinic, clerk)
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot(minute=40))
    with pytest.raises(lifecycle.SlotTaken):
        book(clinic, clerk, clinic.slot(minute=50), override=WHY)


GOES = {
    "cancelled": lambda appointment, clinic, by: lifecycle.cancel(appointment.pk, "clinic", by=by, now=SOON),
    "rescheduled": lambda appointment, clinic, by: lifecycle.reschedule(
        appointment.pk, clinic.slot(day=4), by=by, now=SOON
    ),
    "no-show": lambda appointment, clinic, by: lifecycle.no_show(appointment.pk, by=by, now=appointment.starts_at),
    "undone": lambda appointment, clinic, by: lifecycle.undo(
        appointment.appointment_request.events.get(verb="book", appointment=None).pk,
        user=by.user,
        now=MONDAY,
        others=True,
        note="A slip.",
    ),
}


@pytest.mark.parametrize("go", GOES.values(), ids=GOES)
def test_the_flag_is_cleared_when_the_overlapped_appointment_goes(clinic, clerk, go):
    below, over = over_nine(clinic, clerk)
    go(below, clinic, lifecycle.staff(clerk))
    over.refresh_from_db()
    assert (over.overbooked, over.overbook_reason) == (False, "")
    assert over.events.get(verb="unflag").cause is not None


def test_a_time_held_for_a_request_cannot_be_double_booked_and_the_request_is_named(clinic, clerk):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment = clinic.appointment(clinic.slot(day=4))
    before = rows()
    for act in (
        lambda: hold(clinic, clerk, override=OVER),
        lambda: book(clinic, clerk, override=OVER),
        lambda: lifecycle.reschedule(appointment.pk, clinic.slot(), by=lifecycle.staff(clerk), now=SOON, override=OVER),
    ):
        with pytest.raises(lifecycle.NotAllowed) as refusal:
            act()
        assert f"held for request {appointment_request}" in refusal.value.sentence
    assert rows() == before


def test_a_lead_cannot_double_book_an_offered_time(clinic, clerk):
    appointment_request = clinic.appointment_request()
    by = lifecycle.staff(clerk)
    lifecycle.offer(appointment_request.pk, [clinic.slot()], later(days=1), by=by, now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed):
        book(clinic, clerk, override=OVER)
    assert (
        lifecycle.accept_offer(appointment_request.pk, clinic.slot(), by=lifecycle.PATIENT, now=SOON).status == "booked"
    )


def test_a_coworkers_hold_cannot_be_double_booked(clinic, clerk):
    hold(clinic, make_clerk(role=None))
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        hold(clinic, clerk, override=OVER)
    assert "A coworker is holding this time for a call" in refusal.value.sentence


def test_an_expired_hold_does_not_block_an_override(clinic, clerk):
    clinic.appointment_request(clinic.slot())
    assert book(clinic, clerk, override=OVER, now=later(days=6)).status == "booked"


def test_the_flag_stays_while_another_appointment_overlaps(clinic, clerk):
    below, over = over_nine(clinic, clerk)
    other = book(clinic, clerk, clinic.slot(minute=50), override=OVER)
    lifecycle.cancel(below.pk, "clinic", by=lifecycle.staff(clerk), now=SOON)
    over.refresh_from_db()
    other.refresh_from_db()
    assert [over.overbooked, other.overbooked] == [False, True]  # these two overlap each other: one keeps its flag


def test_undoing_a_cancellation_restores_it_under_the_appointment_booked_over_it(clinic, clerk):
    below, over = over_nine(clinic, clerk)
    lifecycle.cancel(below.pk, "clinic", by=lifecycle.staff(clerk), now=SOON)
    lifecycle.undo(below.events.get(verb="cancel").pk, user=clerk, now=SOON)
    below.refresh_from_db()
    over.refresh_from_db()
    assert (below.status, below.overbooked) == ("booked", False)
    assert (over.overbooked, over.overbook_reason) == (True, OVER.reason)


def test_it_is_not_restored_if_its_time_was_booked_in_the_meantime(clinic, clerk):
    below, over = over_nine(clinic, clerk)
    lifecycle.cancel(below.pk, "clinic", by=lifecycle.staff(clerk), now=SOON)
    lifecycle.cancel(over.pk, "clinic", by=lifecycle.staff(clerk), now=SOON)
    book(clinic, clerk, clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(below.events.get(verb="cancel").pk, user=clerk, now=SOON)


def test_rescheduling_a_double_booked_appointment_clears_its_flag(clinic, clerk):
    _below, over = over_nine(clinic, clerk)
    lifecycle.reschedule(over.pk, clinic.slot(day=4), by=lifecycle.staff(clerk), now=SOON)
    over.refresh_from_db()
    assert (over.overbooked, over.overbook_reason) == (False, "")


def test_a_lead_can_reschedule_an_appointment_over_another(clinic, clerk):
    clinic.appointment(clinic.slot())
    appointment = clinic.appointment(clinic.slot(day=4))
    by = lifecycle.staff(clerk)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.reschedule(appointment.pk, clinic.slot(), by=by, now=SOON, override=WHY)
    assert lifecycle.reschedule(appointment.pk, clinic.slot(), by=by, now=SOON, override=OVER).overbooked


def test_other_calendars_are_left_alone(clinic, clerk):
    below, over = over_nine(clinic, clerk)
    other = make_practitioner(clinic.appointment_type, clinic.location)
    elsewhere = clinic.appointment(clinic.slot(practitioner=other))
    lifecycle.cancel(elsewhere.pk, "clinic", by=lifecycle.staff(clerk), now=SOON)
    over.refresh_from_db()
    assert over.overbooked
    assert Practitioner.objects.count() == 2
    assert below.status == "booked"
