"""The questions of the request, one form per page. They parse and validate; they save nothing.

booking/request_flow/questions.py lists each question, why we ask it, and how long we keep the answer.
"""

from collections.abc import Iterable
from functools import cache

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields import (
    OLDEST,
    YEAR,
    BirthDateField,
    EmailField,
    NameField,
    PhoneField,
    PhoneInput,
    TextField,
    age_today,
)
from booking.models import Patient
from booking.request_flow import reasons
from booking.request_flow.patient_form import PatientForm, choose, forget, radios
from booking.request_flow.times.forms import CallMeForm
from clinic.country import birth_date_help, by_country, country, funding
from clinic.practice_info import practice_info
from clinic.web.language_names import mark_languages

OF_AGE = 18  # a parent or guardian asks for anyone younger


class ReasonField(forms.ChoiceField):
    """A choice of the active reasons. One query a form, when it is cleaned or shown."""

    def __deepcopy__(self, memo):
        field = super().__deepcopy__(memo)
        field.reasons = cache(reasons.active)
        field.choices = lambda: [(slug, reason.label) for slug, reason in field.reasons().items()]
        return field

    def clean(self, value):
        return self.reasons().get(super().clean(value))


class ReasonForm(forms.Form):
    """Who is meant, and why: its answers give the length of the appointment, and the words of every later page."""

    heading = _("What is the appointment about?")
    folds = {"note": _("Add a note (optional)")}
    read_back = {"returning": _("Been here before")}  # labels of the check page
    FOR_ME, FOR_OTHER = "me", "other"
    for_whom = radios(
        _("Who is it for?"), [(FOR_ME, _("Me")), (FOR_OTHER, _("Someone I help"))], _("Tell us who it is for."),
        initial=FOR_ME,
    )  # fmt: skip
    reason = ReasonField(
        label=_("Main reason"), widget=forms.RadioSelect, error_messages=choose(_("Choose the main reason."))
    )
    returning = radios(
        _("Has the patient been here before?"), [("no", _("No, this is the first visit")), ("yes", _("Yes"))],
        _("Tell us if the patient has been here before."),
    )  # fmt: skip
    note = TextField(
        label=_("Anything we need to know first?"), max_length=200, required=False, lines=3,
        help_text=_(
            "Up to 200 characters. We ask for help, times and phone later. Leave out card numbers and medicines: "
            "tell us those, and blood thinners, when we call."
        ),
    )  # fmt: skip


class YouForm(PatientForm):
    heading, heading_theirs = _("Who is the patient?"), _("Who are you helping?")
    theirs = {"name": _("Their full name"), "birth_date": _("Their date of birth")}
    of_helper = ("helper_name", "helper_relation", "may_speak_with_helper")
    read_back = {"may_speak_with_helper": _("We may speak with you")}
    name = NameField(
        label=_("Full name"), help_text=by_country(lambda here: here.funding_words.name_help),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write the full name.")},
    )  # fmt: skip
    birth_date = BirthDateField(label=_("Date of birth"), help_text=birth_date_help)
    helper_name = NameField(
        label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name, so that we know who asks.")},
    )  # fmt: skip
    helper_relation = TextField(
        label=_("Who you are to them"), help_text=_("Daughter, husband, friend, aide"), max_length=60, required=False
    )
    may_speak_with_helper = forms.BooleanField(
        label=_("They agree that we speak with you about this appointment"), required=False
    )

    def clean_birth_date(self):
        born, phone = self.cleaned_data["birth_date"], practice_info().phone_display
        if age_today(born) > OLDEST:
            sentence = _("Check the year of birth. If it is right, call us at %(phone)s.")
            raise forms.ValidationError(sentence, params={"phone": phone, "parts": [YEAR]})
        if not self.is_helped and age_today(born) < OF_AGE:
            sentence = _(
                "A parent or guardian asks for a patient under 18. Go back to “Who is it for?” and choose "
                "“Someone I help”, or call us at %(phone)s."
            )
            raise forms.ValidationError(sentence, params={"phone": phone, "parts": [YEAR]})
        return born


class ContactForm(PatientForm):
    heading, heading_theirs = _("How do we reach you?"), _("How do we reach you and them?")
    theirs = {
        "reach_by": _("May we call them?"),
        "phone": _("Their phone"),
        "email": _("Email for our answer, yours or theirs"),
    }
    of_helper = ("helper_phone",)
    folds = {"reach_by": _("No phone, or please don’t call?")}
    read_back = {"may_leave_message": _("Leave a message")}
    is_agreed = True  # whether the patient agrees that we speak with the helper
    their_choices = {
        "reach_by": {Patient.ReachBy.PHONE: _("Yes, call them"), Patient.ReachBy.EMAIL: _("No phone: email them")}
    }
    asked_sometimes = ("reach_by", "phone")
    ReachBy = Patient.ReachBy

    REACH_BY = [
        (ReachBy.PHONE, _("Yes, call me")), (ReachBy.WRITING, _("Please write, do not call")),
        (ReachBy.EMAIL, _("No phone: email me")),
    ]  # fmt: skip

    helper_phone = PhoneField(
        label=_("Your phone"), widget=PhoneInput(attrs={"autocomplete": "tel"}),
        error_messages={"required": _("Write your phone number, so that we can reach you.")},
    )  # fmt: skip
    phone = PhoneField(
        label=_("Phone"), help_text=_("We call about this request only."), required=False,
        widget=PhoneInput(attrs={"autocomplete": "tel"}),
    )  # fmt: skip
    may_leave_message = forms.BooleanField(label=_("You may leave a message: our name and number only"), required=False)
    email = EmailField(
        label=_("Email"), required=False, max_length=254,
        help_text=_("We send our answer there, without health details."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )  # fmt: skip
    reach_by = radios(_("May we call you?"), REACH_BY, required=False)

    def ask_helper(self):
        super().ask_helper()
        self.fields["phone"].help_text = _("Leave this empty, and we call you.")

    def clean(self):
        data = super().clean()
        if "reach_by" in self.errors:
            return data
        data["reach_by"] = data["reach_by"] or self.ReachBy.PHONE
        if data["reach_by"] == self.ReachBy.PHONE:
            if not self.is_helped:  # a helper has given their own
                self._require(
                    "phone", _("Enter a phone number, so that we can answer you. No phone? Choose to be emailed.")
                )
            elif not self.is_agreed:
                self._require(
                    "phone", _("Enter their phone. Or go back and say that we may speak with you: then we call you.")
                )
        else:
            no_phone = ["phone"] if data["reach_by"] == self.ReachBy.EMAIL else []
            forget(self, "may_leave_message", *no_phone)
            self._require("email", _("Enter an email address, so that we can write to you."))
        return data

    def _require(self, name, sentence):
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, sentence)


def _languages():
    return [*country().languages, ("other", _("Another language"))]


class NeedsForm(PatientForm):
    """One question opens the rest: who needs no help speaks English and wants no interpreter."""

    heading = _("What makes the appointment easier for you?")
    heading_theirs = _("What makes the appointment easier for them?")
    theirs = {
        "wants_help": _("Do they need an interpreter, or help with walking, hearing or seeing?"),
        "language": _("Language they like best"),
        "needs_interpreter": _("Do they want an interpreter?"),
        "needs": _("Help they need"),
        "insurance": by_country(lambda here: here.funding_words.theirs),
    }
    their_choices = {
        "needs": Patient.NEEDS_BY_HELPER,
        "insurance": {"self_pay": _("They pay themselves")},
    }
    read_back = {"wants_help": _("Interpreter or other help")}
    asked_sometimes = ("wants_help", "language", "needs_interpreter", "other_language")
    YES_NO = [("no", _("No")), ("yes", _("Yes"))]

    wants_help = radios(
        _("Do you need an interpreter, or help with walking, hearing or seeing?"), YES_NO, initial="no", required=False
    )
    language = radios(_("Language you like best"), _languages, required=False)
    other_language = TextField(label=_("Which other language?"), max_length=40, required=False)
    needs_interpreter = radios(_("Do you want an interpreter?"), YES_NO, required=False)
    needs = forms.MultipleChoiceField(
        label=_("Help you need"), choices=Patient.Need.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    insurance = radios(
        by_country(lambda here: here.funding_words.label),
        funding.asked,
        by_country(lambda here: here.funding_words.choose),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["needs_interpreter"].help_text = mark_languages(practice_info().language_help)

    def clean(self):
        data = super().clean()
        if data.get("wants_help") != "yes":
            forget(self, "language", "needs_interpreter", "needs")
        if data.get("language") != "other":
            forget(self, "other_language")
        elif not data.get("other_language") and "other_language" not in self.errors:
            self.add_error("other_language", _("Write the language."))
        return data


FORMS = {  # the steps, in order
    "reason": ReasonForm,
    "times": CallMeForm,  # the open times: booking/request_flow/times/page.py
    "you": YouForm,
    "contact": ContactForm,
    "needs": NeedsForm,
}
PAGES = len(FORMS) + 2  # with the one that starts and the one that checks all


def own_texts(step: str, posted: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """The values of this step's fields, and nothing else that was posted."""
    fields = FORMS[step].base_fields
    return {name: values for name, values in posted if name in fields or name.rpartition("_")[0] in fields}
