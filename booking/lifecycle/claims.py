"""Who has a request in hand: a lease of ten minutes that keeps colleagues from answering, never the patient."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from booking.lifecycle._locks import all_or_nothing, locked_request
from booking.lifecycle._transition import desk, jot
from booking.lifecycle.errors import InHand, NotAllowed
from booking.lifecycle.request import LET_GO
from booking.models import AppointmentRequest

LEASE = timedelta(minutes=10)
OPEN = (AppointmentRequest.Status.NEW, AppointmentRequest.Status.OFFERED, AppointmentRequest.Status.WAITLISTED)


def claim(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Take it in hand, or keep it for another ten minutes. InHand: a colleague has it."""
    with all_or_nothing():
        request = _open(pk)
        if request.in_hand_of_another(user, now):
            raise InHand(request)
        return _give(request, "claim", user, now)


def take_over(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Take it from whoever has it: always in so many words, never by the way."""
    with all_or_nothing():
        return _give(_open(pk), "take_over", user, now)


def release_claim(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Let it go. NotAllowed: it is not, or no longer, this clerk's."""
    with all_or_nothing():
        request = locked_request(pk)
        if request.claimed_by_id != user.pk or not request.is_in_hand(now):
            raise NotAllowed(_("You do not have this request in hand any more."))
        jot(request, verb="release_claim", by=desk(user), now=now, **LET_GO)
        return request


def _open(pk: int) -> AppointmentRequest:
    request = locked_request(pk)
    if request.status not in OPEN:
        raise NotAllowed(_("This request has its answer: it is marked “%s”.") % request.get_status_display().lower())
    return request


def _give(request: AppointmentRequest, verb: str, user: User, now: datetime) -> AppointmentRequest:
    """One event for each time it changes hands; keeping it longer is none."""
    lease: dict[str, Any] = {"claimed_by": user, "claimed_until": now + LEASE}
    if request.claimed_by_id == user.pk and request.is_in_hand(now):
        AppointmentRequest.objects.filter(pk=request.pk).update(**lease)
    else:
        jot(request, verb=verb, by=desk(user), now=now, **lease)
    return request
