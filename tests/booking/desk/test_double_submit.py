"""Buttons pressed twice, or on a page that is old by now: done once, and never a “done” for what was not done."""

import re
import uuid

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.requests.forms import MomentField
from booking.models import AppointmentRequest, Event
from booking.scheduling.slots import slot_of
from tests.booking.desk.requests.test_views import page_of, press, status_of, words
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, Clinic, assert_sound, local, make_clerk

pytestmark = pytest.mark.django_db
NOTHING_DONE = "Nothing of yours was done."


@pytest.fixture
def clinic(at):
    at("2026-11-23 10:30")
    return Clinic()


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot(day=3), clinic.slot(day=4, hour=11))


def hidden(client, path, name):
    return re.search(rf'name="{name}" value="([^"]+)"', client.get(path).content.decode())[1]


def twice(client, verb, asked, **data):
    first, second = press(client, verb, asked, **data), press(client, verb, asked, **data)
    return first.status_code, second.status_code


# -- moving and cancelling


@pytest.fixture
def visit(clinic, rosa):
    return clinic.visit()


def to(client, visit, slot, version=1):
    return client.post(reverse("desk:move", args=[visit.pk]), {"version": version, "slot": slot.code})


def test_another_time_pressed_on_the_old_page_is_not_said_to_be_done(client, clinic, visit):
    assert to(client, visit, clinic.slot(day=8)).status_code == 302
    late = to(client, visit, clinic.slot(day=9))
    assert (late.status_code, "You moved this visit at 10:30 AM." in words(late)) == (409, True)
    visit.refresh_from_db()
    assert slot_of(visit) == clinic.slot(day=8)


def test_the_same_time_pressed_twice_is_done_once(client, clinic, visit):
    first, second = to(client, visit, clinic.slot(day=8)), to(client, visit, clinic.slot(day=8))
    assert first["Location"] == second["Location"]


def test_another_reason_pressed_on_the_old_page_is_not_said_to_be_done(client, visit):
    path = reverse("desk:cancel", args=[visit.pk])
    assert client.post(path, {"version": 1, "code": "clinic"}).status_code == 302
    late = client.post(path, {"version": 1, "code": "patient"})
    assert (late.status_code, "You cancelled this visit at 10:30 AM." in words(late)) == (409, True)
    visit.refresh_from_db()
    assert visit.cancel_code == "clinic"


# -- answers


def test_another_end_of_the_same_offer_is_not_said_to_be_done(client, clinic, rosa, asked):
    data = {"offer": [clinic.slot(day=8).code]}
    press(client, "offer", asked, **data, until=MomentField.code(local(2026, 11, 25, 17)))
    late = press(client, "offer", asked, **data, until=MomentField.code(local(2026, 11, 24, 17)))
    assert (late.status_code, "You offered times at 10:30 AM." in words(late)) == (409, True)


def test_fewer_times_of_the_same_offer_are_not_said_to_be_done(client, clinic, rosa, asked):
    eleven, one = (clinic.slot(day=8, hour=hour).code for hour in (11, 13))
    until = MomentField.code(local(2026, 11, 25, 17))
    press(client, "offer", asked, offer=[eleven, one], until=until)
    late = press(client, "offer", asked, offer=[eleven], until=until)
    assert (late.status_code, "You offered times at 10:30 AM." in words(late)) == (409, True)
    assert press(client, "offer", asked, offer=[one, eleven], until=until).status_code == 302


def test_the_second_press_of_an_offer_for_a_visit_that_is_to_be_moved_is_the_first(client, clinic, rosa):
    visit = clinic.visit()
    asked = lifecycle.ask_for_another_time(visit.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    until = MomentField.code(local(2026, 11, 25, 17))
    assert twice(client, "offer", asked, offer=[clinic.slot(day=8).code], until=until) == (302, 302)


def test_another_code_of_the_same_refusal_is_not_said_to_be_done(client, clinic, rosa, asked):
    press(client, "decline", asked, code="other", sentence="Call us.")
    late = press(client, "decline", asked, code="no_times", sentence="Call us.")
    assert (late.status_code, status_of(asked)) == (409, "declined")


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("close", {"why": "She went elsewhere."}),
        ("decline", {"code": "other", "sentence": "Call us."}),
        ("waitlist", {}),
    ],
)
def test_the_second_press_of_an_answer_is_the_first(client, clinic, rosa, asked, verb, data):
    assert twice(client, verb, asked, **data) == (302, 302)
    assert NOTHING_DONE not in words(client.get(page_of(asked)))
    assert asked.events.filter(verb=verb).count() == 1


def test_closing_with_another_reason_is_not_said_to_be_done(client, clinic, rosa, asked):
    press(client, "close", asked, why="She went elsewhere.")
    assert press(client, "close", asked, why="She is ill.").status_code == 409


def test_the_second_press_of_opening_again_is_the_first(client, clinic, lead, asked):
    lifecycle.decline(asked.pk, "other", "Call us.", by=lifecycle.desk(lead), now=MONDAY)
    asked.refresh_from_db()
    assert twice(client, "reopen", asked, why="She called.") == (302, 302)


def test_the_second_press_of_holding_longer_is_the_first(client, clinic, rosa, asked):
    by = lifecycle.desk(rosa)
    lifecycle.offer(asked.pk, [clinic.slot(day=8)], local(2026, 11, 24, 17), by=by, now=MONDAY)
    asked.refresh_from_db()
    until = MomentField.code(local(2026, 11, 25, 17))
    assert twice(client, "extend", asked, until=until) == (302, 302)
    other = press(client, "extend", asked, until=MomentField.code(local(2026, 11, 27, 17)))
    assert other.status_code == 409


def test_the_second_press_of_a_correction_is_the_first(client, clinic, rosa, asked):
    path = reverse("desk:correct", args=[asked.reference])
    data = {"name": "Jane Demo", "birth_date": "3/9/1951", "phone": "718 555 0167", "version": 1, "language": "English"}
    assert [client.post(path, data).status_code for _press in range(2)] == [302, 302]
    assert client.post(path, data | {"name": "Joan Demo"}).status_code == 409
    asked.patient.refresh_from_db()
    assert asked.patient.name == "Jane Demo"


def test_the_second_press_of_a_merge_is_the_first(client, clinic, lead, asked):
    other = clinic.request()
    path = reverse("desk:merge", args=[asked.reference, other.reference])
    data = {"keep": "other", "why": "One person.", "version_other": asked.version, "version_this": other.version}
    first, second = client.post(path, data), client.post(path, data)
    assert (second.status_code, second["Location"]) == (302, first["Location"])


# -- calls and notes


def test_a_note_pressed_twice_is_written_once(client, clinic, rosa, asked):
    data = {"note": "Stairs are hard.", "key": hidden(client, page_of(asked), "key")}
    assert twice(client, "note", asked, **data) == (302, 302)
    assert asked.events.filter(verb="note").count() == 1


def test_the_same_note_from_another_page_is_written_too(client, clinic, rosa, asked):
    for _page in range(2):
        press(client, "note", asked, note="Called again.", key=hidden(client, page_of(asked), "key"))
    assert asked.events.filter(verb="note").count() == 2


def test_a_call_pressed_twice_is_one_try(client, clinic, rosa, asked):
    key = hidden(client, page_of(asked), "key")
    assert twice(client, "log_call", asked, outcome="no_answer", key=key) == (302, 302)
    asked.refresh_from_db()
    assert asked.attempts == 1


def test_another_note_from_the_same_page_is_written_too(client, clinic, rosa, asked):
    key = hidden(client, page_of(asked), "key")
    for text in ("Stairs are hard.", "Her daughter drives.", "Her daughter drives."):
        press(client, "note", asked, note=text, key=key)
    assert asked.events.filter(verb="note").count() == 2


def test_another_outcome_from_the_same_page_is_written_too(client, clinic, rosa, asked):
    key = hidden(client, page_of(asked), "key")
    for outcome in ("no_answer", "reached"):
        press(client, "log_call", asked, outcome=outcome, key=key)
    asked.refresh_from_db()
    assert (asked.attempts, asked.events.filter(verb="log_call").count()) == (0, 2)


def test_the_same_outcome_with_a_note_from_the_same_page_is_written_too(client, clinic, rosa, asked):
    key = hidden(client, page_of(asked), "key")
    for note in ("", "Try the daughter."):
        press(client, "log_call", asked, outcome="no_answer", note=note, key=key)
    assert asked.events.filter(verb="log_call").count() == 2


def test_two_people_told_apart_twice_are_noted_once(client, clinic, lead, asked):
    other = clinic.request()
    assert twice(client, "not_the_same", asked, other=other.reference) == (302, 302)
    assert asked.events.filter(verb="not_same").count() == 1


def test_a_patient_told_twice_is_noted_once_and_no_failure(client, clinic, rosa):
    asked = clinic.request(patient={"email": ""})
    lifecycle.decline(asked.pk, "other", "Call us.", by=lifecycle.desk(rosa), now=MONDAY)
    path = reverse("desk:told", args=[asked.messages.get(status="to_call").pk])
    client.post(path)
    assert "Nothing was noted" not in words(client.post(path, follow=True))
    assert asked.events.filter(verb="tell").count() == 1


def test_a_link_sent_again_by_a_double_click_goes_once(client, clinic, rosa, asked):
    key = hidden(client, page_of(asked), "key")
    for _click in range(5):
        assert press(client, "resend_link", asked, key=key).status_code == 302
    assert (asked.messages.filter(kind="link").count(), asked.events.filter(verb="resend_link").count()) == (1, 1)
    assert press(client, "resend_link", asked, key=hidden(client, page_of(asked), "key")).status_code == 302
    assert asked.messages.filter(kind="link").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_one_moment_one_link_goes(client, clinic, asked):
    by, key = lifecycle.desk(make_clerk(role=None)), uuid.uuid4()

    def click(*_):
        return lifecycle.resend_link(asked.pk, by=by, now=MONDAY, key=key).pk

    [outcomes] = race(2, click)
    assert ends(outcomes) == {"done": 2}
    assert (asked.messages.filter(kind="link").count(), asked.events.filter(verb="resend_link").count()) == (1, 1)
    assert_sound()


def test_a_garbled_key_writes_nothing(client, clinic, rosa, asked):
    assert press(client, "note", asked, note="x", key="'--").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_four_presses_at_one_moment_one_call_is_counted(client, clinic, asked):
    by = lifecycle.desk(make_clerk(role=None))
    key = uuid.uuid4()

    def click(*_):
        return lifecycle.log_call(asked.pk, "no_answer", by=by, now=MONDAY, key=key).attempts

    [outcomes] = race(4, click)
    assert ends(outcomes) == {"done": 4}
    asked.refresh_from_db()
    assert (asked.attempts, asked.events.filter(verb="log_call").count()) == (1, 1)
    assert_sound()


def test_a_next_try_that_has_passed_meanwhile_is_put_off_and_the_call_is_kept(client, clinic, rosa, asked, at):
    proposed = hidden_try(client, asked)
    at("2026-11-23 12:10")
    page = words(press(client, "log_call", asked, outcome="no_answer", next_try=proposed, follow=True))
    assert "The next try that you chose has passed. It is now today, 1:30 PM." in page
    asked.refresh_from_db()
    assert (asked.attempts, asked.next_try_at) == (1, local(2026, 11, 23, 13, 30))


def hidden_try(client, asked):
    html = client.get(page_of(asked)).content.decode().replace("\xa0", " ")
    return re.search(r'<option value="(\d+)">today, 11:30', html)[1]


# -- a wish for another time


def wish(client, visit, note, key):
    path = reverse("desk:ask_again", args=[visit.pk])
    return client.post(path, {"note": note, "flow_key": key})


def key_of(client, visit):
    return hidden(client, reverse("desk:move", args=[visit.pk]), "flow_key")


def wishes(visit):
    return AppointmentRequest.objects.filter(replaces=visit).order_by("pk")


def test_a_wish_pressed_twice_is_one_request(client, clinic, visit):
    key = key_of(client, visit)
    assert wish(client, visit, "Fridays.", key)["Location"] == wish(client, visit, "Fridays.", key)["Location"]
    assert wishes(visit).count() == 1


def test_after_the_first_wish_was_taken_back_a_second_one_is_a_new_request(client, clinic, visit):
    wish(client, visit, "Fridays.", key_of(client, visit))
    lifecycle.withdraw(wishes(visit).get().pk, by=lifecycle.PATIENT, now=MONDAY)
    wish(client, visit, "Mondays, please.", key_of(client, visit))
    assert [(each.status, each.note) for each in wishes(visit)] == [
        ("withdrawn", "Fridays."), ("new", "Mondays, please."),
    ]  # fmt: skip


def test_while_one_waits_a_second_is_refused_and_the_first_is_linked(client, clinic, visit):
    key = key_of(client, visit)
    wish(client, visit, "Fridays.", key)
    path = reverse("desk:move", args=[visit.pk])
    page = client.get(path)
    assert page_of(wishes(visit).get()) in page.content.decode()
    assert "A request for another time waits:" in words(page)
    late = wish(client, visit, "Mondays.", uuid.uuid4())
    assert (late.status_code, "Another time was asked for already." in words(late)) == (409, True)


@pytest.mark.parametrize("path", ["/admin/desk/day/2026-12-03/", "/admin/desk/day/2026-12-03/?by=practitioner"])
def test_the_day_and_the_page_of_the_visit_lead_to_it(client, clinic, visit, path):
    looking = lifecycle.ask_for_another_time(visit.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    for page in (client.get(path), client.get(page_of(visit.request))):
        assert "Another time asked for" in words(page)
        assert page_of(looking) in page.content.decode()


def test_a_wish_too_long_is_not_cut_but_said_and_kept(client, clinic, visit):
    response = wish(client, visit, "x" * 201, key_of(client, visit))
    assert (response.status_code, "Write at most 200 letters." in words(response)) == (400, True)
    assert "x" * 201 in response.content.decode()
    assert not wishes(visit).exists()


# -- correcting leaves the undo


def test_after_a_correction_the_answer_can_still_be_undone(client, clinic, rosa, asked):
    press(client, "confirm", asked, slot=clinic.slot(day=3).code)
    asked.refresh_from_db()
    lifecycle.correct_patient(asked.pk, {"name": "Jane Demo"}, by=lifecycle.desk(rosa), now=local(2026, 11, 23, 10, 30))
    html = client.get(page_of(asked)).content.decode()
    client.post(re.search(r"/admin/desk/undo/\d+/", html)[0])
    asked.patient.refresh_from_db()
    assert (status_of(asked), asked.patient.name) == ("new", "Jane Demo")
    assert Event.objects.filter(verb="undo", appointment=None).count() == 1
    assert_sound()
