"""What a patient may do on the page, and until when; otherwise a sentence that says why not. No query."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.lifecycle.reschedule import is_near
from booking.models import Appointment
from booking.scheduling.response_deadline import response_deadline
from clinic.practice_info import practice_info

AppointmentStatus = Appointment.Status


def why_not_cancel(appointment: Appointment | None, now: datetime) -> str:
    if appointment is None or appointment.status == AppointmentStatus.CANCELLED:
        return _("There is no appointment to cancel any more.")
    if appointment.status != AppointmentStatus.BOOKED or appointment.starts_at <= now:
        return _("This appointment cannot be canceled any more: it has begun, or it is over.")
    if is_near(appointment, now):
        return _call_us(_("This appointment is too near to cancel it here. Call us at {phone}."))
    return ""


def why_not_another_time(appointment: Appointment | None, now: datetime) -> str:
    """Why the patient cannot ask for another time, as a sentence; empty if they can."""
    if appointment is None or appointment.status != AppointmentStatus.BOOKED or appointment.starts_at <= now:
        return _("There is no appointment to come for which you could ask for another time.")
    if is_near(appointment, now) or appointment.starts_at <= response_deadline(
        now=now, location_id=appointment.location_id
    ):
        return _call_us(_("This appointment is too near to change it here. Call us at {phone}."))
    return ""


def _call_us(sentence: str) -> SafeString:
    return format_html(sentence, phone=practice_info().phone_link)
