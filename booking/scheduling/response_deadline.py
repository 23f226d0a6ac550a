"""The reply promise with our own hours and closures: rows -> booking.scheduling.business_hours."""

from datetime import datetime, timedelta

from booking.models import AppointmentRequest
from booking.scheduling import business_hours
from clinic.practice_info import Office, practice_info


def response_deadline(*, now: datetime, location_id: int | None = None) -> datetime:
    """When we answer what arrives now: by the desk hours of its office, or of the default desk. Aware, UTC."""
    desk = _desk(location_id)
    return business_hours.respond_by(now=now, days=practice_info().response_days, **_hours(desk))


def hold_end(*, respond_by: datetime, starts_at: datetime, location_id: int | None) -> datetime:
    """One desk day after the promised answer, and never past the appointment's own start."""
    # A desk that closes at midnight promises an instant of the next date, which is not the promised day.
    promised_day = respond_by - timedelta(minutes=1)
    return min(starts_at, business_hours.respond_by(now=promised_day, days=1, **_hours(_desk(location_id))))


def resumed(appointment_request: AppointmentRequest, *, now: datetime) -> dict[str, datetime | None]:
    """The promise of a request for which we waited for the patient, later by that time in desk minutes.

    As the columns to write.
    """
    if appointment_request.paused_at is None:
        return {"respond_by": appointment_request.respond_by, "paused_at": None}
    hours = _hours(_desk(appointment_request.desk_id))
    later = business_hours.after_pause(
        respond_by=appointment_request.respond_by, paused_at=appointment_request.paused_at, resumed_at=now, **hours
    )
    return {"respond_by": later, "paused_at": None}


def desk_day_ends(*, now: datetime, location_id: int | None, number: int) -> list[datetime]:
    """When the desk closes on each of the next days on which it is open: until when an offer may be held."""
    hours = _hours(_desk(location_id))
    return [business_hours.respond_by(now=now, days=days, **hours) for days in range(1, number + 1)]


def desk_is_open(moment: datetime, location_id: int | None) -> bool:
    """Whether the desk of that office answers at that minute."""
    hours = _hours(_desk(location_id))
    return bool(business_hours.desk_minutes(since=moment, until=moment + timedelta(minutes=1), **hours))


def _desk(location_id: int | None) -> Office | None:
    """The desk of that office; the default one when it is any office, or one where nobody answers."""
    office = practice_info().office(location_id)
    return office if office and office.hours else practice_info().desk


def _hours(desk: Office | None) -> dict:
    if desk is None:
        return {"zone": practice_info().zone, "hours": [], "closures": []}
    return {
        "zone": desk.zone,
        "hours": [business_hours.DeskHours(*span) for span in desk.hours],
        "closures": [
            business_hours.DeskClosure(c.first_day, c.last_day, c.starts, c.ends)
            for c in practice_info().closures
            if c.location_id in (None, desk.pk)
        ],
    }
