"""Verbs that end a request or put it on the waitlist, and the one that reopens it."""

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
    """Decline the request, with a code for us and a sentence for the patient that names a next step. Releases its
    holds.
    """
    if code not in AppointmentRequest.DeclineCode.values or not sentence.strip():
        raise NotAllowed(_("Choose a reason, and tell the patient what to do next."))
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
    """Withdraw the request for the patient before it is confirmed. Releases its holds.

    Also cancels the appointment that needed rebooking: the patient was told not to come and wants no other time.
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
    """Put the request on the waitlist. Releases its holds and pauses the response deadline."""
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
    """Close the request with a letter when the patient cannot be reached. Before the configured number of calls, a
    reason is required.
    """
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_to_rebook(appointment_request, now)
        if appointment_request.attempts < practice_info().most_attempts and not reason.strip():
            raise NotAllowed(_("We usually make more calls before closing. Enter a reason to close it now."))
        event = transition(
            appointment_request, Status.CLOSED, verb="close", by=by, now=now, note=reason.strip(), **UNCLAIMED
        )
        rebooking.cancel_what_needs_rebooking(appointment_request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(appointment_request, event, by, now)
        messages.closed(event, appointment_request)
        return appointment_request


def reopen(pk: int, reason: str, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Reopen an answered request, with a new response deadline. Only for desk leads: the view checks booking.roles."""
    if not reason.strip():
        raise NotAllowed(_("Enter a reason for reopening."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now)
        if appointment_request.status not in ANSWERED:
            raise NotAllowed(
                _("This request is marked “%s”. Only a declined, withdrawn, or closed request can be reopened.")
                % _state(appointment_request)
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
