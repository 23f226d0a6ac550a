"""The calendar entry of a visit (RFC 5545, sent as RFC 5546 scheduling messages). It names no specialty."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from booking import links
from booking.models import Appointment
from clinic.frame import frame


def invitation(visit: Appointment, *, now: datetime) -> bytes:
    return _calendar(visit, "REQUEST", "CONFIRMED", now)


def cancellation(visit: Appointment, *, now: datetime) -> bytes:
    return _calendar(visit, "CANCEL", "CANCELLED", now)


def _calendar(visit: Appointment, method: str, status: str, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(visit, status, now))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _event(visit: Appointment, status: str, now: datetime) -> Event:
    zone = visit.location.tz
    event = Event()
    event.add("uid", f"visit-{visit.request.flow_key.hex}@clinic")
    event.add("sequence", visit.sequence)
    event.add("status", status)
    event.add("dtstamp", now)
    event.add("dtstart", visit.starts_at.astimezone(zone))
    event.add("dtend", visit.ends_at.astimezone(zone))
    event.add("summary", _("Visit at %(practice)s") % {"practice": frame().neutral_name})
    event.add("location", f"{visit.location.name}, {visit.location.address}")
    event.add("description", _("Questions? Call %(phone)s.") % {"phone": frame().phone_display})
    event.add("url", links.absolute(visit.request))
    event.add("organizer", _organizer())
    if status == "CONFIRMED":
        event.add_component(_alarm())
    return event


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{frame().email}")
    organizer.params["CN"] = vText(frame().neutral_name)
    return organizer


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Your visit"))
    alarm.add("trigger", timedelta(hours=-2))
    return alarm
