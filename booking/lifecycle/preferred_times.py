"""What a patient says after sending: other preferred times, what helps us prepare, reminders or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._snapshot import write
from booking.lifecycle._transition import Actor, log_event, update
from booking.lifecycle.appointment_request import MOST_TIMES, hold_first_choice, write_times
from booking.lifecycle.errors import NotAllowed
from booking.models import AppointmentRequest, Event, Patient
from booking.notifications import messages
from booking.scheduling.slots import Rules, Slot

Status = AppointmentRequest.Status
PREPARABLE = (*AppointmentRequest.OPEN, Status.CONFIRMED)
CHANGEABLE = (Status.NEW, Status.WAITLISTED)  # if times were offered, the patient must answer the offer first


def change_times(
    pk: int,
    times: Sequence[Slot],
    answers: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    is_rush: bool = False,
) -> AppointmentRequest:
    """Replace the preferred times, or ask for a call instead. Releases the old hold and holds the new first choice.

    `answers`: columns of AppointmentRequest to change as well. On the waitlist nothing is held. `is_rush`: too
    many are sent, so a request that held no time holds none now. Sends no message: the patient sees the change on the
    page. SlotTaken: some times are not open. NotAllowed: more than three times, or the request is not waiting for us.
    """
    times = list(dict.fromkeys(times))
    if len(times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to 3 times."))
    with slot_transaction(*times[:1]):
        appointment_request = locked_request(pk, version, by=by, now=now)
        if appointment_request.status not in CHANGEABLE:
            raise NotAllowed(_("Times can be changed only while the request waits for our answer."))
        event = update(appointment_request, verb="change_times", by=by, now=now, **answers)
        _keep_old_times(appointment_request, event)
        lock_calendars([slot.practitioner_id for slot in times[:1]], now=now, holder=appointment_request)
        held = holds.own_holds(appointment_request)
        holds.release(held, by=by, now=now, cause=event)
        write_times(appointment_request, times)
        _hold_or_check(appointment_request, times, event, now, is_rush=is_rush and not held)
        return appointment_request


def prepare(pk: int, answers: Mapping[str, Any], *, by: Actor, now: datetime) -> AppointmentRequest:
    """Store what the patient answers after sending, so that the desk can prepare. `answers`: columns of the request.

    Answers from pages that the desk has open still go through. Writes nothing if all is as before. NotAllowed: the
    request has ended without an appointment.
    """
    with slot_transaction():
        appointment_request = locked_request(pk)
        if appointment_request.status not in PREPARABLE:
            raise NotAllowed(_("This request has ended, so there is nothing to prepare."))
        changes = {name: value for name, value in answers.items() if getattr(appointment_request, name) != value}
        if changes:
            log_event(appointment_request, verb="prepare", by=by, now=now, **changes)
        return appointment_request


def choose_reminders(pk: int, *, wanted: bool, by: Actor, now: datetime) -> None:
    """Turn the patient's reminders off or on. Those that have not left yet are dropped, also from the call list."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        patient = Patient.objects.select_for_update(no_key=True).get(pk=appointment_request.patient_id)
        if patient.wants_reminders == wanted:
            return
        event = log_event(appointment_request, verb="choose_reminders", by=by, now=now)
        Event.objects.filter(pk=event.pk).update(before=write(patient, {"wants_reminders": wanted}))
        if not wanted:
            messages.drop_reminders(patient)


def _keep_old_times(appointment_request: AppointmentRequest, event: Event) -> None:
    """Copy the old times to the history and delete their rows."""
    old = appointment_request.requested_times.all()
    codes = [Slot(was.starts_at, was.practitioner_id, was.location_id).code for was in old]
    Event.objects.filter(pk=event.pk).update(before=event.before | {"times": codes})
    old.delete()


def _hold_or_check(
    appointment_request: AppointmentRequest, times: list[Slot], cause: Event, now: datetime, *, is_rush: bool
) -> None:
    if times and appointment_request.status == Status.NEW:
        hold_first_choice(appointment_request, times, cause, now, is_rush=is_rush)
    elif times:
        holds.require_open(
            times,
            appointment_request,
            Rules.public(appointment_request.appointment_type, appointment_request.respond_by),
            now=now,
        )
