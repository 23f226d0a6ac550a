"""The visit's lifecycle: one table, one verb for each move."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from booking import messages
from booking.lifecycle._move import By, move
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken, is_overlap
from booking.models import Appointment, AppointmentRequest, Message
from booking.slots import Slot
from clinic.models import Practitioner

Status = Appointment.Status

# From here a visit may go there. `undo` (lifecycle.undo) goes back by the history instead.
NEXT = {
    Status.HELD: frozenset({Status.BOOKED, Status.RELEASED}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NOSHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.FULFILLED, Status.LEFT, Status.BOOKED}),
    Status.NOSHOW: frozenset({Status.ARRIVED, Status.BOOKED}),
    Status.FULFILLED: frozenset({Status.ARRIVED}),
    Status.LEFT: frozenset({Status.ARRIVED}),
    Status.CANCELLED: frozenset(),
    Status.RELEASED: frozenset(),
}
STEP_BACK = {
    Status.ARRIVED: Status.BOOKED,
    Status.NOSHOW: Status.BOOKED,
    Status.FULFILLED: Status.ARRIVED,
    Status.LEFT: Status.ARRIVED,
}


def check_in(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here, on the day of the visit. Late after a no-show: SlotTaken if the time has gone."""
    with _locked(pk, version) as visit:
        if visit.status == Status.FULFILLED or visit.status == Status.LEFT:
            raise NotAllowed(_("This visit is over. Use “Undo” to take that back."))
        if _day(visit, visit.starts_at) != _day(visit, now):
            raise NotAllowed(_("This visit is on another day."))
        move(visit, Status.ARRIVED, NEXT, verb="check_in", by=by, now=now)
        return visit


def fulfil(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient was seen."""
    with _locked(pk, version) as visit:
        move(visit, Status.FULFILLED, NEXT, verb="fulfil", by=by, now=now)
        return visit


def leave(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient left without being seen."""
    with _locked(pk, version) as visit:
        move(visit, Status.LEFT, NEXT, verb="leave", by=by, now=now)
        return visit


def no_show(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come. Always a person's word, never the clock's."""
    with _locked(pk, version) as visit:
        if now < visit.starts_at:
            raise NotAllowed(_("This visit has not begun yet."))
        move(visit, Status.NOSHOW, NEXT, verb="no_show", by=by, now=now)
        return visit


def step_back(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """Take back the last mark of the day sheet, on the same day."""
    with _locked(pk, version) as visit:
        to = STEP_BACK.get(visit.status)
        last = visit.events.order_by("pk").last()
        if to is None or last is None or _day(visit, last.at) != _day(visit, now):
            raise NotAllowed(_("Only a mark made today can be taken back."))
        move(visit, to, NEXT, verb="step_back", by=by, now=now)
        return visit


def cancel(pk: int, code: str, *, by: By, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Cancel a booked visit with a coded reason; its time is free again at once."""
    with _locked(pk, version) as visit:
        if visit.starts_at <= now:
            raise NotAllowed(_("This visit has begun. Mark it as seen, left or no-show."))
        event = move(
            visit, Status.CANCELLED, NEXT, verb="cancel", by=by, now=now, reason=code, note=note,
            cancel_code=code, sequence=visit.sequence + 1,
        )  # fmt: skip
        kind = Message.Kind.CANCELLED_BY_YOU if code in messages.PATIENTS_OWN else Message.Kind.CANCELLED_BY_US
        messages.tell(kind, event, visit.request, visit)
        return visit


@contextmanager
def _locked(pk: int, version: int | None) -> Iterator[Appointment]:
    """One transaction that holds the visit's request, then its practitioner's diary, then the visit itself."""
    try:
        with transaction.atomic():
            keys = Appointment.objects.values_list("request_id", "practitioner_id").get(pk=pk)
            AppointmentRequest.objects.select_for_update(no_key=True).filter(pk=keys[0]).first()
            Practitioner.objects.select_for_update(no_key=True).get(pk=keys[1])
            visit = Appointment.objects.select_related("request__patient", "location").get(pk=pk)
            if version is not None and version != visit.version:
                raise AlreadyHandled(visit.events.select_related("by").order_by("pk").last())
            yield visit
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise SlotTaken([Slot(visit.starts_at, visit.practitioner_id, visit.location_id)]) from None


def _day(visit: Appointment, at: datetime) -> date:
    return at.astimezone(visit.location.tz).date()
