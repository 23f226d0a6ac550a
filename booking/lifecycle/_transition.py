"""What every verb does: lock, check that the transition is allowed, write the row and its event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.translation import gettext as _

from booking.lifecycle._snapshot import write
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.verbs import NEXT, NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event


@dataclass(frozen=True)
class Actor:
    """Who acts, and through which channel."""

    kind: str
    user: User | None = None
    channel: str = ""
    form_key: str = ""  # identifies the posted form, so that a double submit is recognized


PATIENT = Actor(Event.Actor.PATIENT, channel="web")
SYSTEM = Actor(Event.Actor.WORKER)


def staff(user: User, channel: str = "", form_key: str = "") -> Actor:
    return Actor(Event.Actor.DESK, user, channel, form_key)


def transition(
    row: AppointmentRequest | Appointment,
    to: str,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
    **changes: Any,
) -> Event:
    """Write the new status and its one event. NotAllowed: the row's current status does not lead to this one."""
    _require_step(row, to)
    return set_status(row, to, verb=verb, by=by, now=now, cause=cause, reason=reason, note=note, **changes)


def set_status(
    row: AppointmentRequest | Appointment,
    to: str,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
    **changes: Any,
) -> Event:
    """Write a status and its one event without checking the transition. Undo needs this: it follows the history
    instead.
    """
    from_status = _step(row, to)
    before = write(row, changes, "status", "version")
    return record(row, from_status, before, verb=verb, by=by, now=now, cause=cause, reason=reason, note=note)


def update(
    row: AppointmentRequest | Appointment,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    note: str = "",
    **changes: Any,
) -> Event:
    """Write columns other than the status, raise the version, and write one event."""
    return set_status(row, row.status, verb=verb, by=by, now=now, cause=cause, note=note, **changes)


def log_event(
    row: AppointmentRequest | Appointment,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
    **changes: Any,
) -> Event:
    """Write the event of a non-blocking verb. The row's version stays, so answers from open pages still go through."""
    assert verb in NON_BLOCKING, verb
    before = write(row, changes)
    return record(row, row.status, before, verb=verb, by=by, now=now, cause=cause, reason=reason, note=note)


def is_repeated(appointment_request: AppointmentRequest, by: Actor) -> bool:
    """Whether this form has been processed before. Call it under the request's lock."""
    return bool(by.form_key) and appointment_request.events.filter(form_key=by.form_key).exists()


def transition_all(
    appointments: Sequence[Appointment],
    to: str,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
) -> None:
    """Apply the same transition to several appointments, in two queries."""
    for appointment in appointments:
        _require_step(appointment, to)
    events = [
        event_of(appointment, _step(appointment, to), verb=verb, by=by, now=now, cause=cause)
        for appointment in appointments
    ]
    rescheduled = Appointment.objects.filter(pk__in=[appointment.pk for appointment in appointments])
    rescheduled.update(status=to, version=F("version") + 1)
    Event.objects.bulk_create(events)


def _require_step(row: AppointmentRequest | Appointment, to: str) -> None:
    if to not in NEXT[row.status]:
        raise NotAllowed(_("You can’t do this now. It is marked “%s”.") % row.get_status_display().lower())


def _step(row: AppointmentRequest | Appointment, to: str) -> str:
    """Set the status on the object, raise its version, and return the previous status."""
    from_status, row.status = row.status, to
    row.version += 1
    return from_status


def record(
    row: AppointmentRequest | Appointment,
    from_status: str,
    before: dict[str, Any] | None = None,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
) -> Event:
    """Write the event of a row whose status was just set. `before` holds the previous values of its other columns."""
    event = event_of(row, from_status, verb=verb, by=by, now=now, cause=cause, reason=reason, note=note)
    event.before = before or {}
    event.save(force_insert=True)
    return event


def event_of(
    row: AppointmentRequest | Appointment,
    from_status: str,
    *,
    verb: str,
    by: Actor,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
) -> Event:
    appointment = row if isinstance(row, Appointment) else None
    return Event(
        appointment_request_id=appointment.appointment_request_id if appointment else row.pk,
        appointment_id=appointment.pk if appointment else None,
        cause=cause,
        verb=verb,
        from_status=from_status,
        to_status=row.status,
        at=now,
        actor=by.kind,
        by=by.user,
        channel=by.channel,
        reason=reason,
        note=note,
        form_key="" if cause else by.form_key,
    )
