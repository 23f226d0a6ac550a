"""Clerks who press the same button at the same moment: pins, delays, walk-ins, rebooked no-shows."""

from uuid import uuid4

import pytest

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.appointment_request import Ready
from booking.scheduling.closure_impact import Closing
from clinic import practice_info
from clinic.models import RunningLate
from tests.booking.lifecycle.race import ends, race
from tests.builders import assert_settled, assert_sound, local, make_clerk

pytestmark = pytest.mark.django_db(transaction=True)
EIGHT, TEN = local(2026, 12, 3, 8), local(2026, 12, 3, 10)
FEW = 4


@pytest.fixture
def clinic(transactional_db, clinic):
    practice_info.practice_info()  # read once, before the processes are forked
    return clinic


def test_of_four_who_pin_one_note_one_does(clinic, by):
    request = lifecycle.add_note(clinic.appointment_request().pk, "Stairs are hard.", by=by, now=EIGHT)
    note = request.events.get(verb="add_note")
    for verb in ("pin_note", "unpin_note"):
        [outcomes] = race(FEW, lambda _n, _r, verb=verb: getattr(lifecycle, verb)(note.pk, by=by, now=EIGHT))
        assert sorted(outcome.value for outcome in outcomes) == [False, False, False, True]
        assert Event.objects.filter(verb=verb).count() == 1


def test_of_four_who_say_the_same_delay_one_tells_the_patient(clinic, by):
    clinic.appointment()
    late = {"by": by, "now": EIGHT, "tell": True}
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.running_late(clinic.practitioner.pk, 20, **late).told)
    assert ends(outcomes) == {"done": FEW}
    assert RunningLate.objects.count() == FEW
    assert Message.objects.filter(kind="running_late").get().status == "queued"


def test_four_walk_ins_want_one_time_and_one_is_checked_in(clinic, by):
    here = lifecycle.staff(by.user, "walk_in")
    drafts = [clinic.draft(patient={"name": f"Person {n}"}) for n in range(FEW)]
    [outcomes] = race(FEW, lambda n, _r: lifecycle.book(drafts[n], clinic.slot(hour=9), by=here, now=EIGHT).pk)
    assert ends(outcomes) == {"done": 1, "SlotTaken": FEW - 1}
    assert Appointment.objects.get().status == "arrived"
    assert_sound()
    assert_settled()


def test_a_walk_in_is_checked_in_once_however_often_book_is_pressed(clinic, by):
    here, draft = lifecycle.staff(by.user, "walk_in"), clinic.draft()
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.book(draft, clinic.slot(hour=9), by=here, now=EIGHT).pk)
    assert ends(outcomes) == {"done": FEW}
    assert AppointmentRequest.objects.count() == 1
    assert Event.objects.filter(verb="check_in").count() == 1
    assert_sound()


def test_calls_about_one_no_show_are_all_kept(clinic, by):
    appointment = clinic.appointment()
    lifecycle.no_show(appointment.pk, by=by, now=TEN)
    request = appointment.appointment_request_id
    how = {"by": by, "now": TEN, "also_answered": True}
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.log_call(request, "voicemail", **how).pk)
    assert ends(outcomes) == {"done": FEW}
    assert Event.objects.filter(verb="log_call").count() == FEW
    assert_sound()


def test_a_provider_out_is_undone_once_however_often_undo_is_pressed(clinic, by):
    appointment = clinic.appointment()
    day = appointment.starts_at.date()
    closing = Closing(day, day, 0, 1440, practitioner_id=clinic.practitioner.pk)
    who = lifecycle.staff(by.user, form_key=uuid4().hex)
    closure = lifecycle.close_time(closing, [lifecycle.Seen(appointment.pk, 1)], by=who, now=EIGHT)
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.undo_closure(closure.pk, user=by.user, now=EIGHT))
    assert ends(outcomes)["done"] == 1
    assert set(ends(outcomes)) <= {"done", "NotAllowed"}  # what the page knows how to say
    assert Appointment.objects.get(status="booked").pk == appointment.pk
    assert_sound()


def test_a_time_held_for_a_call_is_booked_or_closed_never_both(clinic, by):
    """Each clerk holds another time of the day; one takes the provider out."""
    clerks = [make_clerk() for _ in range(FEW - 1)]
    slots = [clinic.slot(hour=hour) for hour in (9, 11, 13)]
    for clerk, slot in zip(clerks, slots, strict=True):
        lifecycle.hold(slot, clinic.appointment_type, user=clerk, now=EIGHT, notice=False)
    drafts = [clinic.draft(patient={"name": f"Person {n}"}) for n in range(FEW - 1)]
    day = slots[0].starts_at.date()
    closing = Closing(day, day, 0, 1440, practitioner_id=clinic.practitioner.pk)

    def act(n, _round):
        if n == FEW - 1:
            return lifecycle.close_time(closing, (), by=by, now=EIGHT).pk
        return lifecycle.book(drafts[n], slots[n], by=lifecycle.staff(clerks[n], "phone"), now=EIGHT).pk

    [(*booked, closed)] = race(FEW, act)
    assert set(ends(booked)) <= {"done", "SlotTaken"}
    assert (closed.end, ends(booked)["done"] > 0) in (("done", False), ("ImpactChanged", True))
    assert_sound()
    assert_settled()


def test_of_four_who_mark_one_scan_as_there_one_does(clinic, by):
    request = clinic.appointment_request()
    for mark, answer, marked in ((Ready.SCAN, "yes", 1), (Ready.NO_SCAN, "", 2)):
        [outcomes] = race(FEW, lambda _n, _r, mark=mark: lifecycle.mark_ready(request.pk, mark, by=by, now=EIGHT))
        assert ends(outcomes) == {"done": FEW}
        request.refresh_from_db()
        assert (request.scan, Event.objects.filter(verb="mark_ready").count()) == (answer, marked)


@pytest.fixture
def here(clinic, by):
    """A patient who is checked in."""
    return lifecycle.check_in(clinic.appointment().pk, by=by, now=EIGHT)


def test_seen_and_left_at_one_moment_is_one_of_both_with_its_note_and_the_way_back_is_taken_once(here, by):
    verbs, form = ("fulfil", "mark_left"), {"version": here.version, "by": by, "now": TEN}
    [outcomes] = race(FEW, lambda n, _r: getattr(lifecycle, verbs[n % 2])(here.pk, note=f"Note {n}", **form).pk)
    assert ends(outcomes) == {"done": 1, "AlreadyHandled": FEW - 1}
    here.refresh_from_db()
    assert (here.status, here.events.latest("pk").verb) in (("fulfilled", "fulfil"), ("left", "mark_left"))
    assert Event.objects.filter(verb="add_note").count() == 1
    form["version"] = here.version
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.revert_status(here.pk, **form).pk)
    assert ends(outcomes) == {"done": 1, "AlreadyHandled": FEW - 1}
    here.refresh_from_db()
    assert here.status == "arrived"
    assert_sound()


def test_notes_for_the_desk_are_all_kept_and_one_press_writes_one(here, clinic):
    provider = make_clerk("Clinician")
    request, note = here.appointment_request, {"now": TEN}
    notes = [lifecycle.staff(provider, form_key=uuid4().hex) for _note in range(FEW)]
    [outcomes] = race(FEW, lambda n, _r: lifecycle.add_note(request.pk, f"Note {n}", by=notes[n], **note).pk)
    assert ends(outcomes) == {"done": FEW}
    [outcomes] = race(FEW, lambda _n, _r: lifecycle.add_note(request.pk, "Once", by=notes[0], **note).pk)
    assert ends(outcomes) == {"done": FEW}
    written = Event.objects.filter(verb="add_note").values_list("note", flat=True)
    assert sorted(written) == [f"Note {n}" for n in range(FEW)]


def test_of_four_who_say_that_a_provider_is_back_one_does_and_a_booking_beside_them_is_sound(clinic, by):
    closing = Closing(EIGHT.date(), local(2026, 12, 10).date(), 0, 1440, practitioner_id=clinic.practitioner.pk)
    absence = lifecycle.close_time(closing, (), by=by, now=EIGHT)

    def act(n, _round):
        if n == 0:
            return lifecycle.book(clinic.draft(), clinic.slot(day=10), by=by, now=EIGHT).pk
        return lifecycle.end_absence(absence.pk, now=EIGHT).pk

    [(booked, *backs)] = race(FEW + 1, act)
    assert ends(backs) == {"done": 1, "NotAllowed": FEW - 1}
    assert booked.end in ("done", "SlotTaken")
    assert Appointment.objects.filter(status="booked").count() == (booked.end == "done")
    assert_sound()
