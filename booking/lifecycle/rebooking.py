"""Open requests to reschedule an appointment, and how they end when the appointment is rescheduled or canceled."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars
from booking.lifecycle._transition import Actor, transition
from booking.lifecycle.appointment import call_off
from booking.lifecycle.appointment_request import UNCLAIMED
from booking.lifecycle.errors import NotAllowed
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages

Status = AppointmentRequest.Status


def waiting(appointment: Appointment) -> QuerySet[AppointmentRequest]:
    """The open request to reschedule this appointment: one, or none."""
    return appointment.replaced_by_requests.filter(status__in=AppointmentRequest.OPEN)


def end_rescheduled(appointment: Appointment, *, by: Actor, now: datetime, cause: Event) -> None:
    """After a reschedule: confirm the request for another time if we created it; the patient's own stays open."""
    _end(_ours(appointment), Status.CONFIRMED, "confirm", by, now, cause)


def end_cancelled(appointment: Appointment, *, by: Actor, now: datetime, cause: Event) -> None:
    """After a cancellation: by the patient, withdraw the request for another time; by us, close it if we created it."""
    if by.kind == Event.Actor.PATIENT:
        _end(waiting(appointment), Status.WITHDRAWN, "withdraw", by, now, cause)
    else:
        _end(_ours(appointment), Status.CLOSED, "close", by, now, cause)


def require_none_to_rebook(appointment_request: AppointmentRequest, now: datetime) -> None:
    """Raise NotAllowed if a future appointment needs rebooking: without this request nobody would follow it up."""
    appointment = appointment_request.appointment_to_rebook()
    if appointment and appointment.starts_at > now:
        raise NotAllowed(_("We called off the appointment below. Cancel or move that appointment first."))


def cancel_what_needs_rebooking(
    appointment_request: AppointmentRequest, code: str, *, by: Actor, now: datetime, cause: Event
) -> Appointment | None:
    """Cancel the appointment that the patient was told not to come to, if it still needs rebooking.

    Its request must be locked already.
    """
    appointment = appointment_request.appointment_to_rebook()
    if appointment is None:
        return None
    lock_calendars([appointment.practitioner_id], now=now, holder=appointment_request)
    call_off(appointment, code, by=by, now=now, cause=cause)
    return appointment


def _ours(appointment: Appointment) -> QuerySet[AppointmentRequest]:
    return waiting(appointment).filter(events__verb="mark_needs_rebooking", events__from_status="")


def _end(requests: QuerySet[AppointmentRequest], to: str, verb: str, by: Actor, now: datetime, cause: Event) -> None:
    """End these requests, under the locks of `locked_appointment`. The appointment's own message says so."""
    for appointment_request in requests:
        transition(appointment_request, to, verb=verb, by=by, now=now, cause=cause, **UNCLAIMED)
        holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=cause)
        messages.overtake(appointment_request)
