"""A visit to which the patient was told not to come, once its hour has come: it does not stay booked for good."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Event
from tests.booking.desk.day.test_views import words
from tests.booking.desk.requests.test_views import page_of, press
from tests.builders import MONDAY, assert_settled, assert_sound, local, make_clerk

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
    return lifecycle.desk(rosa)


@pytest.fixture
def visit(clinic, rosa):
    return clinic.visit()


@pytest.fixture
def looking(visit, by):
    """The request that looks for another time: we cannot keep the visit's."""
    return lifecycle.strand(visit.pk, by=by, now=MONDAY)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def answered(verb, clinic, looking, by, now):
    rest = {"decline": ["other", "Call us."], "close": ["Not reached."], "confirm": [clinic.slot(day=8)]}
    getattr(lifecycle, verb)(looking.pk, *rest.get(verb, []), by=by, now=now)


def state(visit, looking):
    for row in (visit, looking):
        row.refresh_from_db()
    return visit.status, looking.status


@pytest.mark.parametrize("now", [BEGUN, NEXT_DAY])
def test_it_can_be_cancelled_and_its_request_ends_with_it(visit, looking, by, now):
    lifecycle.cancel(visit.pk, "clinic", by=by, now=now)
    assert state(visit, looking) == ("cancelled", "closed")


def test_a_visit_that_stands_cannot(visit, by):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(visit.pk, "clinic", by=by, now=BEGUN)


@pytest.mark.parametrize("moment", ["2026-12-03 09:20", "2026-12-04 09:20"])
def test_the_day_leads_to_cancelling_it_and_that_page_lets_it(client, visit, looking, rosa, at, moment):
    at(moment)
    client.force_login(rosa)
    path = reverse("desk:cancel", args=[visit.pk])
    day = client.get("/admin/desk/day/2026-12-03/").content.decode()
    assert (path in day, reverse("desk:move", args=[visit.pk]) in day) == (True, False)
    assert path in client.get(page_of(looking)).content.decode()
    visit.refresh_from_db()
    assert "This visit has begun." not in words(client.get(path))
    assert client.post(path, {"version": visit.version, "code": "clinic"}).status_code == 302
    assert state(visit, looking) == ("cancelled", "closed")


ANSWERS = {"decline": "declined", "close": "closed", "confirm": "confirmed", "withdraw": "withdrawn"}


@pytest.mark.parametrize("verb", ANSWERS)
def test_an_answer_to_its_request_calls_it_off(clinic, visit, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    assert state(visit, looking) == ("cancelled", ANSWERS[verb])
    assert visit.cancel_code == ("patient" if verb == "withdraw" else "clinic")
    assert looking.messages.exclude(event=None).latest("pk").kind == ANSWERS[verb]


@pytest.mark.parametrize("verb", ANSWERS)
def test_undoing_the_answer_brings_both_back(clinic, visit, looking, by, verb):
    answered(verb, clinic, looking, by, BEGUN)
    event = Event.objects.filter(verb=verb, appointment=None).latest("pk")
    lifecycle.undo(event.pk, user=by.user, now=BEGUN)
    assert state(visit, looking) == ("booked", "new")
    assert visit.is_stranded


def test_merging_its_request_into_another_one_calls_it_off(clinic, visit, looking, by):
    kept = clinic.request()
    lifecycle.merge(looking.pk, kept.pk, "One person.", by=by, now=BEGUN)
    assert state(visit, looking) == ("cancelled", "closed")


def test_an_accepted_offer_calls_it_off(clinic, visit, looking, by):
    lifecycle.offer(looking.pk, [clinic.slot(day=8)], local(2026, 12, 7, 17), by=by, now=MONDAY)
    lifecycle.accept_offer(looking.pk, clinic.slot(day=8), by=lifecycle.PATIENT, now=BEGUN)
    assert state(visit, looking) == ("cancelled", "confirmed")


@pytest.mark.parametrize("verb", ["decline", "confirm"])
def test_who_came_all_the_same_is_not_called_off(clinic, visit, looking, by, verb):
    lifecycle.check_in(visit.pk, by=by, now=BEGUN)
    answered(verb, clinic, looking, by, BEGUN)
    assert state(visit, looking) == ("arrived", ANSWERS[verb])


def test_declining_on_the_page_goes_through(client, visit, looking, rosa, at):
    at("2026-12-03 09:20")
    client.force_login(rosa)
    assert press(client, "decline", looking, code="other", sentence="Call us.").status_code == 302
    assert state(visit, looking) == ("cancelled", "declined")
