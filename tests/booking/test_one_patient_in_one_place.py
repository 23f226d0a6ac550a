"""One patient cannot be in two places at one time, at any door; a desk lead may decide otherwise, with a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from booking import lifecycle
from booking.lifecycle import Override, PatientElsewhere
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.notifications import links
from booking.scheduling.slots import Slot
from tests.booking.desk.page import page_of, press
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
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
    taken_back,
)
from tests.pages import words

pytestmark = pytest.mark.django_db
LEAD = Override("Two treatments on one visit.", two_places=True)
MANY = 16
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


OVERLAPS = {
    "the same minute": (9, 0, 40),
    "begins before the other ends": (9, 20, 40),
    "ends after the other begins": (8, 40, 40),
    "inside the other": (9, 10, 10),
    "around the other": (8, 30, 90),
    "by one minute": (9, 39, 10),
    "by one minute, before": (8, 21, 40),
}


def test_an_overlap_in_another_office_is_refused(book, june, there, appointment):
    for hour, minute, length in OVERLAPS.values():
        with refused(appointment):
            book(june, there(hour, minute), minutes=length)
    assert_sound()


def test_back_to_back_and_other_days_are_fine(book, june, there):
    for day, hour, minute, length in (
        (3, 9, 40, 40), (3, 8, 20, 40), (3, 8, 0, 60), (3, 23, 0, 40), (4, 9, 0, 40), (10, 9, 0, 40),
    ):  # fmt: skip
        with taken_back():
            other = book(june, there(hour, minute, day), minutes=length)
            assert (other.status, other.in_two_places) == ("booked", False), (day, hour, minute)
            assert_sound()


def test_buffers_are_the_practitioners_not_the_patients(clinic, book, there, omar):
    clinic.appointment_type.buffer_before = clinic.appointment_type.buffer_after = 20
    clinic.appointment_type.save()
    first = clinic.appointment(clinic.slot(hour=9, minute=20))
    assert book(first.patient, there(10, 0)).blocked_from < first.blocked_until


def test_where_the_patient_is_or_was_seen_counts(book, june, there, appointment):
    for status in ("arrived", "fulfilled"):
        Appointment.objects.filter(pk=appointment.pk).update(status=status)
        with refused(appointment):
            book(june, there())


def test_where_the_patient_is_not_expected_does_not_count(book, june, there, appointment):
    for status in ("cancelled", "noshow", "left", "released", "held"):
        more = {"cancel_code": "ill"} if status == "cancelled" else {"held_until": later(days=1)}
        with taken_back():
            Appointment.objects.filter(pk=appointment.pk).update(status=status, **more)
            assert book(june, there()).status == "booked", status


def test_another_patient_row_is_another_person_to_the_database(clinic, appointment, there):
    """Also with the same name and birth date: the desk's pages name it."""
    for change in ({"birth_date": "1951-09-03"}, {"name": "Juna Demo"}, {}):
        with taken_back():
            assert clinic.appointment(there(), patient=change).status == "booked", change


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


def test_no_other_reason_covers_it(book, june, there, appointment):
    for override in (None, WHY, Override("Double-book.", overlap=True), Override("  ", two_places=True)):
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


# -- the flag goes when the overlap does


def shown(row):
    row.refresh_from_db()
    return row.in_two_places, row.in_two_places_reason


GONE = {
    "canceled": lambda s, a, by: lifecycle.cancel(a.pk, "ill", by=by, now=MONDAY),
    "moved": lambda s, a, by: lifecycle.reschedule(a.pk, s.slot(day=7), by=by, now=MONDAY),
    "ended quietly": lambda s, a, by: lifecycle.end_quietly(a.appointment_request.pk, "wrong", by=by, now=MONDAY),
    "a no-show": lambda s, a, by: lifecycle.no_show(a.pk, by=by, now=a.ends_at),
    "undone": lambda s, a, by: lifecycle.undo(
        Event.objects.get(appointment_request=a.appointment_request, verb="book", appointment=None).pk,
        user=by.user, now=MONDAY,
    ),
}  # fmt: skip


@pytest.fixture
def ours(clinic, phone):
    """As `appointment`, booked by the clerk who then undoes it."""
    return clinic.appointment(by=phone)


@pytest.mark.parametrize("how", GONE)
def test_the_flag_goes_with_the_other_appointment(clinic, book, ours, there, phone, how):
    beside = book(ours.patient, there(9, 20), override=LEAD)
    GONE[how](clinic, ours, phone)
    assert shown(beside) == (False, "")
    assert beside.events.latest("pk").verb == "unflag_two_places"
    assert_sound()
    assert list(integrity.findings()) == []


def test_the_flag_stays_while_another_appointment_overlaps(clinic, book, june, there, phone, appointment):
    beside = book(june, there(9, 20, day=3), override=LEAD)
    third = make_practitioner(beside.appointment_type, beside.location, hours=(0, 1440))
    last = book(june, Slot(local(2026, 12, 3, 9, 30), third.pk, beside.location_id), override=LEAD)
    lifecycle.cancel(appointment.pk, "ill", by=phone, now=MONDAY)
    assert sorted([shown(beside)[0], shown(last)[0]]) == [False, True]  # one of two is enough
    assert_sound()
    flagged, plain = (beside, last) if beside.in_two_places else (last, beside)
    lifecycle.cancel(plain.pk, "ill", by=phone, now=MONDAY)
    assert shown(flagged) == (False, "")


@pytest.mark.parametrize("other", ["another patient", "another time"])
def test_no_other_flag_is_touched(clinic, book, ours, there, phone, other):
    beside = book(ours.patient, there(9, 20), override=LEAD)
    slot = clinic.slot(day=3, hour=11) if other == "another patient" else clinic.slot(day=4)
    gone = clinic.appointment(slot) if other == "another patient" else book(ours.patient, slot)
    lifecycle.cancel(gone.pk, "ill", by=phone, now=MONDAY)
    assert shown(beside) == (True, LEAD.reason)


@pytest.mark.parametrize("how", ["canceled", "moved", "ended quietly"])
def test_undo_brings_the_flag_back_with_the_other_appointment(clinic, book, ours, there, phone, how):
    beside = book(ours.patient, there(9, 20), override=LEAD)
    GONE[how](clinic, ours, phone)
    event = Event.objects.filter(appointment_request=ours.appointment_request, cause=None).latest("pk")
    lifecycle.undo(event.pk, user=phone.user, now=MONDAY)
    ours.refresh_from_db()
    assert (ours.status, ours.starts_at) == ("booked", clinic.slot().starts_at)
    assert shown(beside) == (True, LEAD.reason)
    assert_sound()


def test_a_no_show_by_mistake_is_reverted_and_the_flag_is_back(book, ours, there, phone):
    beside = book(ours.patient, there(9, 20), override=LEAD)
    lifecycle.no_show(ours.pk, by=phone, now=ours.ends_at)
    lifecycle.revert_status(ours.pk, by=phone, now=ours.ends_at)
    assert shown(beside) == (True, LEAD.reason)
    assert_sound()


def test_what_comes_back_alone_is_not_flagged(book, ours, there, phone):
    beside = book(ours.patient, there(9, 20), override=LEAD)
    lifecycle.no_show(beside.pk, by=phone, now=beside.ends_at)
    lifecycle.cancel(ours.pk, "ill", by=phone, now=MONDAY)
    lifecycle.revert_status(beside.pk, by=phone, now=beside.ends_at)
    assert shown(beside) == (False, "")


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
    """Many practitioners, all free at nine."""
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
    assert ends(outcomes) == {"done": 1, "PatientElsewhere": MANY - 1}, [one.value for one in outcomes]
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
    assert ends(outcomes) == {"done": 1, "PatientElsewhere": 2 * len(moving) - 1}, [one.value for one in outcomes]
    assert_sound()


# -- the desk's pages


def booking(clinic, slot, patient, **changes):
    known = {"person": str(patient.pk)} if patient else {}
    return typed(clinic, slot=slot.code, why="Asked by phone.", **known) | changes


SAID = "The patient has an appointment Thu, Dec 3, 9:00 AM with Dr. Mara Ellison, MD."


def test_booking_by_phone_is_refused_with_the_other_appointment_and_a_link(
    client, clinic, rosa, june, there, appointment
):
    page = client.post(BOOK, booking(clinic, there(), june))
    assert page.status_code == 409
    assert SAID in words(page)
    assert f'<a href="/admin/desk/appointments/{appointment.pk}/reschedule/">Reschedule it?</a>' in page.text
    assert Appointment.objects.count() == 1


def test_what_was_held_for_the_call_stays_held(client, clinic, rosa, june, there):
    lifecycle.hold(there(), clinic.appointment_type, user=rosa, now=MONDAY, override=WHY)
    page = words(client.post(BOOK, booking(clinic, there(), june)))
    assert SAID in page
    assert "Held for you" in page


@pytest.mark.parametrize(("who", "twice", "booked"), [("rosa", "on", 1), ("lead", "", 1), ("lead", "on", 2)])
def test_only_a_lead_who_ticks_it_books_over_the_patients_appointment(
    request, client, clinic, june, there, who, twice, booked
):
    user = request.getfixturevalue(who)
    client.force_login(user)
    client.post(BOOK, booking(clinic, there(), june, twice=twice))
    assert Appointment.objects.filter(status="booked").count() == booked
    if booked == 2:
        assert Appointment.objects.latest("pk").in_two_places_reason == "Asked by phone."


@pytest.mark.parametrize(("who", "shown"), [("rosa", False), ("lead", True)])
def test_only_a_lead_sees_the_tick(request, client, clinic, appointment, who, shown):
    client.force_login(request.getfixturevalue(who))
    pages = (
        client.get(BOOK, {"reason": clinic.reason.slug}),
        client.get(f"/admin/desk/appointments/{appointment.pk}/reschedule/"),
    )
    assert [("Book even if the patient has another appointment" in page.text) for page in pages] == [shown, shown]


def test_a_confirmation_is_refused_with_the_other_appointment_and_a_link(client, rosa, waiting, there, appointment):
    appointment_request = waiting(there(11))
    page = press(client, "confirm", appointment_request, slot=there().code)
    assert page.status_code == 409
    assert SAID in words(page)
    assert f"/admin/desk/appointments/{appointment.pk}/reschedule/" in page.text


def test_a_move_is_refused_with_the_other_appointment_and_a_link(client, rosa, book, june, there, appointment):
    other = book(june, there(14))
    page = client.post(
        f"/admin/desk/appointments/{other.pk}/reschedule/",
        {"version": other.version, "slot": there(9, 20).code, "why": "Asked by phone."},
    )
    assert page.status_code == 409
    assert SAID in words(page)
    assert f'<a href="/admin/desk/appointments/{appointment.pk}/reschedule/">Reschedule it?</a>' in page.text


def test_a_check_in_is_refused_in_a_sentence(client, at, rosa, book, june, there, phone, appointment):
    missed = appointment.starts_at + timedelta(minutes=20)
    lifecycle.no_show(appointment.pk, by=phone, now=missed)
    book(june, there(9, 20))
    at("2026-12-03 09:25")
    client.force_login(rosa)
    appointment.refresh_from_db()
    address = f"/admin/desk/appointments/{appointment.pk}/arrived/"
    page = words(client.post(address, {"version": appointment.version}, follow=True))
    assert "The patient has an appointment Thu, Dec 3, 9:20 AM with Dr. Omar Vance, MD." in page


def test_undo_is_refused_in_a_sentence(client, rosa, book, june, there, appointment):
    lifecycle.cancel(appointment.pk, "ill", by=lifecycle.staff(rosa), now=MONDAY)
    book(june, there(9, 20))
    page = words(client.post(f"/admin/desk/undo/{appointment.events.get(verb='cancel').pk}/", follow=True))
    assert "The patient has an appointment Thu, Dec 3, 9:20 AM with Dr. Omar Vance, MD." in page


def test_a_patient_who_accepts_is_told_when_the_other_appointment_is(
    client, clinic, waiting, there, phone, appointment
):
    appointment_request = waiting()
    lifecycle.offer(appointment_request.pk, [there(), there(13)], later(days=1), by=phone, now=MONDAY)
    link = f"/visit/{links.secret(appointment_request)}/"
    client.post(f"{link}birth-date/", {"birth_date_month": "3", "birth_date_day": "9", "birth_date_year": "1951"})
    appointment_request.refresh_from_db()
    page = client.post(f"{link}answer/", {"offer": there().code, "version": appointment_request.version})
    assert page.status_code == 409
    assert "There is already an appointment at this time: Thursday, December 3, 9:00 am" in words(page)


COMING = "Has an appointment Thu, Dec 3, 9:00 AM with Dr. Mara Ellison, MD: reschedule it?"


@pytest.mark.parametrize(
    ("patient", "same"),
    [
        ({}, True),
        ({"name": "Demo, June", "phone": "+17185550199"}, True),
        ({"name": "JÚNE demo"}, True),
        ({"name": "Jane Demo"}, False),
        ({"birth_date": "1951-09-03"}, False),
    ],
)
def test_the_picker_and_the_request_name_the_same_persons_other_appointment(
    client, clinic, rosa, appointment, patient, same
):
    other = clinic.appointment_request(patient=patient)
    chosen = {"person": str(other.patient_id), "reason": clinic.reason.slug, "look": "1"}
    picker, page = words(client.post(BOOK, chosen)), words(client.get(page_of(other)))
    assert (COMING in picker) == same
    assert (COMING in page) == same
    assert ("another record with the same name and date of birth" in picker) == same
    assert lifecycle.confirm(other.pk, clinic.slot(hour=9, minute=40), by=lifecycle.staff(rosa), now=MONDAY)


def test_the_picker_names_a_coming_appointment_of_the_patient(client, clinic, rosa, june):
    page = client.post(BOOK, {"q": "June Demo", "find": "1"})
    assert COMING in words(page)
    assert "another record" not in words(page)
    since = client.post(BOOK, {"q": "June Demo", "find": "1", "since": "2026-12-14", "reason": clinic.reason.slug})
    assert "/reschedule/?since=2026-12-14" in since.text


@pytest.mark.parametrize("state", ["cancelled", "noshow", "past", "own"])
def test_nothing_else_is_named(client, at, clinic, rosa, june, appointment, state):
    if state in ("cancelled", "noshow"):
        Appointment.objects.filter(pk=appointment.pk).update(status=state, cancel_code="ill")
    if state == "past":
        at("2026-12-03 10:00")
    page = (
        client.get(page_of(appointment.appointment_request))
        if state == "own"
        else client.post(BOOK, {"q": "June Demo", "find": "1"})
    )
    assert "Has an appointment" not in words(page)


def test_naming_costs_one_query_for_any_number_of_people(
    client, clinic, rosa, there, book, django_assert_num_queries, django_assert_max_num_queries
):
    first = clinic.appointment().patient
    clinic.appointment(there(9, day=4), patient={"name": "June Second"})
    client.post(BOOK, {"q": "June", "find": "1"})
    with django_assert_max_num_queries(14) as one:
        client.post(BOOK, {"q": "June", "find": "1"})
    for hour in range(11, 17):
        book(first, there(hour))
        clinic.appointment(there(hour, day=4), patient={"name": "June Second"})
    with django_assert_num_queries(len(one.captured_queries)):
        client.post(BOOK, {"q": "June", "find": "1"})
