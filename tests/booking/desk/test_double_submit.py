"""Buttons pressed twice or on an outdated page: done once, and never reported as done if it was not."""

import re
import uuid

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.requests.forms import MomentField
from booking.models import AppointmentRequest, Event
from booking.scheduling.slots import slot_of
from tests.booking.desk.page import page_of, press, status_of
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, assert_sound, local, make_clerk
from tests.pages import markup, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rosa")]
NOTHING_DONE = "Your change was not saved."


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request(clinic.slot(day=3), clinic.slot(day=4, hour=11))


def hidden(client, path, name):
    return re.search(rf'name="{name}" value="([^"]+)"', client.get(path).content.decode())[1]


def twice(client, verb, appointment_request, **data):
    first, second = press(client, verb, appointment_request, **data), press(client, verb, appointment_request, **data)
    return first.status_code, second.status_code


# -- rescheduling and canceling


def to(client, appointment, slot, version=1):
    return client.post(reverse("desk:reschedule", args=[appointment.pk]), {"version": version, "slot": slot.code})


def test_another_time_from_an_outdated_page_is_not_reported_as_done(client, clinic, appointment):
    assert to(client, appointment, clinic.slot(day=8)).status_code == 302
    late = to(client, appointment, clinic.slot(day=9))
    assert (late.status_code, "You moved this appointment at 10:05 AM." in words(late)) == (409, True)
    appointment.refresh_from_db()
    assert slot_of(appointment) == clinic.slot(day=8)


def test_the_same_time_pressed_twice_is_done_once(client, clinic, appointment):
    first, second = to(client, appointment, clinic.slot(day=8)), to(client, appointment, clinic.slot(day=8))
    assert first["Location"] == second["Location"]


def test_another_reason_from_an_outdated_page_is_not_reported_as_done(client, appointment):
    path = reverse("desk:cancel", args=[appointment.pk])
    assert client.post(path, {"version": 1, "code": "clinic"}).status_code == 302
    late = client.post(path, {"version": 1, "code": "patient"})
    assert (late.status_code, "You canceled this appointment at 10:05 AM." in words(late)) == (409, True)
    appointment.refresh_from_db()
    assert appointment.cancel_code == "clinic"


# -- answers


def test_another_deadline_for_the_same_offer_is_not_reported_as_done(client, clinic, rosa, appointment_request):
    data = {"offer": [clinic.slot(day=8).code]}
    press(client, "offer", appointment_request, **data, until=MomentField.code(local(2026, 11, 25, 17)))
    late = press(client, "offer", appointment_request, **data, until=MomentField.code(local(2026, 11, 24, 17)))
    assert (late.status_code, "You offered times at 10:05 AM." in words(late)) == (409, True)


def test_an_offer_of_fewer_times_is_not_reported_as_done(client, clinic, rosa, appointment_request):
    eleven, one = (clinic.slot(day=8, hour=hour).code for hour in (11, 13))
    until = MomentField.code(local(2026, 11, 25, 17))
    press(client, "offer", appointment_request, offer=[eleven, one], until=until)
    late = press(client, "offer", appointment_request, offer=[eleven], until=until)
    assert (late.status_code, "You offered times at 10:05 AM." in words(late)) == (409, True)
    assert press(client, "offer", appointment_request, offer=[one, eleven], until=until).status_code == 302


def test_a_double_click_on_an_offer_to_reschedule_makes_one_offer(client, clinic, rosa):
    appointment = clinic.appointment()
    appointment_request = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    until = MomentField.code(local(2026, 11, 25, 17))
    assert twice(client, "offer", appointment_request, offer=[clinic.slot(day=8).code], until=until) == (302, 302)


def test_declining_with_another_code_is_not_reported_as_done(client, clinic, rosa, appointment_request):
    press(client, "decline", appointment_request, code="other", sentence="Call us.")
    late = press(client, "decline", appointment_request, code="no_times", sentence="Call us.")
    assert (late.status_code, status_of(appointment_request)) == (409, "declined")


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("close", {"why": "She went elsewhere."}),
        ("decline", {"code": "other", "sentence": "Call us."}),
        ("waitlist", {}),
    ],
)
def test_a_double_click_answers_once(client, clinic, rosa, appointment_request, verb, data):
    assert twice(client, verb, appointment_request, **data) == (302, 302)
    assert NOTHING_DONE not in words(client.get(page_of(appointment_request)))
    assert appointment_request.events.filter(verb=verb).count() == 1


def test_closing_with_another_reason_is_not_reported_as_done(client, clinic, rosa, appointment_request):
    press(client, "close", appointment_request, why="She went elsewhere.")
    assert press(client, "close", appointment_request, why="She is ill.").status_code == 409


def test_a_double_click_reopens_once(client, clinic, lead, appointment_request):
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(lead), now=MONDAY)
    appointment_request.refresh_from_db()
    assert twice(client, "reopen", appointment_request, why="She called.") == (302, 302)


def test_a_double_click_extends_an_offer_once(client, clinic, rosa, appointment_request):
    by = lifecycle.staff(rosa)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], local(2026, 11, 24, 17), by=by, now=MONDAY)
    appointment_request.refresh_from_db()
    until = MomentField.code(local(2026, 11, 25, 17))
    assert twice(client, "extend_offer", appointment_request, until=until) == (302, 302)
    other = press(client, "extend_offer", appointment_request, until=MomentField.code(local(2026, 11, 27, 17)))
    assert other.status_code == 409


def test_a_double_click_corrects_once(client, clinic, rosa, appointment_request):
    path = reverse("desk:correct_patient", args=[appointment_request.reference])
    data = {"name": "Jane Demo", "birth_date": "3/9/1951", "phone": "718 555 0167", "version": 1, "language": "English"}
    assert [client.post(path, data).status_code for _press in range(2)] == [302, 302]
    assert client.post(path, data | {"name": "Joan Demo"}).status_code == 409
    appointment_request.patient.refresh_from_db()
    assert appointment_request.patient.name == "Jane Demo"


def test_a_double_click_merges_once(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    path = reverse("desk:merge", args=[appointment_request.reference, other.reference])
    data = {
        "keep": "other",
        "why": "One person.",
        "version_other": appointment_request.version,
        "version_this": other.version,
    }
    first, second = client.post(path, data), client.post(path, data)
    assert (second.status_code, second["Location"]) == (302, first["Location"])


# -- what is no longer in effect is not reported as done


def undo_last(client, appointment_request):
    last = appointment_request.events.filter(cause=None).latest("pk")
    client.post(reverse("desk:undo", args=[last.pk]), {"undo_why": "Wrong one."})


@pytest.mark.parametrize("verb", ["confirm", "waitlist", "decline", "offer"])
def test_an_undone_answer_is_not_repeated_by_the_outdated_page(client, clinic, lead, appointment_request, verb):
    slot, until = clinic.slot(day=3), MomentField.code(local(2026, 11, 25, 17))
    data = {
        "confirm": {"slot": slot.code}, "waitlist": {}, "decline": {"code": "other", "sentence": "Call us."},
        "offer": {"offer": [clinic.slot(day=8).code], "until": until},
    }[verb]  # fmt: skip
    assert press(client, verb, appointment_request, **data).status_code == 302
    undo_last(client, appointment_request)
    assert press(client, verb, appointment_request, **data).status_code == 409
    assert status_of(appointment_request) == "new"


def test_a_refused_offer_is_not_made_again_by_the_outdated_page(client, clinic, rosa, appointment_request):
    data = {"offer": [clinic.slot(day=8).code], "until": MomentField.code(local(2026, 11, 25, 17))}
    press(client, "offer", appointment_request, **data)
    lifecycle.refuse_offer(appointment_request.pk, by=lifecycle.PATIENT, now=MONDAY)
    assert press(client, "offer", appointment_request, **data).status_code == 409


def test_an_undone_cancellation_is_not_repeated_by_the_outdated_page(client, lead, appointment):
    path, data = reverse("desk:cancel", args=[appointment.pk]), {"version": 1, "code": "clinic"}
    assert client.post(path, data).status_code == 302
    undo_last(client, appointment.appointment_request)
    assert client.post(path, data).status_code == 409
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_an_undone_reschedule_is_not_repeated_by_the_outdated_page(client, clinic, lead, appointment):
    assert to(client, appointment, clinic.slot(day=8)).status_code == 302
    undo_last(client, appointment.appointment_request)
    assert to(client, appointment, clinic.slot(day=8)).status_code == 409


def test_a_reverted_status_is_not_set_again_by_the_outdated_page(client, rosa, appointment, at):
    at("2026-12-03 09:05")
    client.force_login(rosa)
    mark, back = (reverse(f"desk:{verb}", args=[appointment.pk]) for verb in ("check_in", "revert_status"))
    client.post(mark, {"version": 1})
    client.post(back, {"version": 2})
    again = client.post(mark, {"version": 1}, follow=True)
    assert ": You undid the last status change at 9:05 AM." in words(again)
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_an_overwritten_correction_is_not_repeated_by_the_outdated_page(client, clinic, rosa, appointment_request):
    path = reverse("desk:correct_patient", args=[appointment_request.reference])
    data = {"name": "Jane Demo", "birth_date": "3/9/1951", "phone": "718 555 0167", "version": 1, "language": "English"}
    client.post(path, data)
    assert client.post(path, data | {"name": "Joan Demo", "version": 2}).status_code == 302
    assert client.post(path, data).status_code == 409


def test_an_undone_merge_is_not_repeated_by_the_outdated_page(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    path = reverse("desk:merge", args=[appointment_request.reference, other.reference])
    data = {"keep": "other", "why": "One.", "version_other": appointment_request.version, "version_this": other.version}
    assert client.post(path, data).status_code == 302
    undo_last(client, appointment_request)
    assert client.post(path, data).status_code == 409


# -- calls and notes


def test_a_call_with_another_next_try_from_the_same_page_counts_once(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    for hour in (14, 15):
        next_try = MomentField.code(local(2026, 11, 23, hour))
        press(client, "log_call", appointment_request, outcome="no_answer", key=key, next_try=next_try)
    appointment_request.refresh_from_db()
    assert appointment_request.attempts == 1


def test_without_a_form_key_the_same_note_is_added_each_time(client, clinic, rosa, appointment_request):
    for _press in range(2):
        press(client, "add_note", appointment_request, note="Stairs are hard.")
    assert appointment_request.events.filter(verb="add_note").count() == 2


def test_a_double_click_adds_one_note(client, clinic, rosa, appointment_request):
    data = {"note": "Stairs are hard.", "key": hidden(client, page_of(appointment_request), "key")}
    assert twice(client, "add_note", appointment_request, **data) == (302, 302)
    assert appointment_request.events.filter(verb="add_note").count() == 1


def test_the_same_note_from_another_page_is_added_too(client, clinic, rosa, appointment_request):
    for _page in range(2):
        press(
            client,
            "add_note",
            appointment_request,
            note="Called again.",
            key=hidden(client, page_of(appointment_request), "key"),
        )
    assert appointment_request.events.filter(verb="add_note").count() == 2


def test_a_double_click_logs_one_call(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    assert twice(client, "log_call", appointment_request, outcome="no_answer", key=key) == (302, 302)
    appointment_request.refresh_from_db()
    assert appointment_request.attempts == 1


def test_another_note_from_the_same_page_is_added_too(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    for text in ("Stairs are hard.", "Her daughter drives.", "Her daughter drives."):
        press(client, "add_note", appointment_request, note=text, key=key)
    assert appointment_request.events.filter(verb="add_note").count() == 2


def test_another_outcome_from_the_same_page_is_logged_too(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    for outcome in ("no_answer", "reached"):
        press(client, "log_call", appointment_request, outcome=outcome, key=key)
    appointment_request.refresh_from_db()
    assert (appointment_request.attempts, appointment_request.events.filter(verb="log_call").count()) == (0, 2)


def test_the_same_outcome_with_a_note_from_the_same_page_is_logged_too(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    for note in ("", "Try the daughter."):
        press(client, "log_call", appointment_request, outcome="no_answer", note=note, key=key, again="1")
    assert appointment_request.events.filter(verb="log_call").count() == 2


def test_marking_two_people_as_different_twice_is_recorded_once(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    assert twice(client, "not_the_same", appointment_request, other=other.reference) == (302, 302)
    assert appointment_request.events.filter(verb="not_the_same").count() == 1


def test_marking_a_patient_as_notified_twice_is_recorded_once_and_is_no_error(client, clinic, rosa):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    path = reverse("desk:mark_notified", args=[appointment_request.messages.get(status="to_call").pk])
    client.post(path)
    assert "already marked it" not in words(client.post(path, follow=True))
    assert appointment_request.events.filter(verb="mark_notified").count() == 1


def test_a_double_click_resends_the_link_once(client, clinic, rosa, appointment_request):
    key = hidden(client, page_of(appointment_request), "key")
    for _click in range(5):
        assert press(client, "resend_link", appointment_request, key=key).status_code == 302
    assert (
        appointment_request.messages.filter(kind="link").count(),
        appointment_request.events.filter(verb="resend_link").count(),
    ) == (1, 1)
    assert (
        press(
            client, "resend_link", appointment_request, key=hidden(client, page_of(appointment_request), "key")
        ).status_code
        == 302
    )
    assert appointment_request.messages.filter(kind="link").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_simultaneous_clicks_one_sends_the_link(client, clinic, appointment_request):
    by = lifecycle.staff(make_clerk(role=None), form_key="a form")

    def click(*_):
        return lifecycle.resend_link(appointment_request.pk, by=by, now=MONDAY).pk

    [outcomes] = race(2, click)
    assert ends(outcomes) == {"done": 2}
    assert (
        appointment_request.messages.filter(kind="link").count(),
        appointment_request.events.filter(verb="resend_link").count(),
    ) == (1, 1)
    assert_sound()


def test_an_invalid_form_key_writes_nothing(client, clinic, rosa, appointment_request):
    assert press(client, "add_note", appointment_request, note="x", key="'--").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_four_simultaneous_presses_one_logs_the_call(client, clinic, appointment_request):
    by = lifecycle.staff(make_clerk(role=None), form_key="a form")

    def click(*_):
        return lifecycle.log_call(appointment_request.pk, "no_answer", by=by, now=MONDAY).attempts

    [outcomes] = race(4, click)
    assert ends(outcomes) == {"done": 4}
    appointment_request.refresh_from_db()
    assert (appointment_request.attempts, appointment_request.events.filter(verb="log_call").count()) == (1, 1)
    assert_sound()


def test_a_next_try_that_has_passed_is_put_off_and_the_call_is_logged(client, clinic, rosa, appointment_request, at):
    proposed = hidden_try(client, appointment_request)
    at("2026-11-23 12:10")
    client.logout()  # the session of two hours ago is over
    client.force_login(rosa)
    page = words(press(client, "log_call", appointment_request, outcome="no_answer", next_try=proposed, follow=True))
    assert "The next try you chose has passed. It is now today, 1:30 PM." in page
    appointment_request.refresh_from_db()
    assert (appointment_request.attempts, appointment_request.next_try_at) == (1, local(2026, 11, 23, 13, 30))


def hidden_try(client, appointment_request):
    html = markup(client.get(page_of(appointment_request))).replace("\xa0", " ")
    return re.search(r'<option value="(\d+)">today, 11:30', html)[1]


# -- a request for another time


def ask_again_form(client, appointment, note, key):
    path = reverse("desk:ask_again", args=[appointment.pk])
    return client.post(path, {"note": note, "flow_key": key})


def key_of(client, appointment):
    return hidden(client, reverse("desk:reschedule", args=[appointment.pk]), "flow_key")


def requests_for(appointment):
    return AppointmentRequest.objects.filter(replaces=appointment).order_by("pk")


def test_a_double_click_creates_one_request_for_another_time(client, clinic, appointment):
    key = key_of(client, appointment)
    assert (
        ask_again_form(client, appointment, "Fridays.", key)["Location"]
        == ask_again_form(client, appointment, "Fridays.", key)["Location"]
    )
    assert requests_for(appointment).count() == 1


def test_after_the_first_was_withdrawn_a_second_one_is_a_new_request(client, clinic, appointment):
    ask_again_form(client, appointment, "Fridays.", key_of(client, appointment))
    lifecycle.withdraw(requests_for(appointment).get().pk, by=lifecycle.PATIENT, now=MONDAY)
    ask_again_form(client, appointment, "Mondays, please.", key_of(client, appointment))
    assert [(each.status, each.note) for each in requests_for(appointment)] == [
        ("withdrawn", "Fridays."), ("new", "Mondays, please."),
    ]  # fmt: skip


def test_while_one_is_open_a_second_is_refused_and_the_first_is_linked(client, clinic, appointment):
    key = key_of(client, appointment)
    ask_again_form(client, appointment, "Fridays.", key)
    path = reverse("desk:reschedule", args=[appointment.pk])
    page = client.get(path)
    assert page_of(requests_for(appointment).get()) in page.content.decode()
    assert "A request for a new time is open:" in words(page)
    late = ask_again_form(client, appointment, "Mondays.", uuid.uuid4())
    assert (late.status_code, "Another time was already requested." in words(late)) == (409, True)


@pytest.mark.parametrize("path", ["/admin/desk/day/2026-12-03/", "/admin/desk/day/2026-12-03/?by=practitioner"])
def test_the_day_and_the_appointments_page_link_to_it(client, clinic, appointment, path):
    looking = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    for page in (client.get(path), client.get(page_of(appointment.appointment_request))):
        assert "New time requested" in words(page)
        assert page_of(looking) in page.content.decode()


def test_a_text_that_is_too_long_is_kept_with_an_error_and_not_cut(client, clinic, appointment):
    response = ask_again_form(client, appointment, "x" * 201, key_of(client, appointment))
    assert (response.status_code, "Use up to 200 characters." in words(response)) == (400, True)
    assert "x" * 201 in response.content.decode()
    assert not requests_for(appointment).exists()


# -- a correction does not prevent undo


def test_after_a_correction_the_answer_can_still_be_undone(client, clinic, rosa, appointment_request):
    press(client, "confirm", appointment_request, slot=clinic.slot(day=3).code)
    appointment_request.refresh_from_db()
    lifecycle.correct_patient(
        appointment_request.pk, {"name": "Jane Demo"}, by=lifecycle.staff(rosa), now=local(2026, 11, 23, 10, 30)
    )
    html = client.get(page_of(appointment_request)).content.decode()
    client.post(re.search(r"/admin/desk/undo/\d+/", html)[0])
    appointment_request.patient.refresh_from_db()
    assert (status_of(appointment_request), appointment_request.patient.name) == ("new", "Jane Demo")
    assert Event.objects.filter(verb="undo", appointment=None).count() == 1
    assert_sound()
