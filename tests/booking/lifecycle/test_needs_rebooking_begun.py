"""An appointment that was called off, once its hour has come: it does not stay booked for good."""

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
    """The request that looks for another time: we cannot keep the appointment's."""
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
def test_it_can_be_cancelled_and_its_request_ends_with_it(appointment, looking, by, now):
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=now)
    assert state(appointment, looking) == ("cancelled", "closed")


def test_an_appointment_that_stands_cannot(appointment, by):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=BEGUN)


@pytest.mark.parametrize("moment", ["2026-12-03 09:20", "2026-12-04 09:20"])
def test_the_day_leads_to_cancelling_it_and_that_page_lets_it(client, appointment, looking, rosa, at, moment):
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
def test_an_answer_to_its_request_calls_it_off(clinic, appointment, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    assert state(appointment, looking) == ("cancelled", ANSWERS[verb])
    assert appointment.cancel_code == ("patient" if verb == "withdraw" else "clinic")
    assert looking.messages.exclude(event=None).latest("pk").kind == ANSWERS[verb]


@pytest.mark.parametrize("verb", ANSWERS)
def test_undoing_the_answer_brings_both_back(clinic, appointment, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    event = Event.objects.filter(verb=verb, appointment=None).latest("pk")
    lifecycle.undo(event.pk, user=by.user, now=BEGUN)
    assert state(appointment, looking) == ("booked", "new")
    assert appointment.needs_rebooking


def test_merging_its_request_into_another_one_calls_it_off(clinic, appointment, looking, by):
    kept = clinic.appointment_request()
    lifecycle.merge(looking.pk, kept.pk, "One person.", by=by, now=BEGUN)
    assert state(appointment, looking) == ("cancelled", "closed")


def test_an_accepted_offer_calls_it_off(clinic, appointment, looking, by):
    lifecycle.offer(looking.pk, [clinic.slot(day=8)], local(2026, 12, 7, 17), by=by, now=MONDAY)
    lifecycle.accept_offer(looking.pk, clinic.slot(day=8), by=lifecycle.PATIENT, now=BEGUN)
    assert state(appointment, looking) == ("cancelled", "confirmed")


@pytest.mark.parametrize("verb", ["decline", "confirm"])
def test_who_came_all_the_same_is_not_called_off(clinic, appointment, looking, by, verb):
    lifecycle.check_in(appointment.pk, by=by, now=BEGUN)
    answered(verb, clinic, looking, by, BEGUN)
    assert state(appointment, looking) == ("arrived", ANSWERS[verb])


def test_declining_on_the_page_goes_through(client, appointment, looking, rosa, at):
    at("2026-12-03 09:20")
    client.force_login(rosa)
    assert press(client, "decline", looking, code="other", sentence="Call us.").status_code == 302
    assert state(appointment, looking) == ("cancelled", "declined")
