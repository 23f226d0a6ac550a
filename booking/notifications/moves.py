"""Where an appointment was before its last move: what patients are told beside the new time."""

from datetime import datetime
from typing import NamedTuple

from booking.models import Appointment
from clinic.models import Location


class Was(NamedTuple):
    starts_at: datetime
    location: Location


def moved_from(appointment: Appointment) -> Was | None:
    """The time and office before the last move; None if neither has changed. A move that was undone does not count."""
    moves = appointment.events.filter(verb="reschedule", undone=False).exclude(cause__undone=True)
    last = moves.order_by("pk").last()
    if last is None:
        return None
    starts_at = datetime.fromisoformat(last.before["starts_at"])
    if (starts_at, last.before["location_id"]) == (appointment.starts_at, appointment.location_id):
        return None
    return Was(starts_at, Location.objects.get(pk=last.before["location_id"]))
