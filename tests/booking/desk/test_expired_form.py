"""A form posted after the session has expired: nothing is done, nothing is lost, and no other site's form is shown."""

import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from booking.desk.expired_form import MOST_FIELDS, MOST_LETTERS
from booking.desk.expired_form_labels import TITLES
from booking.desk.urls import urlpatterns
from booking.models import AppointmentRequest, Event
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
PASSWORD = "correct horse battery staple"
OURS = {"Origin": "http://testserver"}
NOTE = "She comes with her daughter"
ONLY_READ = {
    "patient", "my_day", "no_shows", "found", "history", "mine", "queue", "new_requests", "waiting_for_triage",
    "request", "access", "letter", "card", "today", "day", "sheet", "calendar",
}  # fmt: skip


@pytest.fixture
def rosa(clinic):
    user = make_clerk(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def tab():
    """A browser that keeps cookies and must send valid CSRF tokens."""
    return Client(enforce_csrf_checks=True)


def token(response):
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', response.content.decode())[-1]


def sign_in(tab):
    data = {"username": "rosa", "password": PASSWORD, "csrfmiddlewaretoken": token(tab.get("/admin/login/"))}
    assert tab.post("/admin/login/", data, headers=OURS).status_code == 302


def note(appointment_request):
    return reverse("desk:add_note", args=[appointment_request.reference])


def send(tab, appointment_request, *, headers=OURS, with_token=True, path=None, **fields):
    """Post the note form as it was opened earlier, by someone who is no longer signed in."""
    data = {"note": NOTE} | fields
    if with_token:
        data["csrfmiddlewaretoken"] = token(tab.get("/admin/login/"))
    return tab.post(path or note(appointment_request), data, headers=headers)


def kept(response):
    """The hidden fields of the form that is shown again."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    return {name: unescape(value) for name, value in found}


def shows_it_again(response):
    return "Send again" in response.content.decode()


def test_what_was_typed_can_be_sent_after_signing_in_again(tab, appointment_request, rosa):
    sign_in(tab)
    opened = {
        "note": NOTE,
        "csrfmiddlewaretoken": token(tab.get(f"/admin/desk/requests/{appointment_request.reference}/")),
    }
    Session.objects.all().delete()

    signed_out = tab.post(note(appointment_request), opened, headers=OURS)
    assert signed_out.status_code == 403
    assert "You were signed out Nothing was sent, and nothing was lost" in words(signed_out)
    assert kept(signed_out)["note"] == NOTE

    sign_in(tab)
    before_its_token = tab.post(note(appointment_request), kept(signed_out), headers=OURS)
    assert before_its_token.status_code == 403
    assert "You are signed in as Rosa." in words(before_its_token)
    assert not Event.objects.filter(verb="add_note").exists()

    assert tab.post(note(appointment_request), kept(before_its_token), headers=OURS).status_code == 302
    assert Event.objects.get(verb="add_note").note == NOTE


def test_another_user_who_has_signed_in_since_sends_it_with_one_more_press(tab, appointment_request, rosa):
    sign_in(tab)
    opened = {
        "note": NOTE,
        "csrfmiddlewaretoken": token(tab.get(f"/admin/desk/requests/{appointment_request.reference}/")),
    }
    Session.objects.all().delete()
    sign_in(tab)
    again = tab.post(note(appointment_request), opened, headers=OURS)
    assert "Nothing was lost. Please send it again." in words(again)
    assert tab.post(note(appointment_request), kept(again), headers=OURS).status_code == 302


def test_the_page_shows_in_words_what_will_be_sent(tab, appointment_request, clinic):
    slot = clinic.slot()
    response = send(
        tab,
        appointment_request,
        path=reverse("desk:offer", args=[appointment_request.reference]),
        offer=slot.code,
        version="3",
    )
    page = words(response)
    assert "Offer these times" in page
    assert f"Request {appointment_request}" in page
    assert "Time to offer Thu, Dec 3, 9:00 AM EST" in page
    assert NOTE not in page
    assert kept(response).items() >= {"version": "3", "note": NOTE, "offer": slot.code}.items()
    assert "version" not in page.lower()


def test_codes_and_checkboxes_are_shown_in_words(tab, appointment_request):
    path = reverse("desk:decline", args=[appointment_request.reference])
    page = words(send(tab, appointment_request, path=path, code="needs_scan", sentence="Ask your doctor."))
    label = AppointmentRequest.DeclineCode.NEEDS_SCAN.label
    assert f"Reason {label}" in page
    assert "Message to the patient Ask your doctor." in page
    path = reverse("desk:confirm", args=[appointment_request.reference])
    assert "Agreed by phone yes" in words(send(tab, appointment_request, path=path, by_phone="1"))


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1", "²", "99999999-1-1"])
def test_an_invalid_time_is_no_server_error(tab, appointment_request, value):
    for name in ("slot", "until", "next_try", "code"):
        assert shows_it_again(send(tab, appointment_request, **{name: value}))


def test_the_page_contains_nothing_that_was_not_sent(tab, appointment_request):
    response = send(tab, appointment_request)
    page = response.content.decode()
    assert "June Demo" not in page
    assert "0167" not in page
    assert "desk-nav" not in page
    assert "no-store" in response["Cache-Control"]


def test_markup_in_the_text_is_shown_as_text(tab, appointment_request):
    response = send(tab, appointment_request, note="<script>alert(1)</script>", **{"<b>": '"><img src=x onerror=1>'})
    page = response.content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>" not in page.partition("<main")[2]


def test_only_a_signed_in_user_reads_whose_appointment_it_is(tab, clinic, rosa):
    appointment = clinic.appointment()
    path = reverse("desk:check_in", args=[appointment.pk])
    signed_out = words(send(tab, appointment, path=path, version="1"))
    assert "Check in this patient" in signed_out
    assert str(appointment.appointment_request) not in signed_out
    sign_in(tab)
    signed_in = words(send(tab, appointment, path=path, with_token=False, version="1"))
    assert f"Request {appointment.appointment_request}" in signed_in


def test_nobody_without_the_right_reads_whose_appointment_it_is(clinic):
    appointment = clinic.appointment()
    for role, is_named in (("Front desk", True), ("Content editor", False)):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(make_clerk(role, username=role))
        answer = browser.post(reverse("desk:cancel", args=[appointment.pk]), {"code": "patient"}, headers=OURS)
        assert answer.status_code == 403
        assert (str(appointment.appointment_request) in answer.text) == is_named, role


@pytest.mark.parametrize("act", ["undo_out", "back", "unblock", "diary_import", "list_import"])
def test_the_key_of_something_else_is_not_taken_for_an_appointment(tab, clinic, act):
    appointment = clinic.appointment()
    tab.force_login(make_clerk("Desk lead", username="lead"))
    answer = tab.post(reverse(f"desk:{act}", args=[appointment.pk]), {"version": "1"}, headers=OURS)
    assert answer.status_code == 403
    assert str(appointment.appointment_request) not in answer.text


@pytest.mark.parametrize("number", ["0", "9" * 8, "9" * 30])
def test_the_key_of_no_appointment_is_no_server_error(tab, rosa, number):
    sign_in(tab)
    for path in (f"appointments/{number}/arrived/", f"undo/{number}/", f"messages/{number}/notified/"):
        assert shows_it_again(send(tab, None, path=f"/admin/desk/{path}", with_token=False))


# -- only our own forms


STRANGERS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "https://testserver"},
    {"Origin": "http://testserver:8000"},
    {"Origin": "null", "Referer": "http://testserver/admin/desk/"},
    {"Referer": "https://evil.example/http://testserver/"},
    {"Referer": "http://testserver@evil.example/"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://["},
    {},
]


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_form_from_another_site_is_refused_and_not_shown(tab, appointment_request, rosa, signed_in):
    if signed_in:
        sign_in(tab)
    for headers in STRANGERS:
        response = send(tab, appointment_request, headers=headers, with_token=False)
        assert response.status_code == 403, headers
        assert "We could not check that form" in words(response), headers
        assert NOTE not in response.content.decode(), headers
        assert not shows_it_again(response), headers


def test_a_form_without_origin_and_referer_leads_to_the_sign_in_as_usual(tab, appointment_request):
    response = send(tab, appointment_request, headers={})
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_our_own_page_is_also_recognized_by_its_referer(tab, appointment_request):
    assert shows_it_again(send(tab, appointment_request, headers={"Referer": "http://testserver/admin/desk/"}))


def test_no_password_is_ever_shown(tab, appointment_request):
    response = send(tab, appointment_request, with_token=False, password="hunter2")
    assert "hunter2" not in response.content.decode()
    assert not shows_it_again(response)


def test_a_sign_in_with_an_old_token_gets_the_plain_refusal(tab, appointment_request):
    response = tab.post("/admin/login/", {"username": "rosa", "password": PASSWORD}, headers=OURS)
    assert "We could not check that form" in words(response)
    assert PASSWORD not in response.content.decode()


def test_too_much_text_is_not_shown(tab, appointment_request):
    assert not shows_it_again(send(tab, appointment_request, with_token=False, note="x" * (MOST_LETTERS + 1)))
    many = {f"field{n}": "x" for n in range(MOST_FIELDS + 1)}
    assert not shows_it_again(send(tab, appointment_request, with_token=False, **many))


def test_a_get_without_a_session_leads_to_the_sign_in_as_usual(tab, appointment_request):
    assert tab.get("/admin/desk/", headers=OURS).status_code == 302
    assert not shows_it_again(send(tab, appointment_request, path="/admin/desk/"))


def test_a_user_without_the_right_is_refused_when_sending_it_again(tab, appointment_request, rosa):
    rosa.groups.clear()
    sign_in(tab)
    response = send(tab, appointment_request, with_token=False)
    assert shows_it_again(response)
    refused = tab.post(note(appointment_request), kept(response), headers=OURS)
    assert "You don’t have access to this" in words(refused)


def test_each_url_that_accepts_a_form_has_its_words():
    assert {route.name for route in urlpatterns} - ONLY_READ == set(TITLES)


# -- each form in words


def sent(tab, name, *args, **fields):
    page = words(send(tab, None, path=reverse(f"desk:{name}", args=args), **fields))
    return page.partition("press “Send again”.")[2].partition("Send again")[0]


def test_a_booking_names_practitioner_office_and_channel(tab, clinic):
    choices = {"practitioner": clinic.practitioner.slug, "place": clinic.location.slug, "reason": clinic.reason.slug}
    choices |= {"returning": "yes", "part": "morning", "channel": "walk_in", "person": "12", "language": "English"}
    said = sent(tab, "book", **choices, who="dr-23", where="pier-street", look="1", note="")
    for each in (
        "Provider Dr. Mara Ellison, MD", "Office Pier Street office", "Reason Broken bone in the spine",
        "New or returning Returning", "How they asked Walk-in",
    ):  # fmt: skip
        assert each in said
    for each in ("dr-23", "pier-street", "Patient", "12", "Language"):
        assert each not in said


def test_a_typed_time_is_shown_once_and_the_filters_of_the_list_are_not(tab, clinic):
    choices = {"practitioner": "anyone-else", "place": "elsewhere", "since": "2026-12-01", "special": "1"}
    typed = {"on": "2026-12-08", "at": "14:40", "who": clinic.practitioner.slug, "where": clinic.location.slug}
    for name, args in (("book", []), ("reschedule", [1])):
        said = sent(tab, name, *args, **choices, **typed, note="", calendar="1", why="She asked.")
        for each in (
            "Day 2026-12-08", "Time 14:40", "Provider Dr. Mara Ellison, MD", "Office Pier Street office",
            "Reason She asked.",
        ):  # fmt: skip
            assert said.count(each) == 1
        for each in ("elsewhere", "anyone-else", "2026-12-01", "Special", "Calendar"):
            assert each not in said


def test_a_reschedule_in_the_calendar_shows_its_time_and_not_the_filters(tab, clinic):
    said = sent(tab, "reschedule", 1, slot=clinic.slot().code, calendar="1", place="pier-street", span="day", note="")
    assert "Time Thu, Dec 3, 9:00 AM EST" in said
    for each in ("Calendar", "Office", "Span"):
        assert each not in said


def test_a_merge_says_which_request_is_kept(tab, clinic):
    appointment_request, other = clinic.appointment_request(), clinic.appointment_request()
    for keep, stays in (("this", appointment_request), ("other", other)):
        said = sent(tab, "merge", appointment_request.reference, other.reference, keep=keep, why="One person.", note="")
        assert f"Request to keep {stays}" in said


def test_a_note_shows_only_the_note(tab, appointment_request):
    said = sent(tab, "add_note", appointment_request.reference, next_try="29900000", until="29900000", offer="x")
    assert f"Note {NOTE}" in said
    for each in ("Next try", "Until", "offer"):
        assert each not in said


@pytest.mark.parametrize(("on", "word"), [("1", "on"), ("0", "off")])
def test_the_keyboard_shortcut_setting_is_shown_in_words(tab, clinic, on, word):
    assert f"Keyboard shortcuts {word}" in sent(tab, "keys", on=on, note="")


@pytest.mark.parametrize("name", ["practitioner", "part", "minutes", "channel", "keep", "person", "on", "needs"])
def test_an_invalid_choice_is_no_server_error(tab, clinic, name):
    for act, args in (("book", []), ("keys", []), ("merge", ["K7M4QX9PTR", "K7M4QX9PTR"]), ("reschedule", [1])):
        response = send(tab, None, path=reverse(f"desk:{act}", args=args), **{name: "made-up"})
        assert shows_it_again(response)
