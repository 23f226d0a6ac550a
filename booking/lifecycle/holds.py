"""Taking and giving back time: the only code that inserts appointments. Call it inside a verb's transaction.

Lock order, always: the request row, then practitioners by primary key, then holds are released, then written.
Without it PostgreSQL answers a race with a deadlock, and a deadlock is an OperationalError, not a refusal.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction

from booking.lifecycle import appointment as visits
from booking.lifecycle._move import CLOCK, By, move, record
from booking.lifecycle.errors import SlotTaken, is_overlap
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.request import Channel
from booking.slots import Rules, Slot, no_longer_open
from clinic.frame import frame
from clinic.models import Location, Practitioner

Status = Appointment.Status


@contextmanager
def all_or_nothing(*slots: Slot) -> Iterator[None]:
    """One transaction; an overlap that the database refuses becomes SlotTaken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise SlotTaken(list(slots)) from None


def lock_diaries(practitioners: Iterable[int], *, now: datetime) -> None:
    """Lock these practitioners' diaries in one order and clear the holds that have run out."""
    wanted = sorted(set(practitioners))
    list(Practitioner.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))
    for hold in Appointment.objects.filter(practitioner__in=wanted, status=Status.HELD, held_until__lte=now):
        move(hold, Status.RELEASED, visits.NEXT, verb="expire", by=CLOCK, now=now)


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


def release(holds: Iterable[Appointment], *, by: By, now: datetime, cause: Event) -> None:
    for hold in holds:
        move(hold, Status.RELEASED, visits.NEXT, verb="release", by=by, now=now, cause=cause)


def require_open(slots: list[Slot], request: AppointmentRequest, rules: Rules, *, now: datetime) -> None:
    """Refuse slots that are not open: crafted, past, closed or just taken. The request's own holds do not count."""
    gone = no_longer_open(slots, request.visit_type, rules, now=now, ignoring=request)
    if gone:
        raise SlotTaken(gone)


def hold(
    request: AppointmentRequest, slot: Slot, until: datetime, *, by: By, now: datetime, cause: Event
) -> Appointment:
    return _insert(request, slot, Status.HELD, by=by, now=now, cause=cause, held_until=until)


def book(request: AppointmentRequest, slot: Slot, *, by: By, now: datetime, cause: Event) -> Appointment:
    """Turn the request's hold of this slot into the visit, or take the slot anew; its other holds are released."""
    holds = own_holds(request)
    kept = next((hold for hold in holds if is_at(hold, slot)), None)
    release([hold for hold in holds if hold is not kept], by=by, now=now, cause=cause)
    if kept is None:
        return _insert(request, slot, Status.BOOKED, by=by, now=now, cause=cause)
    move(kept, Status.BOOKED, visits.NEXT, verb="book", by=by, now=now, cause=cause)
    return kept


def is_at(appointment: Appointment, slot: Slot) -> bool:
    place = (appointment.starts_at, appointment.practitioner_id, appointment.location_id)
    return place == (slot.starts_at, slot.practitioner_id, slot.location_id)


def cap_reached(slot: Slot, *, now: datetime) -> bool:
    """Whether this practitioner's day already carries as many unanswered public holds as the practice allows."""
    zone = Location.objects.get(pk=slot.location_id).tz
    midnight = datetime.combine(slot.starts_at.astimezone(zone).date(), time.min, zone)
    holds = Appointment.objects.filter(
        practitioner=slot.practitioner_id,
        status=Status.HELD,
        held_until__gt=now,
        request__channel=Channel.WEB,
        starts_at__gte=midnight,
        starts_at__lt=midnight + timedelta(days=1),
    )
    return holds.count() >= frame().hold_cap


def _insert(
    request: AppointmentRequest,
    slot: Slot,
    status: str,
    *,
    by: By,
    now: datetime,
    cause: Event,
    held_until: datetime | None = None,
) -> Appointment:
    visit_type = request.visit_type
    ends_at = slot.starts_at + timedelta(minutes=visit_type.minutes)
    appointment = Appointment.objects.create(
        request=request,
        visit_type=visit_type,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        starts_at=slot.starts_at,
        ends_at=ends_at,
        blocked_from=slot.starts_at - timedelta(minutes=visit_type.buffer_before),
        blocked_until=ends_at + timedelta(minutes=visit_type.buffer_after),
        status=status,
        held_until=held_until,
    )
    record(appointment, "", verb="hold" if status == Status.HELD else "book", by=by, now=now, cause=cause)
    return appointment
