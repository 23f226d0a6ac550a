"""Rescheduling a booked appointment, by the desk or at the patient's request; and canceling it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle import holds, rebooking
from booking.lifecycle._locks import locked_appointment, locked_request, slot_transaction
from booking.lifecycle._transition import Actor
from booking.lifecycle.appointment import call_off
from booking.lifecycle.appointment_request import MOST_TIMES, Draft, create, hold_first_choice, idempotent
from booking.lifecycle.errors import NeedsReason, NotAllowed, require_another_time
from booking.lifecycle.overrides import Override, check_desk_slot, why_two_places
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages
from booking.scheduling.slots import Slot
from clinic.practice_info import practice_info

Status = Appointment.Status


def reschedule(
    pk: int,
    slot: Slot,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    override: Override | None = None,
) -> Appointment:
    """Give an appointment another time of the same length. The row stays; the patient is notified. One that has begun,
    checked in or not, is booked again; the override's reason says why.

    SlotTaken: the time is not open, not counting the appointment itself. SameTime: it is the appointment's own.
    NotAllowed: it has begun and no reason is given, is not booked or checked in, or the patient has another appointment
    then.
    """
    with locked_appointment(pk, version, now, also=[slot]) as appointment:
        require_movable(appointment)
        note = override.reason if override else ""
        _require_why(appointment, note, now)
        require_another_time(appointment, [slot])
        wanted = holds.at(
            slot,
            appointment.appointment_type.lasting(appointment.minutes),
            appointment_request=appointment.appointment_request,
        )
        check_desk_slot(wanted, ignoring=Q(pk=appointment.pk), now=now, override=override)
        how = {"note": note, "why_two_places": why_two_places(override)}
        event = holds.reschedule_to(appointment, wanted, by=by, now=now, cause=None, **how)
        rebooking.end_rescheduled(appointment, by=by, now=now, cause=event)
        if appointment.appointment_request:
            messages.rescheduled(event, appointment.appointment_request, appointment)
        return appointment


def cancel(pk: int, code: str, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Cancel an appointment with a coded reason and free its time. If a request to reschedule it ends with it, release
    its holds too.

    NotAllowed: it has begun, does not need rebooking, and no `note` says why; or the patient is past the practice's
    limit for canceling online.
    """
    with locked_appointment(pk, version, now) as appointment:
        if by.kind == Event.Actor.PATIENT:
            require_ahead(appointment, now)
        elif not appointment.needs_rebooking:
            _require_why(appointment, note, now)
        if by.kind == Event.Actor.PATIENT and is_near(appointment, now):
            raise NotAllowed(_("It is too late to cancel here. Please call us."))
        if code not in Appointment.CancelCode.values:
            raise NotAllowed(_("Choose a reason for canceling."))
        event = call_off(appointment, code, by=by, now=now, note=note)
        rebooking.end_cancelled(appointment, by=by, now=now, cause=event)
        if appointment.appointment_request:
            messages.cancelled(event, appointment.appointment_request, appointment)
        return appointment


def is_near(appointment: Appointment, now: datetime) -> bool:
    """Whether it is too late for the patient to cancel online: the practice's limit itself is still in time."""
    return appointment.starts_at - now < timedelta(hours=practice_info().cancel_notice_hours)


def ask_for_another_time(
    pk: int,
    times: Sequence[Slot],
    answers: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    flow_key: uuid.UUID | None = None,
) -> AppointmentRequest:
    """Create a request that replaces this appointment once confirmed. Until then the appointment stays as it is.

    `answers`: columns of AppointmentRequest that differ from the first request. `times`: up to three open times, of
    which the first is held, or none. Idempotent by `flow_key`. NotAllowed: the appointment has started, or such a
    request is already open.
    """
    if len(times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to 3 times."))
    draft = Draft({}, {}, list(times), flow_key or uuid.uuid4())
    return idempotent(draft, lambda: _ask(pk, draft, answers, by, now, version))


def _ask(
    pk: int, draft: Draft, answers: Mapping[str, Any], by: Actor, now: datetime, version: int | None
) -> AppointmentRequest:
    with slot_transaction(*draft.times[:1]):
        appointment, first = locked_booking(pk)
        if version is not None and version != appointment.version:
            raise NotAllowed(_("This appointment has changed in the meantime. Check it again before you continue."))
        require_ahead(appointment, now)
        if rebooking.waiting(appointment).exclude(flow_key=draft.flow_key).exists():
            raise NotAllowed(_("Another time was already requested. That request is waiting for an answer."))
        draft.known, draft.answers = (
            first.patient_id,
            {**carried_over(first, appointment), **answers, "replaces": appointment},
        )
        appointment_request, event = create(draft, AppointmentRequest.Status.NEW, "submit", by, now)
        if draft.times:
            hold_first_choice(appointment_request, draft.times, event, now, also=[appointment.practitioner_id])
        messages.received(event, appointment_request)
        return appointment_request


def locked_booking(pk: int) -> tuple[Appointment, AppointmentRequest]:
    """The appointment, read under the lock of its request and of the open requests to reschedule it."""
    appointment = Appointment.objects.select_related("appointment_type").get(pk=pk)
    if appointment.appointment_request_id is None:
        raise NotAllowed(_("This time is only held, not booked."))
    first = locked_request(appointment.appointment_request_id)
    for waiting in open_requests(appointment):  # none can be added while the first is locked, and all have higher keys
        locked_request(waiting)
    appointment.refresh_from_db()
    return appointment, first


def open_requests(appointment: Appointment) -> list[int]:
    """The keys of the open requests to reschedule this appointment: one, or none."""
    return list(rebooking.waiting(appointment).values_list("pk", flat=True))


def carried_over(first: AppointmentRequest, appointment: Appointment) -> dict[str, Any]:
    """The patient's earlier answers, which need not be given again."""
    return as_before(first) | {"appointment_type": appointment.appointment_type}


def as_before(first: AppointmentRequest) -> dict[str, Any]:
    """The answers of an earlier request that another one carries over."""
    return {name: getattr(first, name) for name in AppointmentRequest.CARRIED_OVER}


def has_begun(appointment: Appointment, now: datetime) -> bool:
    """Whether its time has come, or the patient is here: then a change needs a reason."""
    return appointment.status == Status.ARRIVED or appointment.status == Status.BOOKED and appointment.starts_at <= now


def _require_why(appointment: Appointment, why: str, now: datetime) -> None:
    if not has_begun(appointment, now) or why.strip():
        return
    if appointment.status == Status.ARRIVED:
        raise NeedsReason(_("The patient is checked in. Enter a reason: it is kept in the history."))
    raise NeedsReason(_("This appointment has already started. Enter a reason: it is kept in the history."))


def require_movable(appointment: Appointment) -> None:
    """Raise NotAllowed, with a sentence, unless the appointment is booked or the patient is here."""
    if appointment.status not in (Status.BOOKED, Status.ARRIVED):
        raise NotAllowed(
            _("This appointment is marked “%s”. Only a booked appointment can be moved.")
            % appointment.get_status_display().lower()
        )


def require_ahead(appointment: Appointment, now: datetime) -> None:
    """Raise NotAllowed, with a sentence, unless the appointment is booked and has not started."""
    if appointment.status != Status.BOOKED:
        raise NotAllowed(
            _("This appointment is marked “%s”. Only a booked appointment can be moved.")
            % appointment.get_status_display().lower()
        )
    if appointment.starts_at <= now:
        raise NotAllowed(_("This appointment has already started, so it can’t be moved."))
