"""What every verb does: lock, look the move up in its table, write the row and its event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from booking.lifecycle.errors import AlreadyHandled, NotAllowed
from booking.models import Appointment, AppointmentRequest, Event

Table = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class By:
    """Who acts, through which door."""

    actor: str
    user: AbstractBaseUser | None = None
    channel: str = ""


PATIENT = By(Event.Actor.PATIENT, channel="web")
CLOCK = By(Event.Actor.WORKER)


def desk(user: AbstractBaseUser, channel: str = "") -> By:
    return By(Event.Actor.DESK, user, channel)


def locked_request(pk: int, version: int | None = None) -> AppointmentRequest:
    """The request row, first in the lock order. A version seen on a page must still be the row's own."""
    request = (
        AppointmentRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "visit_type", "reason")
        .get(pk=pk)
    )
    if version is not None and version != request.version:
        raise AlreadyHandled(request.events.select_related("by").last())
    return request


def move(
    row: AppointmentRequest | Appointment,
    to: str,
    table: Table | None,
    *,
    verb: str,
    by: By,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
    **changes: Any,
) -> Event:
    """Write the new status and its one event. `table` None is for undo alone, which goes back by the history."""
    if table is not None and to not in table[row.status]:
        raise NotAllowed(_("This is not possible any more: it is marked “%s”.") % row.get_status_display().lower())
    from_status, row.status = row.status, to
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["status", "version", *changes])
    return record(row, from_status, verb=verb, by=by, now=now, cause=cause, reason=reason, note=note)


def record(
    row: AppointmentRequest | Appointment,
    from_status: str,
    *,
    verb: str,
    by: By,
    now: datetime,
    cause: Event | None = None,
    reason: str = "",
    note: str = "",
) -> Event:
    """The event of a row that has just come to its status."""
    is_request = isinstance(row, AppointmentRequest)
    return Event.objects.create(
        request_id=row.pk if is_request else row.request_id,
        appointment_id=None if is_request else row.pk,
        cause=cause,
        verb=verb,
        from_status=from_status,
        to_status=row.status,
        at=now,
        actor=by.actor,
        by=by.user,
        channel=by.channel,
        reason=reason,
        note=note,
    )
