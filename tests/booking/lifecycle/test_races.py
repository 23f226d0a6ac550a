"""Simultaneous acts: real processes on a real database, many competing for what only one can have.

Up to forty processes, each with its own connection, are started together by a barrier. How many of them meet inside the
database depends on the scheduler, so tests that need a certain order say how they force it.
"""

import re
import uuid
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from booking import lifecycle
from booking.lifecycle import holds
from booking.models import Appointment, AppointmentRequest, Message, Patient
from booking.scheduling.closure_impact import Closing
from booking.scheduling.slots import Rules, Slot, open_times
from clinic import practice_info
from clinic.models import Practice, Practitioner
from tests.booking.lifecycle.race import ends, race, without_the_constraint
from tests.builders import (
    MONDAY,
    assert_settled,
    assert_sound,
    later,
    make_clerk,
    make_practitioner,
    overlaps,
    undoable,
)

pytestmark = pytest.mark.django_db(transaction=True)
MANY, DOZEN = 40, 12
REFUSALS = {"SlotTaken", "NotAllowed", "AlreadyHandled"}


@pytest.fixture
def clinic(transactional_db, clinic):
    Practice.objects.update(hold_cap=1000)
    practice_info.forget()
    practice_info.practice_info()  # read once, before the processes are forked
    return clinic


def some_slots(clinic, number, practitioner=None):
    """Open times from Monday, December 7 on, without the one that all the others want."""
    first = clinic.slot(day=7).starts_at.date()
    people = [(practitioner or clinic.practitioner).pk]
    found = open_times(
        clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY, first_day=first, last_day=first + timedelta(days=30),
        practitioners=people,
    )  # fmt: skip
    return found[:number]


def only_one_won(outcomes, refusal="SlotTaken"):
    assert ends(outcomes) == {"done": 1, refusal: len(outcomes) - 1}
    assert_sound()
    assert_settled()


# -- many want one time


def test_forty_submit_a_request_for_one_time(clinic):
    drafts = [clinic.draft(clinic.slot(), patient={"name": f"Person {n}"}) for n in range(MANY)]  # they do not queue up
    [outcomes] = race(MANY, lambda n, _: lifecycle.submit(drafts[n], now=MONDAY).pk)
    only_one_won(outcomes)
    assert AppointmentRequest.objects.count() == Patient.objects.count() == Message.objects.count() == 1
    assert Appointment.objects.get().status == "held"


def test_twelve_want_a_time_whose_hold_has_just_expired(clinic):
    clinic.appointment_request(clinic.slot())
    drafts = [
        clinic.draft(clinic.slot(), patient={"name": f"Person {n}"}) for n in range(DOZEN)
    ]  # they do not queue up
    [outcomes] = race(DOZEN, lambda n, _: lifecycle.submit(drafts[n], now=later(days=4)).pk)
    only_one_won(outcomes)
    assert sorted(Appointment.objects.values_list("status", flat=True)) == ["held", "released"]


def test_twelve_requests_are_confirmed_for_one_second_choice(clinic, rosa):
    appointment_requests = [clinic.appointment_request(first, clinic.slot()) for first in some_slots(clinic, DOZEN)]
    [outcomes] = race(
        DOZEN, lambda n, _: lifecycle.confirm(appointment_requests[n].pk, clinic.slot(), by=rosa, now=MONDAY).pk
    )
    only_one_won(outcomes)
    assert AppointmentRequest.objects.filter(status="new", appointments__status="held").count() == DOZEN - 1
    assert Message.objects.filter(kind="confirmed").count() == 1


def test_twelve_book_one_time_by_phone(clinic, rosa):
    drafts = [clinic.draft() for _ in range(DOZEN)]
    [outcomes] = race(DOZEN, lambda n, _: lifecycle.book(drafts[n], clinic.slot(), by=rosa, now=MONDAY).pk)
    only_one_won(outcomes)
    assert AppointmentRequest.objects.get().status == "confirmed"


def test_twelve_clerks_confirm_one_request_for_twelve_times(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    times = some_slots(clinic, DOZEN)
    [outcomes] = race(
        DOZEN, lambda n, _: lifecycle.confirm(appointment_request.pk, times[n], by=rosa, now=MONDAY, version=1).pk
    )
    only_one_won(outcomes, refusal="AlreadyHandled")


def test_one_flow_key_makes_one_request_and_survives_a_restart(clinic):
    draft = clinic.draft(clinic.slot(), flow_key=uuid.uuid4())
    [outcomes] = race(8, lambda n, _: lifecycle.submit(draft, now=MONDAY).reference)
    assert ends(outcomes) == {"done": 8}
    [later_on] = race(1, lambda n, _: lifecycle.submit(draft, now=later(days=2)).reference)  # a new process, a new day
    assert {outcome.value for outcome in [*outcomes, *later_on]} == {AppointmentRequest.objects.get().reference}
    assert Patient.objects.count() == Message.objects.count() == Appointment.objects.count() == 1
    assert_sound()


# -- a block and an appointment want one time


def test_a_block_and_a_confirm_cannot_cross(clinic, rosa):
    asked = [clinic.appointment_request(patient={"name": f"Person {n}"}) for n in range(4)]
    times = [clinic.slot(hour=hour) for hour in (9, 11, 13, 15)]

    def act(n, round_):
        slot = times[round_]
        if n == 0:
            return lifecycle.confirm(asked[round_].pk, slot, by=rosa, now=MONDAY).pk
        return lifecycle.block(slot, slot.starts_at + timedelta(minutes=20 + n), by=rosa, now=MONDAY).pk

    for n, (confirmed, *blocks) in enumerate(race(6, act, rounds=len(times))):
        booked = Appointment.objects.filter(status="booked", starts_at=times[n].starts_at).count()
        assert (confirmed.end, booked) in (("done", 1), ("SlotTaken", 0))
        assert ends(blocks) == ({"TimeInUse": 5} if booked else {"done": 5})
    assert_sound()


def test_a_provider_cannot_be_taken_out_while_somebody_is_booked_unseen(clinic, rosa):
    asked = [clinic.appointment_request(patient={"name": f"Person {n}"}) for n in range(4)]
    booked = [clinic.appointment(clinic.slot(day=day), patient={"name": f"Booked {day}"}) for day in (3, 4, 7, 8)]

    def act(n, round_):
        appointment, day = booked[round_], booked[round_].starts_at.date()
        if n:
            later_that_day = Slot(
                appointment.starts_at + timedelta(hours=n), clinic.practitioner.pk, clinic.location.pk
            )
            return lifecycle.confirm(asked[round_].pk, later_that_day, by=rosa, now=MONDAY).pk
        closing = Closing(day, day, 0, 1440, practitioner_id=clinic.practitioner.pk)
        return lifecycle.close_time(closing, [lifecycle.Seen(appointment.pk, 1)], by=rosa, now=MONDAY).pk

    for n, (closed, *confirmed) in enumerate(race(4, act, rounds=len(booked))):
        unseen = Appointment.objects.filter(appointment_request=asked[n], status="booked").count()
        assert (closed.end, unseen) in (("done", 0), ("ImpactChanged", 1))
        assert set(ends(confirmed)) <= {"done", "SlotTaken", "AlreadyHandled", "NotAllowed"}
    assert_sound()


# -- locks in opposite order


def sql_of(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries]


def test_every_verb_locks_the_request_the_patient_the_calendars_then_writes_appointments(clinic, rosa, engine):
    if engine != "postgresql":
        pytest.skip("SQLite has one lock for all writers, taken at once by BEGIN IMMEDIATE")
    appointment_requests = [clinic.appointment_request(slot) for slot in some_slots(clinic, 4)]
    appointments = [clinic.appointment(clinic.slot(day=day), by=rosa) for day in (3, 4, 8)]
    day = appointments[0].starts_at
    cases = [
        (CALENDAR, lambda: clinic.appointment_request(clinic.slot(day=9))),
        (PATIENT, lambda: clinic.appointment(clinic.slot(day=10), by=rosa)),
        (ALL, lambda: lifecycle.confirm(appointment_requests[0].pk, clinic.slot(day=11), by=rosa, now=MONDAY)),
        (REQUEST, lambda: lifecycle.withdraw(appointment_requests[2].pk, by=rosa, now=MONDAY)),
        (REQUEST, lambda: lifecycle.decline(appointment_requests[3].pk, "other", "Call us.", by=rosa, now=MONDAY)),
        (
            ALL,
            lambda: lifecycle.undo(appointment_requests[0].events.get(verb="confirm").pk, user=rosa.user, now=MONDAY),
        ),
        (ALL, lambda: lifecycle.cancel(appointments[1].pk, "clinic", by=rosa, now=MONDAY)),
        (ALL, lambda: lifecycle.check_in(appointments[0].pk, by=rosa, now=day)),
        (ALL, lambda: lifecycle.revert_status(appointments[0].pk, by=rosa, now=day)),
        (
            REQUEST,
            lambda: lifecycle.offer(
                appointment_requests[1].pk, [clinic.slot(day=14)], later(days=1), by=rosa, now=MONDAY
            ),
        ),
        (REQUEST, lambda: lifecycle.extend_offer(appointment_requests[1].pk, later(days=2), by=rosa, now=MONDAY)),
        (ALL, lambda: lifecycle.accept_offer(appointment_requests[1].pk, clinic.slot(day=14), by=rosa, now=MONDAY)),
        (ALL, lambda: lifecycle.reschedule(appointments[2].pk, clinic.slot(day=15), by=rosa, now=MONDAY)),
        (
            REQUEST,
            lambda: lifecycle.ask_for_another_time(appointments[2].pk, [clinic.slot(day=16)], {}, by=rosa, now=MONDAY),
        ),
        (CALENDAR, lambda: lifecycle.hold(clinic.slot(day=17), clinic.appointment_type, user=rosa.user, now=MONDAY)),
        (ALL, lambda: lifecycle.no_show(appointments[0].pk, by=rosa, now=day)),
    ]
    for expected, act in cases:
        statements = sql_of(act)
        locks = [n for n, sql in enumerate(statements) if sql.endswith(ROW_LOCK)]
        tables = [re.search('FROM "([a-z_]+)"', statements[n])[1] for n in locks]
        # First the request, then those to reschedule its appointment: they are newer, so this is primary key order.
        assert list(dict.fromkeys(tables)) == expected
        assert tables.count("clinic_practitioner") == 1
        assert tables[-1] == "clinic_practitioner"
        assert ORDERED in statements[locks[-1]]
        written = [n for n, sql in enumerate(statements) if sql.startswith(APPOINTMENT_WRITES)]
        assert written
        assert min(written) > max(locks)


CALENDAR = ["clinic_practitioner"]  # of a new request, or of none
PATIENT = ["booking_patient", *CALENDAR]
REQUEST = ["booking_appointmentrequest", *CALENDAR]  # holds only: they may overlap the patient's appointments
ALL = ["booking_appointmentrequest", *PATIENT]
ROW_LOCK = (" FOR NO KEY UPDATE", ' FOR NO KEY UPDATE OF "booking_appointmentrequest"')
ORDERED = "ORDER BY 1 ASC FOR NO KEY UPDATE"
APPOINTMENT_WRITES = ('INSERT INTO "booking_appointment" ', 'UPDATE "booking_appointment" ')


def test_times_of_two_practitioners_can_be_taken_in_opposite_order(clinic, rosa):
    """In each round two requests hold time of A and want time of B, and two the other way around: all four succeed.

    Without a fixed lock order this is the classic deadlock: see the control test below.
    """
    a, b = clinic.practitioner, make_practitioner(clinic.appointment_type, clinic.location)
    rounds = 8
    times = {each: some_slots(clinic, 4 * rounds, each) for each in (a, b)}

    def ask(n, round_):
        holder, wanted = (a, b) if n % 2 else (b, a)
        number = 4 * round_ + n // 2
        return clinic.appointment_request(times[holder][number]), times[wanted][number + 2]

    appointment_requests = [[ask(n, round_) for n in range(4)] for round_ in range(rounds)]

    def confirm(n, round_):
        request, slot = appointment_requests[round_][n]
        return lifecycle.confirm(request.pk, slot, by=rosa, now=MONDAY).pk

    for outcomes in race(4, confirm, rounds):
        assert ends(outcomes) == {"done": 4}, outcomes
    assert_sound()
    assert_settled()


def test_two_requests_that_want_each_others_held_time_both_learn_that_it_is_taken(clinic, rosa):
    a, b = clinic.practitioner, make_practitioner(clinic.appointment_type, clinic.location)
    rounds = 8
    pairs = list(zip(some_slots(clinic, rounds, a), some_slots(clinic, rounds, b), strict=True))
    appointment_requests = [[clinic.appointment_request(slot) for slot in pair] for pair in pairs]

    def swap(n, round_):
        return lifecycle.confirm(appointment_requests[round_][n].pk, pairs[round_][1 - n], by=rosa, now=MONDAY).pk

    for outcomes in race(2, swap, rounds):
        assert ends(outcomes) == {"SlotTaken": 2}
    assert_sound()


def test_control_without_a_lock_order_there_is_a_deadlock(clinic, engine):
    """Forced: both hold their first lock before either asks for its second."""
    if engine != "postgresql":
        pytest.skip("SQLite has one lock for all writers, taken at once by BEGIN IMMEDIATE")
    people = [clinic.practitioner.pk, make_practitioner().pk]
    rows = Practitioner.objects.select_for_update(no_key=True)

    def careless(n, round_):
        if round_ == 0:
            transaction.set_autocommit(False)
        return rows.get(pk=people[(n + round_) % 2]).pk

    _, outcomes = race(2, careless, rounds=2)
    assert ends(outcomes) == {"done": 1, "OperationalError": 1}
    assert "deadlock" in next(outcome.value for outcome in outcomes if outcome.end != "done")


# -- verbs that exclude one another


def test_confirm_withdraw_and_decline_at_the_same_moment(clinic, rosa):
    rounds = 10
    appointment_requests = [clinic.appointment_request(slot) for slot in some_slots(clinic, rounds)]
    times = some_slots(clinic, rounds)

    def act(n, round_):
        pk = appointment_requests[round_].pk
        if n == 0:
            return lifecycle.confirm(pk, times[round_], by=rosa, now=MONDAY, version=1).pk
        if n == 1:
            return lifecycle.withdraw(pk, by=lifecycle.PATIENT, now=MONDAY, version=1).pk
        return lifecycle.decline(pk, "other", "Call us.", by=rosa, now=MONDAY, version=1).pk

    for outcomes in race(3, act, rounds):
        assert ends(outcomes) == {"done": 1, "AlreadyHandled": 2}
    assert_sound()
    assert_settled()


def test_a_canceled_time_goes_to_one_of_those_who_want_it(clinic, rosa):
    """Two clerks cancel an appointment, three want its time: one cancels, and one who comes later gets the time."""
    rounds = 10
    times = some_slots(clinic, rounds)
    booked = [clinic.appointment(slot, by=rosa) for slot in times]
    waiting = [[clinic.appointment_request().pk for _ in range(3)] for _ in times]

    def act(n, round_):
        if n < 2:
            return lifecycle.cancel(booked[round_].pk, "clinic", by=rosa, now=MONDAY).pk
        return lifecycle.confirm(waiting[round_][n - 2], times[round_], by=rosa, now=MONDAY).pk

    for outcomes in race(5, act, rounds):
        assert ends(outcomes[:2]) == {"done": 1, "NotAllowed": 1}
        taken = ends(outcomes[2:])
        assert taken["done"] <= 1
        assert taken["done"] + taken["SlotTaken"] == 3
    assert_sound()
    assert_settled()


def test_undo_and_a_new_act_at_the_same_moment(clinic, rosa):
    """A hold that undo restores, and a caller who wants its time: never both."""
    rounds = 10
    times = some_slots(clinic, rounds)
    appointment_requests = [clinic.appointment_request(slot) for slot in times]
    for request in appointment_requests:
        lifecycle.decline(request.pk, "other", "Call us.", by=rosa, now=MONDAY)
    acts = [request.events.get(verb="decline").pk for request in appointment_requests]
    drafts = [clinic.draft() for _ in times]

    def act(n, round_):
        if n == 0:
            return lifecycle.book(drafts[round_], times[round_], by=rosa, now=MONDAY).pk
        return lifecycle.undo(acts[round_], user=rosa.user, now=MONDAY).pk

    for outcomes in race(3, act, rounds):
        assert outcomes[0].end in ("done", "SlotTaken")
        assert ends(outcomes[1:]) == {"done": 1, "AlreadyHandled": 1}
    assert_sound()
    assert_settled()


def test_of_two_clerks_only_one_answers_a_request(clinic, rosa):
    rounds = 10
    times = some_slots(clinic, rounds)
    appointment_requests = [clinic.appointment_request(slot) for slot in times]

    def act(n, round_):
        pk = appointment_requests[round_].pk
        if n == 0:
            return lifecycle.offer(pk, [times[round_]], later(days=1), by=rosa, now=MONDAY, version=1).pk
        return lifecycle.confirm(pk, times[round_], by=rosa, now=MONDAY, version=1).pk

    for outcomes in race(2, act, rounds):
        assert ends(outcomes) == {"done": 1, "AlreadyHandled": 1}
    assert_sound()
    assert_settled()


def test_of_two_clerks_only_one_claims_a_request(clinic):
    users = [make_clerk(role=None) for _ in range(4)]
    appointment_requests = [clinic.appointment_request() for _ in range(10)]
    for outcomes in race(
        4, lambda n, round_: lifecycle.claim(appointment_requests[round_].pk, user=users[n], now=MONDAY).pk, 10
    ):
        assert ends(outcomes) == {"done": 1, "ClaimedByAnother": 3}
    assert_sound()


def test_of_two_clerks_only_one_calls_a_number(clinic):
    """Also when two people at one number have requests of their own: the locks of the requests do not meet."""
    users = [make_clerk(role=None) for _ in range(4)]
    pairs = [[clinic.appointment_request(patient={"phone": f"+1718555{n:04}"}).pk for _ in "ab"] for n in range(10)]

    def act(n, round_):
        return lifecycle.start_call(pairs[round_][n % 2], user=users[n], now=MONDAY).pk

    for outcomes in race(4, act, 10):
        assert ends(outcomes) == {"done": 1, "BeingCalled": 3}
    assert_sound()


def test_a_patient_cancels_while_the_desk_confirms_another_time(clinic, rosa):
    """Either the appointment is rescheduled and then canceled, or it is canceled first and the desk is told."""
    rounds = 10
    appointments = [clinic.appointment(slot, by=rosa) for slot in some_slots(clinic, rounds)]
    appointment_requests = [
        lifecycle.ask_for_another_time(appointment.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=MONDAY)
        for appointment in appointments
    ]
    times = some_slots(clinic, rounds)

    def act(n, round_):
        if n == 0:
            return lifecycle.cancel(appointments[round_].pk, "patient", by=lifecycle.PATIENT, now=MONDAY).status
        return lifecycle.confirm(appointment_requests[round_].pk, times[round_], by=rosa, now=MONDAY, version=1).pk

    for number, outcomes in enumerate(race(2, act, rounds)):
        assert ends(outcomes) in ({"done": 2}, {"done": 1, "AlreadyHandled": 1})
        appointments[number].refresh_from_db()
        appointment_requests[number].refresh_from_db()
        assert appointments[number].status == "cancelled"
        assert appointment_requests[number].status == ("confirmed" if ends(outcomes)["done"] == 2 else "withdrawn")
    assert not Appointment.objects.filter(status="booked").exists()
    assert_sound()
    assert_settled()


def test_a_patient_cancels_the_request_to_rebook_while_the_desk_reschedules_the_appointment(clinic, rosa):
    """Either it is rescheduled, which answers the request, or both are canceled and nothing is rescheduled."""
    rounds = 10
    appointments = [clinic.appointment(slot, by=rosa) for slot in some_slots(clinic, rounds)]
    appointment_requests = [
        lifecycle.mark_needs_rebooking(appointment.pk, by=rosa, now=MONDAY) for appointment in appointments
    ]
    times = some_slots(clinic, rounds)

    def act(n, round_):
        if n == 0:
            return lifecycle.withdraw(appointment_requests[round_].pk, by=lifecycle.PATIENT, now=MONDAY).pk
        return lifecycle.reschedule(appointments[round_].pk, times[round_], by=rosa, now=MONDAY).pk

    for number, outcomes in enumerate(race(2, act, rounds)):
        assert ends(outcomes) == {"done": 1, "NotAllowed": 1}
        appointments[number].refresh_from_db()
        appointment_requests[number].refresh_from_db()
        stand = (appointments[number].status, appointment_requests[number].status)
        assert stand in (("booked", "confirmed"), ("cancelled", "withdrawn"))
    assert_sound()
    assert_settled()


def test_a_patient_withdraws_while_the_desk_confirms(clinic, rosa):
    rounds = 10
    appointment_requests = [clinic.appointment_request() for _ in range(rounds)]
    times = some_slots(clinic, rounds)

    def act(n, round_):
        if n == 0:
            return lifecycle.withdraw(appointment_requests[round_].pk, by=lifecycle.PATIENT, now=MONDAY).pk
        return lifecycle.confirm(appointment_requests[round_].pk, times[round_], by=rosa, now=MONDAY).pk

    for outcomes in race(2, act, rounds):
        assert ends(outcomes) == {"done": 1, "NotAllowed": 1}
    assert_sound()
    assert_settled()


def test_an_offer_is_accepted_at_the_moment_it_expires(clinic, rosa):
    """Two workers end expired offers just as the patient accepts, a second before the deadline: one of them wins."""
    rounds, end = 10, later(days=1)
    times = some_slots(clinic, rounds)
    appointment_requests = [clinic.appointment_request() for _ in times]
    for request, slot in zip(appointment_requests, times, strict=True):
        lifecycle.offer(request.pk, [slot], end, by=rosa, now=MONDAY)

    def act(n, round_):
        if n < 2:
            return lifecycle.offers._expire(appointment_requests[round_].pk, end)
        just = end - timedelta(seconds=1)
        return lifecycle.accept_offer(appointment_requests[round_].pk, times[round_], by=lifecycle.PATIENT, now=just).pk

    for number, outcomes in enumerate(race(3, act, rounds)):
        swept = [outcome.value for outcome in outcomes[:2]].count(True)
        assert swept + (outcomes[2].end == "done") == 1, outcomes
        appointment_requests[number].refresh_from_db()
        assert appointment_requests[number].status == ("confirmed" if outcomes[2].end == "done" else "new")
    assert_sound()
    assert_settled()


def test_an_offer_that_has_just_expired_is_accepted_by_nobody(clinic, rosa):
    times, end = some_slots(clinic, 5), later(days=1)
    appointment_requests = [clinic.appointment_request() for _ in times]
    for request, slot in zip(appointment_requests, times, strict=True):
        lifecycle.offer(request.pk, [slot], end, by=rosa, now=MONDAY)

    def act(n, round_):
        if n == 0:
            return lifecycle.expire_offers(now=end)
        return lifecycle.accept_offer(appointment_requests[round_].pk, times[round_], by=lifecycle.PATIENT, now=end).pk

    for outcomes in race(2, act, 5):
        assert outcomes[1].end == "NotAllowed"
    assert not Appointment.objects.filter(status="booked").exists()
    assert_sound()


def test_confirming_a_time_that_a_phone_booking_takes(clinic, rosa):
    """Its hold has expired; one clerk confirms it, two others book or hold it for a caller: only one gets it."""
    rounds = 10
    times = some_slots(clinic, rounds)
    appointment_requests = [clinic.appointment_request(slot) for slot in times]
    users = [make_clerk(role=None) for _ in range(2)]
    drafts, now = [clinic.draft() for _ in times], later(days=4)

    def act(n, round_):
        if n == 0:
            return lifecycle.confirm(appointment_requests[round_].pk, times[round_], by=rosa, now=now).pk
        if n == 1:
            return lifecycle.book(drafts[round_], times[round_], by=lifecycle.staff(users[0], "phone"), now=now).pk
        return lifecycle.hold(times[round_], clinic.appointment_type, user=users[1], now=now).pk

    for outcomes in race(3, act, rounds):
        assert ends(outcomes) == {"done": 1, "SlotTaken": 2}
    assert_sound()
    assert_settled()


def test_two_appointments_are_rescheduled_to_one_time_and_two_swap_places(clinic, rosa):
    rounds = 8
    b = make_practitioner(clinic.appointment_type, clinic.location)
    here, there = some_slots(clinic, rounds), some_slots(clinic, rounds, b)
    appointments = [
        [clinic.appointment(one, by=rosa), clinic.appointment(other, by=rosa)]
        for one, other in zip(here, there, strict=True)
    ]
    free = some_slots(clinic, rounds)

    def to_one(n, round_):
        return lifecycle.reschedule(appointments[round_][n].pk, free[round_], by=rosa, now=MONDAY).pk

    def swap(n, round_):
        other = appointments[round_][1 - n]
        slot = Slot(other.starts_at, other.practitioner_id, other.location_id)
        return lifecycle.reschedule(appointments[round_][n].pk, slot, by=rosa, now=MONDAY).pk

    for outcomes in race(2, swap, rounds):
        assert ends(outcomes) == {"SlotTaken": 2}
    for outcomes in race(2, to_one, rounds):
        assert ends(outcomes) == {"done": 1, "SlotTaken": 1}
    assert_sound()
    assert_settled()


def test_an_appointment_is_called_off_while_its_patient_asks_for_another_time_and_gets_an_offer(clinic, rosa):
    rounds = 12
    appointments = [clinic.appointment(slot, by=rosa) for slot in some_slots(clinic, rounds)]
    free = some_slots(clinic, rounds)

    def act(n, round_):
        appointment = appointments[round_]
        if n:
            return lifecycle.mark_needs_rebooking(appointment.pk, by=rosa, now=MONDAY).pk
        appointment_request = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
        return lifecycle.offer(appointment_request.pk, [free[round_]], later(hours=12), by=rosa, now=MONDAY).pk

    race(2, act, rounds)
    assert_sound()
    assert AppointmentRequest.objects.filter(replaces__in=appointments).count() == rounds


def test_one_clerk_in_two_windows_holds_one_time(clinic):
    user, times = make_clerk(role=None), some_slots(clinic, 4)
    race(4, lambda n, _: lifecycle.hold(times[n], clinic.appointment_type, user=user, now=MONDAY).pk)
    for slot in some_slots(clinic, 5)[-1:]:
        lifecycle.hold(slot, clinic.appointment_type, user=user, now=MONDAY)
    assert Appointment.objects.filter(status="held").count() == 1
    assert_sound()


def test_random_acts_at_the_same_time_leave_every_row_sound(clinic, rosa):
    """Eight processes act at random on the same few requests and times while holds expire.

    Each act either succeeds or is refused with one of our own errors, and the history of every row is complete.
    """
    people = [clinic.practitioner, make_practitioner(clinic.appointment_type, clinic.location)]
    times = [slot for each in people for slot in some_slots(clinic, 4, each)]
    for slot in times:
        clinic.appointment_request(slot)

    def act(n, round_):
        dice, now = Random(f"{n} {round_}"), later(hours=8 * round_)
        verbs = [VERBS[dice.randrange(len(VERBS))] for _ in range(3)]
        return [one(verb, clinic, rosa, dice.choice(times), dice, now) for verb in verbs]

    outcomes = [outcome for round_ in race(8, act, rounds=10) for outcome in round_]
    assert ends(outcomes) == {"done": 80}, ends(outcomes)
    assert sum(end == "done" for outcome in outcomes for end in outcome.value) > 40
    assert_sound()
    assert_settled()


def one(verb, *scene):
    try:
        verb(*scene)
    except (lifecycle.SlotTaken, lifecycle.NotAllowed) as refusal:
        return type(refusal).__name__
    return "done"


def any_of(rows, dice):
    return dice.choice(list(rows.order_by("pk").values_list("pk", flat=True)) or [0])


def undo_something(clinic, rosa, slot, dice, now):
    event = undoable(any_of(AppointmentRequest.objects, dice), user=rosa.user, now=now)
    if event:
        lifecycle.undo(event.pk, user=rosa.user, now=now)


def cancel_something(clinic, rosa, slot, dice, now):
    appointment = any_of(Appointment.objects.filter(status="booked"), dice)
    if appointment:
        lifecycle.cancel(appointment, "clinic", by=rosa, now=now)


def answer(name, *rest):
    def act(clinic, rosa, slot, dice, now):
        pk = any_of(AppointmentRequest.objects, dice)
        getattr(lifecycle, name)(pk, *(slot if each is SLOT else each for each in rest), by=rosa, now=now)

    return act


def offer_something(clinic, rosa, slot, dice, now):
    pk = any_of(AppointmentRequest.objects.filter(status="new"), dice)
    if pk:
        lifecycle.offer(pk, [slot], now + timedelta(hours=12), by=rosa, now=now)


def answer_an_offer(clinic, rosa, slot, dice, now):
    pk = any_of(AppointmentRequest.objects.filter(status="offered"), dice)
    if pk and dice.random() < 0.5:
        lifecycle.refuse_offer(pk, by=rosa, now=now)
    elif pk:
        lifecycle.accept_offer(pk, slot, by=lifecycle.PATIENT, now=now)


def reschedule_something(clinic, rosa, slot, dice, now):
    pk = any_of(Appointment.objects.filter(status="booked"), dice)
    if pk:
        lifecycle.reschedule(pk, slot, by=rosa, now=now)


def mark_something_needs_rebooking(clinic, rosa, slot, dice, now):
    pk = any_of(Appointment.objects.filter(status="booked"), dice)
    if pk:
        lifecycle.mark_needs_rebooking(pk, by=rosa, now=now)


def ask_again(clinic, rosa, slot, dice, now):
    pk = any_of(Appointment.objects.filter(status="booked"), dice)
    if pk:
        lifecycle.ask_for_another_time(pk, [slot], {}, by=lifecycle.PATIENT, now=now)


SLOT = object()
VERBS = [
    lambda clinic, rosa, slot, dice, now: clinic.appointment_request(slot, now=now),
    lambda clinic, rosa, slot, dice, now: clinic.appointment(slot, by=rosa, now=now),
    lambda clinic, rosa, slot, dice, now: holds.release_expired(now=now),
    answer("confirm", SLOT),
    answer("confirm", SLOT),
    answer("decline", "other", "Call us."),
    answer("withdraw"),
    answer("waitlist"),
    answer("close", "No use."),
    lambda clinic, rosa, slot, dice, now: lifecycle.expire_offers(now=now),
    offer_something,
    answer_an_offer,
    reschedule_something,
    ask_again,
    mark_something_needs_rebooking,
    cancel_something,
    undo_something,
]


# -- control tests: the race is real, and the constraint alone prevents double booking


def look_then_insert(clinic, appointment_requests):
    """What a careless view would do: check that the time is free, then insert. Forced: all check before any inserts."""
    slot = clinic.slot()
    ends_at = slot.starts_at + timedelta(minutes=40)

    def act(n, round_):
        if round_ == 0:
            return Appointment.objects.holding_time(MONDAY).overlapping(slot.starts_at, ends_at).exists()
        return Appointment.objects.create(
            appointment_request=appointment_requests[n], appointment_type=clinic.appointment_type,
            practitioner=clinic.practitioner,
            location=clinic.location, starts_at=slot.starts_at, ends_at=ends_at, blocked_from=slot.starts_at,
            blocked_until=ends_at, status="booked",
        ).pk  # fmt: skip

    return act


def test_control_without_the_constraint_several_win(clinic):
    appointment_requests = [clinic.appointment_request() for _ in range(8)]
    with without_the_constraint():
        looked, outcomes = race(8, look_then_insert(clinic, appointment_requests), rounds=2)
        assert not any(outcome.value for outcome in looked)
        assert ends(outcomes) == {"done": 8}
        assert len(overlaps()) == 8 * 7 / 2


def test_control_with_the_constraint_only_one_wins(clinic, engine):
    """Only the constraint, without our locks. On PostgreSQL a deadlock may refuse some: this is why we lock."""
    appointment_requests = [clinic.appointment_request() for _ in range(8)]
    looked, outcomes = race(8, look_then_insert(clinic, appointment_requests), rounds=2)
    assert not any(outcome.value for outcome in looked)
    counted = ends(outcomes)
    assert counted.pop("done") == 1
    assert set(counted) <= {"IntegrityError"} | ({"OperationalError"} if engine == "postgresql" else set())
    assert overlaps() == []
