"""What a form of the desk does, and what stands in it, in words: before it is sent once more, a person reads it."""

from django.utils.translation import gettext_lazy as _

from booking.desk.patients.forms import AskForm, CorrectForm, PersonForm
from booking.desk.requests import forms
from booking.desk.requests.forms import LATEST, MomentField
from booking.desk.slot_finder.forms import CriteriaForm, OverrideForm, SpecialForm, WindowForm
from booking.lifecycle.call_log import Outcome
from booking.lifecycle.verbs import VERBS
from booking.models import Appointment, AppointmentRequest
from booking.models.reference import print_reference
from booking.scheduling.slots import Slot
from booking.templatetags.desk_format import desk_when
from clinic.practice_info import practice_info

TITLES = {  # by the name of the address: what its form does
    "search": _("Search"),
    "times": _("Show other open times"),
    "keys": _("Turn shortcut keys on or off"),
    "ask_again": _("Ask for another time for this appointment"),
} | {verb.name: verb.title for verb in VERBS.values() if verb.title}
TYPED = {"note", "code", "sentence", "why"}  # on a request's page, and never in an address
KEPT_ON_PAGE = {"offer", "from", "by_phone"} | TYPED  # what a button of that page keeps that answers nothing
KEEPS_PAGE = ("times", "claim", "take_over", "release_claim")
# What the page needs and nobody reads.
UNSAID = {
    "csrfmiddlewaretoken", "version", "version_this", "version_other", "flow_key", "key", "next", "look", "find",
    "looked_for", "wide", "special", "calendar", "other",
}  # fmt: skip
TIMES = {"slot", "offer", "hold"}
MOMENTS = {"until", "next_try"}
CODES = {
    "code": dict(AppointmentRequest.DeclineCode.choices) | dict(Appointment.CancelCode.choices),
    "outcome": dict(Outcome.choices),
    "person": {"new": _("Someone new")},
    **dict.fromkeys(["by_phone", "anyone", "book", "longer", "release_claim"], {"1": _("yes")}),
}
ON_OFF = {"0": _("off"), "1": _("on")}
CHOOSING = {
    name: form
    for form in (PersonForm, CriteriaForm, SpecialForm, AskForm)
    for name, field in form.base_fields.items()
    if hasattr(field.widget, "choices")
}
LABELS = {
    name: field.label
    for form in (CorrectForm, AskForm, CriteriaForm, WindowForm, SpecialForm, OverrideForm, forms.CancelForm)
    for name, field in form.base_fields.items()
    if field.label
} | {
    "slot": _("Time"),
    "offer": _("Time to offer"),
    "hold": _("Hold this time"),
    "from": _("From"),
    "until": _("Until"),
    "next_try": _("Next try"),
    "outcome": _("How the call ended"),
    "code": _("Why"),
    "sentence": _("What the patient reads"),
    "undo_why": _("Why it is undone"),
    "q": _("Looked for"),
    "by_phone": _("Said yes by phone"),
    "book": _("Book"),
    "longer": _("Hold it longer"),
    "release_claim": _("Let the time go"),
    "keep": _("Which request stays"),
    "person": _("Patient"),
}


def readable(at, posted):
    """Pairs of a label and a value, of what a person has chosen or typed. `at`: where it was sent, a resolver match."""
    sent = [(name, value) for name, values in posted.lists() for value in values if value.strip()]
    said = _said(at, posted)
    return [(_label(at, name), _in_words(at, name, value)) for name, value in sent if said(name)]


def _said(at, posted):
    """Whether a field counts for this act: of a form with many buttons, for the one that was pressed."""
    act, unsaid, reads = at.url_name, set(UNSAID), _reads(at)
    if "special" in posted:  # a time as typed: not one of the list, whatever that was narrowed to
        unsaid |= {"slot", "place", "practitioner", "since", "part"}
        reads = reads and reads | set(SpecialForm.base_fields)
    else:
        unsaid |= set(SpecialForm.base_fields) if act == "book" else set()
    if act == "book" and posted.get("person") != "new":  # one of our patients, whom the page does not name
        unsaid |= {"person", *PersonForm.base_fields}
    reads = reads | set(OverrideForm.base_fields) if act == "reschedule" else reads
    return lambda name: name not in unsaid and (reads is None or name in reads)


def _reads(at):
    """The fields that the view reads of its form; None for all."""
    if at.url_name in KEEPS_PAGE:
        return KEPT_ON_PAGE
    form_class = getattr(at.func, "form_class", None)
    return form_class and set(form_class.base_fields)


def _label(at, name):
    if at.url_name == "keys" and name == "on":
        return _("Shortcut keys")
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _in_words(at, name, value):
    """Times, codes and choices as one says them; whatever else stands there as it is."""
    if name in TIMES and (slot := Slot.parse(value)):
        return desk_when(slot.starts_at, practice_info().zone)
    if name in MOMENTS and value.isascii() and value.isdigit() and len(value) < 10 and int(value) < LATEST:
        return desk_when(MomentField().clean(value), practice_info().zone)
    if name == "keep" and value in ("this", "other"):
        return print_reference(at.kwargs["reference" if value == "this" else "other"])
    if at.url_name == "keys":
        return ON_OFF.get(value, value)
    if name in CHOOSING:
        return _chosen(name, value)
    return _("yes") if value == "on" else CODES.get(name, {}).get(value, value)


def _chosen(name, value):
    """As its select lists it. One query at most."""
    choices = CHOOSING[name]().fields[name].widget.choices
    return next((label for code, label in choices if str(code) == value), value)
