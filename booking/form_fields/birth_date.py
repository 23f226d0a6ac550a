"""Dates of birth."""

import re
from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EARLIEST_BIRTH = date(1900, 1, 1)
MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
LONGEST_PART = 20  # most characters of a month, a day or a year
ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)$", re.IGNORECASE)


class BirthDateWidget(forms.MultiWidget):
    template_name = "booking/widgets/birth_date.html"

    def __init__(self, attrs=None):
        super().__init__({name: forms.TextInput() for name in ("month", "day", "year")}, attrs)

    def decompress(self, value):
        return [value.month, value.day, value.year] if value else [None, None, None]


class BirthDateField(forms.Field):
    """Month, day, year in three text boxes; the month as a number or a name. Returns a date since 1900."""

    widget = BirthDateWidget
    default_error_messages = {
        "required": _("Enter the date of birth."),
        "missing": _("Enter the month, day, and year of the date of birth."),
        "year": _("Enter the year of birth with 4 digits, such as 1951."),
        "no_date": _("Enter a date of birth that exists, such as March 9, 1951."),
        "range": _("The date of birth must be between 1900 and today."),
    }

    def to_python(self, value):
        parts = [part.strip() for part in (value or []) if part and part.strip()]
        if not parts:
            return None
        if len(parts) == 1:  # a full date typed or pasted into one box
            parts = [part for part in re.split(r"[/.\-\s,]+", parts[0]) if part.lower() != "of"]
        if len(parts) != 3 or any(len(part) > LONGEST_PART for part in parts):
            raise forms.ValidationError(self.error_messages["missing"])
        if len(parts[0]) == 4 and parts[0].isdigit():
            parts = [parts[1], parts[2], parts[0]]
        month, day, year = (ORDINAL.sub("", part) for part in parts)
        if month.isdigit() and day[:1].isalpha():  # 9 March 1951
            month, day = day, month
        return self._date(month, day, year)

    def _date(self, month, day, year):
        if not re.fullmatch(r"[0-9]{4}", year):
            raise forms.ValidationError(self.error_messages["year"])
        try:
            found = date(int(year), _month(month), int(day))
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["no_date"]) from None
        if not EARLIEST_BIRTH <= found <= timezone.now().date():
            raise forms.ValidationError(self.error_messages["range"])
        return found


def _month(text: str) -> int:
    """“3”, “03”, “March”, “mar.” -> 3. ValueError for anything else."""
    if text.isascii() and text.isdigit():
        return int(text)
    begun = text.lower().removesuffix(".")
    return 1 + MONTHS.index(next((month for month in MONTHS if len(begun) > 2 and month.startswith(begun)), begun))
