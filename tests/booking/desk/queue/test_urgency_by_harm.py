"""What does most harm is due first: an appointment that we called off, and a call about a time that is near."""

import pytest

from booking import lifecycle
from booking.models import AppointmentRequest, Message
from booking.notifications import emails
from clinic import practice_info
from tests.builders import MONDAY, WHY, assert_sound, local, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
QUEUE = "/admin/desk/"
ORDINARY = local(2026, 11, 24, 17)  # the end of the next desk day
WITHOUT_EMAIL = {"email": ""}


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def by(clinic):
    return lifecycle.staff(make_clerk(role=None))


@pytest.fixture
def booked(clinic):
    """An appointment of a new patient on a November day, booked on the Monday."""

    def book(day, hour, minute=0, **overrides):
        slot = clinic.slot(month=11, day=day, hour=hour, minute=minute)
        return clinic.appointment(slot, override=WHY, **overrides)

    return book


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (30, 9, ORDINARY),  # far away: the ordinary promise
        (24, 14, local(2026, 11, 24, 10)),
        (24, 9, local(2026, 11, 23, 13)),  # four desk hours before lie on the day before
        (23, 15, local(2026, 11, 23, 11)),
        (23, 12, MONDAY),  # passed: at once
        (23, 11, MONDAY),
    ],
)
def test_a_called_off_appointment_is_due_four_desk_hours_before_its_start(clinic, booked, by, day, hour, expected):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    looking = lifecycle.mark_needs_rebooking(booked(day, hour).pk, by=by, now=MONDAY)
    assert looking.respond_by == expected


@pytest.mark.parametrize(("hours", "expected"), [(0, (24, 14)), (1, (24, 13)), (6, (23, 16)), (8, (23, 14))])
def test_the_practice_chooses_how_many_desk_hours(clinic, booked, by, hours, expected):
    clinic.practice.rebook_hours = hours
    clinic.practice.save()
    practice_info.forget()
    looking = lifecycle.mark_needs_rebooking(booked(24, 14).pk, by=by, now=MONDAY)
    assert looking.respond_by == local(2026, 11, *expected)


def test_the_patients_own_request_for_another_time_becomes_as_urgent(clinic, booked, by):
    appointment = booked(24, 14)
    asked = lifecycle.ask_for_another_time(appointment.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=MONDAY)
    assert asked.respond_by == ORDINARY
    assert lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY).respond_by == local(2026, 11, 24, 10)


def test_a_refused_offer_does_not_make_it_less_urgent(clinic, booked, by):
    looking = lifecycle.mark_needs_rebooking(booked(25, 14).pk, by=by, now=MONDAY)
    lifecycle.offer(looking.pk, [clinic.slot()], local(2026, 11, 25, 17), by=by, now=MONDAY)
    lifecycle.refuse_offer(looking.pk, by=by, now=local(2026, 11, 24, 16))
    looking.refresh_from_db()
    assert looking.respond_by == local(2026, 11, 25, 10)


def test_no_promise_is_made_for_a_moment_that_has_passed(clinic, booked, by):
    lifecycle.mark_needs_rebooking(booked(23, 12).pk, by=by, now=MONDAY)
    mail = emails.render(Message.objects.get(kind="needs_rebooking"), now=MONDAY)
    assert "tell you as soon as we can" in mail.text.replace("\n", " ")
    assert "tell you by" not in mail.text


# -- the queue


def test_called_off_appointments_have_a_view_and_stand_first(client, clinic, rosa, booked, by):
    ordinary = clinic.appointment_request()
    looking = lifecycle.mark_needs_rebooking(booked(24, 14).pk, by=by, now=MONDAY)
    page = words(client.get(QUEUE))
    assert "Needs a new time 1" in page
    assert page.index(str(looking)) < page.index(str(ordinary))
    view = words(client.get(QUEUE, {"view": "needs-new-time"}))
    assert str(looking) in view
    assert str(ordinary) not in view


def moved(looking, clinic, by):
    lifecycle.reschedule(looking.replaces_id, clinic.slot(), by=by, now=MONDAY)


def canceled(looking, clinic, by):
    lifecycle.cancel(looking.replaces_id, "clinic", by=by, now=MONDAY)


def confirmed(looking, clinic, by):
    lifecycle.confirm(looking.pk, clinic.slot(), by=by, now=MONDAY)


@pytest.mark.parametrize(("settle", "number"), [(moved, 0), (canceled, 0), (confirmed, 0), (None, 1)])
def test_the_view_is_empty_once_each_has_a_new_time(client, clinic, rosa, booked, by, settle, number):
    looking = lifecycle.mark_needs_rebooking(booked(24, 14).pk, by=by, now=MONDAY)
    if settle:
        settle(AppointmentRequest.objects.get(pk=looking.pk), clinic, by)
    assert f"Needs a new time {number}" in words(client.get(QUEUE))


def test_one_that_was_offered_times_still_needs_a_new_one(client, clinic, rosa, booked, by):
    looking = lifecycle.mark_needs_rebooking(booked(24, 14).pk, by=by, now=MONDAY)
    lifecycle.offer(looking.pk, [clinic.slot()], local(2026, 11, 24, 12), by=by, now=MONDAY)
    assert "Needs a new time 1" in words(client.get(QUEUE))


def test_a_request_for_another_time_that_the_patient_may_keep_is_not_there(client, clinic, rosa, booked):
    lifecycle.ask_for_another_time(booked(24, 14).pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=MONDAY)
    assert "Needs a new time 0" in words(client.get(QUEUE))


# -- whom to call first


def listed(client, *requests):
    page = words(client.get(QUEUE, {"view": "to-call"}))
    return sorted(requests, key=lambda each: page.index(str(each)))


def test_the_call_about_the_nearest_time_comes_first(client, clinic, rosa, booked, by):
    """However long the others have waited."""
    first = clinic.appointment_request(patient=WITHOUT_EMAIL)
    lifecycle.decline(first.pk, "other", "Call us.", by=by, now=MONDAY)
    far, near = booked(30, 9, patient=WITHOUT_EMAIL), booked(24, 9, patient=WITHOUT_EMAIL)
    for appointment in (far, near):
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=local(2026, 11, 23, 11))
    requests = [first, far.appointment_request, near.appointment_request]
    assert listed(client, *requests) == [near.appointment_request, far.appointment_request, first]


def test_a_moved_appointment_is_as_urgent_as_its_old_time(client, clinic, rosa, booked, by):
    """Otherwise the patient comes at the old one."""
    other = clinic.appointment_request(patient=WITHOUT_EMAIL)
    lifecycle.decline(other.pk, "other", "Call us.", by=by, now=MONDAY)
    appointment = booked(24, 9, patient=WITHOUT_EMAIL)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=MONDAY)
    assert listed(client, other, appointment.appointment_request) == [appointment.appointment_request, other]
    assert "2 h 55 min left today, 1:00 PM" in words(client.get(QUEUE, {"view": "to-call"}))


def test_a_called_off_appointment_is_called_about_by_its_own_deadline(client, clinic, rosa, booked, by):
    lifecycle.mark_needs_rebooking(booked(24, 14, patient=WITHOUT_EMAIL).pk, by=by, now=MONDAY)
    assert "tomorrow Tue, Nov 24, 10:00 AM" in words(client.get(QUEUE, {"view": "to-call"}))


def test_a_letter_that_names_no_time_is_due_by_the_ordinary_promise(client, clinic, rosa, by):
    request = clinic.appointment_request(patient=WITHOUT_EMAIL)
    lifecycle.close(request.pk, "Not reached.", by=by, now=MONDAY)
    assert "tomorrow Tue, Nov 24, 5:00 PM" in words(client.get(QUEUE, {"view": "to-call"}))


def test_a_near_time_is_found_behind_a_long_list(client, clinic, rosa, booked, by, monkeypatch):
    make_practitioner(clinic.appointment_type, clinic.location)
    for _ in range(25):
        request = clinic.appointment_request(patient=WITHOUT_EMAIL)
        lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    near = booked(23, 15, patient=WITHOUT_EMAIL)
    lifecycle.cancel(near.pk, "clinic", by=by, now=local(2026, 11, 23, 12))
    page = words(client.get(QUEUE, {"view": "to-call"}))
    assert page.index(str(near.appointment_request)) < page.index("Tue, Nov 24, 5:00 PM")
