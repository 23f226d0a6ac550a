"""Undoing an act that freed a time over which another appointment was deliberately booked."""

import pytest

from booking import lifecycle
from booking.models import Event
from booking.scheduling.slots import slot_of
from tests.builders import assert_settled, assert_sound, later

ACTED, SOON = later(minutes=5), later(minutes=6)
OVER = lifecycle.Override("Both come for results.", overlap=True)


@pytest.fixture
def below(clinic):
    return clinic.appointment(clinic.slot(hour=13))


@pytest.fixture
def over(clinic, below):
    return clinic.appointment(clinic.slot(hour=13, minute=10), override=OVER)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def to_eleven(clinic, appointment, by):
    lifecycle.reschedule(appointment.pk, clinic.slot(hour=11, minute=40), by=by, now=ACTED)


def away(clinic, appointment, by):
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=ACTED)


def at_the_patients_wish(clinic, appointment, by):
    appointment_request = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=ACTED)
    lifecycle.confirm(appointment_request.pk, clinic.slot(hour=11, minute=40), by=by, now=ACTED)


ACTS = {"reschedule": to_eleven, "cancel": away, "confirm": at_the_patients_wish}


def undo(verb, user):
    return lifecycle.undo(Event.objects.filter(verb=verb, cause=None).earliest("pk").pk, user=user, now=SOON)


def stands(appointment):
    appointment.refresh_from_db()
    return appointment.status, slot_of(appointment), appointment.overbooked, appointment.overbook_reason


@pytest.mark.parametrize("verb", ACTS)
def test_the_appointment_is_restored_under_the_one_that_was_booked_over_it(clinic, clerk, below, over, verb):
    ACTS[verb](clinic, below, lifecycle.staff(clerk))
    over.refresh_from_db()
    assert not over.overbooked
    undo(verb, clerk)
    assert stands(below) == ("booked", clinic.slot(hour=13), False, "")
    assert stands(over) == ("booked", clinic.slot(hour=13, minute=10), True, "Both come for results.")


@pytest.mark.parametrize("verb", ACTS)
def test_it_is_restored_under_two_as_well(clinic, clerk, below, over, verb):
    third = clinic.appointment(clinic.slot(hour=13, minute=20), override=OVER)
    ACTS[verb](clinic, below, lifecycle.staff(clerk))
    undo(verb, clerk)
    flags = [stands(appointment)[2] for appointment in (below, over, third)]
    assert flags == [False, True, True]


def test_it_is_not_restored_under_one_that_was_booked_over_its_time_since(clinic, clerk, below):
    away(clinic, below, lifecycle.staff(clerk))
    other = clinic.appointment(clinic.slot(hour=13), now=ACTED)
    clinic.appointment(clinic.slot(hour=13, minute=10), now=ACTED, override=OVER)
    lifecycle.reschedule(other.pk, clinic.slot(hour=15), by=lifecycle.staff(clerk), now=ACTED)
    with pytest.raises(lifecycle.SlotTaken):
        undo("cancel", clerk)


@pytest.mark.parametrize("verb", ACTS)
def test_an_overbooking_that_no_longer_overlaps_is_not_flagged_again(clinic, clerk, below, over, verb):
    by = lifecycle.staff(clerk)
    ACTS[verb](clinic, below, by)
    lifecycle.reschedule(over.pk, clinic.slot(hour=15), by=by, now=ACTED, override=OVER)
    undo(verb, clerk)
    assert stands(over) == ("booked", clinic.slot(hour=15), False, "")


@pytest.mark.parametrize("verb", ["reschedule", "cancel"])
def test_a_booking_made_since_blocks_it_and_the_flag_stays_as_it_is(clinic, clerk, below, over, verb):
    ACTS[verb](clinic, below, lifecycle.staff(clerk))
    clinic.appointment(clinic.slot(hour=12, minute=30), now=ACTED, override=OVER)
    with pytest.raises(lifecycle.SlotTaken):
        undo(verb, clerk)
    over.refresh_from_db()
    assert not over.overbooked
