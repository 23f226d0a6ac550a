"""A called-off appointment whose time has come: it does not stay booked forever."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Event
from tests.booking.desk.page import page_of, press
from tests.builders import MONDAY, assert_settled, assert_sound, local, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
BEGUN = local(2026, 12, 3, 9, 20)
NEXT_DAY = local(2026, 12, 4, 9, 20)


@pytest.fixture
def rosa(client, clinic):
    user = make_clerk("Desk lead")
    client.force_login(user)
    return user


@pytest.fixture
def by(rosa):
    return lifecycle.staff(rosa)


@pytest.fixture
def looking(appointment, by):
    """The open request for another time, made when we could not keep the appointment."""
    return lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def answered(verb, clinic, looking, by, now):
    rest = {"decline": ["other", "Call us."], "close": ["Not reached."], "confirm": [clinic.slot(day=8)]}
    getattr(lifecycle, verb)(looking.pk, *rest.get(verb, []), by=by, now=now)


def state(appointment, looking):
    for row in (appointment, looking):
        row.refresh_from_db()
    return appointment.status, looking.status


@pytest.mark.parametrize("now", [BEGUN, NEXT_DAY])
def test_it_can_be_canceled_and_its_request_ends_with_it(appointment, looking, by, now):
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=now)
    assert state(appointment, looking) == ("cancelled", "closed")


def test_an_appointment_we_can_keep_cannot_be_canceled_after_its_start(appointment, by):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=BEGUN)


@pytest.mark.parametrize("moment", ["2026-12-03 09:20", "2026-12-04 09:20"])
def test_the_day_links_to_canceling_it_and_that_page_allows_it(client, appointment, looking, rosa, at, moment):
    at(moment)
    client.force_login(rosa)
    path = reverse("desk:cancel", args=[appointment.pk])
    day = client.get("/admin/desk/day/2026-12-03/").content.decode()
    assert (path in day, reverse("desk:reschedule", args=[appointment.pk]) in day) == (True, False)
    assert path in client.get(page_of(looking)).content.decode()
    appointment.refresh_from_db()
    assert "This appointment has already started." not in words(client.get(path))
    assert client.post(path, {"version": appointment.version, "code": "clinic"}).status_code == 302
    assert state(appointment, looking) == ("cancelled", "closed")


ANSWERS = {"decline": "declined", "close": "closed", "confirm": "confirmed", "withdraw": "withdrawn"}


@pytest.mark.parametrize("verb", ANSWERS)
def test_answering_its_request_cancels_it(clinic, appointment, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    assert state(appointment, looking) == ("cancelled", ANSWERS[verb])
    assert appointment.cancel_code == ("patient" if verb == "withdraw" else "clinic")
    assert looking.messages.exclude(event=None).latest("pk").kind == ANSWERS[verb]


@pytest.mark.parametrize("verb", ANSWERS)
def test_undoing_the_answer_restores_both(clinic, appointment, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    event = Event.objects.filter(verb=verb, appointment=None).latest("pk")
    lifecycle.undo(event.pk, user=by.user, now=BEGUN)
    assert state(appointment, looking) == ("booked", "new")
    assert appointment.needs_rebooking


def test_merging_its_request_into_another_cancels_it(clinic, appointment, looking, by):
    kept = clinic.appointment_request()
    lifecycle.merge(looking.pk, kept.pk, "One person.", by=by, now=BEGUN)
    assert state(appointment, looking) == ("cancelled", "closed")


def test_accepting_an_offer_cancels_it(clinic, appointment, looking, by):
    lifecycle.offer(looking.pk, [clinic.slot(day=8)], local(2026, 12, 7, 17), by=by, now=MONDAY)
    lifecycle.accept_offer(looking.pk, clinic.slot(day=8), by=lifecycle.PATIENT, now=BEGUN)
    assert state(appointment, looking) == ("cancelled", "confirmed")


@pytest.mark.parametrize("verb", ["decline", "confirm"])
def test_it_is_not_canceled_if_the_patient_came_anyway(clinic, appointment, looking, by, verb):
    lifecycle.check_in(appointment.pk, by=by, now=BEGUN)
    answered(verb, clinic, looking, by, BEGUN)
    assert state(appointment, looking) == ("arrived", ANSWERS[verb])


def test_its_request_can_be_declined_on_the_page(client, appointment, looking, rosa, at):
    at("2026-12-03 09:20")
    client.force_login(rosa)
    assert press(client, "decline", looking, code="other", sentence="Call us.").status_code == 302
    assert state(appointment, looking) == ("cancelled", "declined")
