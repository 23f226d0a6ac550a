"""Claims: for ten minutes only one clerk may answer a request. The patient is never blocked."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from booking.lifecycle._locks import locked_request, slot_transaction
from booking.lifecycle._transition import log_event, staff
from booking.lifecycle.appointment_request import UNCLAIMED
from booking.lifecycle.errors import ClaimedByAnother, NotAllowed
from booking.models import AppointmentRequest

LEASE = timedelta(minutes=10)


def claim(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Claim the request, or extend the claim to ten minutes from now. ClaimedByAnother: another clerk has it."""
    with slot_transaction():
        appointment_request = _open(pk)
        if appointment_request.is_claimed_by_another(user, now):
            raise ClaimedByAnother(appointment_request)
        return _give(appointment_request, "claim", user, now)


def take_over(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Claim the request even if another clerk has it. Only an explicit button does this."""
    with slot_transaction():
        return _give(_open(pk), "take_over", user, now)


def release_claim(pk: int, *, user: User, now: datetime) -> AppointmentRequest:
    """Release the claim. NotAllowed: this clerk does not have it (any more)."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        if appointment_request.claimed_by_id != user.pk or not appointment_request.is_claimed(now):
            raise NotAllowed(_("You are no longer working on this request."))
        log_event(appointment_request, verb="release_claim", by=staff(user), now=now, **UNCLAIMED)
        return appointment_request


def _open(pk: int) -> AppointmentRequest:
    appointment_request = locked_request(pk)
    if appointment_request.status not in AppointmentRequest.OPEN:
        raise NotAllowed(
            _("This request has already been answered. It is marked “%s”.")
            % appointment_request.get_status_display().lower()
        )
    return appointment_request


def _give(appointment_request: AppointmentRequest, verb: str, user: User, now: datetime) -> AppointmentRequest:
    """Set who has claimed the request. A change of hands writes one event, extending a claim none."""
    lease: dict[str, Any] = {"claimed_by": user, "claimed_until": now + LEASE}
    if appointment_request.claimed_by_id == user.pk and appointment_request.is_claimed(now):
        AppointmentRequest.objects.filter(pk=appointment_request.pk).update(**lease)
    else:
        log_event(appointment_request, verb=verb, by=staff(user), now=now, **lease)
    return appointment_request
