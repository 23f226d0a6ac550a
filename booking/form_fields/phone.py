"""Phone numbers."""

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields.text import Uncut


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
