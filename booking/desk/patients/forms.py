"""Forms for patient details."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from booking.desk.labels import NEEDS
from booking.desk.requests.forms import NOT_LISTED, STALE_VERSION, CallForm, NoteForm, PlainForm
from booking.form_fields import EmailField, NameField, OneLineBirthDateField, PhoneField, TextField
from booking.models import AppointmentRequest, Patient
from booking.models.appointment_request import Channel, YesNo
from clinic.country import by_country, country, funding

NO_PHONE = _("Enter a phone number. If the patient has none, change “How to reach them” and enter an email address.")
NO_EMAIL = _("Enter an email address, so that we can write to the patient.")


class SearchForm(forms.Form):
    """The search text: a name, a number or a date."""

    q = TextField(label=_("Search text"), required=False)


class PersonForm(forms.Form):
    """A patient's details."""

    asked_sometimes = ("phone", "reach_by")

    name = NameField(label=_("Full name"), error_messages={"required": _("Enter the full name.")})
    birth_date = OneLineBirthDateField(
        label=_("Date of birth"), help_text=by_country(
            lambda here: _("For example, %s or %s") % (here.example_figures, here.example())
        ),
    )  # fmt: skip
    phone = PhoneField(label=_("Phone"), required=False)
    email = EmailField(label=_("Email"), required=False, max_length=254)
    reach_by = forms.ChoiceField(
        label=_("How to reach them"),
        choices=Patient.ReachBy,
        required=False,
        error_messages={"invalid_choice": NOT_LISTED},
    )
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
                "tel",
            ):  # other inputs have no autocomplete to turn off
                field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self):
        data = super().clean()
        called = data.get("reach_by") in ("", Patient.ReachBy.PHONE)
        needed = "phone" if called else "email"
        if "reach_by" not in self.errors and not data.get(needed) and needed not in self.errors:
            self.add_error(needed, NO_PHONE if called else NO_EMAIL)
        return data

    def patient(self):
        """Field values for a Patient."""
        data = self.cleaned_data
        same = ("name", "birth_date", "may_leave_message", "email", "needs_interpreter", "needs")
        return {name: data[name] for name in same} | {
            "reach_by": data["reach_by"] or Patient.ReachBy.PHONE,
            "phone": data["phone"].number,
            "phone_extension": data["phone"].extension,
            "phone_typed": data["phone"].typed,
            "language": data["language"] or "English",
        }


NOT_ASKED = ("", _("Not asked"))


def asked(label, choices):
    own = {"invalid_choice": NOT_LISTED}
    return forms.ChoiceField(label=label, choices=choices, required=False, error_messages=own)


class PapersForm(forms.Form):
    insurance = asked(by_country(lambda here: here.funding_words.short), funding.asked_by_desk)
    scan = asked(_("Scan done"), [NOT_ASKED, *YesNo.choices])
    referral = asked(_("Referral"), [NOT_ASKED, *YesNo.choices])

    def papers(self):
        """Only what was sent: an older page did not ask."""
        return {name: self.cleaned_data[name] for name in AppointmentRequest.PAPERS if name in self.data}


class CorrectForm(PapersForm, PersonForm):
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
        same = (
            "name",
            "email",
            "reach_by",
            "may_leave_message",
            "needs_interpreter",
            "language",
            "needs",
            "chart_number",
        )
        return {name: getattr(patient, name) for name in same} | {
            **{name: getattr(appointment_request, name) for name in AppointmentRequest.PAPERS},
            "birth_date": country().figures(patient.birth_date),
            "phone": patient.phone_typed or patient.phone_display,
            "version": appointment_request.version,
        }

    def patient(self):
        return super().patient() | {"chart_number": self.cleaned_data["chart_number"]} | self.papers()


class AskForm(PapersForm):
    """The questions that are asked again when an existing patient books."""

    note = TextField(label=_("Note"), max_length=200, required=False, lines=2)
    channel = forms.ChoiceField(
        label=_("How they asked"), choices=[(Channel.PHONE, _("Phone")), (Channel.WALK_IN, _("Walk-in"))],
        error_messages=dict.fromkeys(["required", "invalid_choice"], NOT_LISTED),
    )  # fmt: skip
    letter = forms.BooleanField(label=_("No email: mail a letter too"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].widget.attrs["autocomplete"] = "off"


class PersonCallForm(CallForm):
    """`about`: the request that the call is kept with."""

    about = TextField(label="", required=False, max_length=20)


class StartCallForm(PlainForm):
    """`instead`: take the call over from a coworker."""

    about = TextField(label="", required=False, max_length=20)
    instead = forms.BooleanField(required=False)


class PersonNoteForm(NoteForm):
    about = TextField(label="", required=False, max_length=20)
    pin = forms.BooleanField(label=_("Pin to every appointment"), required=False)
