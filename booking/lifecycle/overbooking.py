"""Deliberate overbooking: the flag, and when it is cleared. Call it inside a verb, under the calendar's lock."""

from collections.abc import Sequence
from datetime import datetime

from booking.lifecycle._transition import SYSTEM, log_event
from booking.models import Appointment, Event


def clear_overbooked_flags(gone: Sequence[Appointment], *, now: datetime, cause: Event | None = None) -> None:
    """Clear the flag of appointments that overlap nothing any more, after those in `gone` gave up their time.

    One query, unless a nearby appointment is flagged. If two flagged appointments overlap, one of them stays flagged.
    """
    if not gone:
        return
    since, until = (
        min(appointment.blocked_from for appointment in gone),
        max(appointment.blocked_until for appointment in gone),
    )
    holding = Appointment.objects.holding_time(now)
    near = holding.overlapping(since, until).filter(overbooked=True)
    for flagged in near.filter(practitioner__in={appointment.practitioner_id for appointment in gone}):
        rivals = holding.overlapping(flagged.blocked_from, flagged.blocked_until).filter(overbooked=False)
        if not rivals.filter(practitioner=flagged.practitioner_id).exists():
            log_event(flagged, verb="unflag", by=SYSTEM, now=now, cause=cause, overbooked=False, overbook_reason="")
