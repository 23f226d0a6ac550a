"""Forms of the patient's page: date of birth, answer to an offer, help to prepare, number for a lost link."""

from datetime import timedelta
from typing import NamedTuple

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.form_fields import BirthDateField, TextField
from booking.form_fields.birth_date import BirthDateWidget
from booking.models import Appointment, AppointmentRequest, Patient
from booking.models.appointment_request import YesNo
from booking.models.reference import find_reference
from booking.request_flow.patient_form import PatientForm, radios
from booking.scheduling.slots import Slot
from clinic.country import birth_date_help

BIRTH_DATE_HINT = format_lazy(_("Of the patient. {example}"), example=birth_date_help)


def patients_birth_date():
    """The browser fills in nothing: whoever helps the patient has another one."""
    widget = BirthDateWidget(attrs={"autocomplete": "off"})
    return BirthDateField(label=_("Date of birth"), help_text=BIRTH_DATE_HINT, widget=widget)


class BirthDateForm(forms.Form):
    birth_date = patients_birth_date()

    def add_wrong(self, wait: timedelta, phone: str):
        """Add the error for a wrong date of birth. After too many tries the patient must wait."""
        sentence = now_("This is not the date of birth that we have. Check it, and try once more.")
        if wait:
            sentence = now_("Too many tries. Wait %(time)s, or call us at %(phone)s.")
        self.add_error("birth_date", sentence % {"time": _in_words(wait), "phone": phone})


def _in_words(wait: timedelta) -> str:
    """The waiting time in words, rounded up: “12 minutes”, “3 hours”."""
    minutes, hours = -(-wait // timedelta(minutes=1)), -(-wait // timedelta(hours=1))
    return (
        ngettext("%d hour", "%d hours", hours) % hours
        if hours > 1
        else ngettext("%d minute", "%d minutes", minutes) % minutes
    )


class OfferForm(forms.Form):
    """Which of the offered times. The template renders the choices with day, doctor and office."""

    NONE = "none"
    offer = forms.CharField(error_messages={"required": _("Choose one of the times, or “None of these”.")})

    def __init__(self, holds: list[Appointment], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.holds = [(Slot(hold.starts_at, hold.practitioner_id, hold.location_id).code, hold) for hold in holds]

    def begins_when_it_ends(self) -> bool:
        """Whether the only time is held until its own start: no end worth telling."""
        return len(self.holds) == 1 and self.holds[0][1].held_until == self.holds[0][1].starts_at

    def is_nothing_chosen(self) -> bool:
        return not self.is_valid()

    def is_none_of_them(self) -> bool:
        return self.is_valid() and self.cleaned_data["offer"] == self.NONE

    def slot(self) -> Slot | None:
        """The chosen slot. The verb checks whether it is offered."""
        return Slot.parse(self.cleaned_data["offer"]) if self.is_valid() else None


class Question(NamedTuple):
    """What would help us prepare. `answer`: in words, empty if there is none yet."""

    name: str
    label: str
    answer: str


class PrepareForm(PatientForm):
    theirs = {
        "scan": _("Have they had a scan or X-ray of their back?"),
        "referral": _("Do they have a letter from their doctor (a referral)?"),
    }
    scan = radios(_("Have you had a scan or X-ray of your back?"), YesNo.choices, required=False)
    referral = radios(_("Do you have a letter from your doctor (a referral)?"), YesNo.choices, required=False)
    best_time = radios(_("Best time to call"), AppointmentRequest.BestTime.choices, required=False)

    def ask_in_writing(self):
        del self.fields["best_time"]

    @classmethod
    def of(cls, appointment_request: AppointmentRequest, data=None):
        """As answered before, in the words of who asked."""
        form = cls(data, initial={name: getattr(appointment_request, name) for name in cls.base_fields})
        if appointment_request.helper_name:
            form.ask_helper()
        if appointment_request.patient.reach_by != Patient.ReachBy.PHONE:
            form.ask_in_writing()
        return form

    def questions(self) -> list[Question]:
        return [
            Question(name, field.label, dict(field.choices).get(self.initial[name], ""))
            for name, field in self.fields.items()
        ]


class LostLinkForm(forms.Form):
    reference = TextField(
        label=_("Your confirmation number"), help_text=_("It looks like K7M-4QX-9PTR."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter your confirmation number.")},
    )  # fmt: skip
    birth_date = patients_birth_date()

    def clean_reference(self):
        reference = find_reference(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError(
                _("A confirmation number has 10 letters and numbers, such as K7M-4QX-9PTR. Check it once more.")
            )
        return reference
