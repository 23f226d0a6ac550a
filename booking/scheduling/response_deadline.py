"""The response deadline from our own hours and closures: reads rows and calls booking.scheduling.business_hours."""

from datetime import date, datetime, timedelta

from booking.models import Appointment, AppointmentRequest
from booking.scheduling import business_hours
from clinic.practice_info import Office, practice_info


def response_deadline(*, now: datetime, location_id: int | None = None) -> datetime:
    """The deadline for a request that arrives now, by its office's or the default desk's hours. Aware, UTC."""
    desk = _desk(location_id)
    return business_hours.respond_by(now=now, days=practice_info().response_days, **_hours(desk))


def hold_end(*, respond_by: datetime, starts_at: datetime, location_id: int | None) -> datetime:
    """One desk day after the response deadline, but never after the appointment's own start."""
    # If the desk closes at midnight, the deadline is an instant of the next date.
    before = respond_by - timedelta(minutes=1)
    return min(starts_at, business_hours.respond_by(now=before, days=1, **_hours(_desk(location_id))))


def rebook_by(appointment: Appointment, *, respond_by: datetime, now: datetime) -> datetime:
    """When a called-off appointment needs its new time: at the deadline, but some desk hours before its start; at once
    if that has passed.
    """
    return max(now, min(respond_by, _before_start(appointment.starts_at, appointment.location_id)))


def call_by(*, since: datetime, starts_at: datetime | None, location_id: int | None) -> datetime:
    """When the desk must have told a patient what no email did, by the same rule. `starts_at`: of the time that the
    patient would keep or miss, if any.
    """
    ordinary = response_deadline(now=since, location_id=location_id)
    return max(since, min(ordinary, _before_start(starts_at, location_id))) if starts_at else ordinary


def _before_start(starts_at: datetime, location_id: int | None) -> datetime:
    minutes = practice_info().rebook_hours * 60
    return business_hours.before(moment=starts_at, minutes=minutes, **_hours(_desk(location_id)))


def resumed(appointment_request: AppointmentRequest, *, now: datetime) -> dict[str, datetime | None]:
    """The deadline of a paused request, moved later by the desk minutes spent waiting for the patient.

    Returns the columns to write.
    """
    if appointment_request.paused_at is None:
        return {"respond_by": appointment_request.respond_by, "paused_at": None}
    hours = _hours(_desk(appointment_request.desk_id))
    later = business_hours.after_pause(
        respond_by=appointment_request.respond_by, paused_at=appointment_request.paused_at, resumed_at=now, **hours
    )
    if called_off := appointment_request.appointment_to_rebook():
        later = rebook_by(called_off, respond_by=later, now=now)
    return {"respond_by": later, "paused_at": None}


def desk_day_ends(*, now: datetime, location_id: int | None, number: int) -> list[datetime]:
    """The closing times of the next desk days: the deadlines that an offer may have."""
    hours = _hours(_desk(location_id))
    return [business_hours.respond_by(now=now, days=days, **hours) for days in range(1, number + 1)]


def desk_minutes(since: datetime, until: datetime, location_id: int | None) -> int:
    """How many minutes that office's desk is open between two moments."""
    return business_hours.desk_minutes(since=since, until=until, **_hours(_desk(location_id)))


def desk_is_open(moment: datetime, location_id: int | None) -> bool:
    """Whether that office's desk is open at that minute."""
    hours = _hours(_desk(location_id))
    return bool(business_hours.desk_minutes(since=moment, until=moment + timedelta(minutes=1), **hours))


def open_hours(day: date, location_id: int | None) -> list[tuple[datetime, datetime]]:
    """When that office's desk is open on that date and on the dates beside it, for many moments of a day."""
    return business_hours.open_hours(day, **_hours(_desk(location_id)))


def _desk(location_id: int | None) -> Office | None:
    """That office's desk; the default one for any office, or for an office without desk hours."""
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
