"""Email addresses as people type them, at every door: patient, front desk, practice, users."""

import time

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from booking.desk.patients.forms import PersonForm
from booking.models import Patient
from booking.request_flow.forms import ContactForm
from clinic.contact import EmailField
from clinic.models import Practice
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
MENDED = [
    "june@example.org.",
    "june@example,org",
    "mailto:june@example.org",
    "MAILTO:june@example.org?subject=Hello",
    "<june@example.org>",
    "June Demo <june@example.org>",
    '"Demo, June" <june@example.org>,',
    "\u202ajune@example.org\u202c",
    "\u200fjune@\u200bexample.org",
    "“june@example.org”",
    "(june@example.org);",
    "june＠example.org",
    "  june@example.org\n",
    "email: june@example.org",
    "E-mail:june@example.org.",
    "Email address: <june@example.org>",
    "My email is june@example.org",
    "june@example.org (work)",
    "june@example.org(my daughter’s).",
    "june@example\u3002org",
    "june@example\uff61org\u3002",
    "june@example.org!",
    "june@example.org?!",
]
REFUSED = [
    ("june@example.org, max@example.org", "two"),
    ("june@example.org max@example.org", "two"),
    ("june@example.org / max@example.org", "two"),
    ("June <june@example.org>, Max <max@example.org>", "two"),
    ("june@@example.org", "ats"),
    ("june@example", "ending"),
    ("june@example.", "ending"),
    ("june.demo@gmail", "ending"),
    ("june@example.c", "ending"),
    ("june.example.org", "at"),
    ("june at example.org", "at"),
    ("June Demo", "at"),
    ("june demo@example.org", "spaces"),
    ("june@ example.org", "spaces"),
    ("@example.org", "before"),
    ("june@", "after"),
    ("june@.org", "host"),
    ("june@example..org", "dots"),
    ("june.@example.org", "dot"),
    ("josé@example.org", "character"),
    ("june:demo@example.org", "character"),
    ("june@exam_ple.org", "character"),
    ("june@-example.org", "invalid"),
    ("j" * 65 + "@example.org", "long"),
    ("june.demo" * 10 + "@example.org", "long"),
    ("june (work)", "at"),
]


def said(response):
    return words(response).replace("&#x27;", "'")


def sentence_of(text, field=None):
    with pytest.raises(ValidationError) as refused:
        (field or EmailField()).clean(text)
    return refused.value.messages[0]


def set_up(model):
    """The field of the setup tables."""
    return site.get_model_admin(model).formfield_for_dbfield(model._meta.get_field("email"), request=None)


@pytest.fixture(scope="module")
def fields():
    """Of every door: patient, desk, practice, users."""
    return [ContactForm.base_fields["email"], PersonForm.base_fields["email"], set_up(Practice), set_up(User)]


@pytest.fixture
def admin(clinic):
    client = Client()
    client.force_login(make_clerk("Manager", is_superuser=True))
    return client


def users_page(admin, email):
    clerk = make_clerk()
    data = {"username": clerk.username, "first_name": "Rosa", "email": email, "is_active": "on", "is_staff": "on"}
    return clerk, admin.post(reverse("admin:auth_user_change", args=[clerk.pk]), data)


@pytest.mark.parametrize("text", MENDED)
def test_what_we_can_mend_is_mended_by_the_field_of_every_door(fields, text):
    assert {field.clean(text) for field in fields} == {"june@example.org"}


def test_what_we_can_mend_is_mended_at_every_door(june, desk, practice, admin):
    text = "\u202aJune Demo <june＠example.org>,"
    assert june.answers("contact", email=text).patient.email == "june@example.org"
    assert desk.books(email=text).status_code == 302
    assert desk.patient().email == "june@example.org"
    saved, _response = practice(email=text)
    assert saved.email == "june@example.org"
    clerk, _response = users_page(admin, text)
    clerk.refresh_from_db()
    assert clerk.email == "june@example.org"


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_a_sentence_names_the_fault_and_no_other(text, code):
    with pytest.raises(ValidationError) as refused:
        EmailField().clean(text)
    assert [error.code for error in refused.value.error_list] == [code]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_the_field_of_every_door_says_the_same(fields, text, code):
    assert {sentence_of(text, field) for field in fields} == {sentence_of(text)}


def test_every_door_says_it(june, desk, practice, admin):
    for text, _code in (REFUSED[0], REFUSED[-2]):
        sentence = sentence_of(text)
        assert sentence in said(june.page("contact", email=text))
        assert sentence in said(desk.books(email=text))
        assert sentence in said(practice(email=text)[1])
        assert sentence in said(users_page(admin, text)[1])
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "o'brien+x@example.co.uk",
        "JUNE@Example.ORG",
        "june@exämple.org",
        "j@a-b.example",
        "",
        "e" * 64 + "@example.org",
        "email@example.org",
        "e-mail.is@example.org",
    ],
)
def test_what_is_right_is_kept_as_it_is(text):
    assert ContactForm.base_fields["email"].clean(text) == text


def test_what_is_right_is_kept_as_it_is_on_the_way(june):
    for text in ("JUNE@Example.ORG", "june@exämple.org", ""):
        assert june.answers("contact", email=text).patient.email == text


def test_an_address_that_is_too_long_says_how_long_it_may_be(june):
    assert "Use up to 254 characters. You have 262." in words(june.page("contact", email="x" * 250 + "@example.org"))


@pytest.mark.parametrize("text", ["()" * 300_000 + "x", "(a)" + "!" * 300_000 + "x", "a" + " " * 300_000 + "x"])
def test_a_long_text_is_read_in_no_time(text):
    began = time.process_time()
    with pytest.raises(ValidationError):
        EmailField().clean(text)
    assert time.process_time() - began < 5
