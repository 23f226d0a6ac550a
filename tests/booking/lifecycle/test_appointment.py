"""The appointment's lifecycle: its table of transitions, and for each verb what it must refuse."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from booking import lifecycle
from booking.lifecycle._transition import transition
from booking.lifecycle.verbs import NEXT, REVERTS
from booking.models import Appointment, Event
from booking.scheduling.slots import Slot
from tests.builders import (
    MONDAY,
    assert_settled,
    assert_sound,
    local,
    make_appointment_type,
    make_location,
    make_practitioner,
    rows,
    walk,
)

STATUSES = ["held", "booked", "arrived", "noshow", "fulfilled", "left", "cancelled", "released"]
TABLE = {
    "held": {"booked", "released"},
    "booked": {"arrived", "noshow", "cancelled"},
    "arrived": {"fulfilled", "left", "booked", "cancelled"},
    "noshow": {"arrived", "booked"},
    "fulfilled": {"arrived"},
    "left": {"arrived"},
    "cancelled": set(),
    "released": set(),
}
PAIRS = [(start, end) for start in STATUSES for end in STATUSES]
LEGAL = [(start, end) for start, end in PAIRS if end in TABLE[start]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]

NINE = local(2026, 12, 3, 9)  # when the appointment of these tests starts
BEFORE, DURING = NINE - timedelta(minutes=10), NINE + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


def held(clinic):
    """A hold that outlasts the start of its appointment, so that it never expires during a test."""
    hold = clinic.appointment_request(clinic.slot()).appointments.get()
    Appointment.objects.filter(pk=hold.pk).update(held_until=NINE + timedelta(days=1))
    return hold


# -- the table of transitions


def test_the_table_has_exactly_these_transitions():
    assert {str(start): {str(end) for end in NEXT[start]} for start in Appointment.Status} == TABLE
    assert set(STATUSES) == set(Appointment.Status.values)


def test_reverting_a_status_follows_the_table():
    assert all(to in NEXT[status] for status, to in REVERTS.items())


def test_a_transition_outside_the_table_changes_nothing(django_assert_num_queries):
    for start, end in ILLEGAL:
        appointment = Appointment(pk=1, status=start)
        with django_assert_num_queries(0), pytest.raises(lifecycle.NotAllowed) as refused:
            transition(appointment, end, verb="try", by=lifecycle.SYSTEM, now=MONDAY)
        assert (appointment.status, appointment.version) == (start, 1), (start, end)
        assert appointment.get_status_display().lower() in refused.value.sentence, (start, end)


@pytest.mark.parametrize(("start", "end"), LEGAL)
def test_a_transition_in_the_table_writes_one_event(clinic, start, end):
    appointment = walk(held(clinic), start)
    version, events = appointment.version, Event.objects.count()
    walk(appointment, end)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.version) == (end, version + 1)
    assert Event.objects.count() == events + 1


VERBS = {
    "check_in": lambda pk, by: lifecycle.check_in(pk, by=by, now=DURING),
    "fulfil": lambda pk, by: lifecycle.fulfil(pk, by=by, now=DURING),
    "mark_left": lambda pk, by: lifecycle.mark_left(pk, by=by, now=DURING),
    "no_show": lambda pk, by: lifecycle.no_show(pk, by=by, now=DURING),
    "revert_status": lambda pk, by: lifecycle.revert_status(pk, by=by, now=DURING),
    "cancel": lambda pk, by: lifecycle.cancel(pk, "clinic", by=by, now=BEFORE),
}
GOES = {
    "check_in": {"booked": "arrived", "noshow": "arrived"},
    "fulfil": {"arrived": "fulfilled"},
    "mark_left": {"arrived": "left"},
    "no_show": {"booked": "noshow"},
    "revert_status": {"arrived": "booked", "noshow": "booked", "fulfilled": "arrived", "left": "arrived"},
    "cancel": {"booked": "cancelled"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("start", STATUSES)
def test_each_verb_is_allowed_only_from_its_statuses(clinic, rosa, start, verb):
    appointment = walk(held(clinic), start, now=BEFORE)
    version, before = appointment.version, rows()
    if start in GOES[verb]:
        VERBS[verb](appointment.pk, rosa)
        appointment.refresh_from_db()
        assert (appointment.status, appointment.version) == (GOES[verb][start], version + 1)
        notified = verb == "cancel"
        assert rows() == before | {"Event": before["Event"] + 1, "Message": before["Message"] + notified}
        event = appointment.events.last()
        assert (event.verb, event.by, event.appointment_request, event.cause) == (
            verb,
            rosa.user,
            appointment.appointment_request,
            None,
        )
        return
    with pytest.raises(lifecycle.NotAllowed):
        VERBS[verb](appointment.pk, rosa)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.version, rows()) == (start, version, before)


@pytest.mark.parametrize("verb", VERBS)
def test_an_outdated_page_is_told_who_was_faster(clinic, rosa, verb):
    appointment = clinic.appointment()
    lifecycle.check_in(appointment.pk, by=rosa, now=BEFORE, version=1)
    before = rows()
    act = {"cancel": lambda **at: lifecycle.cancel(appointment.pk, "clinic", **at)}.get(
        verb, lambda **at: getattr(lifecycle, verb)(appointment.pk, **at)
    )
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        act(by=rosa, now=BEFORE, version=1)
    assert (late.value.event.verb, late.value.event.by, rows()) == ("check_in", rosa.user, before)


@pytest.mark.parametrize("verb", VERBS)
def test_a_clerks_own_hold_is_not_an_appointment(clinic, rosa, verb):
    hold = Appointment.objects.create(
        held_for=rosa.user, appointment_type=clinic.appointment_type, practitioner=clinic.practitioner,
        location=clinic.location,
        starts_at=NINE, ends_at=DURING, blocked_from=NINE, blocked_until=DURING, status="held",
        held_until=NINE + timedelta(days=1),
    )  # fmt: skip
    Event.objects.create(appointment=hold, verb="hold", to_status="held", at=MONDAY, actor="desk", by=rosa.user)
    with pytest.raises(lifecycle.NotAllowed):
        VERBS[verb](hold.pk, rosa)


# -- cancel


def test_cancelling_frees_the_time(clinic, rosa):
    appointment = clinic.appointment()
    cancelled = lifecycle.cancel(appointment.pk, "ill", by=rosa, now=BEFORE, version=1)
    assert (cancelled.status, cancelled.cancel_code, cancelled.sequence) == ("cancelled", "ill", 1)
    assert clinic.appointment(clinic.slot(), now=BEFORE - timedelta(days=1)).starts_at == appointment.starts_at
    assert_settled()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("patient", "cancelled_by_you"),
        ("ill", "cancelled_by_you"),
        ("clinic", "cancelled_by_us"),
        ("closed", "cancelled_by_us"),
        ("out", "cancelled_by_us"),
        ("mistake", "cancelled_by_us"),
    ],
)
def test_the_message_says_who_canceled(clinic, rosa, code, kind):
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, code, by=rosa, now=BEFORE)
    event = appointment.events.last()
    assert (event.reason, event.message.kind, event.message.sequence) == (code, kind, 1)
    assert event.message.due_at == BEFORE + timedelta(seconds=60)
    assert appointment.appointment_request.messages.get(kind="confirmed").status == "superseded"


@pytest.mark.parametrize("code", ["", "made_up", "rained_all_day_long"])
def test_a_cancellation_requires_one_of_our_reasons(clinic, rosa, code):
    appointment = clinic.appointment()
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, code, by=rosa, now=BEFORE)
    assert rows() == before


def test_an_appointment_that_has_started_is_not_canceled_without_a_reason(clinic, rosa):
    appointment = clinic.appointment()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "clinic", by=rosa, now=NINE)


def test_a_patient_can_cancel_until_the_practices_limit(clinic):
    appointment = clinic.appointment()
    with pytest.raises(lifecycle.NotAllowed) as refused:
        lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=NINE - timedelta(hours=24, seconds=-1))
    assert "call us" in refused.value.sentence
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=NINE - timedelta(hours=24))
    assert appointment.events.last().actor == "patient"


# -- the day page: the day is local to the appointment's office


@pytest.mark.parametrize(
    ("now", "today"),
    [
        (local(2026, 12, 2, 23, 59), False),
        (local(2026, 12, 3, 0, 0), True),
        (local(2026, 12, 3, 23, 59), True),  # already Friday in UTC
        (local(2026, 12, 4, 0, 0), True),  # the statuses of that day were not completed
    ],
)
def test_a_patient_can_be_checked_in_on_the_day_of_the_appointment_and_not_before(clinic, rosa, now, today):
    appointment = clinic.appointment()
    if today:
        assert lifecycle.check_in(appointment.pk, by=rosa, now=now).status == "arrived"
        return
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.check_in(appointment.pk, by=rosa, now=now)


def test_the_day_is_that_of_the_appointments_own_office(clinic, rosa):
    west = make_location(zone="America/Los_Angeles")
    practitioner = make_practitioner(clinic.appointment_type, west, hours=(16 * 60, 18 * 60))
    appointment = clinic.appointment(Slot(local(2026, 12, 3, 19, 40), practitioner.pk, west.pk))  # 4:40 pm there
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.check_in(appointment.pk, by=rosa, now=local(2026, 12, 3, 2, 59))
    assert lifecycle.check_in(appointment.pk, by=rosa, now=local(2026, 12, 4, 2, 59)).status == "arrived"


def test_nobody_is_a_no_show_before_the_appointment_starts(clinic, rosa):
    appointment = clinic.appointment()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.no_show(appointment.pk, by=rosa, now=NINE - timedelta(seconds=1))
    assert lifecycle.no_show(appointment.pk, by=rosa, now=NINE).status == "noshow"


def test_a_day_from_check_in_to_seen_sends_no_message(clinic, rosa):
    appointment = clinic.appointment()
    before = rows()["Message"]
    for verb in ("check_in", "fulfil"):
        appointment = getattr(lifecycle, verb)(appointment.pk, by=rosa, now=DURING, version=appointment.version)
    assert (appointment.status, appointment.version, rows()["Message"]) == ("fulfilled", 3, before)
    assert_settled()


@pytest.mark.parametrize("mark", ["arrived", "noshow", "fulfilled", "left"])
def test_a_status_can_be_reverted_on_the_day_it_was_set(clinic, rosa, mark):
    appointment = walk(clinic.appointment(), mark, now=local(2026, 12, 3, 23, 50))
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.revert_status(appointment.pk, by=rosa, now=local(2026, 12, 4, 0, 5))
    appointment.refresh_from_db()
    assert appointment.status == mark
    lifecycle.revert_status(appointment.pk, by=rosa, now=local(2026, 12, 3, 23, 55))
    appointment.refresh_from_db()
    assert (
        appointment.status == {"arrived": "booked", "noshow": "booked", "fulfilled": "arrived", "left": "arrived"}[mark]
    )


def test_statuses_are_reverted_one_by_one(clinic, rosa):
    appointment = walk(clinic.appointment(), "fulfilled", now=DURING)
    for status in ("arrived", "booked"):
        assert lifecycle.revert_status(appointment.pk, by=rosa, now=DURING).status == status
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.revert_status(appointment.pk, by=rosa, now=DURING)


# -- a no-show frees the time; coming late takes it again like any other booking


@pytest.fixture
def rival(clinic):
    """An appointment type whose times overlap those of the first one, for example at 9:30."""
    other = make_appointment_type(minutes=20, step=10, notice=0)
    other.practitioners.add(clinic.practitioner)
    return other


def test_a_patient_who_comes_late_takes_the_time_again_if_it_is_free(clinic, rosa):
    appointment = walk(clinic.appointment(), "noshow", now=DURING)
    assert lifecycle.check_in(appointment.pk, by=rosa, now=DURING).status == "arrived"


@pytest.mark.parametrize("verb", ["check_in", "revert_status"])
def test_a_patient_who_comes_late_may_find_the_time_taken(clinic, rosa, rival, verb):
    appointment = walk(clinic.appointment(), "noshow", now=DURING)
    clinic.appointment(clinic.slot(minute=20), now=DURING, appointment_type=rival)
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as taken:
        getattr(lifecycle, verb)(appointment.pk, by=rosa, now=DURING)
    assert taken.value.slots == [clinic.slot()]
    appointment.refresh_from_db()
    assert (appointment.status, rows()) == ("noshow", before)


def test_after_left_the_patient_cannot_be_checked_in_once_the_time_is_taken(clinic, rosa, rival):
    appointment = walk(clinic.appointment(), "left", now=DURING)
    clinic.appointment(clinic.slot(minute=20), now=DURING, appointment_type=rival)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.revert_status(appointment.pk, by=rosa, now=DURING)


def test_an_expired_hold_does_not_block_the_time(clinic, rosa, rival):
    appointment = walk(clinic.appointment(), "noshow", now=DURING)
    hold = clinic.appointment(clinic.slot(minute=20), now=DURING, appointment_type=rival)
    Event.objects.filter(appointment=hold).update(to_status="held")
    Appointment.objects.filter(pk=hold.pk).update(status="held", held_until=DURING)
    assert lifecycle.check_in(appointment.pk, by=rosa, now=DURING).status == "arrived"
    assert hold.events.last().verb == "expire"


def test_a_late_check_in_does_not_overlap_a_deliberate_overbooking(clinic, rosa, rival):
    appointment = walk(clinic.appointment(), "noshow", now=DURING)
    squeezed_in = clinic.appointment(clinic.slot(minute=20), now=DURING, appointment_type=rival)
    Appointment.objects.filter(pk=squeezed_in.pk).update(overbooked=True)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.check_in(appointment.pk, by=rosa, now=DURING)


# -- the database decides


def test_a_raw_overlap_is_refused(clinic):
    """A plain INSERT: only the constraint can refuse it."""
    appointment = clinic.appointment()
    columns = [field.column for field in Appointment._meta.fields if field.name not in ("id", "patient")]
    copied = ", ".join(f'"{name}"' for name in columns)
    again = f"INSERT INTO booking_appointment ({copied}) SELECT {copied} FROM booking_appointment WHERE id = %s"
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="double_booking"), transaction.atomic():
        cursor.execute(again, [appointment.pk])
    assert Appointment.objects.count() == 1


def test_a_raw_update_onto_another_appointment_is_refused(clinic):
    first, second = clinic.appointment(), clinic.appointment(clinic.slot(hour=9, minute=40))
    times = {"blocked_from": first.blocked_from, "starts_at": first.starts_at, "ends_at": first.ends_at}
    with pytest.raises(IntegrityError, match="double_booking"), transaction.atomic():
        Appointment.objects.filter(pk=second.pk).update(**times, blocked_until=first.blocked_until)
