"""Deliberate overbooking: the flag, and when it clears. Call it inside a verb's transaction, under the diary's lock."""

from collections.abc import Sequence
from datetime import datetime

from booking.lifecycle._transition import CLOCK, jot
from booking.models import Appointment, Event


def settle(gone: Sequence[Appointment], *, now: datetime, cause: Event | None = None) -> None:
    """Clear the flags of visits which nothing is left to overlap, now that these have given up their time.

    One query, unless something nearby is flagged. Of two flagged visits that overlap each other one stays flagged.
    """
    if not gone:
        return
    since, until = min(visit.blocked_from for visit in gone), max(visit.blocked_until for visit in gone)
    holding = Appointment.objects.holding_time(now)
    near = holding.overlapping(since, until).filter(overbooked=True)
    for flagged in near.filter(practitioner__in={visit.practitioner_id for visit in gone}):
        rivals = holding.overlapping(flagged.blocked_from, flagged.blocked_until).filter(overbooked=False)
        if not rivals.filter(practitioner=flagged.practitioner_id).exists():
            jot(flagged, verb="unflag", by=CLOCK, now=now, cause=cause, overbooked=False, overbook_reason="")
