"""One patient cannot be in two places at one time, at any door; a desk lead may decide otherwise, with a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from booking import lifecycle
from booking.lifecycle import Override, PatientElsewhere
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Message
from booking.scheduling.slots import Slot
from tests.booking.lifecycle.race import ends, race
from tests.builders import (
    MONDAY,
    WHY,
    assert_settled,
    assert_sound,
    later,
    local,
    make_clerk,
    make_location,
    make_practitioner,
    rows,
)

pytestmark = pytest.mark.django_db
LEAD = Override("Two treatments on one visit.", two_places=True)
MANY = 20
SQL = 'UPDATE booking_appointment SET "starts_at" = %s, "blocked_from" = %s WHERE id = %s'


@pytest.fixture
def omar(clinic):
    """Dr. Vance works in another office, at any hour."""
    office = make_location(name="Hill Street office", slug="hill-street")
    return make_practitioner(clinic.appointment_type, office, hours=(60, 1440), name="Dr. Omar Vance, MD")


@pytest.fixture
def there(omar):
    """A time of Dr. Vance on Thursday, December 3."""
    office = omar.schedules.first().location_id
    return lambda hour=9, minute=0, day=3: Slot(local(2026, 12, day, hour, minute), omar.pk, office)


@pytest.fixture
def phone(clinic):
    return lifecycle.staff(make_clerk(), "phone")


@pytest.fixture
def june(appointment):
    """The patient, who has an appointment with Dr. Ellison on December 3, 9:00 to 9:40 am."""
    return appointment.patient


@pytest.fixture
def book(clinic, phone):
    """A clerk books another appointment for a known patient."""

    def act(patient, slot, *, override=WHY, by=None, **how):
        draft = clinic.draft()
        draft.known = patient.pk
        made = lifecycle.book(draft, slot, by=by or phone, now=MONDAY, override=override, **how)
        return made.appointments.exclude(status="released").get()

    return act


@pytest.fixture
def waiting(clinic, there, june):
    """Another request of the same patient, as if the desk had found out that both are June's."""

    def send(*times):
        appointment_request = clinic.appointment_request(*times)
        AppointmentRequest.objects.filter(pk=appointment_request.pk).update(patient=june)
        appointment_request.appointments.update(patient=june)
        return AppointmentRequest.objects.get(pk=appointment_request.pk)

    return send


def refused(appointment):
    """The verb names the other appointment, and nothing is written."""
    return Refused(appointment)


class Refused:
    def __init__(self, appointment):
        self.appointment = appointment

    def __enter__(self):
        self.before = rows()

    def __exit__(self, _kind, error, _traceback):
        assert isinstance(error, PatientElsewhere), error
        assert error.appointment == self.appointment
        assert str(error.appointment.practitioner) in error.sentence
        assert (str(error), rows()) == ("PatientElsewhere", self.before)
        return True


# -- what an overlap is


@pytest.mark.parametrize(
    ("hour", "minute", "length"),
    [
        pytest.param(9, 0, 40, id="the same minute"),
        pytest.param(9, 20, 40, id="begins before the other ends"),
        pytest.param(8, 40, 40, id="ends after the other begins"),
        pytest.param(9, 10, 10, id="inside the other"),
        pytest.param(8, 30, 90, id="around the other"),
        pytest.param(9, 39, 10, id="by one minute"),
        pytest.param(8, 21, 40, id="by one minute, before"),
    ],
)
def test_an_overlap_in_another_office_is_refused(book, june, there, appointment, hour, minute, length):
    with refused(appointment):
        book(june, there(hour, minute), minutes=length)
    assert_sound()


@pytest.mark.parametrize(
    ("day", "hour", "minute", "length"),
    [(3, 9, 40, 40), (3, 8, 20, 40), (3, 8, 0, 60), (3, 23, 0, 40), (4, 9, 0, 40), (10, 9, 0, 40)],
)
def test_back_to_back_and_other_days_are_fine(book, june, there, day, hour, minute, length):
    other = book(june, there(hour, minute, day), minutes=length)
    assert (other.status, other.in_two_places) == ("booked", False)
    assert_sound()


def test_buffers_are_the_practitioners_not_the_patients(clinic, book, there, omar):
    clinic.appointment_type.buffer_before = clinic.appointment_type.buffer_after = 20
    clinic.appointment_type.save()
    first = clinic.appointment(clinic.slot(hour=9, minute=20))
    assert book(first.patient, there(10, 0)).blocked_from < first.blocked_until


@pytest.mark.parametrize("status", ["arrived", "fulfilled"])
def test_where_the_patient_is_or_was_seen_counts(book, june, there, appointment, status):
    Appointment.objects.filter(pk=appointment.pk).update(status=status)
    with refused(appointment):
        book(june, there())


@pytest.mark.parametrize("status", ["cancelled", "noshow", "left", "released", "held"])
def test_where_the_patient_is_not_expected_does_not_count(book, june, there, appointment, status):
    more = {"cancel_code": "ill"} if status == "cancelled" else {"held_until": later(days=1)}
    Appointment.objects.filter(pk=appointment.pk).update(status=status, **more)
    assert book(june, there()).status == "booked"


@pytest.mark.parametrize("change", [{"birth_date": "1951-09-03"}, {"name": "Juna Demo"}, {}])
def test_another_patient_row_is_another_person_to_the_database(clinic, appointment, there, change):
    """Also with the same name and birth date: the desk's pages name it."""
    assert clinic.appointment(there(), patient=change).status == "booked"


def test_the_database_itself_refuses(june, there, book, appointment):
    other = book(june, there(10))
    at = connection.ops.adapt_datetimefield_value(appointment.starts_at + timedelta(minutes=20))
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="one_place"), transaction.atomic():
        cursor.execute(SQL, [at, at, other.pk])


def test_what_only_the_database_sees_is_refused_with_a_sentence(monkeypatch, book, june, there, appointment):
    monkeypatch.setattr("booking.lifecycle.holds.in_one_place", lambda *args, **kwargs: {})
    before = rows()
    with pytest.raises(PatientElsewhere) as refusal:
        book(june, there())
    assert refusal.value.sentence == "The patient has an appointment at this time."
    assert rows() == before


# -- every verb that gives a patient a time


def test_a_clerks_hold_is_nobodys_and_becomes_the_patients(clinic, book, june, there, phone, appointment):
    held = lifecycle.hold(there(), clinic.appointment_type, user=phone.user, now=MONDAY, override=WHY)
    assert held.patient is None
    with refused(appointment):
        book(june, there())
    held.refresh_from_db()
    assert held.status == "held"
    later_on = lifecycle.hold(there(11), clinic.appointment_type, user=phone.user, now=MONDAY, override=WHY)
    assert book(june, there(11)) == later_on
    later_on.refresh_from_db()
    assert later_on.patient == june


def test_a_request_is_not_confirmed_for_a_time_when_the_patient_is_elsewhere(waiting, there, phone, appointment):
    appointment_request = waiting(there())
    with refused(appointment):
        lifecycle.confirm(appointment_request.pk, there(), by=phone, now=MONDAY)
    appointment_request.refresh_from_db()
    assert appointment_request.status == "new"
    assert lifecycle.confirm(appointment_request.pk, there(11), by=phone, now=MONDAY).status == "booked"


@pytest.mark.parametrize("by", [lifecycle.PATIENT, "phone"])
def test_an_offered_time_is_not_accepted_when_the_patient_is_elsewhere(waiting, there, phone, appointment, by):
    appointment_request = waiting()
    lifecycle.offer(appointment_request.pk, [there(), there(13)], later(days=1), by=phone, now=MONDAY)
    actor = phone if by == "phone" else by
    with refused(appointment):
        lifecycle.accept_offer(appointment_request.pk, there(), by=actor, now=MONDAY)
    assert lifecycle.accept_offer(appointment_request.pk, there(13), by=actor, now=MONDAY).status == "booked"


def test_an_appointment_is_not_moved_onto_another_of_the_patient(book, june, there, phone, appointment):
    other = book(june, there(14))
    with refused(appointment):
        lifecycle.reschedule(other.pk, there(9, 20), by=phone, now=MONDAY, override=WHY)
    assert lifecycle.reschedule(other.pk, there(14, 20), by=phone, now=MONDAY, override=WHY).starts_at.minute == 20


def test_a_request_for_another_time_gives_up_the_old_one(clinic, appointment, phone):
    """9:20 overlaps 9:00 to 9:40, which it replaces."""
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    another = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    moved = lifecycle.confirm(another.pk, clinic.slot(minute=20), by=phone, now=MONDAY)
    assert (moved.pk, moved.starts_at) == (appointment.pk, clinic.slot(minute=20).starts_at)


@pytest.mark.parametrize("back", ["check_in", "revert_status"])
def test_a_no_show_who_is_elsewhere_by_now_does_not_come_back(book, june, there, phone, appointment, back):
    missed = appointment.starts_at + timedelta(minutes=20)
    lifecycle.no_show(appointment.pk, by=phone, now=missed)
    other = book(june, there(9, 20))
    with refused(other):
        getattr(lifecycle, back)(appointment.pk, by=phone, now=missed)


@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
def test_undo_does_not_bring_back_an_appointment_while_the_patient_is_elsewhere(
    book, june, there, phone, appointment, clinic, verb
):
    how = {"by": phone, "now": MONDAY}
    if verb == "cancel":
        lifecycle.cancel(appointment.pk, "ill", **how)
    else:
        lifecycle.reschedule(appointment.pk, clinic.slot(hour=13), **how)
    other = book(june, there(9, 20))
    with refused(other):
        lifecycle.undo(appointment.events.get(verb=verb).pk, user=phone.user, now=MONDAY)
    lifecycle.undo(other.appointment_request.events.get(verb="book", appointment=None).pk, user=phone.user, now=MONDAY)
    lifecycle.undo(appointment.events.get(verb=verb).pk, user=phone.user, now=MONDAY)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at) == ("booked", clinic.slot().starts_at)
    assert_sound()


# -- a desk lead's reason


def test_a_lead_books_two_at_one_time_with_a_reason(book, june, there):
    other = book(june, there(), override=LEAD)
    assert (other.in_two_places, other.in_two_places_reason, other.overbooked) == (True, LEAD.reason, False)
    assert_sound()


@pytest.mark.parametrize(
    "override", [None, WHY, Override("Double-book.", overlap=True), Override("  ", two_places=True)]
)
def test_no_other_reason_covers_it(book, june, there, appointment, override):
    with refused(appointment):
        book(june, there(), override=override)


def test_a_lead_who_may_is_not_flagged_when_nothing_overlaps(book, june, there):
    other = book(june, there(11), override=LEAD)
    assert (other.in_two_places, other.in_two_places_reason) == (False, "")


def test_a_lead_moves_an_appointment_onto_another_and_away_again(book, june, there, phone):
    other = book(june, there(14))
    moved = lifecycle.reschedule(other.pk, there(9, 20), by=phone, now=MONDAY, override=LEAD)
    assert (moved.in_two_places, moved.in_two_places_reason) == (True, LEAD.reason)
    away = lifecycle.reschedule(other.pk, there(15), by=phone, now=MONDAY, override=WHY)
    assert (away.in_two_places, away.in_two_places_reason) == (False, "")


def test_a_third_appointment_is_not_slipped_in_under_a_leads_reason(book, june, there, omar):
    second = book(june, there(9, 20), override=LEAD)
    third = make_practitioner(second.appointment_type, second.location, hours=(0, 1440))
    with refused(second):
        book(june, Slot(local(2026, 12, 3, 9, 50), third.pk, second.location_id))


def test_undo_brings_back_an_appointment_beside_the_one_that_a_lead_allowed(book, june, there, phone, appointment):
    book(june, there(), override=LEAD)
    lifecycle.cancel(appointment.pk, "ill", by=phone, now=MONDAY)
    lifecycle.undo(appointment.events.get(verb="cancel").pk, user=phone.user, now=MONDAY)
    appointment.refresh_from_db()
    assert appointment.status == "booked"


# -- the copy of the patient


def test_every_appointment_of_a_request_names_its_patient(clinic, there, phone, waiting):
    appointment_request = clinic.appointment_request(clinic.slot(day=4))
    offered = lifecycle.offer(appointment_request.pk, [there(13), there(15)], later(days=1), by=phone, now=MONDAY)
    found = offered.appointments.values_list("patient", flat=True)
    assert list(found) == [offered.patient_id] * 3


@pytest.mark.parametrize("wrong", ["another", "none"])
def test_the_integrity_check_sees_a_copy_that_is_wrong(clinic, appointment, wrong):
    other = clinic.appointment(clinic.slot(hour=13)).patient
    Appointment.objects.filter(pk=appointment.pk).update(patient=other if wrong == "another" else None)
    assert [str(finding) for finding in integrity.findings()] == [
        f"names another patient than its request: appointment {appointment.pk}"
    ]


# -- at one time, in processes


@pytest.fixture
def offices(transactional_db, clinic):
    """Twenty practitioners, all free at nine."""
    team = [make_practitioner(clinic.appointment_type, clinic.location) for _ in range(MANY)]
    return [clinic.slot(practitioner=practitioner) for practitioner in team]


@pytest.mark.django_db(transaction=True)
def test_many_clerks_book_one_patient_at_one_time(clinic, offices):
    patient = clinic.appointment(clinic.slot(day=7)).patient
    drafts = [clinic.draft() for _ in offices]
    for draft in drafts:
        draft.known = patient.pk
    phone = lifecycle.staff(make_clerk(), "phone")
    [outcomes] = race(MANY, lambda n, _: lifecycle.book(drafts[n], offices[n], by=phone, now=MONDAY, override=WHY).pk)
    assert ends(outcomes) == {"done": 1, "PatientElsewhere": MANY - 1}
    assert_sound()
    assert_settled()
    assert Message.objects.filter(kind="confirmed", appointment__starts_at=offices[0].starts_at).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_requests_of_one_patient_are_confirmed_and_moved_to_one_time(clinic, offices):
    """Half of them are appointments that move, half are requests that are confirmed."""
    phone = lifecycle.staff(make_clerk(), "phone")
    patient = clinic.appointment(clinic.slot(day=7)).patient
    moving = [clinic.slot(day=8, hour=hour, practitioner=clinic.practitioner) for hour in range(9, 17)]
    appointments = []
    for slot in moving:
        draft = clinic.draft()
        draft.known = patient.pk
        appointments.append(lifecycle.book(draft, slot, by=phone, now=MONDAY, override=WHY).appointments.get().pk)
    requests = [clinic.appointment_request().pk for _ in moving]
    AppointmentRequest.objects.filter(pk__in=requests).update(patient=patient)

    def act(n, _):
        if n < len(moving):
            return lifecycle.reschedule(appointments[n], offices[n], by=phone, now=MONDAY).pk
        return lifecycle.confirm(requests[n - len(moving)], offices[n], by=phone, now=MONDAY).pk

    [outcomes] = race(2 * len(moving), act)
    assert ends(outcomes) == {"done": 1, "PatientElsewhere": 2 * len(moving) - 1}
    assert_sound()
