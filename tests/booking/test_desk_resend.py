"""A form that comes after the sign-in has ended: nothing is done, nothing is lost, and no stranger's form is shown."""

import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from booking.desk.resend import MOST_FIELDS, MOST_LETTERS
from booking.desk.resend_words import ACTS
from booking.desk.urls import urlpatterns
from booking.models import AppointmentRequest, Event
from tests.booking.test_desk_queue import words
from tests.builders import Clinic, make_clerk

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
OURS = {"Origin": "http://testserver"}
NOTE = "She comes with her daughter"
ONLY_READ = {"found", "queue", "arrivals", "request", "letter", "today", "day", "sheet", "calendar"}


@pytest.fixture
def clinic(at):
    at("2026-11-23 10:05")
    return Clinic()


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot())


@pytest.fixture
def rosa(clinic):
    user = make_clerk(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def tab():
    """A browser that keeps cookies and is held to the tokens of forms."""
    return Client(enforce_csrf_checks=True)


def token(response):
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', response.content.decode())[-1]


def sign_in(tab):
    data = {"username": "rosa", "password": PASSWORD, "csrfmiddlewaretoken": token(tab.get("/admin/login/"))}
    assert tab.post("/admin/login/", data, headers=OURS).status_code == 302


def note(asked):
    return reverse("desk:note", args=[asked.reference])


def send(tab, asked, *, headers=OURS, with_token=True, path=None, **fields):
    """The note's form as it was opened before: by someone who is signed in no longer."""
    data = {"note": NOTE} | fields
    if with_token:
        data["csrfmiddlewaretoken"] = token(tab.get("/admin/login/"))
    return tab.post(path or note(asked), data, headers=headers)


def kept(response):
    """The hidden fields of the form that is shown again."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    return {name: unescape(value) for name, value in found}


def shows_it_again(response):
    return "Send again" in response.content.decode()


def test_what_was_typed_is_sent_after_signing_in_anew(tab, asked, rosa):
    sign_in(tab)
    opened = {"note": NOTE, "csrfmiddlewaretoken": token(tab.get(f"/admin/desk/requests/{asked.reference}/"))}
    Session.objects.all().delete()

    signed_out = tab.post(note(asked), opened, headers=OURS)
    assert signed_out.status_code == 403
    assert "You were signed out Nothing was done, and nothing was lost" in words(signed_out)
    assert kept(signed_out)["note"] == NOTE

    sign_in(tab)
    before_its_token = tab.post(note(asked), kept(signed_out), headers=OURS)
    assert before_its_token.status_code == 403
    assert "You are signed in as Rosa." in words(before_its_token)
    assert not Event.objects.filter(verb="note").exists()

    assert tab.post(note(asked), kept(before_its_token), headers=OURS).status_code == 302
    assert Event.objects.get(verb="note").note == NOTE


def test_who_signed_in_meanwhile_sends_what_was_opened_before_in_one_more_press(tab, asked, rosa):
    sign_in(tab)
    opened = {"note": NOTE, "csrfmiddlewaretoken": token(tab.get(f"/admin/desk/requests/{asked.reference}/"))}
    Session.objects.all().delete()
    sign_in(tab)
    again = tab.post(note(asked), opened, headers=OURS)
    assert "Nothing was lost: send it once more" in words(again)
    assert tab.post(note(asked), kept(again), headers=OURS).status_code == 302


def test_the_page_says_what_is_sent_in_words(tab, asked, clinic):
    slot = clinic.slot()
    response = send(tab, asked, path=reverse("desk:offer", args=[asked.reference]), offer=slot.code, version="3")
    page = words(response)
    assert "Offer these times" in page
    assert f"Request {asked}" in page
    assert "Time to offer Thu, Dec 3, 9:00 AM EST" in page
    assert f"Note {NOTE}" in page
    assert kept(response)["version"] == "3"
    assert "version" not in page.lower()


def test_codes_and_ticks_are_said_in_words(tab, asked):
    path = reverse("desk:decline", args=[asked.reference])
    page = words(send(tab, asked, path=path, code="needs_scan", sentence="Ask your doctor.", by_phone="on"))
    label = AppointmentRequest.DeclineCode.NEEDS_SCAN.label
    assert f"Why {label}" in page
    assert "What the patient reads Ask your doctor." in page
    assert "Said yes by phone yes" in page


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1", "²", "99999999-1-1"])
def test_a_made_up_time_is_no_error_of_ours(tab, asked, value):
    for name in ("slot", "until", "next_try", "code"):
        assert shows_it_again(send(tab, asked, **{name: value}))


def test_the_page_holds_nothing_that_was_not_sent(tab, asked):
    response = send(tab, asked)
    page = response.content.decode()
    assert "June Demo" not in page
    assert "0167" not in page
    assert "desk-nav" not in page
    assert "no-store" in response["Cache-Control"]


def test_what_was_typed_is_text_and_nothing_else(tab, asked):
    response = send(tab, asked, note="<script>alert(1)</script>", **{"<b>": '"><img src=x onerror=1>'})
    page = response.content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>" not in page.partition("<main")[2]


def test_who_is_signed_in_reads_whose_visit_it_is_and_who_is_not_does_not(tab, clinic, rosa):
    visit = clinic.visit()
    path = reverse("desk:check_in", args=[visit.pk])
    signed_out = words(send(tab, visit, path=path, version="1"))
    assert "Mark this visit as arrived" in signed_out
    assert str(visit.request) not in signed_out
    sign_in(tab)
    signed_in = words(send(tab, visit, path=path, with_token=False, version="1"))
    assert f"Request {visit.request}" in signed_in


@pytest.mark.parametrize("number", ["0", "9" * 8, "9" * 30])
def test_a_number_that_is_nobodys_is_no_error_of_ours(tab, rosa, number):
    sign_in(tab)
    for path in (f"visits/{number}/arrived/", f"undo/{number}/", f"messages/{number}/told/"):
        assert shows_it_again(send(tab, None, path=f"/admin/desk/{path}", with_token=False))


# -- only our own forms


@pytest.mark.parametrize(
    "headers",
    [
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
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_strangers_form_is_refused_and_not_shown(tab, asked, rosa, headers, signed_in):
    if signed_in:
        sign_in(tab)
    response = send(tab, asked, headers=headers, with_token=False)
    assert response.status_code == 403
    assert "We could not check that form" in words(response)
    assert NOTE not in response.content.decode()
    assert not shows_it_again(response)


def test_without_a_word_of_where_it_comes_from_one_signs_in_as_ever(tab, asked):
    response = send(tab, asked, headers={})
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_our_own_page_is_known_by_its_address_too(tab, asked):
    assert shows_it_again(send(tab, asked, headers={"Referer": "http://testserver/admin/desk/"}))


def test_no_password_is_ever_shown(tab, asked):
    response = send(tab, asked, with_token=False, password="hunter2")
    assert "hunter2" not in response.content.decode()
    assert not shows_it_again(response)


def test_a_sign_in_whose_token_is_old_is_the_plain_refusal(tab, asked):
    response = tab.post("/admin/login/", {"username": "rosa", "password": PASSWORD}, headers=OURS)
    assert "We could not check that form" in words(response)
    assert PASSWORD not in response.content.decode()


def test_too_much_is_not_shown(tab, asked):
    assert not shows_it_again(send(tab, asked, with_token=False, note="x" * (MOST_LETTERS + 1)))
    many = {f"field{n}": "x" for n in range(MOST_FIELDS + 1)}
    assert not shows_it_again(send(tab, asked, with_token=False, **many))


def test_to_look_without_a_sign_in_leads_to_it_as_ever(tab, asked):
    assert tab.get("/admin/desk/", headers=OURS).status_code == 302
    assert not shows_it_again(send(tab, asked, path="/admin/desk/"))


def test_whose_role_has_it_not_is_told_so_when_it_is_sent_again(tab, asked, rosa):
    rosa.groups.clear()
    sign_in(tab)
    response = send(tab, asked, with_token=False)
    assert shows_it_again(response)
    refused = tab.post(note(asked), kept(response), headers=OURS)
    assert "This is not yours to do" in words(refused)


def test_each_address_that_takes_a_form_has_its_words():
    assert {route.name for route in urlpatterns} - ONLY_READ == set(ACTS)
