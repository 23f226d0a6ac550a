"""The visit's lifecycle: its table, literally as the design has it, and each verb with what it must refuse."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from booking import lifecycle
from booking.lifecycle import appointment as visits
from booking.lifecycle._transition import move
from booking.lifecycle.verbs import APPOINTMENT_STEPS
from booking.models import Appointment, Event
from booking.scheduling.slots import Slot
from tests.builders import (
    MONDAY,
    Clinic,
    assert_settled,
    assert_sound,
    local,
    make_clerk,
    make_location,
    make_practitioner,
    make_visit_type,
    rows,
    walk,
)

STATUSES = ["held", "booked", "arrived", "noshow", "fulfilled", "left", "cancelled", "released"]
TABLE = {
    "held": {"booked", "released"},
    "booked": {"arrived", "noshow", "cancelled"},
    "arrived": {"fulfilled", "left", "booked"},
    "noshow": {"arrived", "booked"},
    "fulfilled": {"arrived"},
    "left": {"arrived"},
    "cancelled": set(),
    "released": set(),
}
PAIRS = [(start, end) for start in STATUSES for end in STATUSES]
LEGAL = [(start, end) for start, end in PAIRS if end in TABLE[start]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]

NINE = local(2026, 12, 3, 9)  # when the visit of these tests starts
BEFORE, DURING = NINE - timedelta(minutes=10), NINE + timedelta(minutes=10)


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


def held(clinic):
    """A hold that lasts beyond the start of its visit, so that the clock does not move it in a test."""
    hold = clinic.request(clinic.slot()).appointments.get()
    Appointment.objects.filter(pk=hold.pk).update(held_until=NINE + timedelta(days=1))
    return hold


# -- the table


def test_the_table_is_that_of_the_design():
    assert {str(start): {str(end) for end in ends} for start, ends in APPOINTMENT_STEPS.items()} == TABLE
    assert set(STATUSES) == set(Appointment.Status.values)


def test_a_step_back_follows_the_table():
    assert all(to in APPOINTMENT_STEPS[status] for status, to in visits.STEP_BACK.items())


@pytest.mark.parametrize(("start", "end"), ILLEGAL)
def test_a_move_that_is_not_in_the_table_touches_nothing(django_assert_num_queries, start, end):
    visit = Appointment(pk=1, status=start)
    with django_assert_num_queries(0), pytest.raises(lifecycle.NotAllowed) as refused:
        move(visit, end, verb="try", by=lifecycle.CLOCK, now=MONDAY)
    assert (visit.status, visit.version) == (start, 1)
    assert visit.get_status_display().lower() in refused.value.sentence


@pytest.mark.parametrize(("start", "end"), LEGAL)
def test_a_move_of_the_table_writes_one_event(clinic, start, end):
    visit = walk(held(clinic), start)
    version, events = visit.version, Event.objects.count()
    walk(visit, end)
    visit.refresh_from_db()
    assert (visit.status, visit.version) == (end, version + 1)
    assert Event.objects.count() == events + 1


VERBS = {
    "check_in": lambda pk, by: lifecycle.check_in(pk, by=by, now=DURING),
    "fulfil": lambda pk, by: lifecycle.fulfil(pk, by=by, now=DURING),
    "leave": lambda pk, by: lifecycle.leave(pk, by=by, now=DURING),
    "no_show": lambda pk, by: lifecycle.no_show(pk, by=by, now=DURING),
    "step_back": lambda pk, by: lifecycle.step_back(pk, by=by, now=DURING),
    "cancel": lambda pk, by: lifecycle.cancel(pk, "clinic", by=by, now=BEFORE),
}
GOES = {
    "check_in": {"booked": "arrived", "noshow": "arrived"},
    "fulfil": {"arrived": "fulfilled"},
    "leave": {"arrived": "left"},
    "no_show": {"booked": "noshow"},
    "step_back": {"arrived": "booked", "noshow": "booked", "fulfilled": "arrived", "left": "arrived"},
    "cancel": {"booked": "cancelled"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("start", STATUSES)
def test_each_verb_goes_from_its_statuses_alone(clinic, rosa, start, verb):
    visit = walk(held(clinic), start, now=BEFORE)
    version, before = visit.version, rows()
    if start in GOES[verb]:
        VERBS[verb](visit.pk, rosa)
        visit.refresh_from_db()
        assert (visit.status, visit.version) == (GOES[verb][start], version + 1)
        told = verb == "cancel"
        assert rows() == before | {"Event": before["Event"] + 1, "Message": before["Message"] + told}
        event = visit.events.last()
        assert (event.verb, event.by, event.request, event.cause) == (verb, rosa.user, visit.request, None)
        return
    with pytest.raises(lifecycle.NotAllowed):
        VERBS[verb](visit.pk, rosa)
    visit.refresh_from_db()
    assert (visit.status, visit.version, rows()) == (start, version, before)


@pytest.mark.parametrize("verb", VERBS)
def test_a_stale_page_is_told_who_was_faster(clinic, rosa, verb):
    visit = clinic.visit()
    lifecycle.check_in(visit.pk, by=rosa, now=BEFORE, version=1)
    before = rows()
    act = {"cancel": lambda **at: lifecycle.cancel(visit.pk, "clinic", **at)}.get(
        verb, lambda **at: getattr(lifecycle, verb)(visit.pk, **at)
    )
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        act(by=rosa, now=BEFORE, version=1)
    assert (late.value.event.verb, late.value.event.by, rows()) == ("check_in", rosa.user, before)


@pytest.mark.parametrize("verb", VERBS)
def test_a_clerks_own_hold_is_no_visit(clinic, rosa, verb):
    hold = Appointment.objects.create(
        held_for=rosa.user, visit_type=clinic.visit_type, practitioner=clinic.practitioner, location=clinic.location,
        starts_at=NINE, ends_at=DURING, blocked_from=NINE, blocked_until=DURING, status="held",
        held_until=NINE + timedelta(days=1),
    )  # fmt: skip
    Event.objects.create(appointment=hold, verb="hold", to_status="held", at=MONDAY, actor="desk", by=rosa.user)
    with pytest.raises(lifecycle.NotAllowed):
        VERBS[verb](hold.pk, rosa)


# -- cancel


def test_cancelling_frees_the_time(clinic, rosa):
    visit = clinic.visit()
    cancelled = lifecycle.cancel(visit.pk, "ill", by=rosa, now=BEFORE, version=1)
    assert (cancelled.status, cancelled.cancel_code, cancelled.sequence) == ("cancelled", "ill", 1)
    assert clinic.visit(clinic.slot(), now=BEFORE - timedelta(days=1)).starts_at == visit.starts_at
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
def test_the_patient_is_told_whose_wish_it_was(clinic, rosa, code, kind):
    visit = clinic.visit()
    lifecycle.cancel(visit.pk, code, by=rosa, now=BEFORE)
    event = visit.events.last()
    assert (event.reason, event.message.kind, event.message.sequence) == (code, kind, 1)
    assert event.message.due_at == BEFORE + timedelta(seconds=60)
    assert visit.request.messages.get(kind="confirmed").status == "superseded"


@pytest.mark.parametrize("code", ["", "made_up", "rained_all_day_long"])
def test_a_cancellation_needs_one_of_our_reasons(clinic, rosa, code):
    visit = clinic.visit()
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(visit.pk, code, by=rosa, now=BEFORE)
    assert rows() == before


def test_a_visit_that_has_begun_is_not_cancelled(clinic, rosa):
    visit = clinic.visit()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(visit.pk, "clinic", by=rosa, now=NINE)


def test_a_patient_cancels_until_the_practices_limit(clinic):
    visit = clinic.visit()
    with pytest.raises(lifecycle.NotAllowed) as refused:
        lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=NINE - timedelta(hours=24, seconds=-1))
    assert "call us" in refused.value.sentence
    lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=NINE - timedelta(hours=24))
    assert visit.events.last().actor == "patient"


# -- the day sheet: the day is that of the visit's office


@pytest.mark.parametrize(
    ("now", "today"),
    [
        (local(2026, 12, 2, 23, 59), False),
        (local(2026, 12, 3, 0, 0), True),
        (local(2026, 12, 3, 23, 59), True),  # already Friday in UTC
        (local(2026, 12, 4, 0, 0), True),  # nobody had finished marking that day
    ],
)
def test_a_patient_arrives_on_the_day_of_the_visit_and_not_before(clinic, rosa, now, today):
    visit = clinic.visit()
    if today:
        assert lifecycle.check_in(visit.pk, by=rosa, now=now).status == "arrived"
        return
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.check_in(visit.pk, by=rosa, now=now)


def test_the_day_goes_by_the_clock_of_the_visits_own_office(clinic, rosa):
    west = make_location(zone="America/Los_Angeles")
    practitioner = make_practitioner(clinic.visit_type, west, hours=(16 * 60, 18 * 60))
    visit = clinic.visit(Slot(local(2026, 12, 3, 19, 40), practitioner.pk, west.pk))  # 4:40 pm there
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.check_in(visit.pk, by=rosa, now=local(2026, 12, 3, 2, 59))
    assert lifecycle.check_in(visit.pk, by=rosa, now=local(2026, 12, 4, 2, 59)).status == "arrived"


def test_nobody_is_a_no_show_before_the_visit_begins(clinic, rosa):
    visit = clinic.visit()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.no_show(visit.pk, by=rosa, now=NINE - timedelta(seconds=1))
    assert lifecycle.no_show(visit.pk, by=rosa, now=NINE).status == "noshow"


def test_a_day_goes_through_arrival_to_seen_and_tells_the_patient_nothing(clinic, rosa):
    visit = clinic.visit()
    before = rows()["Message"]
    for verb in ("check_in", "fulfil"):
        visit = getattr(lifecycle, verb)(visit.pk, by=rosa, now=DURING, version=visit.version)
    assert (visit.status, visit.version, rows()["Message"]) == ("fulfilled", 3, before)
    assert_settled()


@pytest.mark.parametrize("mark", ["arrived", "noshow", "fulfilled", "left"])
def test_a_mark_is_taken_back_on_the_day_it_was_made(clinic, rosa, mark):
    visit = walk(clinic.visit(), mark, now=local(2026, 12, 3, 23, 50))
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.step_back(visit.pk, by=rosa, now=local(2026, 12, 4, 0, 5))
    visit.refresh_from_db()
    assert visit.status == mark
    lifecycle.step_back(visit.pk, by=rosa, now=local(2026, 12, 3, 23, 55))
    visit.refresh_from_db()
    assert visit.status == {"arrived": "booked", "noshow": "booked", "fulfilled": "arrived", "left": "arrived"}[mark]


def test_marks_are_taken_back_one_by_one(clinic, rosa):
    visit = walk(clinic.visit(), "fulfilled", now=DURING)
    for status in ("arrived", "booked"):
        assert lifecycle.step_back(visit.pk, by=rosa, now=DURING).status == status
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.step_back(visit.pk, by=rosa, now=DURING)


# -- a no-show gives the time up; coming back for it is a booking like any other


@pytest.fixture
def rival(clinic):
    """A visit type whose times fall between those of the first: half past nine, say, from nine twenty on."""
    other = make_visit_type(minutes=20, step=10, notice=0)
    other.practitioners.add(clinic.practitioner)
    return other


def test_a_late_arrival_takes_the_time_again_if_it_is_free(clinic, rosa):
    visit = walk(clinic.visit(), "noshow", now=DURING)
    assert lifecycle.check_in(visit.pk, by=rosa, now=DURING).status == "arrived"


@pytest.mark.parametrize("verb", ["check_in", "step_back"])
def test_a_late_arrival_finds_the_time_taken(clinic, rosa, rival, verb):
    visit = walk(clinic.visit(), "noshow", now=DURING)
    clinic.visit(clinic.slot(minute=20), now=DURING, visit_type=rival)
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as taken:
        getattr(lifecycle, verb)(visit.pk, by=rosa, now=DURING)
    assert taken.value.slots == [clinic.slot()]
    visit.refresh_from_db()
    assert (visit.status, rows()) == ("noshow", before)


def test_who_left_cannot_be_marked_as_there_once_the_time_is_taken(clinic, rosa, rival):
    visit = walk(clinic.visit(), "left", now=DURING)
    clinic.visit(clinic.slot(minute=20), now=DURING, visit_type=rival)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.step_back(visit.pk, by=rosa, now=DURING)


def test_a_hold_that_has_run_out_is_in_nobodys_way(clinic, rosa, rival):
    visit = walk(clinic.visit(), "noshow", now=DURING)
    hold = clinic.visit(clinic.slot(minute=20), now=DURING, visit_type=rival)
    Event.objects.filter(appointment=hold).update(to_status="held")
    Appointment.objects.filter(pk=hold.pk).update(status="held", held_until=DURING)
    assert lifecycle.check_in(visit.pk, by=rosa, now=DURING).status == "arrived"
    assert hold.events.last().verb == "expire"


def test_a_late_arrival_does_not_land_on_a_deliberate_overbooking(clinic, rosa, rival):
    visit = walk(clinic.visit(), "noshow", now=DURING)
    squeezed_in = clinic.visit(clinic.slot(minute=20), now=DURING, visit_type=rival)
    Appointment.objects.filter(pk=squeezed_in.pk).update(overbooked=True)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.check_in(visit.pk, by=rosa, now=DURING)


# -- the database has the last word


def test_a_raw_overlap_is_refused(clinic):
    """D4: no Python of ours stands between this INSERT and the table."""
    visit = clinic.visit()
    columns = [field.column for field in Appointment._meta.fields if field.name != "id"]
    copied = ", ".join(f'"{name}"' for name in columns)
    again = f"INSERT INTO booking_appointment ({copied}) SELECT {copied} FROM booking_appointment WHERE id = %s"
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="double_booking"), transaction.atomic():
        cursor.execute(again, [visit.pk])
    assert Appointment.objects.count() == 1


def test_a_raw_move_onto_another_visit_is_refused(clinic):
    first, second = clinic.visit(), clinic.visit(clinic.slot(hour=9, minute=40))
    times = {"blocked_from": first.blocked_from, "starts_at": first.starts_at, "ends_at": first.ends_at}
    with pytest.raises(IntegrityError, match="double_booking"), transaction.atomic():
        Appointment.objects.filter(pk=second.pk).update(**times, blocked_until=first.blocked_until)
