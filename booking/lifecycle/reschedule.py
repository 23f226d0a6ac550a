"""Another time for a booked appointment, moved by the desk or asked for by the patient; or none any more."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle import holds, rebooking
from booking.lifecycle._locks import lock_calendars, locked_appointment, locked_request, slot_transaction
from booking.lifecycle._transition import Actor, update
from booking.lifecycle.appointment import call_off
from booking.lifecycle.appointment_request import MOST_TIMES, Draft, create, hold_first_choice, idempotent
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overrides import Override, check_desk_slot
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
    """Give a booked appointment another time of the same length. The row stays; the patient is notified.

    SlotTaken: the time is not open, not counting the appointment itself. NotAllowed: it has begun, or is not booked.
    """
    with locked_appointment(pk, version, now, also=[slot]) as appointment:
        require_ahead(appointment, now)
        wanted = holds.at(
            slot,
            appointment.appointment_type.lasting(appointment.minutes),
            appointment_request=appointment.appointment_request,
        )
        check_desk_slot(wanted, ignoring=Q(pk=appointment.pk), now=now, override=override)
        note = override.reason if override else ""
        event = holds.reschedule_to(appointment, wanted, by=by, now=now, cause=None, note=note)
        rebooking.end_rescheduled(appointment, by=by, now=now, cause=event)
        if appointment.appointment_request:
            messages.rescheduled(event, appointment.appointment_request, appointment)
        return appointment


def cancel(pk: int, code: str, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Cancel a booked appointment with a coded reason; its time is free again at once. So are those of a request
    that waits for another time for it, if that ends with it.

    NotAllowed: it has begun, and the patient was not told not to come; or the patient is later than the practice lets
    patients cancel on their page.
    """
    with locked_appointment(pk, version, now) as appointment:
        if appointment.starts_at <= now and not appointment.needs_rebooking:
            raise NotAllowed(_("This appointment has begun. Mark it as seen, left or no-show."))
        if by.kind == Event.Actor.PATIENT and appointment.starts_at - now < timedelta(
            hours=practice_info().cancel_notice_hours
        ):
            raise NotAllowed(_("It is too late to cancel here. Please call us."))
        if code not in Appointment.CancelCode.values:
            raise NotAllowed(_("Choose why the appointment is cancelled."))
        event = call_off(appointment, code, by=by, now=now, note=note)
        rebooking.end_cancelled(appointment, by=by, now=now, cause=event)
        if appointment.appointment_request:
            messages.cancelled(event, appointment.appointment_request, appointment)
        return appointment


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
    """A new request that replaces this appointment once it is confirmed; until then the appointment stays as it is.

    `answers`: columns of AppointmentRequest to differ from the first request's. Up to three open times, the first
    held, or none. Idempotent by `flow_key`. NotAllowed: it has begun, or such a request waits already.
    """
    if len(times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to three times."))
    draft = Draft({}, {}, list(times), flow_key or uuid.uuid4())
    return idempotent(draft, lambda: _ask(pk, draft, answers, by, now, version))


def _ask(
    pk: int, draft: Draft, answers: Mapping[str, Any], by: Actor, now: datetime, version: int | None
) -> AppointmentRequest:
    with slot_transaction(*draft.times[:1]):
        appointment, first = _locked(pk)
        if version is not None and version != appointment.version:
            raise NotAllowed(_("This appointment was changed meanwhile. Look again before you go on."))
        require_ahead(appointment, now)
        if rebooking.waiting(appointment).exclude(flow_key=draft.flow_key).exists():
            raise NotAllowed(_("Another time was asked for already. That request waits for its answer."))
        draft.known, draft.answers = (
            first.patient_id,
            {**_as_before(first, appointment), **answers, "replaces": appointment},
        )
        appointment_request, event = create(draft, AppointmentRequest.Status.NEW, "submit", by, now)
        if draft.times:
            hold_first_choice(appointment_request, draft.times, event, now, also=[appointment.practitioner_id])
        messages.received(event, appointment_request)
        return appointment_request


def mark_needs_rebooking(pk: int, *, by: Actor, now: datetime, note: str = "") -> AppointmentRequest:
    """We cannot keep this appointment's time: it is flagged, a request for another one waits, and the patient is told.

    The request is the one by which the patient asked for another time, if that waits. The appointment stands, flagged,
    until it is moved or cancelled. NotAllowed: it is flagged already, has begun, or is not booked.
    """
    with slot_transaction():
        appointment, first = _locked(pk)
        require_ahead(appointment, now)
        if appointment.needs_rebooking_since:
            raise NotAllowed(_("It is marked so already: a request for another time waits."))
        appointment_request, event = _rebooking_request(first, appointment, by, now, note)
        lock_calendars([appointment.practitioner_id], now=now)
        update(appointment, verb="mark_needs_rebooking", by=by, now=now, cause=event, needs_rebooking_since=now)
        messages.needs_rebooking(event, appointment_request, appointment)
        return appointment_request


def _locked(pk: int) -> tuple[Appointment, AppointmentRequest]:
    """The appointment, read under the lock of its request and of those that wait for another time for it."""
    appointment = Appointment.objects.select_related("appointment_type").get(pk=pk)
    if appointment.appointment_request_id is None:
        raise NotAllowed(_("This time is only held."))
    first = locked_request(appointment.appointment_request_id)
    for waiting in _waiting(appointment):  # read now: while the first is locked none comes, and each is younger than it
        locked_request(waiting)
    appointment.refresh_from_db()
    return appointment, first


def _waiting(appointment: Appointment) -> list[int]:
    """The requests that wait for another time for this appointment: one, or none."""
    return list(rebooking.waiting(appointment).values_list("pk", flat=True))


def _rebooking_request(
    first: AppointmentRequest, appointment: Appointment, by: Actor, now: datetime, note: str
) -> tuple[AppointmentRequest, Event]:
    waiting = AppointmentRequest.objects.select_related("patient").filter(pk__in=_waiting(appointment)).first()
    if waiting:
        return waiting, update(waiting, verb="mark_needs_rebooking", by=by, now=now, note=note)
    answers = {**_as_before(first, appointment), "replaces": appointment, "wants_call": True}
    draft = Draft({}, answers, known=first.patient_id)
    return create(draft, AppointmentRequest.Status.NEW, "mark_needs_rebooking", by, now, note=note)


def _as_before(first: AppointmentRequest, appointment: Appointment) -> dict[str, Any]:
    """What the patient told us once and need not tell again."""
    same = {name: getattr(first, name) for name in AppointmentRequest.CARRIED_OVER}
    return same | {"appointment_type": appointment.appointment_type}


def require_ahead(appointment: Appointment, now: datetime) -> None:
    """NotAllowed, with a sentence, unless it is booked and has not begun."""
    if appointment.status != Status.BOOKED:
        raise NotAllowed(
            _("It is marked “%s”: only a booked appointment moves.") % appointment.get_status_display().lower()
        )
    if appointment.starts_at <= now:
        raise NotAllowed(_("This appointment has begun. It cannot be moved any more."))
