"""Phone numbers."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.utils.translation import gettext_lazy as _

from clinic.contact.ask_once import AskOnce, AskOnceInput
from clinic.contact.phone_number import Phone, UnreadablePhone, is_unknown, read_phone
from clinic.country import by_country

LONGEST = 40


class PhoneInput(AskOnceInput):
    input_type = "tel"


def _such_as(sentence: str) -> str:
    """With a number as the country writes it."""
    return by_country(lambda here: sentence % {"phone": here.phones.example})


class PhoneField(AskOnce, forms.Field):
    """A phone number in any format, with its extension and a remark. Cleaned to a Phone."""

    widget = PhoneInput
    empty_value = Phone()
    empty_values = [*EMPTY_VALUES, empty_value]
    default_error_messages = {
        "nothing": _such_as(_("Enter a phone number with area code, such as %(phone)s.")),
        "local": _such_as(_("Add the area code to the phone number, such as %(phone)s.")),
        "length": _such_as(
            _(
                "Enter a phone number with area code, such as %(phone)s. "
                "If it is from another country, begin with + and the country code."
            )
        ),
        "area": _(
            "Check the phone number. US area codes, and the 3 digits after them, never begin with 0 or 1. "
            "If it is from another country, begin with + and the country code."
        ),
        "abroad": _("Check the phone number. It is too short or too long, or no country has the code after the +."),
        "letters": _such_as(_("Enter the phone number in digits, without letters, such as %(phone)s.")),
        "two": _("Enter one phone number."),
        "long": _("Enter just the phone number. The rest fits in the note."),
        "doubt": _("We do not know phone numbers that begin like this. Check it. If it is right, send it once more."),
    }

    def to_python(self, value):
        try:
            phone = read_phone(value) if value and value.strip() else Phone()
        except UnreadablePhone as refused:
            raise ValidationError(self.error_messages[refused.code], code=refused.code) from None
        if len(phone.typed) > LONGEST:
            raise ValidationError(self.error_messages["long"], code="long")
        return phone

    def doubt(self, value) -> str:
        return value.number if value and is_unknown(value.number) else ""

    def has_changed(self, initial, data):
        return (initial or "") != (data or "")
