"""Today’s open times for who comes in without an appointment, each stretch as one. Two queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Subquery

from booking.models import Appointment
from booking.scheduling.desk_slots import DeskAvailability, Open
from booking.scheduling.slots import own_holds_of
from booking.scheduling.working_hours import WorkingHours
from clinic.models import AppointmentType
from clinic.practice_info import local_date


@dataclass(frozen=True)
class Gap:
    first: Open
    minutes: int

    @property
    def starts_at(self) -> datetime:
        return self.first.slot.starts_at

    @property
    def practitioner(self):
        return self.first.hours.practitioner

    @property
    def location(self):
        return self.first.hours.location


def shortest_type() -> AppointmentType | None:
    """What a walk-in is held for until we know why they come."""
    return _shortest().first()


def _shortest():
    return AppointmentType.objects.order_by("minutes", "pk")


def gaps(user, now: datetime, team: Iterable[WorkingHours]) -> list[Gap]:
    """Soonest first. The clerk’s own hold counts as open. `team`: today’s hours of those who are asked for."""
    rows = AppointmentType.practitioners.through.objects.select_related("appointmenttype")
    offers = list(rows.filter(appointmenttype=Subquery(_shortest().values("pk")[:1])))
    people, today = {row.practitioner_id for row in offers}, local_date(now)
    if not offers:
        return []
    able, appointment_type = [hours for hours in team if hours.practitioner.pk in people], offers[0].appointmenttype
    open_now = DeskAvailability(appointment_type, now=now, days=[today], ignoring=own_holds_of(user), team=able)
    found = sorted(open_now.between(today, today), key=_whose)
    each = (gap for _who, slots in groupby(found, key=_whose) for gap in _stretches(list(slots), appointment_type))
    return sorted(each, key=lambda gap: gap.starts_at)


def _whose(found: Open) -> tuple[int, int]:
    return found.slot.practitioner_id, found.slot.location_id


def _stretches(found: list[Open], appointment_type: AppointmentType) -> Iterator[Gap]:
    """Starts that follow each other are one stretch."""
    length, first, last = timedelta(minutes=appointment_type.minutes), found[0], found[0]
    for each in [*found[1:], None]:
        if each is None or each.slot.starts_at > last.slot.starts_at + length:
            yield Gap(first, (last.slot.starts_at + length - first.slot.starts_at) // timedelta(minutes=1))
            first = each
        last = each


def is_today(appointment: Appointment, now: datetime) -> bool:
    return local_date(appointment.starts_at, appointment.location.tz) == local_date(now, appointment.location.tz)
