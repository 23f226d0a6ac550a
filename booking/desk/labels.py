"""Text for the desk: what happened, what a patient needs, who did it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.lifecycle import (
    AlreadyHandled,
    AlreadyRebooked,
    BeingCalled,
    ClaimedByAnother,
    NotAllowed,
    PatientElsewhere,
)
from booking.lifecycle.call_log import Outcome
from booking.lifecycle.verbs import verb_of
from booking.models import Appointment, AppointmentRequest, Event, Patient
from booking.models.appointment_request import Ready, Triage, YesNo
from booking.records.one_person import same_in_sql
from booking.templatetags.desk_format import desk_clock, desk_time, desk_when
from clinic.models.practice import Weekday
from clinic.practice_info import local_date

RequestStatus = AppointmentRequest.Status
NEEDS = {
    Patient.Need.WHEELCHAIR: gettext_lazy("wheelchair"),
    Patient.Need.WALKER: gettext_lazy("walker or cane"),
    Patient.Need.TRANSFER: gettext_lazy("help getting onto the table"),
    Patient.Need.HEARING: gettext_lazy("hard of hearing"),
    Patient.Need.VISION: gettext_lazy("low vision"),
    Patient.Need.OTHER: gettext_lazy("other: ask"),
}
READY = {YesNo.YES: gettext_lazy("yes"), YesNo.NO: gettext_lazy("no"), YesNo.UNSURE: gettext_lazy("not sure")}
NOT_ASKED = gettext_lazy("not asked")
CHANGED = gettext_lazy("%(who)s changed this %(when)s.")
CODES = {
    **dict(AppointmentRequest.DeclineCode.choices),
    **dict(Appointment.CancelCode.choices),
    **dict(Outcome.choices),
    **dict(Triage.choices),
    **dict(Ready.choices),
}


def reach_by(value: str) -> str:
    """How the patient wants to be reached, if not by a call."""
    return "" if value == Patient.ReachBy.PHONE else str(Patient.ReachBy(value).label)


def needs(patient: Patient) -> str:
    return needs_of(patient.needs, patient.needs_interpreter, patient.language)


def needs_of(needs: list[str], interpreter: bool, language: str) -> str:
    """“Russian interpreter, walker or cane”."""
    words = [str(NEEDS[need]) for need in needs if need in NEEDS]
    if interpreter:
        words.insert(0, _("%s interpreter") % language)
    elif language and language != "English":
        words.insert(0, _("speaks %s") % language)
    return ", ".join(words)


def ready(answer: str) -> str:
    return READY[answer] if answer else NOT_ASKED


class State(NamedTuple):
    look: str  # style of the tag
    words: str


def state(status: str, returned: str = "", last_call: str = "") -> State:
    """Where a request stands. For a new one: how its last offer or call ended."""
    if status == RequestStatus.NEW:
        if last_call == Outcome.WRONG_NUMBER.label:
            return State("stop", last_call)
        if returned:
            return State("stop", str(AppointmentRequest.Returned(returned).label))
        return State("wait", last_call) if last_call else State("new", str(RequestStatus.NEW.label))
    looks = {RequestStatus.CONFIRMED: "ok", RequestStatus.OFFERED: "wait", RequestStatus.WAITLISTED: "wait"}
    return State(looks.get(RequestStatus(status), "calm"), str(RequestStatus(status).label))


def days(weekdays: list[int]) -> str:
    return ", ".join(str(Weekday(day).label) for day in weekdays if day in Weekday.values)


def who(event: Event, user=None) -> str:
    if event.actor == Event.Actor.PATIENT:
        return _("The patient")
    if event.actor == Event.Actor.WORKER or event.by is None:
        return _("System")
    return _("You") if user and event.by_id == user.pk else name(event.by)


def act_of(event: Event | None) -> Event | None:
    """The event itself, or its cause if it is an effect."""
    return event.cause if event and event.cause_id else event


def faster(event: Event | None, user, zone) -> str:
    """“Rosa confirmed this at 10:42 AM.”"""
    if event is None:
        return _("Someone else just changed this.")
    today = local_date(event.at, zone) == local_date(timezone.now(), zone)
    when = _("at %s") % desk_clock(event.at, zone) if today else _("on %s") % desk_time(event.at, zone)
    return str(verb_of(event).sentence or CHANGED) % {"who": who(event, user), "when": when}


def refused(refusal: NotAllowed, user, zone) -> str:
    """Why a verb was refused, as the desk says it."""
    if isinstance(refusal, AlreadyHandled):
        return faster(act_of(refusal.event), user, zone)
    if isinstance(refusal, ClaimedByAnother):
        colleague = name(refusal.appointment_request.claimed_by)
        return _("%s is working on this request. Your change was not saved.") % colleague
    if isinstance(refusal, BeingCalled):
        until = desk_clock(refusal.patient.called_until, zone)
        return _("%(who)s is calling this number, until %(until)s at the latest.") % {
            "who": name(refusal.patient.called_by),
            "until": until,
        }
    if isinstance(refusal, PatientElsewhere) and (appointment := refusal.appointment):
        when = desk_time(appointment.starts_at, appointment.location.tz)
        return _("The patient has an appointment %(when)s with %(who)s.") % {
            "when": when,
            "who": appointment.practitioner,
        }
    return refusal.sentence


def elsewhere(refusal: Exception) -> Appointment | None:
    """The appointment that the patient has already, if that is the reason."""
    return refusal.appointment if isinstance(refusal, PatientElsewhere | AlreadyRebooked) else None


class Calling(NamedTuple):
    """Who is calling this number now: a coworker, by name, or the user."""

    caller: str = ""
    is_mine: bool = False


def calling(patient: Patient, user, now: datetime) -> Calling:
    """Read the patient with `called_by`."""
    if patient.called_until is None or patient.called_until <= now:
        return Calling()
    is_mine = patient.called_by_id == user.pk
    return Calling("" if is_mine else name(patient.called_by), is_mine)


def name(user) -> str:
    """A coworker's name as the desk uses it."""
    return user.get_short_name() or user.get_username() if user else _("A coworker")


def events_of(appointment_request: AppointmentRequest, merged: Sequence[AppointmentRequest] = ()) -> list[Event]:
    """The request's history, oldest first, with the effects on the appointment that it replaced. One query.

    Of the requests `merged` into it, only calls and notes.
    """
    its = (
        Q(appointment_request=appointment_request) | Q(cause__appointment_request=appointment_request)
        if appointment_request.replaces_id
        else Q(appointment_request=appointment_request)
    )
    if merged:
        its |= Q(appointment_request__in=merged, verb__in=("log_call", "add_note"))
    return list(Event.objects.filter(its).select_related("by", "appointment__location").order_by("pk"))


class Remark(NamedTuple):
    """A call or a note."""

    event: Event
    who: str
    of: AppointmentRequest | None  # the merged request that it belongs to
    outcome: str  # for calls


def remarks(events: list[Event], verb: str, merged: Sequence[AppointmentRequest] = ()) -> list[Remark]:
    """All events of this verb, newest first."""
    of = _by_key(merged)
    return [
        Remark(event, name(event.by), of.get(event.appointment_request_id), CODES.get(event.reason, event.reason))
        for event in reversed(events)
        if event.verb == verb
    ]


def pinned() -> Subquery:
    """Of a query of requests: the newest note that is pinned to the patient, added with another request."""
    notes = Event.objects.filter(same_in_sql("appointment_request__patient", "patient"), pinned=True)
    return Subquery(notes.exclude(appointment_request=OuterRef("pk")).order_by("-pk").values("note")[:1])


def history(events: list[Event], merged: Sequence[AppointmentRequest] = ()) -> list[dict]:
    """What people did, newest first, each with its effects. Notes are left out: they have their own list."""
    known, effects = {event.pk for event in events}, {}
    for event in events:
        cause = event.cause_id if event.cause_id in known else None  # an effect of another request
        effects.setdefault(cause, []).append(event)
    acts = [event for event in reversed(effects.get(None, [])) if event.verb != "add_note"]
    starts, of = _starts(events), _by_key(merged)
    return [
        _entry([act, *effects.get(act.pk, [])], starts) | {"of": of.get(act.appointment_request_id)} for act in acts
    ]


def _by_key(merged: Sequence[AppointmentRequest]) -> dict[int | None, AppointmentRequest]:
    return {each.pk: each for each in merged}


def _starts(events: list[Event]) -> dict[int, datetime]:
    """The start of the appointment after each event, worked out backwards: events store the previous start."""
    later, starts = {}, {}
    for event in reversed(events):
        if event.appointment_id:
            starts[event.pk] = later.get(event.appointment_id, event.appointment.starts_at)
        if "starts_at" in event.before:
            later[event.appointment_id] = datetime.fromisoformat(event.before["starts_at"])
    return starts


def _entry(events: list[Event], starts: dict[int, datetime]) -> dict:
    act, *effects = events
    if act.verb in [effect.verb for effect in effects]:  # the appointment's own line has more detail
        events = effects
    lines = [_happened(event, starts.get(event.pk)) for event in events]
    return {"lines": lines, "who": who(act), "at": act.at, "note": act.note, "undone": act.undone}


def _happened(event: Event, starts_at: datetime | None) -> str:
    words = str(verb_of(event).history)
    if starts_at:
        words = _("%(what)s: %(when)s") % {"what": words, "when": desk_when(starts_at, event.appointment.location.tz)}
    if event.reason in CODES:
        words = f"{words} ({CODES[event.reason]})"
    return words
