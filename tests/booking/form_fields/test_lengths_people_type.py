"""A line break is one character, as the browser counts it, in every field of several lines."""

import inspect

import pytest
from django import forms
from django.apps import apps
from django.db import models

from booking.desk.patients import forms as patient_forms
from booking.desk.requests import forms as desk_forms
from booking.desk.slot_finder import forms as slot_forms
from booking.patient_page import forms as page_forms
from booking.request_flow import forms as flow_forms

pytestmark = [pytest.mark.once, pytest.mark.django_db]
MODULES = (flow_forms, page_forms, patient_forms, desk_forms, slot_forms)
FORMS = {each for module in MODULES for each in vars(module).values() if inspect.isclass(each)}
TEXTS = [
    (form.__name__, name, field)
    for form in sorted(filter(lambda each: issubclass(each, forms.BaseForm), FORMS), key=lambda each: each.__name__)
    for name, field in getattr(form, "base_fields", {}).items()
    if isinstance(field.widget, forms.Textarea)
]
BREAKS = ["\r\n", "\n", "\r", "\r\n\r\n", "x\r\ny"]


def test_there_are_fields_of_several_lines():
    assert {name for _form, name, _field in TEXTS} >= {"note", "sentence"}


@pytest.mark.parametrize("typed", BREAKS)
@pytest.mark.parametrize(("form", "name", "field"), TEXTS)
def test_as_many_characters_fit_as_the_browser_counts(form, name, field, typed):
    as_counted = typed.replace("\r\n", "\n").replace("\r", "\n")
    filled = "a" + typed + "b" * (field.max_length - len(as_counted) - 1)
    assert len(field.clean(filled)) == field.max_length
    with pytest.raises(forms.ValidationError, match=f"{field.max_length}"):
        field.clean(filled + "c")


@pytest.mark.parametrize("lines", [1, 3, 10, 99, 100])
def test_a_note_of_many_lines_is_stored_with_one_character_a_break(june, lines):
    note = "\r\n".join(["a"] * lines)
    request = june.answers("reason", note=note + "b" * (200 - (2 * lines - 1)))
    assert len(request.note) == 200
    assert "\r" not in request.note
    assert "You have 201." in june.page("reason", note=note + "b" * (201 - (2 * lines - 1))).content.decode()


def test_no_table_of_the_setup_limits_a_text_of_several_lines():
    """If one did, its form in the admin would have to count like the others."""
    texts = [
        field
        for app in ("clinic", "procedures")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.TextField)
    ]
    assert texts
    assert [field for field in texts if field.max_length] == []
