"""What the forms of the request share: choices, answers to forget, and a patient who answers or is answered for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields.birth_date import BirthDateWidget

ANY_ANSWER = _("Choose one of the answers.")
PATIENT = {"they": _("you"), "them": _("you"), "their": _("your")}
SOMEONE_ELSE = {"they": _("they"), "them": _("them"), "their": _("their")}


def whom(appointment_request):
    """The words for the patient on a page that its sender reads: “you”, or “they” if a helper sent it."""
    return SOMEONE_ELSE if appointment_request.helper_name else PATIENT


def choose(sentence):
    """One error message for a missing choice and a crafted one. It says what is asked: a page may have three."""
    return {"required": sentence, "invalid_choice": sentence}


def radios(label, choices, missing=ANY_ANSWER, **kwargs):
    """`missing`: what to say without an answer. A question that may stay open needs no sentence of its own."""
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, error_messages=choose(missing), **kwargs
    )


def forget(form, *names):
    """Empty these fields and drop their errors: the option that they belong to is not selected."""
    for name in names:
        form.errors.pop(name, None)
        form.cleaned_data[name] = form.fields[name].empty_value if hasattr(form.fields[name], "empty_value") else False


class PatientForm(forms.Form):
    """Questions about the patient. `theirs`: labels if a helper answers; `their_choices`: the same for choices;
    `of_helper`: questions about the helper.
    """

    heading = heading_theirs = ""
    theirs: dict = {}
    their_choices: dict = {}
    of_helper: tuple[str, ...] = ()
    is_helped = False  # whether a helper answers for the patient

    def ask_patient(self):
        """Without the questions about a helper."""
        for name in self.of_helper:
            del self.fields[name]

    def ask_helper(self):
        """Say whose the answers are, and let the browser fill in nothing: it knows the helper, not the patient."""
        self.is_helped = True
        self.heading = self.heading_theirs or self.heading
        for name, field in self.fields.items():
            if name in self.theirs:
                field.label = self.theirs[name]
            if name in self.their_choices:
                field.choices = [(code, self.their_choices[name].get(code, words)) for code, words in field.choices]
            is_theirs = name not in self.of_helper
            if is_theirs and ("autocomplete" in field.widget.attrs or isinstance(field.widget, BirthDateWidget)):
                field.widget.attrs["autocomplete"] = "off"
