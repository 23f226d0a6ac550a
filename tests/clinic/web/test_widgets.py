import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.test.html import parse_html

from clinic.web.widgets import Renderer

pytestmark = pytest.mark.once

HOSTILE = "\"><script>alert('x')</script>&amp;"
FIELDS = {
    "text": forms.CharField(),
    "select": forms.ChoiceField(choices=[("", "-"), ("a", HOSTILE), (3, "three"), ("group", [("b", "B"), ("c", "C")])]),
    "disabled": forms.ChoiceField(choices=[("a", "A")], disabled=True, help_text="why"),
}  # fmt: skip
VALUES = {"none": None, "hostile": HOSTILE, "zero": 0, "chosen": "b", "on": True, "number": 3, "empty": ""}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", FIELDS)
def test_a_widget_is_rendered_as_django_renders_it(name, value):
    ours, theirs = (
        type("Drawn", (forms.Form,), {name: FIELDS[name]})(initial={name: value}, renderer=renderer())[name].as_widget()
        for renderer in (Renderer, TemplatesSetting)
    )
    assert parse_html(ours) == parse_html(theirs)
    assert "<script>" not in ours
