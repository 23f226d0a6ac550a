"""Claims: for ten minutes only one clerk may answer a request, for five only one calls a number. The patient is never
blocked.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle._locks import locked_request, slot_transaction
from booking.lifecycle._transition import log_event, staff
from booking.lifecycle.appointment_request import UNCLAIMED
from booking.lifecycle.errors import BeingCalled, ClaimedByAnother, NotAllowed
from booking.models import AppointmentRequest, Patient

LEASE = timedelta(minutes=10)
CALL_LEASE = timedelta(minutes=5)


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


# -- calls


def start_call(pk: int, *, user: User, now: datetime, instead: bool = False) -> AppointmentRequest:
    """Take the call about this request for five minutes. BeingCalled: another clerk has it, and not `instead`."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        people = same_number(appointment_request.patient)
        another = next((person for person in people if person.is_called_by_another(user, now)), None)
        if another and not instead:
            raise BeingCalled(another)
        if another or not any(person.called_until and person.called_until > now for person in people):
            log_event(appointment_request, verb="start_call", by=staff(user), now=now)
        _mark(people, called_by=user, called_until=now + CALL_LEASE)
        return appointment_request


def end_call(appointment_request: AppointmentRequest, user: User | None) -> None:
    """The call is over: others may call again. Under the request's lock; another clerk's call stays."""
    ours = [person for person in same_number(appointment_request.patient) if user and person.called_by_id == user.pk]
    if ours:
        _mark(ours, called_by=None, called_until=None)


def same_number(patient: Patient) -> list[Patient]:
    """This person and all others at the same phone, locked in the order of their keys: one number is called once."""
    number = Q(phone=patient.phone) if patient.phone else Q(pk=patient.pk)
    return list(Patient.objects.select_for_update(no_key=True).filter(number | Q(pk=patient.pk)).order_by("pk"))


def _mark(people: list[Patient], **changes: object) -> None:
    Patient.objects.filter(pk__in=[person.pk for person in people]).update(**changes)
