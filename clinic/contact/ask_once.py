"""Answers that are possible but doubtful: we ask about them once, and take them when they are sent again."""

from contextlib import suppress

from django import forms
from django.core.exceptions import ValidationError


class Typed(str):
    """What was typed, with what the page had asked about."""

    asked = ""


class AskOnceInput(forms.TextInput):
    """A text box and, once we asked about its content, a hidden box that says so."""

    template_name = "clinic/widgets/ask_once.html"

    def value_from_datadict(self, data, files, name):
        text = super().value_from_datadict(data, files, name)
        if text is None:
            return None
        typed = Typed(text)
        typed.asked = data.get(f"{name}_asked", "")
        return typed

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["asked"] = getattr(value, "asked", "")
        return context


class AskOnce:
    """Mixin for a form field. `doubt` names what is doubtful about a value, if anything."""

    widget = AskOnceInput

    def doubt(self, value) -> str:
        raise NotImplementedError

    def clean(self, value):
        cleaned, asked = super().clean(value), getattr(value, "asked", "")
        doubt = self.doubt(cleaned)
        if doubt and doubt != asked:
            raise ValidationError(self.error_messages["doubt"], code="doubt")
        return cleaned

    def bound_data(self, data, initial):
        """The page that shows our question says what it asked about."""
        shown = Typed(data or "")
        with suppress(ValidationError):
            shown.asked = self.doubt(self.to_python(data))
        return shown
