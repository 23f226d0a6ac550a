import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.test.html import parse_html

from clinic.web.widgets import Renderer

HOSTILE = "\"><script>alert('x')</script>&amp;"
FIELDS = {
    "text": forms.CharField(),
    "email": forms.EmailField(widget=forms.EmailInput(attrs={"required": False, "autocomplete": HOSTILE})),
    "number": forms.IntegerField(),
    "date": forms.DateField(widget=forms.DateInput(attrs={"type": "date"})),
    "time": forms.TimeField(),
    "hidden": forms.CharField(widget=forms.HiddenInput),
    "password": forms.CharField(widget=forms.PasswordInput),
    "checkbox": forms.BooleanField(),
    "textarea": forms.CharField(widget=forms.Textarea(attrs={"rows": 2})),
    "select": forms.ChoiceField(choices=[("", "-"), ("a", HOSTILE), (3, "three"), ("group", [("b", "B"), ("c", "C")])]),
    "disabled": forms.CharField(disabled=True, help_text="why"),
    "several": forms.MultipleChoiceField(choices=[("a", "A"), ("b", HOSTILE)], widget=forms.CheckboxSelectMultiple),
    "radio": forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect),
}  # fmt: skip
VALUES = {"none": None, "hostile": HOSTILE, "zero": 0, "chosen": "b", "on": True, "number": 3, "empty": ""}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", FIELDS)
def test_a_widget_is_drawn_as_django_draws_it(name, value):
    ours, theirs = (
        type("Drawn", (forms.Form,), {name: FIELDS[name]})(initial={name: value}, renderer=renderer())[name].as_widget()
        for renderer in (Renderer, TemplatesSetting)
    )
    assert parse_html(ours) == parse_html(theirs)
    assert "<script>" not in ours
