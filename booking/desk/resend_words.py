"""What a form of the desk does, and what stands in it, in words: before it is sent once more, a person reads it."""

from django.utils.translation import gettext_lazy as _

from booking.desk.finder_forms import BeyondForm, CriteriaForm, SpecialForm, WindowForm
from booking.desk.forms import LATEST, MomentField
from booking.desk.patient_forms import PersonForm
from booking.lifecycle.calls import Outcome
from booking.models import Appointment, AppointmentRequest
from booking.slots import Slot
from booking.templatetags.desk_format import desk_when
from clinic.frame import frame

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
    "let_go": _("Let this request go"),
    "log_call": _("Log this call"),
    "note": _("Write this note"),
    "not_the_same": _("Note that these are two people"),
    "resend_link": _("Send the patient’s link again"),
    "correct": _("Correct the patient’s data"),
    "merge": _("Merge these two requests"),
    "book": _("New appointment"),
    "check_in": _("Mark this visit as arrived"),
    "fulfil": _("Mark this visit as seen"),
    "leave": _("Mark this visit as left"),
    "no_show": _("Mark this visit as a no-show"),
    "step_back": _("Take back the last mark of this visit"),
    "cancel": _("Cancel this visit"),
    "move": _("Move this visit"),
    "ask_again": _("Ask for another time for this visit"),
    "undo": _("Undo the last act"),
    "told": _("Note that the patient was told by phone"),
}
# What the page needs and nobody reads.
UNSAID = {
    "version", "version_this", "version_other", "flow_key", "key", "next", "look", "find", "looked_for", "wide",
}  # fmt: skip
TIMES = {"slot", "offer", "hold"}
MOMENTS = {"until", "next_try"}
CODES = {
    "code": dict(AppointmentRequest.DeclineCode.choices) | dict(Appointment.CancelCode.choices),
    "outcome": dict(Outcome.choices),
}
LABELS = {
    name: field.label
    for form in (PersonForm, CriteriaForm, WindowForm, SpecialForm, BeyondForm)
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
    "note": _("Note"),
    "q": _("Looked for"),
    "by_phone": _("Said yes by phone"),
    "book": _("Book"),
    "longer": _("Hold it longer"),
    "let_go": _("Let the time go"),
    "keep": _("Which request stays"),
    "person": _("Patient"),
}


def readable(fields):
    """Pairs of a label and a value, of what a person has chosen or typed."""
    return [(_label(name), _in_words(name, value)) for name, value in fields if name not in UNSAID and value.strip()]


def _label(name):
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _in_words(name, value):
    """Times and codes as one says them; whatever else stands there as it is."""
    if name in TIMES and (slot := Slot.parse(value)):
        return desk_when(slot.starts_at, frame().zone)
    if name in MOMENTS and value.isascii() and value.isdigit() and len(value) < 10 and int(value) < LATEST:
        return desk_when(MomentField().clean(value), frame().zone)
    if value == "on":
        return _("yes")
    return CODES.get(name, {}).get(value, value)
