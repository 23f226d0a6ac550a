"""The appointment's lifecycle: one verb for each transition."""

from dataclasses import replace
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import locked_appointment
from booking.lifecycle._transition import Actor, log_event, transition
from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.lifecycle.overbooking import clear_flags, flag_two_places_again, require_one_place
from booking.lifecycle.verbs import NON_BLOCKING, REVERTS
from booking.models import Appointment, Event
from booking.scheduling.slots import slot_of
from clinic.practice_info import local_date

Status = Appointment.Status


def check_in(pk: int, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Record that the patient has arrived. Allowed from the day of the appointment on, to complete past days too.

    SlotTaken: the appointment was a no-show and its time has been booked since.
    """
    with locked_appointment(pk, version, now) as appointment:
        if appointment.status in (Status.FULFILLED, Status.LEFT):
            raise NotAllowed(_("This appointment is already finished. Use “Undo” to change that."))
        if _day(appointment, appointment.starts_at) > _day(appointment, now):
            raise NotAllowed(_("This appointment is on a later day. Check in the patient then."))
        return _mark(appointment, Status.ARRIVED, "check_in", by, now, note)


def fulfil(pk: int, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Record that the patient was seen."""
    with locked_appointment(pk, version, now) as appointment:
        return _mark(appointment, Status.FULFILLED, "fulfil", by, now, note)


def mark_left(pk: int, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Record that the patient left without being seen."""
    with locked_appointment(pk, version, now) as appointment:
        return _mark(appointment, Status.LEFT, "mark_left", by, now, note)


def no_show(pk: int, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Record that the patient did not come. A person does this, never the worker."""
    with locked_appointment(pk, version, now) as appointment:
        if now < appointment.starts_at:
            raise NotAllowed(_("This appointment hasn’t started yet. Mark a no-show after its start time."))
        if appointment.needs_rebooking:
            raise NotAllowed(_("We called off this appointment, so it can’t be a no-show."))
        return _mark(appointment, Status.NOSHOW, "no_show", by, now, note)


def revert_status(pk: int, *, by: Actor, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Undo the last status change of a day page, on the same day. SlotTaken: the appointment's time has been booked
    since.
    """
    with locked_appointment(pk, version, now) as appointment:
        to = REVERTS.get(appointment.status)
        last = appointment.events.exclude(verb__in=NON_BLOCKING).order_by("pk").last()
        if to is None:
            raise NotAllowed(
                _("There is no status change to undo: this appointment is marked “%s”.")
                % appointment.get_status_display().lower()
            )
        if last is None or _day(appointment, last.at) != _day(appointment, now):
            raise NotAllowed(_("You can only undo today’s changes."))
        return _mark(appointment, to, "revert_status", by, now, note)


def call_off(
    appointment: Appointment, code: str, *, by: Actor, now: datetime, note: str = "", cause: Event | None = None
) -> Event:
    """Cancel a booked appointment and free its time. The request and the calendar must be locked."""
    event = transition(
        appointment, Status.CANCELLED, verb="cancel", by=by, now=now, reason=code, note=note, cause=cause,
        cancel_code=code, sequence=appointment.sequence + 1,
    )  # fmt: skip
    clear_flags(appointment, now=now, cause=event)
    return event


def is_free(appointment: Appointment, *, now: datetime, beside: QuerySet[Appointment] | None = None) -> bool:
    """Whether nobody else has taken the time that an appointment gave up. Reliable only under the lock of its calendar.

    The constraint ignores flagged overbookings, but no normal appointment may be placed on one either, except those
    `beside` which it was booked.
    """
    rivals = Appointment.objects.holding_time(now).overlapping(appointment.blocked_from, appointment.blocked_until)
    rivals = rivals.filter(practitioner=appointment.practitioner_id).exclude(pk=appointment.pk)
    if beside is not None:
        rivals = rivals.exclude(pk__in=beside.values("pk"))
    return appointment.overbooked or not rivals.exists()


def _mark(appointment: Appointment, to: str, verb: str, by: Actor, now: datetime, note: str = "") -> Appointment:
    """`note`: for the desk, typed beside the mark: both are saved or neither."""
    gave_up_its_time = appointment.status not in Appointment.HOLDING
    takes_it_back = gave_up_its_time and to in Appointment.HOLDING
    if takes_it_back:
        flag_two_places_again(appointment, appointment.events.latest("pk"), now)
        require_one_place(appointment)
    event = transition(appointment, to, verb=verb, by=by, now=now)
    if takes_it_back and not is_free(appointment, now=now):
        raise SlotTaken([slot_of(appointment)])
    if takes_it_back or to not in Appointment.HOLDING:
        clear_flags(appointment, now=now, cause=event)
    if note.strip() and appointment.appointment_request:
        by = replace(by, form_key="")  # the mark has it
        log_event(appointment.appointment_request, verb="add_note", by=by, now=now, note=note.strip())
    return appointment


def _day(appointment: Appointment, at: datetime) -> date:
    return local_date(at, appointment.location.tz)
