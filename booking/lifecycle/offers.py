"""Offers: up to three times held for the patient to choose from, until a deadline that the desk sets."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._transition import SYSTEM, Actor, transition, update
from booking.lifecycle.appointment_request import MOST_TIMES, UNCLAIMED, book_confirmed, release_all, replaced_requests
from booking.lifecycle.call_log import log_answer
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overrides import require_why_so_soon
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages
from booking.scheduling.response_deadline import resumed
from booking.scheduling.slots import Rules, Slot, slot_of

Status, Returned = AppointmentRequest.Status, AppointmentRequest.Returned
LONGEST_OFFER = timedelta(days=60)


def offer(
    pk: int, slots: Sequence[Slot], until: datetime, *, by: Actor, now: datetime, version: int | None = None,
    why: str = "",
) -> AppointmentRequest:  # fmt: skip
    """Hold one to three open times for the patient until then. They replace the request's other holds.

    Pauses the response deadline. SlotTaken: some times are not open. NotAllowed: too many times, two that overlap for
    one practitioner, an end that is past or too far away, a status that does not allow it, or a time inside the notice
    period that the patient did not choose, if `why` is empty.
    """
    require_offer(slots, until, now)
    until = end_of(until, slots)
    with slot_transaction(*slots):
        appointment_request = locked_request(pk, version, by=by, now=now)
        event = transition(
            appointment_request, Status.OFFERED, verb="offer", by=by, now=now, offer_until=until,
            paused_at=appointment_request.paused_at or now, note=why, **UNCLAIMED,
        )  # fmt: skip
        hold_times(appointment_request, slots, until, by=by, now=now, cause=event, why=why)
        messages.offered(event, appointment_request)
        return appointment_request


def hold_times(
    appointment_request: AppointmentRequest, slots: Sequence[Slot], until: datetime, *, by: Actor, now: datetime,
    cause: Event, why: str = "",
) -> None:  # fmt: skip
    """Hold these times for the request instead of what it held before."""
    lock_calendars([slot.practitioner_id for slot in slots], now=now, holder=appointment_request)
    holds.require_open(list(slots), appointment_request, Rules.desk(now), now=now)
    require_why_so_soon(slots, appointment_request, why, now=now)
    _require_apart([holds.at(slot, appointment_request.wanted_type()) for slot in slots])
    holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=cause)
    for slot in slots:
        holds.hold(appointment_request, slot, min(until, slot.starts_at), by=by, now=now, cause=cause)


def end_of(until: datetime, slots: Iterable[Slot]) -> datetime:
    """When the offer ends: `until`, or earlier when the last of its times starts."""
    return min(until, max((slot.starts_at for slot in slots), default=until))


def require_offer(slots: Sequence[Slot], until: datetime, now: datetime) -> None:
    if not 1 <= len(set(slots)) == len(slots) <= MOST_TIMES:
        raise NotAllowed(_("Offer 1 to 3 times."))
    _require_end(until, now)


def _require_end(until: datetime, now: datetime) -> None:
    if not now < until <= now + LONGEST_OFFER:
        raise NotAllowed(_("Choose when the offer ends. It must be a future time."))


def _require_apart(wanted: list[Appointment]) -> None:
    for one, other in combinations(wanted, 2):
        if one.practitioner_id == other.practitioner_id and (
            one.blocked_from < other.blocked_until and other.blocked_from < one.blocked_until
        ):
            raise NotAllowed(_("Two of these times overlap for the same provider. Offer only one of them."))


def extend_offer(
    pk: int, until: datetime, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Change the deadline of the offer and of its holds; the patient's page shows it. If it is now earlier, notify the
    patient.

    NotAllowed: there is no open offer, or the new deadline is in the past.
    """
    _require_end(until, now)
    with slot_transaction():
        appointment_request = _offered(pk, version, by, now)
        lock_calendars([], now=now, holder=appointment_request)
        offered, was = holds.own_holds(appointment_request), appointment_request.offer_until
        until = end_of(until, [slot_of(hold) for hold in offered])
        event = update(appointment_request, verb="extend_offer", by=by, now=now, offer_until=until)
        for hold in offered:
            end = min(until, hold.starts_at)
            update(hold, verb="extend_offer", by=by, now=now, cause=event, held_until=end)
        if was and until < was:
            messages.offered(event, appointment_request)
        return appointment_request


def accept_offer(pk: int, slot: Slot, *, by: Actor, now: datetime, version: int | None = None) -> Appointment:
    """Accept one of the offered times for the patient, online or by phone. Releases the other times.

    NotAllowed: the time is not offered (any more).
    """
    with slot_transaction(slot):
        appointment_request = _offered(pk, version, by, now, also=replaced_requests(pk))
        offered = appointment_request.appointments.filter(status=Appointment.Status.HELD, held_until__gt=now)
        chosen = {"starts_at": slot.starts_at, "practitioner": slot.practitioner_id, "location": slot.location_id}
        if not offered.filter(**chosen).exists():
            raise NotAllowed(_("This time is no longer offered. Nothing was booked."))
        log_answer(appointment_request, by=by, now=now)
        event = transition(appointment_request, Status.CONFIRMED, verb="accept_offer", by=by, now=now, **UNCLAIMED)
        return book_confirmed(appointment_request, slot, event, by, now)


def refuse_offer(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Refuse the offered times for the patient. The marked request returns to the queue with its remaining time.

    Sends no message: the patient is on the page or on the phone and sees or hears the new deadline there.
    """
    with slot_transaction():
        appointment_request = _offered(pk, version, by, now)
        log_answer(appointment_request, by=by, now=now)
        event = _back(appointment_request, Returned.REFUSED, "refuse_offer", by, now)
        messages.overtake(appointment_request)
        release_all(appointment_request, event, by, now)
        return appointment_request


def expire_offers(*, now: datetime) -> int:
    """Return each request whose offer has expired to the queue, marked so, and notify the patient. Returns how many."""
    ended = AppointmentRequest.objects.filter(status=Status.OFFERED, offer_until__lte=now).order_by("offer_until")
    return sum(_expire(pk, now) for pk in list(ended.values_list("pk", flat=True)))


def _expire(pk: int, now: datetime) -> bool:
    """End the offer. False if another worker, the patient or the desk changed the request first."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        if (
            appointment_request.status != Status.OFFERED
            or appointment_request.offer_until is None
            or appointment_request.offer_until > now
        ):
            return False
        event = _back(appointment_request, Returned.EXPIRED, "expire_offer", SYSTEM, now)
        release_all(appointment_request, event, SYSTEM, now)
        messages.offer_expired(event, appointment_request)
        return True


def _offered(pk: int, version: int | None, by: Actor, now: datetime, also: Sequence[int] = ()) -> AppointmentRequest:
    appointment_request = locked_request(pk, version, by=by, now=now, also=also)
    if appointment_request.status != Status.OFFERED:
        raise NotAllowed(
            _("There is no open offer. The request is marked “%s”.") % appointment_request.get_status_display().lower()
        )
    if appointment_request.offer_until is None or appointment_request.offer_until <= now:
        raise NotAllowed(_("This offer has expired. Your change was not saved."))
    return appointment_request


def _back(appointment_request: AppointmentRequest, returned: str, verb: str, by: Actor, now: datetime) -> Event:
    """Return the request to the queue. The time spent waiting for the patient is added to the response deadline."""
    changes: dict[str, Any] = {"returned": returned, "offer_until": None, **resumed(appointment_request, now=now)}
    return transition(appointment_request, Status.NEW, verb=verb, by=by, now=now, **changes)
