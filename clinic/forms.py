"""Form fields: what every text field does, and times of day for the setup tables."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.country import by_country
from clinic.formatting import HARD_SPACE, clock
from clinic.models.practice import MIDNIGHT
from clinic.text import clean_text

SYSTEM = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?([ap])?\.?(?:m\.?)?", re.ASCII)
WORDS = {"noon": MIDNIGHT // 2, "midnight": 0}
BARE = re.compile(r"([1-9])(?:[:.]\d{2})?", re.ASCII)
LATEST_BARE = {False: 5, True: 8}  # nobody begins work at 5, or goes home at 8, in the morning


class CleanText:
    """Mixin for a text field: the text is cleaned before it is validated; a field of one line has no line breaks."""

    def to_python(self, value):
        return super().to_python(self._clean(value) if isinstance(value, str) else value)

    def _clean(self, text):
        text = clean_text(text)
        return text if isinstance(self.widget, forms.Textarea) else " ".join(re.split(r"[\t\n]+", text))


@cache
def cleaning(field_class: type[forms.CharField]) -> type[forms.CharField]:
    """The same kind of field, with its text cleaned."""
    return type(field_class.__name__, (CleanText, field_class), {})


def cleaned(make: Callable[..., forms.Field | None], **kwargs: Any) -> forms.Field | None:
    """The field that `make` makes, with its text cleaned if it takes text."""
    field = make(**kwargs)
    if not isinstance(field, forms.CharField) or isinstance(field, CleanText):
        return field
    return make(**kwargs | {"form_class": cleaning(type(field))})


class MinutesField(CleanText, forms.CharField):
    """A time of day as people write it, “9:00 am”, “13:30” or “noon”, stored as minutes 0..1440.

    `is_end`: midnight means the end of the day, 24:00, not its start. “1” to “5” are in the afternoon, and so is an end
    of “8”; “05:00” and “5 am” are in the morning.
    """

    def __init__(self, *, is_end=False, **kwargs):
        super().__init__(max_length=20, **kwargs)
        self.is_end = is_end
        self.widget.attrs.update(size=10, autocomplete="off")

    def prepare_value(self, value):
        if not isinstance(value, int):
            return value
        return "24:00" if value == MIDNIGHT else clock(value).replace(HARD_SPACE, " ")

    def to_python(self, value):
        if isinstance(value, int):
            return value
        typed = super().to_python(value)
        if not typed:
            return None
        minutes = minutes_of_day(typed.lower())
        if minutes is None:
            raise ValidationError(
                by_country(
                    lambda here: _("Enter a time, such as %s or 13:30.") % here.clock(9 * 60).replace(HARD_SPACE, " ")
                )
            )
        bare = BARE.fullmatch(typed)
        if bare and int(bare[1]) <= LATEST_BARE[self.is_end]:
            return minutes + MIDNIGHT // 2
        return MIDNIGHT if self.is_end and minutes == 0 else minutes

    def validate(self, value):
        super().validate("" if value is None else value)

    def run_validators(self, value):
        """Run none of CharField's validators: to_python has already validated the value."""


def minutes_of_day(typed: str) -> int | None:
    """Minutes of the day; None if the text is not a time of day."""
    if typed in WORDS:
        return WORDS[typed]
    found = SYSTEM.fullmatch(typed)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    minutes = hour * 60 + minute
    return minutes if minute < 60 and minutes <= MIDNIGHT else None
