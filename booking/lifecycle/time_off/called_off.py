"""Calling off an appointment: the patient is told not to come, and a request looks for another time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import offers
from booking.lifecycle._locks import lock_calendars, slot_transaction
from booking.lifecycle._transition import Actor, transition, update
from booking.lifecycle.appointment_request import UNCLAIMED, Draft, create
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.reschedule import carried_over, locked_booking, open_requests, require_ahead
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages
from booking.scheduling.response_deadline import rebook_by, response_deadline
from booking.scheduling.slots import Slot


@dataclass(frozen=True)
class NewTimes:
    """What a patient is offered whose appointment we call off: up to three times, held until then.

    `by_phone`: the desk calls, although there is an email.
    """

    slots: tuple[Slot, ...] = ()
    until: datetime | None = None
    by_phone: bool = False


def mark_needs_rebooking(
    pk: int, *, by: Actor, now: datetime, note: str = "", offering: NewTimes | None = None
) -> AppointmentRequest:
    """Flag an appointment whose time we cannot keep, open a request for another time, and notify the patient.

    If the patient has already asked for another time, that request is used. The appointment stays booked, flagged,
    until it is rescheduled or canceled. NotAllowed: it is already flagged, has started, or is not booked. SlotTaken:
    some times of the offer are not open.
    """
    offering = offering or NewTimes()
    with slot_transaction(*offering.slots):
        appointment, first = locked_booking(pk)
        require_ahead(appointment, now)
        if appointment.needs_rebooking_since:
            raise NotAllowed(_("This appointment is already called off. A request for a new time is open."))
        appointment_request, event = _rebooking_request(first, appointment, by, now, note, _offered(offering, now))
        lock_calendars([appointment.practitioner_id, *(slot.practitioner_id for slot in offering.slots)], now=now)
        update(appointment, verb="mark_needs_rebooking", by=by, now=now, cause=event, needs_rebooking_since=now)
        if event.to_status != event.from_status and appointment_request.offer_until:
            until = appointment_request.offer_until
            offers.hold_times(appointment_request, offering.slots, until, by=by, now=now, cause=event)
        messages.called_off(event, appointment_request, appointment, by_phone=offering.by_phone)
        return appointment_request


def _offered(offering: NewTimes, now: datetime) -> dict[str, Any]:
    """The columns of a request to which these times are offered; none without times."""
    if not offering.slots or offering.until is None:
        return {}
    offers.require_offer(offering.slots, offering.until, now)
    return {"offer_until": offers.end_of(offering.until, offering.slots), "paused_at": now}


def _rebooking_request(
    first: AppointmentRequest, appointment: Appointment, by: Actor, now: datetime, note: str, offered: dict[str, Any]
) -> tuple[AppointmentRequest, Event]:
    """The patient's own request for another time, or a new one; with the columns of its offer, if there is any. An
    offer that is open already stays as it is.
    """
    waiting = AppointmentRequest.objects.select_related("patient").filter(pk__in=open_requests(appointment)).first()
    how: dict[str, Any] = {"verb": "mark_needs_rebooking", "by": by, "now": now, "note": note}
    ordinary = waiting.respond_by if waiting else response_deadline(now=now)
    due: dict[str, Any] = {"respond_by": rebook_by(appointment, respond_by=ordinary, now=now)}
    if waiting and offered and waiting.status != AppointmentRequest.Status.OFFERED:
        return waiting, transition(waiting, AppointmentRequest.Status.OFFERED, **how, **due, **offered, **UNCLAIMED)
    if waiting:
        return waiting, update(waiting, **how, **due)
    answers = {**carried_over(first, appointment), "replaces": appointment, "wants_call": True} | due | offered
    draft = Draft({}, answers, known=first.patient_id)
    status = AppointmentRequest.Status.OFFERED if offered else AppointmentRequest.Status.NEW
    return create(draft, status, "mark_needs_rebooking", by, now, note=note)
