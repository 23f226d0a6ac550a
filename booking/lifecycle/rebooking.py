"""The requests that wait for another time for a visit, and when the one ends with the other."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_diaries
from booking.lifecycle._transition import By, move
from booking.lifecycle.appointment import call_off
from booking.lifecycle.claims import OPEN
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.request import LET_GO
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages

Status = AppointmentRequest.Status


def waiting(visit: Appointment) -> QuerySet[AppointmentRequest]:
    """One, or none."""
    return visit.replaced_by_requests.filter(status__in=OPEN)


def end_moved(visit: Appointment, *, by: By, now: datetime, cause: Event) -> None:
    """What we began has its answer: its page shows the visit at its new time. What the patient asked for waits on."""
    _end(_ours(visit), Status.CONFIRMED, "confirm", by, now, cause)


def end_cancelled(visit: Appointment, *, by: By, now: datetime, cause: Event) -> None:
    """Who cancels wants no other time; when we cancel, what the patient asked for waits on."""
    if by.actor == Event.Actor.PATIENT:
        _end(waiting(visit), Status.WITHDRAWN, "withdraw", by, now, cause)
    else:
        _end(_ours(visit), Status.CLOSED, "close", by, now, cause)


def require_none_stranded(request: AppointmentRequest, now: datetime) -> None:
    """Told not to come, with nothing left that looks for another time, a visit ahead would stand in nobody's list."""
    visit = request.stranded_visit()
    if visit and visit.starts_at > now:
        raise NotAllowed(_("The patient was told not to come to the visit below. Cancel or move that visit first."))


def give_up_stranded(
    request: AppointmentRequest, code: str, *, by: By, now: datetime, cause: Event
) -> Appointment | None:
    """With what looked for another time goes the visit to which the patient does not come, as long as it is marked so.

    Its request is locked already.
    """
    visit = request.stranded_visit()
    if visit is None:
        return None
    lock_diaries([visit.practitioner_id], now=now, holder=request)
    call_off(visit, code, by=by, now=now, cause=cause)
    return visit


def _ours(visit: Appointment) -> QuerySet[AppointmentRequest]:
    return waiting(visit).filter(events__verb="strand", events__from_status="")


def _end(requests: QuerySet[AppointmentRequest], to: str, verb: str, by: By, now: datetime, cause: Event) -> None:
    """Under the locks of `locked_visit`. No message: that of the visit says it all."""
    for request in requests:
        move(request, to, verb=verb, by=by, now=now, cause=cause, **LET_GO)
        holds.release(holds.own_holds(request), by=by, now=now, cause=cause)
        messages.overtake(request)
