"""Taking and giving back time: the only code that inserts appointments. Call it inside a verb's transaction.

Lock order, always: the request row, then practitioners by primary key, then holds are released, then written.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from booking.lifecycle._locks import lock_diaries
from booking.lifecycle._transition import By, change, move, move_all, record
from booking.lifecycle.errors import SlotTaken
from booking.lifecycle.overbooking import settle
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.request import Channel
from booking.scheduling.slots import Rules, Slot, no_longer_open, own_time
from clinic.models import VisitType
from clinic.practice_info import frame

Status = Appointment.Status
SHAPE = ("practitioner_id", "location_id", "visit_type_id", "starts_at", "ends_at", "blocked_from", "blocked_until")


def release_expired(*, now: datetime) -> int:
    """Release every hold that has run out, one practitioner's diary after the other; answers how many there were."""
    expired = Appointment.objects.filter(status=Status.HELD, held_until__lte=now).order_by("practitioner")
    diaries = list(expired.values_list("practitioner_id", flat=True))
    for practitioner_id in sorted(set(diaries)):
        with transaction.atomic():
            lock_diaries([practitioner_id], now=now)
    return len(diaries)


def own_holds(request: AppointmentRequest) -> list[Appointment]:
    return list(request.appointments.filter(status=Status.HELD))


def clerks_holds(user: User | None) -> list[Appointment]:
    """What this clerk holds while on the phone: one at most, but for a race with oneself."""
    return list(Appointment.objects.filter(held_for=user, status=Status.HELD)) if user else []


def release(holds: Sequence[Appointment], *, by: By, now: datetime, cause: Event | None = None) -> None:
    move_all(holds, Status.RELEASED, verb="release", by=by, now=now, cause=cause)
    settle(holds, now=now, cause=cause)


def require_open(slots: list[Slot], request: AppointmentRequest, rules: Rules, *, now: datetime) -> None:
    """Refuse slots that are not open: crafted, past, closed or just taken. The request's own time does not count."""
    gone = no_longer_open(slots, request.wanted_type(), rules, now=now, ignoring=own_time(request))
    if gone:
        raise SlotTaken(gone)


def hold(
    request: AppointmentRequest, slot: Slot, until: datetime, *, by: By, now: datetime, cause: Event
) -> Appointment:
    held = at(slot, request.wanted_type(), request=request, held_until=until)
    return insert(held, Status.HELD, "hold", by=by, now=now, cause=cause)


def book(request: AppointmentRequest, wanted: Appointment, *, by: By, now: datetime, cause: Event) -> Appointment:
    """Turn the request's hold of this time into the visit, or take the time anew; its other holds are released."""
    holds = own_holds(request)
    kept = same(holds, wanted)
    release([hold for hold in holds if hold is not kept], by=by, now=now, cause=cause)
    if kept is None:
        return insert(wanted, Status.BOOKED, "book", by=by, now=now, cause=cause)
    move(kept, Status.BOOKED, verb="book", by=by, now=now, cause=cause)
    return kept


def take_over(hold: Appointment, request: AppointmentRequest, *, by: By, now: datetime, cause: Event) -> Appointment:
    """Turn a clerk's hold into the visit of this request."""
    move(hold, Status.BOOKED, verb="book", by=by, now=now, cause=cause,
        request=request, held_for=None, held_until=None,
    )  # fmt: skip
    return hold


def move_to(visit: Appointment, wanted: Appointment, *, by: By, now: datetime, cause: Event | None, note: str) -> Event:
    """Give a booked visit another time. The row and its calendar entry stay, with the next sequence."""
    was = copy(visit)
    place = {name: getattr(wanted, name) for name in SHAPE}
    event = change(
        visit, verb="move", by=by, now=now, cause=cause, note=note, **place, sequence=visit.sequence + 1,
        overbooked=wanted.overbooked, overbook_reason=wanted.overbook_reason, needs_rebooking_since=None,
    )  # fmt: skip
    settle([was], now=now, cause=event)
    return event


def cap_reached(slot: Slot, *, now: datetime) -> bool:
    """Whether this practitioner's day already carries as many unanswered public holds as the practice allows."""
    office = frame().office(slot.location_id)
    zone = office.zone if office else frame().zone
    midnight = datetime.combine(slot.starts_at.astimezone(zone).date(), time.min, zone)
    tomorrow = midnight + timedelta(days=1)
    holds = Appointment.objects.overlapping(midnight, tomorrow).filter(
        practitioner=slot.practitioner_id,
        status=Status.HELD,
        held_until__gt=now,
        request__channel=Channel.WEB,
        request__status=AppointmentRequest.Status.NEW,
        starts_at__gte=midnight,
        starts_at__lt=tomorrow,
    )
    return holds.count() >= frame().hold_cap


def at(slot: Slot, visit_type: VisitType, **fields: Any) -> Appointment:
    """A visit of this type at this slot, not yet saved."""
    ends_at = slot.starts_at + timedelta(minutes=visit_type.minutes)
    return Appointment(
        visit_type=visit_type,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        starts_at=slot.starts_at,
        ends_at=ends_at,
        blocked_from=slot.starts_at - timedelta(minutes=visit_type.buffer_before),
        blocked_until=ends_at + timedelta(minutes=visit_type.buffer_after),
        **fields,
    )


def touches_replaced(request: AppointmentRequest, slot: Slot) -> bool:
    wanted = at(slot, request.wanted_type())
    replaced = Appointment.objects.overlapping(wanted.blocked_from, wanted.blocked_until)
    return bool(request.replaces_id) and replaced.filter(pk=request.replaces_id).exists()


def same(holds: Sequence[Appointment], wanted: Appointment) -> Appointment | None:
    """The hold that can become this visit: all must agree, for a kind of visit may have got longer since."""
    return next((hold for hold in holds if _shape(hold) == _shape(wanted)), None)


def _shape(visit: Appointment) -> list[object]:
    return [getattr(visit, name) for name in SHAPE]


def insert(
    visit: Appointment, status: str, verb: str, *, by: By, now: datetime, cause: Event | None, note: str = ""
) -> Appointment:
    visit.status = status
    visit.save(force_insert=True)
    record(visit, "", verb=verb, by=by, now=now, cause=cause, note=note)
    return visit
