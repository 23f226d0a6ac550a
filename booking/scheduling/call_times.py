"""When to call a patient again: at the patient's best time, during desk hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from booking.models import AppointmentRequest
from booking.scheduling import response_deadline
from clinic.practice_info import local_date, zone_at

HOURS = {  # minutes of the day, as on the form
    AppointmentRequest.BestTime.MORNING: (9, 12),
    AppointmentRequest.BestTime.AFTERNOON: (12, 17),
    AppointmentRequest.BestTime.ANY: (0, 24),
}
SOONEST, STEP = timedelta(hours=1), timedelta(minutes=30)
HALVES = 50  # steps of the longest day
TRIES, LOOK_AHEAD = 3, 14  # moments proposed; days searched


def in_best_time(appointment_request: AppointmentRequest, moment: datetime) -> bool:
    """Whether the moment is in the patient's best time to call."""
    opens, closes = HOURS[AppointmentRequest.BestTime(appointment_request.best_time)]
    return opens <= moment.astimezone(zone_at(appointment_request.location_id)).hour < closes


def next_tries(appointment_request: AppointmentRequest, *, now: datetime) -> list[datetime]:
    """One moment per day, starting today: at least an hour from now, while the desk is open, in the patient's best
    time.

    At most three; none if there is no such moment in two weeks.
    """
    zone = zone_at(appointment_request.location_id)
    today = local_date(now, zone)
    days = (today + timedelta(days=n) for n in range(LOOK_AHEAD))
    firsts = (_first_of(appointment_request, day, zone, now + SOONEST) for day in days)
    return list(islice(filter(None, firsts), TRIES))


def _first_of(
    appointment_request: AppointmentRequest, day: date, zone: ZoneInfo, not_before: datetime
) -> datetime | None:
    """The first half hour of that local day at which to call."""
    begins, ends = HOURS[AppointmentRequest.BestTime(appointment_request.best_time)]
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    for opens, closes in response_deadline.open_hours(day, appointment_request.location_id):
        first = -((midnight - max(opens, not_before, midnight)) // STEP)
        halves = (midnight + n * STEP for n in range(first, HALVES))
        local = ((half, half.astimezone(zone)) for half in halves)
        best = (half for half, here in local if here.date() == day and begins <= here.hour < ends)
        found = next(best, None)
        if found and found < closes:
            return found
    return None
