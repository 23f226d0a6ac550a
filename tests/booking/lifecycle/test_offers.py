"""Offers: held times, a deadline, and every way in which an offer ends."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from booking import lifecycle
from booking.lifecycle.offers import LONGEST_OFFER
from booking.models import Appointment, AppointmentRequest, Message
from booking.scheduling.slots import Slot
from tests.builders import (
    MONDAY,
    assert_settled,
    assert_sound,
    later,
    local,
    make_practitioner,
    rows,
    walk,
)

UNTIL = local(2026, 11, 25, 17)
SOON = later(minutes=5)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


@pytest.fixture
def times(clinic):
    return [clinic.slot(day=4), clinic.slot(day=7, hour=11), clinic.slot(day=8)]


def offer(appointment_request, times, rosa, now=SOON, until=UNTIL):
    return lifecycle.offer(appointment_request.pk, times, until, by=rosa, now=now)


def statuses(appointment_request):
    return sorted(appointment_request.appointments.values_list("status", flat=True))


# -- making an offer


@pytest.mark.parametrize("number", [1, 2, 3])
def test_one_to_three_times_are_held_instead_of_the_first_choice(clinic, rosa, appointment_request, times, number):
    appointment_request = offer(appointment_request, times[:number], rosa)
    assert (appointment_request.status, appointment_request.offer_until, appointment_request.paused_at) == (
        "offered",
        UNTIL,
        SOON,
    )
    held = appointment_request.appointments.filter(status="held")
    assert [appointment.starts_at for appointment in held] == [slot.starts_at for slot in times[:number]]
    assert {appointment.held_until for appointment in held} == {UNTIL}
    assert statuses(appointment_request) == ["held"] * number + ["released"]
    assert appointment_request.messages.get(kind="offered").due_at == SOON + timedelta(seconds=60)
    assert appointment_request.messages.get(kind="received").status == "superseded"


def test_the_first_choice_can_be_one_of_the_offered_times(clinic, rosa, appointment_request, times):
    offer(appointment_request, [clinic.slot(), times[0]], rosa)
    assert statuses(appointment_request) == ["held", "held", "released"]


def test_an_offered_time_is_not_held_past_its_own_start(clinic, rosa, appointment_request, times):
    offer(appointment_request, [clinic.slot(day=24, month=11, hour=15), times[0]], rosa)
    near, far = appointment_request.appointments.filter(status="held")
    assert (near.held_until, far.held_until) == (near.starts_at, UNTIL)


def test_nobody_else_can_book_an_offered_time(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa)
    other = clinic.appointment_request()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(other.pk, times[1], by=rosa, now=SOON)


@pytest.mark.parametrize("number", [0, 4])
def test_no_times_or_four_are_refused(clinic, rosa, appointment_request, times, number):
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        offer(appointment_request, [*times, clinic.slot(day=9)][:number], rosa)
    assert rows() == before


def test_the_same_time_twice_counts_once(clinic, rosa, appointment_request, times):
    with pytest.raises(lifecycle.NotAllowed):
        offer(appointment_request, [times[0], times[0]], rosa)


def test_times_of_one_practitioner_must_not_overlap(clinic, rosa, appointment_request):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    before = rows()
    with pytest.raises(lifecycle.NotAllowed, match="NotAllowed") as refused:
        offer(appointment_request, [clinic.slot(day=4), clinic.slot(day=4, minute=20)], rosa)
    assert "overlap" in refused.value.sentence
    assert rows() == before


def test_times_of_two_practitioners_may_overlap(clinic, rosa, appointment_request):
    tomas = make_practitioner(clinic.appointment_type, clinic.location)
    offer(appointment_request, [clinic.slot(day=4), clinic.slot(day=4, practitioner=tomas)], rosa)
    assert statuses(appointment_request) == ["held", "held", "released"]


@pytest.mark.parametrize("until", [MONDAY, SOON, SOON + LONGEST_OFFER + timedelta(minutes=1)])
def test_a_deadline_in_the_past_or_too_far_ahead_is_refused(clinic, rosa, appointment_request, times, until):
    with pytest.raises(lifecycle.NotAllowed):
        offer(appointment_request, times, rosa, until=until)
    assert statuses(appointment_request) == ["held"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_offer_with_a_time_that_is_not_open_is_refused(clinic, rosa, appointment_request, times, place):
    clinic.appointment(times[place])
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as refused:
        offer(appointment_request, times, rosa)
    assert refused.value.slots == [times[place]]
    assert (rows(), statuses(appointment_request)) == (before, ["held"])


def test_offered_holds_do_not_count_toward_the_public_cap(clinic, rosa, appointment_request):
    clinic.practice.hold_cap = 1
    clinic.practice.save()
    offer(appointment_request, [clinic.slot(day=4)], rosa)
    assert clinic.appointment_request(clinic.slot(day=4, hour=11)).appointments.count() == 1


# -- accepting


@pytest.mark.parametrize("who", ["patient", "desk"])
def test_accepting_a_time_books_it_and_frees_the_others(clinic, rosa, appointment_request, times, who):
    offer(appointment_request, times, rosa)
    by = lifecycle.PATIENT if who == "patient" else lifecycle.staff(rosa.user, "phone")
    appointment = lifecycle.accept_offer(appointment_request.pk, times[1], by=by, now=later(hours=1))
    assert (appointment.status, appointment.starts_at) == ("booked", times[1].starts_at)
    assert statuses(appointment_request) == ["booked", "released", "released", "released"]
    appointment_request.refresh_from_db()
    assert appointment_request.status == "confirmed"
    event = appointment_request.events.get(verb="accept_offer")
    assert (event.actor, event.channel) == (by.kind, by.channel)
    assert appointment_request.messages.get(kind="confirmed").event == event


def test_a_time_that_was_not_offered_cannot_be_accepted(clinic, rosa, appointment_request, times):
    offer(appointment_request, times[:1], rosa)
    before = rows()
    for other in [times[1], clinic.slot(), clinic.slot(day=4, hour=11)]:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.accept_offer(appointment_request.pk, other, by=lifecycle.PATIENT, now=SOON)
    assert rows() == before


@pytest.mark.parametrize("swept", [False, True])
def test_an_expired_offer_cannot_be_accepted_even_before_the_worker_ends_it(
    clinic, rosa, appointment_request, times, swept
):
    offer(appointment_request, times, rosa)
    if swept:
        lifecycle.expire_offers(now=UNTIL)
    for by in (lifecycle.PATIENT, rosa):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.accept_offer(appointment_request.pk, times[0], by=by, now=UNTIL)
    assert not Appointment.objects.filter(status="booked").exists()


def test_the_desk_may_confirm_an_offered_time_after_the_deadline_if_it_is_open(
    clinic, rosa, appointment_request, times
):
    offer(appointment_request, times, rosa)
    assert lifecycle.confirm(appointment_request.pk, times[0], by=rosa, now=UNTIL).status == "booked"


# -- refusing, expiring, extending


def test_a_refused_offer_returns_to_the_queue_with_the_rest_of_its_deadline(clinic, rosa, appointment_request, times):
    deadline = appointment_request.respond_by  # Tuesday, 5 pm
    offer(appointment_request, times, rosa, now=local(2026, 11, 24, 12))
    appointment_request = lifecycle.refuse_offer(
        appointment_request.pk, by=lifecycle.PATIENT, now=local(2026, 11, 25, 11)
    )
    assert deadline == local(2026, 11, 24, 17)
    # Seven desk hours of waiting, five on Tuesday and two on Wednesday, are added to Tuesday, 5 pm.
    assert appointment_request.respond_by == local(2026, 11, 25, 16)
    assert (
        appointment_request.status,
        appointment_request.returned,
        appointment_request.paused_at,
        appointment_request.offer_until,
    ) == ("new", "refused", None, None)
    assert "held" not in statuses(appointment_request)
    assert appointment_request.messages.get(kind="offered").status == "superseded"


def test_an_expired_offer_is_marked_in_the_queue_and_the_patient_is_notified(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa)
    assert lifecycle.expire_offers(now=UNTIL - timedelta(seconds=1)) == 0
    assert lifecycle.expire_offers(now=UNTIL) == 1
    assert lifecycle.expire_offers(now=UNTIL) == 0
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.returned, statuses(appointment_request)) == (
        "new",
        "expired",
        ["released"] * 4,
    )
    assert appointment_request.respond_by > UNTIL
    event = appointment_request.events.get(verb="expire_offer")
    assert (event.actor, event.message.kind, event.message.due_at) == ("worker", "offer_expired", UNTIL)


def test_the_worker_ends_expired_offers(clinic, rosa, appointment_request, times, at):
    offer(appointment_request, times, rosa)
    at("2026-11-25 17:00")
    call_command("run_worker", "--once")
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.returned) == ("new", "expired")
    assert appointment_request.messages.get(kind="offer_expired").status == "queued"  # the next round sends it


def test_a_patient_without_email_is_to_be_called_when_the_offer_expires(clinic, rosa, times):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    offer(appointment_request, times, rosa)
    lifecycle.expire_offers(now=UNTIL)
    assert Message.objects.get(kind="offer_expired").status == "to_call"


def test_time_on_the_waitlist_does_not_count_toward_the_deadline(clinic, rosa, appointment_request, times):
    lifecycle.waitlist(appointment_request.pk, by=rosa, now=SOON)
    offer(appointment_request, times, rosa, now=later(days=7), until=later(days=8))
    lifecycle.expire_offers(now=later(days=8))
    appointment_request.refresh_from_db()
    assert appointment_request.respond_by > later(days=8)


def test_extending_an_offer_extends_all_its_holds(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa)
    longer = UNTIL + timedelta(days=2)
    lifecycle.extend_offer(appointment_request.pk, longer, by=rosa, now=later(hours=1))
    appointment_request.refresh_from_db()
    assert appointment_request.offer_until == longer
    assert set(appointment_request.appointments.filter(status="held").values_list("held_until", flat=True)) == {longer}
    assert lifecycle.expire_offers(now=UNTIL) == 0
    assert lifecycle.accept_offer(appointment_request.pk, times[2], by=lifecycle.PATIENT, now=UNTIL).status == "booked"


def test_the_patient_is_notified_of_an_earlier_deadline(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa)
    Message.objects.update(status="sent")
    lifecycle.extend_offer(appointment_request.pk, UNTIL - timedelta(hours=8), by=rosa, now=SOON)
    appointment_request.refresh_from_db()
    assert appointment_request.offer_until == UNTIL - timedelta(hours=8)
    assert appointment_request.messages.get(status="queued").kind == "offered"


def test_an_offer_ends_when_its_last_time_starts(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa, until=later(days=40))
    appointment_request.refresh_from_db()
    assert appointment_request.offer_until == max(slot.starts_at for slot in times)
    lifecycle.extend_offer(appointment_request.pk, later(days=50), by=rosa, now=SOON)
    appointment_request.refresh_from_db()
    assert appointment_request.offer_until == max(slot.starts_at for slot in times)


def test_an_expired_offer_cannot_be_extended(clinic, rosa, appointment_request, times):
    offer(appointment_request, times, rosa)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.extend_offer(appointment_request.pk, UNTIL + timedelta(days=2), by=rosa, now=UNTIL)


def test_a_new_offer_can_be_made_after_a_refusal(clinic, rosa, appointment_request, times):
    offer(appointment_request, times[:1], rosa)
    lifecycle.refuse_offer(appointment_request.pk, by=rosa, now=SOON)
    assert offer(appointment_request, times[1:], rosa).status == "offered"


# -- the loser of a race, and statuses that allow no offer


OFFERED_ALONE = {
    "extend_offer": lambda appointment_request, by: lifecycle.extend_offer(
        appointment_request.pk, UNTIL, by=by, now=SOON
    ),
    "refuse_offer": lambda appointment_request, by: lifecycle.refuse_offer(appointment_request.pk, by=by, now=SOON),
    "accept_offer": lambda appointment_request, by: lifecycle.accept_offer(
        appointment_request.pk, Slot(later(days=10), 1, 1), by=by, now=SOON
    ),
}


@pytest.mark.parametrize("act", OFFERED_ALONE.values(), ids=OFFERED_ALONE)
@pytest.mark.parametrize("status", sorted(set(AppointmentRequest.Status.values) - {"offered", "confirmed"}))
def test_only_an_offered_request_can_be_accepted_refused_or_extended(clinic, rosa, status, act):
    appointment_request = walk(clinic.appointment_request(), status)
    before = rows()
    for by in (lifecycle.PATIENT, rosa):
        with pytest.raises(lifecycle.NotAllowed):
            act(appointment_request, by)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, rows()) == (status, before)


def test_an_outdated_page_offers_accepts_and_refuses_nothing(clinic, rosa, appointment_request, times):
    how = {"by": rosa, "now": SOON, "version": appointment_request.version}
    lifecycle.offer(appointment_request.pk, times, UNTIL, **how)
    for act in (
        lambda: lifecycle.offer(appointment_request.pk, times, UNTIL, **how),
        lambda: lifecycle.accept_offer(appointment_request.pk, times[0], **how),
        lambda: lifecycle.refuse_offer(appointment_request.pk, **how),
        lambda: lifecycle.extend_offer(appointment_request.pk, later(days=5), **how),
    ):
        with pytest.raises(lifecycle.AlreadyHandled) as late:
            act()
        assert late.value.event.verb == "offer"


def test_it_takes_few_queries(clinic, rosa, appointment_request, times, django_assert_max_num_queries):
    with django_assert_max_num_queries(24):
        offer(appointment_request, times, rosa)
