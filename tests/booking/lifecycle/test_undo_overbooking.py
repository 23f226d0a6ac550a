"""Undo of an act that freed a time which another visit was deliberately booked over."""

import pytest

from booking import lifecycle
from booking.models import Event
from booking.scheduling.slots import slot_of
from tests.builders import Clinic, assert_settled, assert_sound, later, make_clerk

ACTED, SOON = later(minutes=5), later(minutes=6)
OVER = lifecycle.Beyond("Both come for results.", overlap=True)


@pytest.fixture
def clinic(db):
    return Clinic()


@pytest.fixture
def rosa(clinic):
    return make_clerk(role=None)


@pytest.fixture
def below(clinic):
    return clinic.visit(clinic.slot(hour=13))


@pytest.fixture
def over(clinic, below):
    return clinic.visit(clinic.slot(hour=13, minute=10), beyond=OVER)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def to_eleven(clinic, visit, by):
    lifecycle.move_visit(visit.pk, clinic.slot(hour=11, minute=40), by=by, now=ACTED)


def away(clinic, visit, by):
    lifecycle.cancel(visit.pk, "clinic", by=by, now=ACTED)


def at_the_patients_wish(clinic, visit, by):
    asked = lifecycle.ask_for_another_time(visit.pk, [], {}, by=lifecycle.PATIENT, now=ACTED)
    lifecycle.confirm(asked.pk, clinic.slot(hour=11, minute=40), by=by, now=ACTED)


ACTS = {"move": to_eleven, "cancel": away, "confirm": at_the_patients_wish}


def undo(verb, user):
    return lifecycle.undo(Event.objects.filter(verb=verb, cause=None).earliest("pk").pk, user=user, now=SOON)


def stands(visit):
    visit.refresh_from_db()
    return visit.status, slot_of(visit), visit.overbooked, visit.overbook_reason


@pytest.mark.parametrize("verb", ACTS)
def test_the_visit_comes_back_under_the_one_that_was_booked_over_it(clinic, rosa, below, over, verb):
    ACTS[verb](clinic, below, lifecycle.desk(rosa))
    over.refresh_from_db()
    assert not over.overbooked
    undo(verb, rosa)
    assert stands(below) == ("booked", clinic.slot(hour=13), False, "")
    assert stands(over) == ("booked", clinic.slot(hour=13, minute=10), True, "Both come for results.")


@pytest.mark.parametrize("verb", ACTS)
def test_it_comes_back_under_two_as_well(clinic, rosa, below, over, verb):
    third = clinic.visit(clinic.slot(hour=13, minute=20), beyond=OVER)
    ACTS[verb](clinic, below, lifecycle.desk(rosa))
    undo(verb, rosa)
    flags = [stands(visit)[2] for visit in (below, over, third)]
    assert flags == [False, True, True]


def test_it_does_not_come_back_under_what_went_over_its_time_since(clinic, rosa, below):
    away(clinic, below, lifecycle.desk(rosa))
    other = clinic.visit(clinic.slot(hour=13), now=ACTED)
    clinic.visit(clinic.slot(hour=13, minute=10), now=ACTED, beyond=OVER)
    lifecycle.move_visit(other.pk, clinic.slot(hour=15), by=lifecycle.desk(rosa), now=ACTED)
    with pytest.raises(lifecycle.SlotTaken):
        undo("cancel", rosa)


@pytest.mark.parametrize("verb", ACTS)
def test_that_one_is_not_flagged_where_it_is_over_nothing_any_more(clinic, rosa, below, over, verb):
    by = lifecycle.desk(rosa)
    ACTS[verb](clinic, below, by)
    lifecycle.move_visit(over.pk, clinic.slot(hour=15), by=by, now=ACTED, beyond=OVER)
    undo(verb, rosa)
    assert stands(over) == ("booked", clinic.slot(hour=15), False, "")


@pytest.mark.parametrize("verb", ["move", "cancel"])
def test_what_came_since_is_in_the_way_and_the_flag_stays_as_it_is(clinic, rosa, below, over, verb):
    ACTS[verb](clinic, below, lifecycle.desk(rosa))
    clinic.visit(clinic.slot(hour=12, minute=30), now=ACTED, beyond=OVER)
    with pytest.raises(lifecycle.SlotTaken):
        undo(verb, rosa)
    over.refresh_from_db()
    assert not over.overbooked
