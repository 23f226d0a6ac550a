"""What happened, what is needed and what to say, in the words of the desk."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment, AppointmentRequest, Event, Patient
from booking.templatetags.desk_format import desk_clock, desk_time, desk_when
from clinic.models.practice import Weekday

NEEDS = {
    Patient.Need.WHEELCHAIR: gettext_lazy("wheelchair"),
    Patient.Need.WALKER: gettext_lazy("walker or cane"),
    Patient.Need.TRANSFER: gettext_lazy("help onto the table"),
    Patient.Need.HEARING: gettext_lazy("hard of hearing"),
    Patient.Need.VISION: gettext_lazy("low vision"),
    Patient.Need.OTHER: gettext_lazy("something else: ask"),
}
PAST = {
    "submit": gettext_lazy("%(who)s sent this %(when)s."),
    "confirm": gettext_lazy("%(who)s confirmed this %(when)s."),
    "decline": gettext_lazy("%(who)s declined this %(when)s."),
    "withdraw": gettext_lazy("%(who)s withdrew this %(when)s."),
    "book": gettext_lazy("%(who)s booked this %(when)s."),
    "cancel": gettext_lazy("%(who)s cancelled this visit %(when)s."),
    "check_in": gettext_lazy("%(who)s marked this visit as arrived %(when)s."),
    "fulfil": gettext_lazy("%(who)s marked this visit as seen %(when)s."),
    "leave": gettext_lazy("%(who)s marked this visit as left %(when)s."),
    "no_show": gettext_lazy("%(who)s marked this visit as a no-show %(when)s."),
    "step_back": gettext_lazy("%(who)s took back the last mark %(when)s."),
    "undo": gettext_lazy("%(who)s undid the last step %(when)s."),
}
CHANGED = gettext_lazy("%(who)s changed this %(when)s.")
HISTORY = {
    "submit": gettext_lazy("Sent"),
    "confirm": gettext_lazy("Confirmed"),
    "decline": gettext_lazy("Declined"),
    "withdraw": gettext_lazy("Withdrawn"),
    "offer": gettext_lazy("Times offered"),
    "refuse": gettext_lazy("Offer refused"),
    "waitlist": gettext_lazy("Put on the waitlist"),
    "close": gettext_lazy("Closed"),
    "hold": gettext_lazy("Held"),
    "book": gettext_lazy("Booked"),
    "release": gettext_lazy("Let go"),
    "expire": gettext_lazy("Hold ended"),
    "cancel": gettext_lazy("Cancelled"),
    "check_in": gettext_lazy("Arrived"),
    "fulfil": gettext_lazy("Seen"),
    "leave": gettext_lazy("Left without being seen"),
    "no_show": gettext_lazy("No-show"),
    "step_back": gettext_lazy("Mark taken back"),
    "undo": gettext_lazy("Undone"),
}
CODES = {**dict(AppointmentRequest.DeclineCode.choices), **dict(Appointment.CancelCode.choices)}


def needs(patient: Patient) -> str:
    """“Russian interpreter, walker or cane”."""
    words = [str(NEEDS[need]) for need in patient.needs if need in NEEDS]
    if patient.needs_interpreter:
        words.insert(0, _("%s interpreter") % patient.language)
    elif patient.language and patient.language != "English":
        words.insert(0, _("speaks %s") % patient.language)
    return ", ".join(words)


def days(weekdays: list[int]) -> str:
    return ", ".join(str(Weekday(day).label) for day in weekdays if day in Weekday.values)


def who(event: Event, user=None) -> str:
    if event.actor == Event.Actor.PATIENT:
        return _("The patient")
    if event.actor == Event.Actor.WORKER or event.by is None:
        return _("The clock")
    return _("You") if user and event.by_id == user.pk else event.by.get_short_name() or event.by.get_username()


def act_of(event: Event | None) -> Event | None:
    """What a person did, where `event` may be one of its effects."""
    return event.cause if event and event.cause_id else event


def faster(event: Event | None, user, zone) -> str:
    """“Rosa confirmed this at 10:42 AM.”"""
    if event is None:
        return _("Someone else changed this a moment ago.")
    today = event.at.astimezone(zone).date() == timezone.now().astimezone(zone).date()
    when = _("at %s") % desk_clock(event.at, zone) if today else _("on %s") % desk_time(event.at, zone)
    return str(PAST.get(event.verb, CHANGED)) % {"who": who(event, user), "when": when}


def history(asked: AppointmentRequest) -> list[dict]:
    """What people did, newest first, each with what it brought about. Two queries."""
    events = list(asked.events.select_related("by", "appointment__location").order_by("pk"))
    effects = {}
    for event in events:
        effects.setdefault(event.cause_id, []).append(event)
    return [_entry([event, *effects.get(event.pk, [])]) for event in reversed(effects.get(None, []))]


def _entry(events: list[Event]) -> dict:
    act = events[0]
    lines = [_happened(event) for event in events]
    return {"lines": lines, "who": who(act), "at": act.at, "note": act.note, "undone": act.undone}


def _happened(event: Event) -> str:
    words = str(HISTORY.get(event.verb, event.verb))
    if event.appointment_id:
        zone = event.appointment.location.tz
        words = _("%(what)s: %(when)s") % {"what": words, "when": desk_when(event.appointment.starts_at, zone)}
    if event.reason in CODES:
        words = f"{words} ({CODES[event.reason]})"
    return words
