"""Answers that end a request or set it aside, and the way back."""

from datetime import datetime

from django.utils.translation import gettext as _

from booking.lifecycle import rebooking
from booking.lifecycle._locks import locked_request, slot_transaction
from booking.lifecycle._transition import Actor, transition
from booking.lifecycle.appointment_request import UNCLAIMED, release_all, replaced_requests
from booking.lifecycle.errors import NotAllowed
from booking.models import Appointment, AppointmentRequest
from booking.notifications import messages
from booking.scheduling.response_deadline import response_deadline
from clinic.practice_info import practice_info

Status, CancelCode = AppointmentRequest.Status, Appointment.CancelCode
ANSWERED = (Status.DECLINED, Status.WITHDRAWN, Status.CLOSED)


def decline(
    pk: int, code: str, sentence: str, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Say no, with a code for us and a sentence with a next step for the patient. Its holds are free again."""
    if code not in AppointmentRequest.DeclineCode.values or not sentence.strip():
        raise NotAllowed(_("Choose a reason, and write what the patient can do next."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_to_rebook(appointment_request, now)
        event = transition(
            appointment_request, Status.DECLINED, verb="decline", by=by, now=now, reason=code, note=sentence,
            decline_code=code, answer=sentence, **UNCLAIMED,
        )  # fmt: skip
        rebooking.cancel_what_needs_rebooking(appointment_request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(appointment_request, event, by, now)
        messages.declined(event, appointment_request)
        return appointment_request


def withdraw(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """The patient takes the request back, before it is confirmed. Its holds are free again.

    With it goes the appointment whose time we could not keep: told not to come, the patient now wants no other time.
    """
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        event = transition(appointment_request, Status.WITHDRAWN, verb="withdraw", by=by, now=now, **UNCLAIMED)
        appointment = rebooking.cancel_what_needs_rebooking(
            appointment_request, CancelCode.PATIENT, by=by, now=now, cause=event
        )
        release_all(appointment_request, event, by, now)
        if appointment and appointment.starts_at > now:
            messages.cancelled(event, appointment_request, appointment)
        else:
            messages.withdrawn(event, appointment_request)
        return appointment_request


def waitlist(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """No fitting time is free: on the list, until one is. Its holds are free again, the promise pauses."""
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now)
        event = transition(
            appointment_request, Status.WAITLISTED, verb="waitlist", by=by, now=now, offer_until=None,
            paused_at=appointment_request.paused_at or now, **UNCLAIMED,
        )  # fmt: skip
        release_all(appointment_request, event, by, now)
        messages.waitlisted(event, appointment_request)
        return appointment_request


def close(pk: int, reason: str = "", *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Nobody could be reached: end it with a letter. Before the practice's number of calls only with a reason."""
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_to_rebook(appointment_request, now)
        if appointment_request.attempts < practice_info().most_attempts and not reason.strip():
            raise NotAllowed(_("There were fewer calls than we make before closing. Write why it is closed now."))
        event = transition(
            appointment_request, Status.CLOSED, verb="close", by=by, now=now, note=reason.strip(), **UNCLAIMED
        )
        rebooking.cancel_what_needs_rebooking(appointment_request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(appointment_request, event, by, now)
        messages.closed(event, appointment_request)
        return appointment_request


def reopen(pk: int, reason: str, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """An answered request waits again, with a new promise. A desk lead's act: the door asks booking.roles."""
    if not reason.strip():
        raise NotAllowed(_("Write why it is opened again."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now)
        if appointment_request.status not in ANSWERED:
            raise NotAllowed(
                _("It is marked “%s”: only an answer that ended it is taken up again.") % _state(appointment_request)
            )
        respond_by = response_deadline(now=now, location_id=appointment_request.desk_id)
        event = transition(
            appointment_request, Status.NEW, verb="reopen", by=by, now=now, note=reason.strip(), respond_by=respond_by,
            paused_at=None, offer_until=None, returned="", decline_code="", answer="", duplicate_of=None, attempts=0,
            next_try_at=None,
        )  # fmt: skip
        messages.received(event, appointment_request)
        return appointment_request


def _state(appointment_request: AppointmentRequest) -> str:
    return appointment_request.get_status_display().lower()
