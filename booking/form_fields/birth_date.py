"""Dates of birth."""

import calendar
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from booking.models.patient import age
from clinic.contact import AskOnce, AskOnceInput, only_digits
from clinic.country import country
from clinic.practice_info import local_date
from clinic.text import clean_text

EARLIEST_BIRTH = date(1900, 1, 1)
OLDEST = 110  # years; above, a mistyped year is likelier
MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
LONGEST_SHOWN = 40  # characters of a wrong month or day
LABEL = re.compile(r"^\W*(?:d\.?o\.?b\.?|date of birth|birth ?date|birthday|born(?: on)?)(?![^\W\d_])", re.IGNORECASE)
COMPACT = re.compile(r"(\d\d)(\d\d)((?:19|20)\d\d)"), re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)$", re.IGNORECASE)
UNITS = dict.fromkeys(map(ord, "年月日년월일"), " ")  # 1951年3月9日
PARTS = MONTH, DAY, YEAR = 0, 1, 2  # of the boxes, in whatever order a page shows them


class Part(NamedTuple):
    """A month, a day or a year, and the box where it was typed."""

    text: str
    box: int


class BirthDateWidget(forms.MultiWidget):
    """Its boxes stand in the order of the country."""

    template_name = "booking/widgets/birth_date.html"

    def __init__(self, attrs=None):
        super().__init__({name: forms.TextInput() for name in ("month", "day", "year")}, attrs)

    def decompress(self, value):
        return [value.month, value.day, value.year] if value else [None, None, None]

    def get_context(self, name, value, attrs):
        """`aria-invalid` lists the parts that are wrong."""
        attrs = dict(attrs or {})
        wrong = attrs.pop("aria-invalid", ())
        context = super().get_context(name, value, attrs)
        month, day, year = context["widget"]["subwidgets"]
        for part in wrong:
            context["widget"]["subwidgets"][part]["attrs"]["aria-invalid"] = "true"
        shown = [("day", day), ("month", month)] if country().is_day_first else [("month", month), ("day", day)]
        return context | {"boxes": [*shown, ("year", year)]}


class BirthDateBoundField(forms.BoundField):
    """Links to the part that is wrong and marks only that one."""

    @property
    def wrong(self) -> tuple[int, ...]:
        boxes = _boxes(_parts(self.data)) if self.errors else PARTS
        parts = {part for each in self.errors.as_data() for part in (each.params or {}).get("parts", PARTS)}
        return tuple(sorted({boxes[part] for part in parts}))

    @property
    def id_for_label(self) -> str:
        return f"{self.auto_id}_{self.wrong[0]}" if self.auto_id and self.wrong else super().id_for_label

    def build_widget_attrs(self, attrs, widget=None):
        attrs = super().build_widget_attrs(attrs, widget)
        return attrs | {"aria-invalid": self.wrong} if "aria-invalid" in attrs else attrs


class BirthDateField(forms.Field):
    """Month, day, year in three text boxes; the month as a number or a name. Returns a date since 1900.

    Typed into one box, a date in figures has the order of the country.
    """

    widget = BirthDateWidget
    bound_field_class = BirthDateBoundField
    default_error_messages = {
        "required": _("Enter the date of birth."),
        "missing": _("Enter the month, day, and year of the date of birth."),
        "month": _("There is no month “%(typed)s”. Enter a date of birth that exists, such as %(example)s."),
        "swapped": _("There is no month “%(typed)s”. Enter the month first, then the day, such as %(example)s."),
        "day_first": _("There is no month “%(typed)s”. Enter the day first, then the month, such as %(example)s."),
        "day": _("There is no day “%(typed)s”. Enter a date of birth that exists, such as %(example)s."),
        "no_day": _("%(month)s %(year)d has no day %(day)d. Enter a date of birth that exists."),
        "year": _("Enter the year of birth with 4 digits, such as 1951."),
        "future": _("The date of birth must be between 1900 and today."),
        "old": _("Check the year. The date of birth must be between 1900 and today."),
    }

    def to_python(self, value):
        parts = _parts(value)
        if not parts:
            return None
        if len(parts) != len(PARTS):
            raise self._error("missing", *_unlike_one(parts))
        return self._date(*(part.text for part in parts))

    def _date(self, month: str, day: str, year: str) -> date:
        number = _month(month)
        if not number:
            swapped = _is_between(month, 13, 31) and _is_between(day, 1, 12)
            why = "day_first" if country().is_day_first else "swapped"
            raise self._error(why if swapped else "month", MONTH, typed=_shown(month))
        if not _is_between(day, 1, 31):
            raise self._error("day", DAY, typed=_shown(day))
        if not re.fullmatch(r"[0-9]{4}", year):
            raise self._error("year", YEAR)
        if int(year) < EARLIEST_BIRTH.year:
            raise self._error("old", YEAR)
        return self._existing(number, int(day), int(year))

    def _existing(self, month: int, day: int, year: int) -> date:
        if day > calendar.monthrange(year, month)[1]:
            raise self._error("no_day", DAY, month=date_format(date(year, month, 1), "F"), day=day, year=year)
        born, today = date(year, month, day), local_date(timezone.now())
        if born > today:
            raise self._error("future", *([YEAR] if year > today.year else PARTS))
        return born

    def _error(self, code: str, *parts: int, **params) -> ValidationError:
        """`parts` are those that are wrong."""
        params |= {"parts": parts or PARTS, "example": country().example(), "figures": country().example_figures}
        return ValidationError(self.error_messages[code], code=code, params=params)


class OneLineBirthDateField(AskOnce, BirthDateField):
    """The whole date in one box: typing 3/9/1951 is faster than filling three boxes."""

    widget = AskOnceInput
    bound_field_class = forms.BoundField
    default_error_messages = {
        "missing": _("Enter the full date of birth, such as %(figures)s."),
        "doubt": _("Check the year: this patient is over 110 years old. If it is right, send it once more."),
    }

    def to_python(self, value):
        return super().to_python([value] if value else None)

    def doubt(self, value) -> str:
        return value.isoformat() if value and age_today(value) > OLDEST else ""


def age_today(born: date) -> int:
    return age(born, local_date(timezone.now()))


def _parts(value) -> list[Part]:
    """What was typed; if there are three parts, as month, day and year."""
    parts = [Part(text, box) for box, typed in enumerate(value or []) for text in _texts(typed)]
    if len(parts) != len(PARTS):
        return parts
    if re.fullmatch(r"[0-9]{4}", parts[0].text):
        parts = [*parts[1:], parts[0]]
    elif country().is_day_first and parts[0].box == parts[1].box:
        parts[:2] = parts[1::-1]
    month, day, year = parts
    if month.text.isdecimal() and not day.text.isdecimal() and _month(day.text):  # 9 March 1951
        month, day = day, month
    return [month, day, year]


def _texts(typed: str | None) -> list[str]:
    """“DOB: March 9th, 1951” -> March, 9, 1951."""
    text = LABEL.sub("", _plain(typed)).translate(UNITS)
    spaced = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).strip()
    if found := next(filter(None, (each.fullmatch(spaced) for each in COMPACT)), None):
        return list(found.groups())
    return [ORDINAL.sub("", word) for word in spaced.split() if word.lower() != "of"]


def _boxes(parts: list[Part]) -> Sequence[int]:
    """Where month, day and year were typed."""
    return [part.box for part in parts] if len(parts) == len(PARTS) else PARTS


def _unlike_one(parts: list[Part]) -> list[int]:
    """The boxes with more than one part, if there are too many; or else those that are empty."""
    boxes = [part.box for part in parts]
    return [n for n in PARTS if (boxes.count(n) > 1 if len(parts) > len(PARTS) else n not in boxes)]


def _shown(text: str) -> str:
    return Truncator(text).chars(LONGEST_SHOWN)


def _plain(text: str | None) -> str:
    """Without invisible characters, and with 0 to 9 for the digits of any script."""
    return "".join(only_digits(c) or c for c in clean_text(text or "")).strip()


def _is_between(text: str, least: int, most: int) -> bool:
    return re.fullmatch(r"[0-9]{1,2}", text) is not None and least <= int(text) <= most


def _month(text: str) -> int | None:
    """“3”, “03”, “March”, “mar” -> 3."""
    if text.isdecimal():
        return int(text) if len(text) < 3 and 1 <= int(text) <= 12 else None
    begun = text.lower()
    return next((n for n, month in enumerate(MONTHS, 1) if len(begun) > 2 and month.startswith(begun)), None)
