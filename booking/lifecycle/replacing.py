"""The requests that wait for another time for a visit: they end when the desk moves it, or when it is cancelled."""

from datetime import datetime

from django.db.models import QuerySet

from booking import messages
from booking.lifecycle import holds
from booking.lifecycle._move import By, move
from booking.lifecycle.claims import OPEN
from booking.lifecycle.request import LET_GO, NEXT
from booking.models import Appointment, AppointmentRequest, Event

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


def _ours(visit: Appointment) -> QuerySet[AppointmentRequest]:
    return waiting(visit).filter(events__verb="strand", events__from_status="")


def _end(requests: QuerySet[AppointmentRequest], to: str, verb: str, by: By, now: datetime, cause: Event) -> None:
    """Under the locks of `locked_visit`. No message: that of the visit says it all."""
    for request in requests:
        move(request, to, NEXT, verb=verb, by=by, now=now, cause=cause, **LET_GO)
        holds.release(holds.own_holds(request), by=by, now=now, cause=cause)
        messages.overtake(request)
