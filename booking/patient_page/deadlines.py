"""What a patient may do on the page of a visit, and until when; else the sentence that says why not. No query."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from booking.models import Appointment, AppointmentRequest
from booking.scheduling.response_deadline import reply_promise
from clinic.practice_info import frame

OPEN = {AppointmentRequest.Status.NEW, AppointmentRequest.Status.OFFERED, AppointmentRequest.Status.WAITLISTED}
Visit = Appointment.Status


def why_not_cancel(visit: Appointment | None, now: datetime) -> str:
    if visit is None or visit.status == Visit.CANCELLED:
        return _("There is no visit to cancel any more.")
    if visit.status != Visit.BOOKED or visit.starts_at <= now:
        return _("This visit cannot be cancelled any more: it has begun, or it is over.")
    if _is_near(visit, now):
        return _("Your visit is too near to cancel it here. Call us at %s.") % frame().phone_display
    return ""


def why_not_another_time(visit: Appointment | None, now: datetime) -> str:
    """Who asks so near to it would have our answer only afterwards."""
    if visit is None or visit.status != Visit.BOOKED or visit.starts_at <= now:
        return _("There is no visit to come for which you could ask for another time.")
    if _is_near(visit, now) or visit.starts_at <= reply_promise(now=now, location_id=visit.location_id):
        return _("Your visit is too near to change it here. Call us at %s.") % frame().phone_display
    return ""


def _is_near(visit: Appointment, now: datetime) -> bool:
    return visit.starts_at - timedelta(hours=frame().cancel_notice_hours) <= now
