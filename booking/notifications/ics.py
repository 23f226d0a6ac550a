"""The calendar entry of a visit (RFC 5545), mailed as a scheduling message (RFC 5546). It names no specialty.

Mailed it is a REQUEST and later a CANCEL of the same UID, which name their one attendee by address alone.
Fetched from the page it is a PUBLISH, which names nobody.
"""

import uuid
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from booking.models import Appointment, AppointmentRequest
from booking.notifications import links
from clinic.practice_info import frame

REMIND_BEFORE = timedelta(hours=2)


def invitation(visit: Appointment, *, now: datetime) -> bytes:
    return _calendar(visit, "REQUEST", now)


def cancellation(visit: Appointment, *, now: datetime) -> bytes:
    return _calendar(visit, "CANCEL", now)


def entry(visit: Appointment, *, now: datetime) -> bytes:
    """To put into a calendar by hand."""
    return _calendar(visit, "PUBLISH", now)


def _calendar(visit: Appointment, method: str, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(visit, method, now))
    year = visit.starts_at.year
    calendar.add_missing_timezones(date(year - 1, 1, 1), date(year + 2, 1, 1))
    return calendar.to_ical()


def _event(visit: Appointment, method: str, now: datetime) -> Event:
    zone = visit.location.tz
    event = Event()
    event.add("uid", _uid(visit))
    event.add("sequence", visit.sequence)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", visit.starts_at.astimezone(zone))
    event.add("dtend", visit.ends_at.astimezone(zone))
    event.add("summary", _("Visit at %(practice)s") % {"practice": frame().neutral_name})
    event.add("location", f"{visit.location.name}, {visit.location.address}")
    event.add("class", "PRIVATE")  # a shared calendar shows the time as busy, and no more
    event.add("organizer", _organizer())
    if method != "PUBLISH":
        event.add("attendee", _attendee(_request(visit).patient.email))
    if method != "CANCEL":
        event.add("description", _description())
        event.add("url", links.absolute(_request(visit)))
        event.add_component(_alarm())
    return event


def _uid(visit: Appointment) -> str:
    """The same for all the life of this visit, also when it moves; neither its number nor its flow can be read off."""
    return str(uuid.uuid5(_request(visit).flow_key, f"visit {visit.pk}"))


def _request(visit: Appointment) -> AppointmentRequest:
    assert visit.request, "only a hold may be a clerk's instead"
    return visit.request


def _description() -> str:
    """A “No” in a calendar reaches nobody: without these words some would think that they had cancelled."""
    return _("To change or cancel, open your page or call %(phone)s. An answer in your calendar does not reach us.") % {
        "phone": frame().phone_display.replace("\u00a0", " ")
    }


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{frame().email or settings.DEFAULT_FROM_EMAIL}")
    organizer.params["CN"] = vText(frame().neutral_name)
    return organizer


def _attendee(email: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{email}")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Your visit"))
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm
