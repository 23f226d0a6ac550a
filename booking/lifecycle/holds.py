"""Taking and giving back time: the only code that inserts appointments. Call it inside a verb's transaction.

Lock order, always: the request row, then practitioners by primary key, then holds are released, then written.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction

from booking.lifecycle import appointment as visits
from booking.lifecycle._move import By, move, move_all, record
from booking.lifecycle.errors import SlotTaken
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.request import Channel
from booking.slots import Rules, Slot, no_longer_open
from clinic.frame import frame

Status = Appointment.Status
SHAPE = ("practitioner_id", "location_id", "visit_type_id", "starts_at", "ends_at", "blocked_from", "blocked_until")


def release_expired(*, now: datetime) -> int:
    """Release every hold that has run out, one practitioner's diary after the other; answers how many there were."""
    expired = Appointment.objects.filter(status=Status.HELD, held_until__lte=now).order_by("practitioner")
    diaries = list(expired.values_list("practitioner_id", flat=True))
    for practitioner_id in sorted(set(diaries)):
        with transaction.atomic():
            visits.lock_diaries([practitioner_id], now=now)
    return len(diaries)


def own_holds(request: AppointmentRequest) -> list[Appointment]:
    return list(request.appointments.filter(status=Status.HELD))


def release(holds: Sequence[Appointment], *, by: By, now: datetime, cause: Event) -> None:
    move_all(holds, Status.RELEASED, visits.NEXT, verb="release", by=by, now=now, cause=cause)


def require_open(slots: list[Slot], request: AppointmentRequest, rules: Rules, *, now: datetime) -> None:
    """Refuse slots that are not open: crafted, past, closed or just taken. The request's own holds do not count."""
    gone = no_longer_open(slots, request.visit_type, rules, now=now, ignoring=request)
    if gone:
        raise SlotTaken(gone)


def hold(
    request: AppointmentRequest, slot: Slot, until: datetime, *, by: By, now: datetime, cause: Event
) -> Appointment:
    held = _at(slot, request)
    held.held_until = until
    return _insert(held, Status.HELD, "hold", by=by, now=now, cause=cause)


def book(request: AppointmentRequest, slot: Slot, *, by: By, now: datetime, cause: Event) -> Appointment:
    """Turn the request's hold of this slot into the visit, or take the slot anew; its other holds are released."""
    wanted = _at(slot, request)
    holds = own_holds(request)
    kept = next((hold for hold in holds if _shape(hold) == _shape(wanted)), None)
    release([hold for hold in holds if hold is not kept], by=by, now=now, cause=cause)
    if kept is None:
        return _insert(wanted, Status.BOOKED, "book", by=by, now=now, cause=cause)
    move(kept, Status.BOOKED, visits.NEXT, verb="book", by=by, now=now, cause=cause)
    return kept


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
        starts_at__gte=midnight,
        starts_at__lt=tomorrow,
    )
    return holds.count() >= frame().hold_cap


def _at(slot: Slot, request: AppointmentRequest) -> Appointment:
    """The request's visit at this slot, not yet saved."""
    visit_type = request.visit_type
    ends_at = slot.starts_at + timedelta(minutes=visit_type.minutes)
    return Appointment(
        request=request,
        visit_type=visit_type,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        starts_at=slot.starts_at,
        ends_at=ends_at,
        blocked_from=slot.starts_at - timedelta(minutes=visit_type.buffer_before),
        blocked_until=ends_at + timedelta(minutes=visit_type.buffer_after),
    )


def _shape(visit: Appointment) -> list[object]:
    """What must agree for a hold to become the visit: a kind of visit may have got longer since it was held."""
    return [getattr(visit, name) for name in SHAPE]


def _insert(visit: Appointment, status: str, verb: str, *, by: By, now: datetime, cause: Event) -> Appointment:
    visit.status = status
    visit.save(force_insert=True)
    record(visit, "", verb=verb, by=by, now=now, cause=cause)
    return visit
