"""A change that changes nothing is refused with a sentence, and nobody is told of it: typed, picked or crafted."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment, Event, Message
from booking.scheduling.slots import slot_of
from tests.builders import assert_sound, later, local, make_clerk, make_location, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
SAID = "The appointment is already at this time. Choose another time."
LEAD = lifecycle.Override("Because.", overlap=True, two_places=True)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def by(clinic):
    return lifecycle.staff(make_clerk(role=None))


@pytest.fixture
def appointment(clinic):
    return clinic.appointment()


@pytest.fixture
def asked(clinic, appointment):
    """June asked for another time than December 3 at 9."""
    times = [clinic.slot(day=4)]
    return lifecycle.ask_for_another_time(appointment.pk, times, {}, by=lifecycle.PATIENT, now=later(minutes=1))


def written():
    return Event.objects.count(), Message.objects.count(), list(Appointment.objects.values_list("sequence", "version"))


def refused(act, said=SAID):
    before = written()
    with pytest.raises(lifecycle.SameTime) as refusal:
        act()
    assert refusal.value.sentence.startswith(said)
    assert written() == before


@pytest.mark.parametrize("override", [None, LEAD, lifecycle.Override("Because.")])
def test_moving_an_appointment_to_its_own_time_is_refused(clinic, appointment, by, override):
    refused(
        lambda: lifecycle.reschedule(
            appointment.pk, slot_of(appointment), by=by, now=later(minutes=2), override=override
        )
    )


def test_an_appointment_that_lies_outside_hours_is_not_moved_onto_itself(clinic, by):
    appointment = clinic.appointment(clinic.slot(hour=20), override=lifecycle.Override("Late."))
    refused(lambda: lifecycle.reschedule(appointment.pk, slot_of(appointment), by=by, now=later(), override=LEAD))


def test_confirming_another_time_at_the_same_time_is_refused(clinic, asked, by):
    refused(lambda: lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later(minutes=2)))
    asked.refresh_from_db()
    assert asked.status == "new"


def test_offering_the_appointments_own_time_is_refused(clinic, asked, by):
    slots = [clinic.slot(day=8), clinic.slot()]
    refused(lambda: lifecycle.offer(asked.pk, slots, local(2026, 11, 25, 17), by=by, now=later(minutes=2)))


def test_a_patient_cannot_ask_for_the_time_they_have(clinic, appointment):
    for times in ([clinic.slot()], [clinic.slot(day=4), clinic.slot()]):
        refused(
            lambda times=times: lifecycle.ask_for_another_time(
                appointment.pk, times, {}, by=lifecycle.PATIENT, now=later(minutes=2)
            )
        )


def test_a_patient_cannot_change_their_wish_to_the_time_they_have(clinic, asked):
    refused(lambda: lifecycle.change_times(asked.pk, [clinic.slot()], {}, by=lifecycle.PATIENT, now=later(minutes=2)))


def test_the_time_that_was_called_off_is_not_the_new_one(clinic, appointment, by):
    looking = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later(minutes=2))
    said = "This is the time that was called off."
    refused(lambda: lifecycle.reschedule(appointment.pk, clinic.slot(), by=by, now=later(minutes=3)), said)
    refused(lambda: lifecycle.confirm(looking.pk, clinic.slot(), by=by, now=later(minutes=3)), said)


def test_another_provider_or_another_office_at_the_same_time_is_a_change(clinic, appointment, by):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    lifecycle.reschedule(appointment.pk, clinic.slot(practitioner=other), by=by, now=later(minutes=2))
    there = make_location()
    last = make_practitioner(clinic.appointment_type, there)
    slot = type(clinic.slot())(clinic.slot().starts_at, last.pk, there.pk)
    lifecycle.reschedule(appointment.pk, slot, by=by, now=later(minutes=3))
    assert Message.objects.filter(kind="rescheduled").count() == 2


def test_a_canceled_appointments_time_can_be_had_again(clinic, appointment, asked, by):
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=later(minutes=2))
    lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later(minutes=3))
    assert Appointment.objects.filter(status="booked", starts_at=clinic.slot().starts_at).exists()


# -- the pages


@pytest.fixture
def rosa(client, clinic):
    user = make_clerk()
    client.force_login(user)
    return user


@pytest.mark.parametrize("how", ["picked", "typed", "typed another way"])
def test_the_desk_reads_why(client, clinic, rosa, appointment, how):
    posted = {
        "picked": {"slot": clinic.slot().code},
        "typed": {"special": "1", "on": "2026-12-03", "at": "09:00"},
        "typed another way": {"special": "1", "on": "12/3/2026", "at": "9:00 AM", "why": "They insist."},
    }[how]
    where = {"who": appointment.practitioner.slug, "where": appointment.location.slug, "version": appointment.version}
    before = written()
    page = client.post(reverse("desk:reschedule", args=[appointment.pk]), posted | where)
    assert (page.status_code, written()) == (409, before)
    assert SAID in words(page)


def test_a_crafted_confirm_is_refused_in_words(client, clinic, rosa, asked):
    before = written()
    path = reverse("desk:confirm", args=[asked.reference])
    page = client.post(path, {"version": asked.version, "slot": clinic.slot().code})
    assert (page.status_code, written()) == (409, before)
    assert SAID in words(page)


def test_the_desk_is_not_shown_the_time_that_the_patient_has(client, clinic, rosa, asked):
    page = client.get(reverse("desk:request", args=[asked.reference]), {"from": "2026-12-03", "wide": "1"})
    assert clinic.slot(hour=9, minute=40).code in page.content.decode()
    assert clinic.slot().code not in page.content.decode()
