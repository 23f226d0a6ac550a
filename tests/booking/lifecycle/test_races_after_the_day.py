"""Clinicians and clerks at the same moment: triage, a follow-up, a missed appointment that is booked again."""

import uuid
from datetime import date

import pytest

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Event
from clinic import practice_info
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, WHY, assert_settled, assert_sound, local, make_clerk

pytestmark = pytest.mark.django_db(transaction=True)
TEN = local(2026, 12, 3, 10)
MARKS = ("urgent", "routine", "imaging")


@pytest.fixture
def clinic(transactional_db, clinic):
    practice_info.practice_info()  # read once, before the processes are forked
    return clinic


def draft(appointment, **answers):
    """As the desk makes it of the appointment that ends."""
    answers = lifecycle.as_before(appointment.appointment_request) | answers
    answers |= {"appointment_type": appointment.appointment_type}
    return lifecycle.Draft({}, answers, [], uuid.uuid4(), known=appointment.patient_id)


def test_of_three_clinicians_who_triage_one_request_the_last_one_is_believed(clinic):
    request = clinic.appointment_request()
    people = [lifecycle.staff(make_clerk("Clinician")) for _mark in MARKS]

    def mark(n, _round):
        see_by = date(2026, 12, 11) if MARKS[n] == "urgent" else None
        lifecycle.triage(request.pk, MARKS[n], "See the note.", see_by=see_by, by=people[n], now=MONDAY)

    [outcomes] = race(len(MARKS), mark)
    assert ends(outcomes) == {"done": len(MARKS)}
    request.refresh_from_db()
    assert request.triage == Event.objects.filter(verb="triage").latest("pk").reason
    assert (request.see_by is not None) == (request.triage == "urgent")
    assert_sound()


def test_triage_and_confirm_at_one_moment_never_undo_each_other(clinic, by):
    request, clinician = clinic.appointment_request(clinic.slot()), lifecycle.staff(make_clerk("Clinician"))

    def act(n, _round):
        if n:
            lifecycle.triage(request.pk, "urgent", "Soon.", by=clinician, now=MONDAY)
        else:
            lifecycle.confirm(request.pk, clinic.slot(), by=by, now=MONDAY)

    [(confirmed, triaged)] = race(2, act)
    request.refresh_from_db()
    assert (confirmed.end, request.status) == ("done", "confirmed")
    assert triaged.end in ("done", "NotAllowed")
    assert (triaged.end == "done") == (request.triage == "urgent")
    assert_sound()
    assert_settled()


def test_one_time_is_the_follow_up_of_one_of_three_patients_and_one_press_books_once(clinic, by):
    seen = [clinic.appointment(clinic.slot(hour=9 + n), patient={"name": f"Person {n}"}) for n in range(3)]
    for appointment in seen:
        lifecycle.check_in(appointment.pk, by=by, now=TEN)
        lifecycle.fulfil(appointment.pk, by=by, now=TEN)
    drafts, slot = [draft(each, returning=True) for each in seen], clinic.slot(day=17)
    [outcomes] = race(3, lambda n, _r: lifecycle.book(drafts[n], slot, by=by, now=TEN).pk)
    assert ends(outcomes) == {"done": 1, "SlotTaken": 2}
    again, later = draft(seen[0], returning=True), clinic.slot(day=18)
    [outcomes] = race(3, lambda _n, _r: lifecycle.book(again, later, by=by, now=TEN).pk)
    assert ends(outcomes) == {"done": 3}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert_sound()
    assert_settled()


def test_of_three_clerks_who_rebook_one_missed_appointment_at_three_times_one_does(clinic, by):
    missed = clinic.appointment()
    lifecycle.no_show(missed.pk, by=by, now=TEN)
    drafts = [draft(missed, replaces=missed) for _clerk in range(3)]
    [outcomes] = race(3, lambda n, _r: lifecycle.book(drafts[n], clinic.slot(day=15 + n), by=by, now=TEN).pk)
    assert ends(outcomes) == {"done": 1, "AlreadyRebooked": 2}
    assert Appointment.objects.filter(status="booked").count() == 1
    assert AppointmentRequest.objects.filter(replaces=missed).count() == 1
    lifecycle.cancel(Appointment.objects.get(status="booked").pk, "patient", by=by, now=TEN)
    lifecycle.book(draft(missed, replaces=missed), clinic.slot(day=18), by=by, now=TEN)
    assert_sound()
    assert_settled()


def test_of_three_clerks_who_rebook_one_canceled_appointment_at_three_times_one_does(clinic, by):
    canceled = clinic.appointment()
    lifecycle.cancel(canceled.pk, "patient", by=by, now=MONDAY)
    drafts = [draft(canceled, replaces=canceled) for _clerk in range(3)]
    [outcomes] = race(3, lambda n, _r: lifecycle.book(drafts[n], clinic.slot(day=15 + n), by=by, now=MONDAY).pk)
    assert ends(outcomes) == {"done": 1, "AlreadyRebooked": 2}
    assert Appointment.objects.filter(status="booked").count() == 1
    assert_sound()
    assert_settled()


def test_a_canceled_appointment_is_either_rebooked_or_put_back(clinic, by):
    canceled = clinic.appointment()
    lifecycle.cancel(canceled.pk, "patient", by=by, now=MONDAY)
    event, again = Event.objects.get(verb="cancel"), draft(canceled, replaces=canceled)

    def act(n, _round):
        if n:
            lifecycle.undo(event.pk, user=by.user, now=MONDAY)
        else:
            lifecycle.book(again, clinic.slot(), by=by, now=MONDAY, override=WHY)

    [(booked, undone)] = race(2, act)
    assert (booked.end, undone.end) in (("done", "AlreadyRebooked"), ("NotAllowed", "done"))
    assert Appointment.objects.filter(status="booked").count() == 1
    assert_sound()
    assert_settled()


def test_a_canceled_appointment_is_rebooked_or_its_request_for_another_time_confirmed(clinic, by):
    canceled = clinic.appointment()
    wish = lifecycle.ask_for_another_time(canceled.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=MONDAY)
    lifecycle.cancel(canceled.pk, "clinic", by=by, now=MONDAY)
    again = draft(canceled, replaces=canceled)

    def act(n, _round):
        if n:
            lifecycle.confirm(wish.pk, clinic.slot(day=15), by=by, now=MONDAY)
        else:
            lifecycle.book(again, clinic.slot(day=16), by=by, now=MONDAY)

    [outcomes] = race(2, act)
    assert ends(outcomes) == {"done": 1, "AlreadyRebooked": 1}
    assert Appointment.objects.filter(status="booked").count() == 1
    assert_sound()
    assert_settled()


@pytest.mark.parametrize("answered_by", ["confirm", "accept_offer"])
def test_a_request_for_another_time_books_no_second_one_beside_a_rebooked_one(clinic, by, answered_by):
    canceled, slot = clinic.appointment(), clinic.slot(day=15)
    wish = lifecycle.ask_for_another_time(canceled.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=MONDAY)
    lifecycle.cancel(canceled.pk, "clinic", by=by, now=MONDAY)
    if answered_by == "accept_offer":
        lifecycle.offer(wish.pk, [slot], local(2026, 12, 8, 12), by=by, now=MONDAY)
    rebooked = lifecycle.book(draft(canceled, replaces=canceled), clinic.slot(day=16), by=by, now=MONDAY)
    with pytest.raises(lifecycle.AlreadyRebooked) as refusal:
        getattr(lifecycle, answered_by)(wish.pk, slot, by=by, now=MONDAY)
    assert "already has a new time: Wednesday, " in refusal.value.sentence
    [booked] = Appointment.objects.filter(status="booked")
    assert booked.appointment_request == rebooked
    wish.refresh_from_db()
    assert wish.status in AppointmentRequest.OPEN
    lifecycle.cancel(booked.pk, "patient", by=by, now=MONDAY)
    getattr(lifecycle, answered_by)(wish.pk, slot, by=by, now=MONDAY)
    assert_sound()
    assert_settled()
