"""Form fields for personal data: they accept many formats and return one."""

import re
import unicodedata
from datetime import date

import phonenumbers
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EARLIEST_BIRTH = date(1900, 1, 1)
# They change the direction of the text that follows, including the desk's own text next to a name.
DIRECTION_OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
REPLACED = "\ufffd"  # where the browser sent bytes that are not text
MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
LONGEST_PART = 20  # most characters of a month, a day or a year
ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)$", re.IGNORECASE)


class Uncut:
    """No maxlength attribute: a browser would truncate long text silently; we report it instead."""

    default_error_messages = {"max_length": _("Use up to %(limit_value)d characters. You have %(show_value)d.")}

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class TextField(Uncut, forms.CharField):
    """A line of free text, or several with `lines`."""

    def __init__(self, *, lines=1, **kwargs):
        self.lines = lines
        super().__init__(**({"widget": forms.Textarea(attrs={"rows": lines})} if lines > 1 else {}), **kwargs)

    def to_python(self, value):
        text = super().to_python(value).translate(DIRECTION_OVERRIDES)
        return text if self.lines > 1 else " ".join(text.split())


class EmailField(Uncut, forms.EmailField):
    pass


class NameField(Uncut, forms.CharField):
    """A name in any script: at least one letter, no control characters."""

    def __init__(self, *, max_length=120, **kwargs):
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.update(spellcheck="false")

    def to_python(self, value):
        text = super().to_python(value).translate(DIRECTION_OVERRIDES)
        return " ".join(unicodedata.normalize("NFC", text).split())

    def validate(self, value):
        super().validate(value)
        if value and not any(character.isalpha() for character in value):
            raise forms.ValidationError(_("Enter a name with letters."))
        if any(unicodedata.category(character) == "Cc" or character == REPLACED for character in value):
            raise forms.ValidationError(_("Enter the name without special characters."))


class PhoneField(Uncut, forms.CharField):
    """A phone number in any format; cleaned to E.164 ("+17185550167"). Without a country it is a US number."""

    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    default_error_messages = {
        "number": _("Enter a phone number with area code, such as 718 555 0167."),
    }

    def __init__(self, **kwargs):
        super().__init__(max_length=40, **kwargs)

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, "US")
        except phonenumbers.NumberParseException:
            raise forms.ValidationError(self.error_messages["number"]) from None
        # Not is_valid_number: it only knows the numbering plans of its release and would refuse newer ones.
        if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
            raise forms.ValidationError(self.error_messages["number"])
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


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
