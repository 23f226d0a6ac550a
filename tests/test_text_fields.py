"""Invisible and blank characters. Every text field of every form of the product cleans what it is given."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from phonenumber_field.formfields import PhoneNumberField

from booking.desk.requests.forms import SlotField
from booking.form_fields import EmailField, PhoneField
from clinic.forms import CleanText, MinutesField

pytestmark = pytest.mark.once

APPS = ("clinic", "procedures", "booking")
ROOT = Path(__file__).resolve().parent.parent
NOT_TYPED = {("OfferForm", "offer"), ("OtherForm", "other")}  # codes that our own pages post
CODES = (SlotField, forms.UUIDField, forms.JSONField)
READ = (
    EmailField,
    PhoneField,
    MinutesField,
    forms.URLField,
    PhoneNumberField,
)  # they read more into what is typed: they have cases of their own
HOSTILE = [  # what is sent, what is left
    ("\u202eevil\u202c", "evil"),
    ("zero\u200bwidth", "zerowidth"),
    ("soft\u00adhyphen", "softhyphen"),
    ("bell\x07\x1b", "bell"),
    ("\u2067isolate\u2069\u061c", "isolate"),
    ("\ufeffmark\u2060", "mark"),
    ("ta\U000e0067g", "tag"),
    ("علی\u200cرضا", "علی\u200cرضا"),
]
BLANK = ["\u200b", "\u3164", "\u115f\u1160", "\u2800", "\u202e\u202c", "\u0301", "\u00a0\ufeff"]


def modules():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def forms_of_the_product():
    """Every form class that is written down, and the forms of every table that the admin lets people edit."""
    for module in modules():
        for form_class in vars(module).values():
            is_form = inspect.isclass(form_class) and issubclass(form_class, forms.BaseForm)
            if is_form and form_class.__module__ == module.__name__:
                yield form_class
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    request.resolver_match = type("Match", (), {"kwargs": {"object_id": "1"}})
    for table in filter(lambda each: each.has_change_permission(request), admin.site._registry.values()):
        yield from (table.get_form(request, obj) for obj in (None, table.model(pk=1)))
        yield from (formset.form for formset, _inline in table.get_formsets_with_inlines(request))


def text_fields(form_class):
    for name, field in form_class.base_fields.items():
        is_code = (
            isinstance(field, SlotField | forms.UUIDField | forms.JSONField) or (form_class.__name__, name) in NOT_TYPED
        )
        is_secret = isinstance(field.widget, forms.PasswordInput)
        if isinstance(field, forms.CharField) and not (is_code or is_secret):
            yield f"{form_class.__name__}.{name}", field


@pytest.fixture
def fields(db):
    return [found for form_class in forms_of_the_product() for found in text_fields(form_class)]


def test_every_text_field_of_every_form_is_looked_at(fields):
    names = {name for name, _field in fields}
    assert {"YouForm.name", "YouForm.helper_name", "ContactForm.email", "PersonForm.email", "SearchForm.q"} <= names
    assert {"LostLinkForm.reference", "NoteForm.note", "DeclineForm.sentence", "SignInForm.username"} <= names
    assert {"PractitionerForm.name", "SectionForm.body", "SourceForm.citation", "UserForm.username"} <= names
    assert {"PracticeForm.name", "LocationForm.slug", "ReasonForm.label", "RiskForm.name"} <= names


@pytest.mark.parametrize(("sent", "left"), HOSTILE)
def test_every_text_field_takes_out_what_nobody_sees(fields, sent, left):
    wrong = {name: ascii(field.to_python(sent)) for name, field in fields if not isinstance(field, READ)}
    assert {name: text for name, text in wrong.items() if text != ascii(left)} == {}


@pytest.mark.parametrize("blank", BLANK)
def test_text_that_shows_nothing_is_empty_in_every_text_field(fields, blank):
    left = {name: field.to_python(blank) for name, field in fields}
    assert {name: value for name, value in left.items() if value not in ("", None)} == {}


def test_a_line_break_stays_where_there_are_several_lines_and_only_there(fields):
    for name, field in fields:
        if not isinstance(field, READ):
            lines = field.to_python("one\r\ntwo").split("\n")
            assert lines == (["one", "two"] if isinstance(field.widget, forms.Textarea) else ["one two"]), name


def test_every_text_field_is_one_that_cleans(fields):
    assert [name for name, field in fields if not isinstance(field, CleanText)] == []


@pytest.mark.parametrize("around", ["\u200e", "\u202a", "\u2066", "\u200b", "\ufeff"])
def test_phone_and_email_and_time_are_read_through_marks(around):
    assert PhoneField().clean(f"{around}718 555 01{around}67{around}").number == "+17185550167"
    assert EmailField().clean(f"{around}june@exam{around}ple.org{around}") == "june@example.org"
    assert MinutesField().clean(f"{around}9:00 am{around}") == 540
