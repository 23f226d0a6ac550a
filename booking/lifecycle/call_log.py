"""Calls and notes that the desk records with a request, and how soon a clinician wants it answered. They are events and
never block another clerk's answer.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.lifecycle._locks import locked_request, slot_transaction
from booking.lifecycle._transition import Actor, is_repeated, log_event
from booking.lifecycle.claims import end_call
from booking.lifecycle.errors import NotAllowed
from booking.models import AppointmentRequest, Event, Message
from booking.models.appointment_request import Channel, Triage
from booking.notifications import messages
from booking.scheduling.call_times import in_best_time, next_tries
from clinic.practice_info import local_date

LONGEST_NOTE = 600
LATEST_SEE_BY = timedelta(days=365)  # a date later than that is a mistyped one


class Outcome(models.TextChoices):
    REACHED = "reached", gettext_lazy("Reached")
    NO_ANSWER = "no_answer", gettext_lazy("No answer")
    VOICEMAIL = "voicemail", gettext_lazy("Left message")
    WRONG_NUMBER = "wrong_number", gettext_lazy("Wrong number")


# Events after which somebody has spoken with the patient.
SPOKEN = models.Q(verb="log_call", reason=Outcome.REACHED) | models.Q(verb="mark_notified", channel=Channel.PHONE)


def was_spoken(event: Event) -> bool:
    """The same as SPOKEN, of a row that was read."""
    return (event.verb, event.reason) == ("log_call", Outcome.REACHED) or (
        (event.verb, event.channel) == ("mark_notified", Channel.PHONE)
    )


class LoggedJustNow(NotAllowed):
    """The same outcome was logged within a minute: a second call, or a second press? `event`: the first."""

    def __init__(self, event: Event) -> None:
        super().__init__(_("“No answer” was logged less than a minute ago. Log it again only if you called again."))
        self.event = event


JUST_NOW, ONE_TRY = timedelta(minutes=1), timedelta(minutes=30)
TRY_AGAIN = (Outcome.NO_ANSWER, Outcome.VOICEMAIL)


def log_call(
    pk: int,
    outcome: str,
    *,
    by: Actor,
    now: datetime,
    next_try_at: datetime | None = None,
    note: str = "",
    again: bool = False,
    about: int | None = None,
    also_answered: bool = False,
) -> AppointmentRequest:
    """Record the outcome of a call, with an internal `note`. If the patient was not reached, schedule the next try: at
    `next_try_at`, or at the next suitable time if that has passed.

    `attempts` counts the tries since the patient was last reached, those within half an hour as one. `about`: the
    message that the call was to tell; who is reached has been told. `also_answered`: record it although the request was
    answered, as after a no-show; then nothing is scheduled. Posting the same form twice records one call.

    LoggedJustNow: the same was logged within a minute, and not `again`. NotAllowed: the next try is outside the
    patient's best time, or the request has been answered and there is nothing to tell.
    """
    if outcome not in Outcome.values:
        raise NotAllowed(_("Choose a call outcome."))
    with slot_transaction():
        appointment_request = locked_request(pk, by=by, now=now)
        note = fitting(note)
        if is_repeated(appointment_request, by):
            return appointment_request
        message = _to_tell(appointment_request, about)
        is_open = appointment_request.status in AppointmentRequest.OPEN
        if not is_open and message is None and not also_answered:
            raise NotAllowed(_("This request has already been answered. Add a note instead."))
        if outcome == Outcome.NO_ANSWER and not again and (just_now := _recent(appointment_request, now - JUST_NOW)):
            raise LoggedJustNow(just_now)
        tries = _tries(appointment_request, outcome, next_try_at, now) if is_open or message else {}
        log_event(appointment_request, verb="log_call", by=by, now=now, reason=outcome, note=note, **tries)
        if message and outcome == Outcome.REACHED:
            messages.notified(message.pk, now=now)
        end_call(appointment_request, by.user)
        return appointment_request


def log_answer(appointment_request: AppointmentRequest, *, by: Actor, now: datetime) -> None:
    """Record that the patient was reached, if the desk acts on what they say on the phone. Under the request's lock."""
    if by.kind == Event.Actor.DESK and by.channel == Channel.PHONE:
        tries: dict[str, Any] = {"next_try_at": None, "attempts": 0}
        caller = replace(by, form_key="")  # of the act
        log_event(appointment_request, verb="log_call", by=caller, now=now, reason=Outcome.REACHED, **tries)
        end_call(appointment_request, by.user)


def _tries(
    appointment_request: AppointmentRequest, outcome: str, next_try_at: datetime | None, now: datetime
) -> dict[str, Any]:
    next_try = _next_try(appointment_request, next_try_at, now) if outcome in TRY_AGAIN else None
    return {"next_try_at": next_try} | _attempts(appointment_request, outcome, now)


def _to_tell(appointment_request: AppointmentRequest, about: int | None) -> Message | None:
    """The message about this request that the desk still has to tell."""
    return appointment_request.messages.filter(pk=about, status__in=Message.BY_US).first() if about else None


def _recent(appointment_request: AppointmentRequest, since: datetime) -> Event | None:
    """The call without an answer that was logged since then."""
    calls = appointment_request.events.filter(verb="log_call", reason=Outcome.NO_ANSWER, at__gt=since)
    return calls.select_related("by").last()


def _attempts(appointment_request: AppointmentRequest, outcome: str, now: datetime) -> dict[str, Any]:
    """The new number of tries, if it changes: none while the last counted try is less than half an hour ago."""
    if outcome == Outcome.REACHED:
        return {"attempts": 0}
    counted = appointment_request.events.filter(verb="log_call", before__has_key="attempts", at__gt=now - ONE_TRY)
    if appointment_request.attempts and counted.exclude(reason=Outcome.REACHED).exists():
        return {}
    return {"attempts": appointment_request.attempts + 1}


def _next_try(appointment_request: AppointmentRequest, wanted: datetime | None, now: datetime) -> datetime | None:
    if wanted is None or wanted <= now:
        return next(iter(next_tries(appointment_request, now=now)), None)
    if not in_best_time(appointment_request, wanted):
        raise NotAllowed(_("Choose a next try during the patient’s best time to call."))
    return wanted


def add_note(pk: int, text: str, *, by: Actor, now: datetime, pin: bool = False) -> AppointmentRequest:
    """Add an internal note that only the desk sees. Allowed while another clerk has claimed the request, and after the
    answer. `pin`: every page about this person shows it.

    Posting the same form twice adds one note.
    """
    if not text.strip():
        raise NotAllowed(_("Enter a note first."))
    with slot_transaction():
        appointment_request = locked_request(pk)
        note = fitting(text)
        if not is_repeated(appointment_request, by):
            event = log_event(appointment_request, verb="add_note", by=by, now=now, note=note)
            Event.objects.filter(pk=event.pk).update(pinned=pin)
        return appointment_request


def pin_note(event_id: int, *, by: Actor, now: datetime) -> bool:
    """Show this note on every page about the person. False if it is pinned already."""
    with slot_transaction():
        appointment_request = _with_note(event_id, pinned=True)
        if appointment_request:
            log_event(appointment_request, verb="pin_note", by=by, now=now)
        return appointment_request is not None


def unpin_note(event_id: int, *, by: Actor, now: datetime) -> bool:
    """Show this note with its request only. False if it is not pinned."""
    with slot_transaction():
        appointment_request = _with_note(event_id, pinned=False)
        if appointment_request:
            log_event(appointment_request, verb="unpin_note", by=by, now=now)
        return appointment_request is not None


def _with_note(event_id: int, *, pinned: bool) -> AppointmentRequest | None:
    """The locked request of this note, which is now pinned or not; None if it was so before."""
    note = Event.objects.get(pk=event_id, verb="add_note")
    assert note.appointment_request_id
    appointment_request = locked_request(note.appointment_request_id)
    changed = Event.objects.filter(pk=event_id, pinned=not pinned).update(pinned=pinned)
    return appointment_request if changed else None


def triage(
    pk: int, mark: str, note: str, *, by: Actor, now: datetime, see_by: date | None = None
) -> AppointmentRequest:
    """Mark an open request. It does not disturb the desk's answer: an urgent request only heads the queue, the one to
    be seen first before the others.

    NotAllowed: no such mark, no note, a date that has passed or is not of an urgent one, or the request has been
    answered.
    """
    if mark not in Triage.values:
        raise NotAllowed(_("Choose “Urgent”, “Routine” or “Needs imaging first”."))
    if not note.strip():
        raise NotAllowed(_("Enter a note for the front desk."))
    _require_see_by(see_by, mark, now)
    with slot_transaction():
        appointment_request = locked_request(pk)
        if appointment_request.status not in AppointmentRequest.OPEN:
            raise NotAllowed(_("This request has already been answered."))
        if not is_repeated(appointment_request, by):
            marks: dict[str, Any] = {"triage": mark, "see_by": see_by}
            log_event(appointment_request, verb="triage", by=by, now=now, reason=mark, note=fitting(note), **marks)
        return appointment_request


def _require_see_by(see_by: date | None, mark: str, now: datetime) -> None:
    if see_by and mark != Triage.URGENT:
        raise NotAllowed(_("Only an urgent request has a see-by date. Clear the date, or choose “Urgent”."))
    if see_by and see_by < local_date(now):
        raise NotAllowed(_("Choose a see-by date of today or later."))
    if see_by and see_by > local_date(now) + LATEST_SEE_BY:
        raise NotAllowed(_("Choose a see-by date within a year from today."))


def fitting(note: str) -> str:
    if len(note.strip()) > LONGEST_NOTE:
        raise NotAllowed(_("Enter a note of up to %d characters.") % LONGEST_NOTE)
    return note.strip()


def mark_notified(message_id: int, *, by: Actor, now: datetime) -> bool:
    """Record that the desk told the patient what this message says. False if another clerk did so first."""
    with slot_transaction():
        appointment_request = locked_request(
            Message.objects.values_list("appointment_request", flat=True).get(pk=message_id)
        )
        is_ours = messages.notified(message_id, now=now)
        if is_ours:
            log_event(appointment_request, verb="mark_notified", by=by, now=now)
            end_call(appointment_request, by.user)
        return is_ours
