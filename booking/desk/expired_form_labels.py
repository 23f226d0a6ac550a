"""What a form of the desk does, and what stands in it, in words: before it is sent once more, a person reads it."""

from django.utils.translation import gettext_lazy as _

from booking.desk.patients.forms import AskForm, CorrectForm, PersonForm
from booking.desk.requests import forms
from booking.desk.requests.forms import LATEST, MomentField
from booking.desk.slot_finder.forms import CriteriaForm, OverrideForm, RescheduleForm, SpecialForm, WindowForm
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest
from booking.models.reference import print_reference
from booking.scheduling.slots import Slot
from booking.templatetags.desk_format import desk_when
from clinic.practice_info import practice_info

ACTS = {  # by the name of the address
    "search": _("Search"),
    "times": _("Show other open times"),
    "keys": _("Turn shortcut keys on or off"),
    "confirm": _("Confirm this request"),
    "offer": _("Offer these times"),
    "extend": _("Change the end of the offer"),
    "accept": _("Note that an offered time was accepted"),
    "refuse": _("Note that the offer was refused"),
    "waitlist": _("Put this request on the waitlist"),
    "decline": _("Decline this request"),
    "withdraw": _("Take this request back for the patient"),
    "close": _("Close this request"),
    "reopen": _("Open this request again"),
    "claim": _("Take this request in hand"),
    "take_over": _("Take this request over"),
    "release_claim": _("Let this request go"),
    "log_call": _("Log this call"),
    "note": _("Write this note"),
    "not_the_same": _("Note that these are two people"),
    "resend_link": _("Send the patient’s link again"),
    "correct": _("Correct the patient’s data"),
    "merge": _("Merge these two requests"),
    "book": _("New appointment"),
    "check_in": _("Mark this appointment as arrived"),
    "fulfil": _("Mark this appointment as seen"),
    "mark_left": _("Mark this appointment as left"),
    "no_show": _("Mark this appointment as a no-show"),
    "revert_status": _("Take back the last mark of this appointment"),
    "cancel": _("Cancel this appointment"),
    "reschedule": _("Move this appointment"),
    "ask_again": _("Ask for another time for this appointment"),
    "undo": _("Undo the last act"),
    "notified": _("Note that the patient was told by phone"),
}
TYPED = {"note", "code", "sentence", "why"}  # on a request's page, and never in an address
KEPT_ON_PAGE = {"offer", "from", "by_phone"} | TYPED  # what a button of that page keeps that answers nothing
READS = {  # what an act takes of its form; of those that are not named here it is all
    "times": KEPT_ON_PAGE, "claim": KEPT_ON_PAGE, "take_over": KEPT_ON_PAGE, "release_claim": KEPT_ON_PAGE,
    "reschedule": set(RescheduleForm.base_fields),
} | {
    act: set(form.base_fields)
    for act, form in {
        "confirm": forms.ConfirmForm, "offer": forms.OfferForm, "extend": forms.ExtendForm,
        "accept": forms.AcceptForm, "refuse": forms.ActForm, "waitlist": forms.ActForm, "decline": forms.DeclineForm,
        "withdraw": forms.ActForm, "close": forms.CloseForm, "reopen": forms.WhyForm, "log_call": forms.CallForm,
        "note": forms.NoteForm, "not_the_same": forms.PlainForm, "resend_link": forms.PlainForm,
        "merge": forms.MergeForm, "check_in": forms.ActForm, "fulfil": forms.ActForm, "mark_left": forms.ActForm,
        "no_show": forms.ActForm, "revert_status": forms.ActForm, "cancel": forms.CancelForm, "undo": forms.UndoForm,
        "notified": forms.PlainForm,
    }.items()
}  # fmt: skip
# What the page needs and nobody reads.
UNSAID = {
    "csrfmiddlewaretoken", "version", "version_this", "version_other", "flow_key", "key", "next", "look", "find",
    "looked_for", "wide", "special", "calendar",
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
    said = _said(at.url_name, posted)
    return [(_label(at, name), _in_words(at, name, value)) for name, value in sent if said(name)]


def _said(act, posted):
    """Whether a field counts for this act: of a form with many buttons, for the one that was pressed."""
    unsaid, reads = set(UNSAID), READS.get(act)
    if "special" in posted:  # a time as typed: not one of the list, whatever that was narrowed to
        unsaid |= {"slot", "place", "practitioner", "since", "part"}
        reads = reads and reads | set(SpecialForm.base_fields)
    else:
        unsaid |= set(SpecialForm.base_fields) if act == "book" else set()
    if act == "book" and posted.get("person") != "new":  # one of our patients, whom the page does not name
        unsaid |= {"person", *PersonForm.base_fields}
    reads = reads | set(OverrideForm.base_fields) if act == "reschedule" else reads
    return lambda name: name not in unsaid and (reads is None or name in reads)


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
