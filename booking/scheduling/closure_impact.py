"""The held or booked appointments that a closure affects."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from booking.models import Appointment
from booking.scheduling.availability import EPOCH, MINUTE, DatedException, open_blocks
from booking.scheduling.slots import DESK_HORIZON

Status = Appointment.Status
LIVE = [Status.HELD, Status.BOOKED, Status.ARRIVED]


@dataclass(frozen=True)
class Closing:
    """A closure that is about to be saved. `left_out`: keys of practitioners who are still working."""

    first_day: date
    last_day: date
    starts: int
    ends: int
    location_id: int | None = None
    practitioner_id: int | None = None
    left_out: frozenset[int] = frozenset()

    @property
    def dated(self) -> DatedException:
        return DatedException(self.first_day, self.last_day, False, self.starts, self.ends)

    def applies(self, practitioner_id: int, location_id: int) -> bool:
        """Whether it closes this practitioner's time at this office."""
        is_theirs = self.practitioner_id in (None, practitioner_id) and practitioner_id not in self.left_out
        return is_theirs and self.location_id in (None, location_id)


def to_come(now: datetime, *, since: datetime | None = None) -> QuerySet[Appointment]:
    """Future appointments, held or booked, with the patient to call. `since`: also those that began since then."""
    appointments = Appointment.objects.holding_time(now).filter(status__in=LIVE, starts_at__gte=since or now)
    return appointments.select_related(
        "appointment_request__patient", "practitioner", "location", "appointment_type"
    ).order_by("starts_at", "pk")


def affected_appointments(closing: Closing, *, now: datetime, since: datetime | None = None) -> list[Appointment]:
    """Future appointments, held or booked, that overlap the closed hours of their own office; `since`: as in `to_come`.
    One query.
    """
    today = now.astimezone(UTC).toordinal()
    first = max(closing.first_day.toordinal(), today - 1)
    days = range(first, min(closing.last_day.toordinal(), today + DESK_HORIZON + 1) + 1)
    if not days:
        return []
    shut = _ShutSpans(closing, days)
    return [
        appointment for appointment in _around(closing, days, to_come(now, since=since)) if shut.touches(appointment)
    ]


def _around(closing: Closing, days: range, rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Held or booked appointments of these days, with a margin: local days do not start at UTC midnight."""
    midnight = datetime.fromordinal(days[0]).replace(tzinfo=UTC)
    appointments = rows.filter(
        starts_at__gte=midnight - timedelta(days=2), starts_at__lt=midnight + timedelta(days=len(days) + 2)
    )
    if closing.location_id:
        appointments = appointments.filter(location=closing.location_id)
    if closing.practitioner_id:
        appointments = appointments.filter(practitioner=closing.practitioner_id)
    return appointments.exclude(practitioner__in=closing.left_out)


class _ShutSpans:
    """The closed spans, computed once for each time zone."""

    def __init__(self, closing: Closing, days: range) -> None:
        self.days = days
        self.dated = closing.dated._replace(opens=True)
        self.known: dict[ZoneInfo, list[tuple[int, int]]] = {}

    def touches(self, appointment: Appointment) -> bool:
        zone = appointment.location.tz
        if zone not in self.known:
            self.known[zone] = open_blocks(zone=zone, weekly=(), exceptions=[self.dated], days=self.days)
        starts, ends = (appointment.starts_at - EPOCH) // MINUTE, (appointment.ends_at - EPOCH) // MINUTE
        return any(since < ends and until > starts for since, until in self.known[zone])
