"""Forms for patient details."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from booking.desk.labels import NEEDS
from booking.desk.requests.forms import NOT_LISTED, STALE_VERSION
from booking.form_fields import BirthDateField, EmailField, NameField, PhoneField, TextField
from booking.models.appointment_request import Channel
from clinic.text import clean_text


class OneLineBirthDateField(BirthDateField):
    """The whole date in one box: typing 3/9/1951 is faster than filling three boxes."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python([value] if value else None)


class SearchForm(forms.Form):
    """The search text: a name, a number or a date."""

    q = TextField(label=_("Search text"), required=False)


class PersonForm(forms.Form):
    """A patient's details."""

    name = NameField(label=_("Full name"), error_messages={"required": _("Enter the full name.")})
    birth_date = OneLineBirthDateField(
        label=_("Date of birth"), help_text=_("For example, 3/9/1951 or March 9, 1951"),
        error_messages={"missing": _("Enter the full date of birth, such as 3/9/1951.")},
    )  # fmt: skip
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter a phone number.")})
    email = EmailField(
        label=_("Email"), required=False, max_length=254,
        error_messages={"invalid": _("Enter a full email address, such as june@example.org.")},
    )  # fmt: skip
    may_leave_message = forms.BooleanField(label=_("OK to leave a message"), required=False)
    needs_interpreter = forms.BooleanField(label=_("Needs interpreter"), required=False)
    language = TextField(label=_("Language"), max_length=40, initial="English", required=False)
    needs = forms.MultipleChoiceField(
        label=_("Needs"), choices=[(need, capfirst(words)) for need, words in NEEDS.items()], required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=dict.fromkeys(["invalid_choice", "invalid_list"], NOT_LISTED),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if getattr(field.widget, "input_type", "") in (
                "text",
                "email",
            ):  # other inputs have no autocomplete to turn off
                field.widget.attrs.setdefault("autocomplete", "off")

    def patient(self):
        """Field values for a Patient."""
        data = self.cleaned_data
        same = ("name", "birth_date", "phone", "may_leave_message", "email", "needs_interpreter", "needs")
        return {name: data[name] for name in same} | {
            "phone_typed": clean_text(self.data["phone"]).strip(),
            "language": data["language"] or "English",
        }


class CorrectForm(PersonForm):
    chart_number = TextField(label=_("Chart number"), max_length=40, required=False)
    version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION
    )

    email_also_on = forms.TypedMultipleChoiceField(
        label=_("If you change the email, also change it on these open requests"), required=False, coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("That request is no longer open. Choose again.")},
    )  # fmt: skip

    def __init__(self, *args, others=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email_also_on"].choices = [(other.pk, self._said(other)) for other in others]

    @staticmethod
    def _said(other):
        return _("%(reference)s: %(name)s, %(email)s") % {
            "reference": other, "name": other.patient.name, "email": other.patient.email or _("no email"),
        }  # fmt: skip

    @staticmethod
    def of(appointment_request):
        """The form with the patient's current details."""
        patient = appointment_request.patient
        same = ("name", "email", "may_leave_message", "needs_interpreter", "language", "needs", "chart_number")
        return {name: getattr(patient, name) for name in same} | {
            "birth_date": f"{patient.birth_date:%-m/%-d/%Y}",
            "phone": patient.phone_typed or str(patient.phone),
            "version": appointment_request.version,
        }

    def patient(self):
        return super().patient() | {"chart_number": self.cleaned_data["chart_number"]}


class AskForm(forms.Form):
    """The questions that are asked again when an existing patient books."""

    note = TextField(label=_("Note"), max_length=200, required=False, lines=2)
    channel = forms.ChoiceField(
        label=_("Contact method"), choices=[(Channel.PHONE, _("Phone")), (Channel.WALK_IN, _("Walk-in"))],
        error_messages=dict.fromkeys(["required", "invalid_choice"], NOT_LISTED),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].widget.attrs["autocomplete"] = "off"
