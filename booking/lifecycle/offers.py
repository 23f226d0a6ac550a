"""Counter-offers: up to three times held for the patient to choose from, until the desk's own expiry."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._transition import SYSTEM, Actor, transition, update
from booking.lifecycle.appointment_request import MOST_TIMES, UNCLAIMED, book_confirmed, release_all, replaced_requests
from booking.lifecycle.errors import NotAllowed
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages
from booking.scheduling.response_deadline import resumed
from booking.scheduling.slots import Rules, Slot, slot_of

Status, Returned = AppointmentRequest.Status, AppointmentRequest.Returned
LONGEST_OFFER = timedelta(days=60)


def offer(
    pk: int, slots: Sequence[Slot], until: datetime, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Hold one to three open times for the patient until then; they take the place of what the request holds.

    The reply promise pauses. SlotTaken: some are not open. NotAllowed: too many, two of one practitioner overlap,
    an end that is past or absurd, or not from here.
    """
    _require_offer(slots, until, now)
    until = end_of(until, slots)
    with slot_transaction(*slots):
        appointment_request = locked_request(pk, version, by=by, now=now)
        event = transition(
            appointment_request, Status.OFFERED, verb="offer", by=by, now=now, offer_until=until,
            paused_at=appointment_request.paused_at or now, **UNCLAIMED,
        )  # fmt: skip
        lock_calendars([slot.practitioner_id for slot in slots], now=now, holder=appointment_request)
        holds.require_open(list(slots), appointment_request, Rules.desk(now), now=now)
        _require_apart([holds.at(slot, appointment_request.wanted_type()) for slot in slots])
        holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=event)
        for slot in slots:
            holds.hold(appointment_request, slot, min(until, slot.starts_at), by=by, now=now, cause=event)
        messages.offered(event, appointment_request)
        return appointment_request


def end_of(until: datetime, slots: Iterable[Slot]) -> datetime:
    """An offer ends when the last of its times begins, if not before."""
    return min(until, max((slot.starts_at for slot in slots), default=until))


def _require_offer(slots: Sequence[Slot], until: datetime, now: datetime) -> None:
    if not 1 <= len(set(slots)) == len(slots) <= MOST_TIMES:
        raise NotAllowed(_("Offer one to three times."))
    _require_end(until, now)


def _require_end(until: datetime, now: datetime) -> None:
    if not now < until <= now + LONGEST_OFFER:
        raise NotAllowed(_("Choose until when the offer is held: a time ahead."))


def _require_apart(wanted: list[Appointment]) -> None:
    for one, other in combinations(wanted, 2):
        if one.practitioner_id == other.practitioner_id and (
            one.blocked_from < other.blocked_until and other.blocked_from < one.blocked_until
        ):
            raise NotAllowed(_("Two of these times overlap, with the same practitioner. Offer only one of them."))


def extend_offer(
    pk: int, until: datetime, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Hold the offered times until another end: the patient's page says so.

    Of a sooner one the patient is told.

    NotAllowed: nothing is offered any more, or the new end is not ahead.
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
    """The patient takes one of the offered times, on the page or on the phone; the others are free again.

    NotAllowed: it is not offered (any more).
    """
    with slot_transaction(slot):
        appointment_request = _offered(pk, version, by, now, also=replaced_requests(pk))
        offered = appointment_request.appointments.filter(status=Appointment.Status.HELD, held_until__gt=now)
        chosen = {"starts_at": slot.starts_at, "practitioner": slot.practitioner_id, "location": slot.location_id}
        if not offered.filter(**chosen).exists():
            raise NotAllowed(_("This time is not offered any more. Nothing was booked."))
        event = transition(appointment_request, Status.CONFIRMED, verb="accept_offer", by=by, now=now, **UNCLAIMED)
        return book_confirmed(appointment_request, slot, event, by, now)


def refuse_offer(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """None of the offered times suits: back into the queue, marked so, with the rest of its promise.

    No message: who refuses is on the page or on the phone, and reads or hears the new promise there.
    """
    with slot_transaction():
        appointment_request = _offered(pk, version, by, now)
        event = _back(appointment_request, Returned.REFUSED, "refuse_offer", by, now)
        messages.overtake(appointment_request)
        release_all(appointment_request, event, by, now)
        return appointment_request


def expire_offers(*, now: datetime) -> int:
    """Every offer that has run out: back into the queue, marked so, and the patient is told. How many there were."""
    ended = AppointmentRequest.objects.filter(status=Status.OFFERED, offer_until__lte=now).order_by("offer_until")
    return sum(_expire(pk, now) for pk in list(ended.values_list("pk", flat=True)))


def _expire(pk: int, now: datetime) -> bool:
    """Unless somebody was faster: another worker, the patient, the desk."""
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
            _("Nothing is offered any more: it is marked “%s”.") % appointment_request.get_status_display().lower()
        )
    if appointment_request.offer_until is None or appointment_request.offer_until <= now:
        raise NotAllowed(_("This offer has ended. Nothing was changed."))
    return appointment_request


def _back(appointment_request: AppointmentRequest, returned: str, verb: str, by: Actor, now: datetime) -> Event:
    """Into the queue again; the time that we waited for the patient is added to the promise."""
    changes: dict[str, Any] = {"returned": returned, "offer_until": None, **resumed(appointment_request, now=now)}
    return transition(appointment_request, Status.NEW, verb=verb, by=by, now=now, **changes)
