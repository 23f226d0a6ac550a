"""Holding and releasing time: the only code that inserts appointments. Call it inside a verb's transaction.

Lock order, always: the request row, the patient, practitioners by primary key; then release holds; then write.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BigIntegerField, DateTimeField, QuerySet

from booking.lifecycle._locks import lock_calendars
from booking.lifecycle._transition import Actor, record, set_status, transition, transition_all
from booking.lifecycle.errors import SlotTaken, require_another_time
from booking.lifecycle.overbooking import clear_flags, clear_overbooked_flags, in_one_place
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.appointment_request import Channel
from booking.models.constraints import LONGEST
from booking.scheduling import network_share
from booking.scheduling.response_deadline import hold_end
from booking.scheduling.slots import Rules, Slot, no_longer_open, own_time
from clinic.compiled_query import CompiledQuery, Param
from clinic.models import AppointmentType
from clinic.practice_info import local_date, practice_info, zone_at

Status = Appointment.Status
SHAPE = (
    "practitioner_id",
    "location_id",
    "appointment_type_id",
    "starts_at",
    "ends_at",
    "blocked_from",
    "blocked_until",
)


def release_expired(*, now: datetime) -> int:
    """Release all expired holds, one practitioner's calendar at a time. Returns how many there were."""
    expired = Appointment.objects.filter(status=Status.HELD, held_until__lte=now).order_by("practitioner")
    calendars = list(expired.values_list("practitioner_id", flat=True))
    for practitioner_id in sorted(set(calendars)):
        with transaction.atomic():
            lock_calendars([practitioner_id], now=now)
    return len(calendars)


def own_holds(appointment_request: AppointmentRequest) -> list[Appointment]:
    return list(appointment_request.appointments.filter(status=Status.HELD))


def clerks_holds(user: User | None) -> list[Appointment]:
    """The time that this clerk holds during a call: at most one, except when two of the clerk's own requests race."""
    return list(Appointment.objects.filter(held_for=user, status=Status.HELD)) if user else []


def release(holds: Sequence[Appointment], *, by: Actor, now: datetime, cause: Event | None = None) -> None:
    transition_all(holds, Status.RELEASED, verb="release", by=by, now=now, cause=cause)
    clear_overbooked_flags(holds, now=now, cause=cause)


def require_open(slots: list[Slot], appointment_request: AppointmentRequest, rules: Rules, *, now: datetime) -> None:
    """Raise SlotTaken if any slot is crafted, past, closed or taken. The request's own time does not count.

    SameTime: one of them is that of the appointment that the request wants to move.
    """
    require_another_time(appointment_request.replaces, slots)
    gone = no_longer_open(
        slots, appointment_request.wanted_type(), rules, now=now, ignoring=own_time(appointment_request)
    )
    if gone:
        raise SlotTaken(gone)


def hold(
    appointment_request: AppointmentRequest, slot: Slot, until: datetime, *, by: Actor, now: datetime, cause: Event
) -> Appointment:
    held = at(slot, appointment_request.wanted_type(), appointment_request=appointment_request, held_until=until)
    return insert(held, Status.HELD, "hold", by=by, now=now, cause=cause)


def book(
    appointment_request: AppointmentRequest, wanted: Appointment, *, by: Actor, now: datetime, cause: Event
) -> Appointment:
    """Turn the request's hold of this time into the appointment, or insert one. Releases the request's other holds."""
    holds = own_holds(appointment_request)
    kept = same(holds, wanted)
    release([hold for hold in holds if hold is not kept], by=by, now=now, cause=cause)
    if kept is None:
        return insert(wanted, Status.BOOKED, "book", by=by, now=now, cause=cause)
    transition(kept, Status.BOOKED, verb="book", by=by, now=now, cause=cause, **in_one_place(kept))
    return kept


def take_over(
    hold: Appointment, wanted: Appointment, *, by: Actor, now: datetime, cause: Event, why_two_places: str
) -> Appointment:
    """Turn a clerk's hold into the appointment that is wanted."""
    transition(
        hold, Status.BOOKED, verb="book", by=by, now=now, cause=cause,
        appointment_request=wanted.appointment_request, patient_id=wanted.patient_id, held_for=None, held_until=None,
        **in_one_place(wanted, why_two_places),
    )  # fmt: skip
    return hold


def reschedule_to(
    appointment: Appointment, wanted: Appointment, *, by: Actor, now: datetime, cause: Event | None, note: str,
    why_two_places: str = "",
) -> Event:  # fmt: skip
    """Give an appointment another time and book it. The row and its calendar entry stay, with the next sequence."""
    was = copy(appointment)
    place = {name: getattr(wanted, name) for name in SHAPE}
    event = set_status(
        appointment, Status.BOOKED, verb="reschedule", by=by, now=now, cause=cause, note=note, **place,
        sequence=appointment.sequence + 1,
        overbooked=wanted.overbooked, overbook_reason=wanted.overbook_reason, needs_rebooking_since=None,
        **in_one_place(wanted, why_two_places, moving=appointment),
    )  # fmt: skip
    clear_flags(was, now=now, cause=event)
    return event


def may_hold(appointment_request: AppointmentRequest, slot: Slot, rules: Rules, *, now: datetime) -> bool:
    """Whether the day, the network and the person may hold one more time. A time that overlaps the appointment being
    replaced cannot be held: it is already the patient's.
    """
    if cap_reached(slot, now=now) or touches_replaced(appointment_request, slot):
        return False
    # The person comes last: how long it takes must not tell whether they are known.
    network = appointment_request.origin
    may = network_share.may_hold_more(network, slot, appointment_request.wanted_type(), rules, now=now)
    return may and not appointment_request.same_person_as_id


def hold_as_told(appointment_request: AppointmentRequest) -> Appointment | None:
    """The last time that we held for a request. If we never held its first choice, as if we had: what its sender sees
    must not tell why we did not. At most two queries.
    """
    if row := next(LAST_HELD(appointment_request=appointment_request.pk), None):
        row.appointment_request = appointment_request
        return row
    first = appointment_request.requested_times.filter(rank=1).first()
    if first is None or appointment_request.replaces_id:
        return None
    return as_if_held(appointment_request, Slot(first.starts_at, first.practitioner_id, first.location_id))


def _last_held() -> QuerySet:
    its = Appointment.objects.filter(appointment_request=Param("appointment_request", BigIntegerField()))
    return its.select_related("location", "practitioner", "appointment_type").order_by("-pk")[:1]


LAST_HELD = CompiledQuery(_last_held)


def as_if_held(appointment_request: AppointmentRequest, slot: Slot) -> Appointment:
    """An unsaved hold of this slot."""
    until = hold_end(
        respond_by=appointment_request.respond_by, starts_at=slot.starts_at, location_id=appointment_request.location_id
    )
    return at(slot, appointment_request.appointment_type, status=Status.HELD, held_until=until)


def cap_reached(slot: Slot, *, now: datetime) -> bool:
    """Whether this practitioner's day already has as many unanswered public holds as the practice allows."""
    zone = zone_at(slot.location_id)
    midnight = datetime.combine(local_date(slot.starts_at, zone), time.min, zone)
    tomorrow = midnight + timedelta(days=1)
    day = {"midnight": midnight, "tomorrow": tomorrow, "earliest": midnight - LONGEST}
    return len(list(UNANSWERED(practitioner=slot.practitioner_id, now=now, **day))) >= practice_info().hold_cap


def _unanswered() -> QuerySet:
    """Holds of a practitioner's day for unanswered public requests; bounded as in `overlapping`, for the index."""
    midnight, tomorrow = Param("midnight", DateTimeField()), Param("tomorrow", DateTimeField())
    return Appointment.objects.filter(
        practitioner=Param("practitioner", BigIntegerField()),
        status=Status.HELD,
        held_until__gt=Param("now", DateTimeField()),
        appointment_request__channel=Channel.WEB,
        appointment_request__status=AppointmentRequest.Status.NEW,
        blocked_from__gte=Param("earliest", DateTimeField()),
        blocked_from__lt=tomorrow,
        blocked_until__gt=midnight,
        starts_at__gte=midnight,
        starts_at__lt=tomorrow,
    ).values_list("pk")


UNANSWERED = CompiledQuery(_unanswered)


def at(slot: Slot, appointment_type: AppointmentType, **fields: Any) -> Appointment:
    """An unsaved appointment of this type at this slot, for the patient of its `appointment_request`, if any."""
    ends_at = slot.starts_at + timedelta(minutes=appointment_type.minutes)
    appointment_request = fields.get("appointment_request")
    return Appointment(
        patient_id=appointment_request.patient_id if appointment_request else None,
        appointment_type=appointment_type,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        starts_at=slot.starts_at,
        ends_at=ends_at,
        blocked_from=slot.starts_at - timedelta(minutes=appointment_type.buffer_before),
        blocked_until=ends_at + timedelta(minutes=appointment_type.buffer_after),
        **fields,
    )


def touches_replaced(appointment_request: AppointmentRequest, slot: Slot) -> bool:
    if not appointment_request.replaces_id:
        return False
    wanted = at(slot, appointment_request.wanted_type())
    replaced = Appointment.objects.overlapping(wanted.blocked_from, wanted.blocked_until)
    return replaced.filter(pk=appointment_request.replaces_id).exists()


def same(holds: Sequence[Appointment], wanted: Appointment) -> Appointment | None:
    """The hold that can become this appointment. All columns must match: the appointment type may have changed."""
    return next((hold for hold in holds if _shape(hold) == _shape(wanted)), None)


def _shape(appointment: Appointment) -> list[object]:
    return [getattr(appointment, name) for name in SHAPE]


def insert(
    appointment: Appointment, status: str, verb: str, *, by: Actor, now: datetime, cause: Event | None, note: str = "",
    why_two_places: str = "",
) -> Appointment:  # fmt: skip
    appointment.status = status
    if status == Status.BOOKED:
        for name, value in in_one_place(appointment, why_two_places).items():
            setattr(appointment, name, value)
    appointment.save(force_insert=True)
    record(appointment, "", verb=verb, by=by, now=now, cause=cause, note=note)
    return appointment
