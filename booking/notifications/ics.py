"""The calendar entry of an appointment (RFC 5545), emailed as a scheduling message (RFC 5546). It names no specialty.

Emailed, it is a REQUEST and later a CANCEL of the same UID, which name their one attendee by address alone. Downloaded
from the page, it is a PUBLISH, which names nobody.
"""

import uuid
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from booking.models import Appointment, AppointmentRequest
from booking.notifications import links
from clinic.practice_info import practice_info

REMIND_BEFORE = timedelta(hours=2)


def invitation(appointment: Appointment, *, now: datetime) -> bytes:
    return _calendar(appointment, "REQUEST", now)


def cancellation(appointment: Appointment, *, now: datetime) -> bytes:
    return _calendar(appointment, "CANCEL", now)


def entry(appointment: Appointment, *, now: datetime) -> bytes:
    """A file to add to a calendar by hand."""
    return _calendar(appointment, "PUBLISH", now)


def _calendar(appointment: Appointment, method: str, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(appointment, method, now))
    year = appointment.starts_at.year
    calendar.add_missing_timezones(date(year - 1, 1, 1), date(year + 2, 1, 1))
    return calendar.to_ical()


def _event(appointment: Appointment, method: str, now: datetime) -> Event:
    zone = appointment.location.tz
    event = Event()
    event.add("uid", _uid(appointment))
    event.add("sequence", appointment.sequence)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(zone))
    event.add("dtend", appointment.ends_at.astimezone(zone))
    event.add("summary", _summary(appointment))
    event.add("location", f"{appointment.location.name}, {appointment.location.address}")
    event.add("class", "PRIVATE")  # a shared calendar shows only that the time is busy
    event.add("organizer", _organizer())
    if method != "PUBLISH":
        event.add("attendee", _attendee(_request(appointment).patient.email))
    if method != "CANCEL":
        event.add("description", _description())
        event.add("url", links.absolute(_request(appointment)))
        event.add_component(_alarm())
    return event


def _uid(appointment: Appointment) -> str:
    """The same after rescheduling. It reveals neither the primary key nor the flow key."""
    return str(uuid.uuid5(_request(appointment).flow_key, f"appointment {appointment.pk}"))


def _summary(appointment: Appointment) -> str:
    """With the confirmation number: two people who share a calendar can tell their entries apart without a name."""
    names = {"practice": practice_info().neutral_name, "reference": _request(appointment)}
    return _("Appointment at %(practice)s (%(reference)s)") % names


def _request(appointment: Appointment) -> AppointmentRequest:
    assert appointment.appointment_request, "only a hold may be a clerk's instead"
    return appointment.appointment_request


def _description() -> str:
    """The entry's text. It says that declining in a calendar app does not reach us: some would think they canceled."""
    return _("To change or cancel, open your page or call %(phone)s. A reply in your calendar does not reach us.") % {
        "phone": practice_info().phone_display.replace("\u00a0", " ")
    }


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{practice_info().email or settings.DEFAULT_FROM_EMAIL}")
    organizer.params["CN"] = vText(practice_info().neutral_name)
    return organizer


def _attendee(email: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{email}")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Your appointment"))
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm
