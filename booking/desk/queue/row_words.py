"""What a row of the queue says of calls, tries and who works on it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk import labels
from booking.desk.queue.queries import Look
from booking.models import AppointmentRequest
from booking.templatetags.desk_format import desk_recent
from clinic.practice_info import practice_info

WHEN_TO_CALL = {
    AppointmentRequest.BestTime.MORNING: gettext_lazy("mornings"),
    AppointmentRequest.BestTime.AFTERNOON: gettext_lazy("afternoons"),
    AppointmentRequest.BestTime.ANY: gettext_lazy("any time"),
}


def when_to_call(appointment_request, zone: ZoneInfo, now: datetime) -> str:
    """“mornings, OK to leave message”, “mornings, next try today, 2:30 PM”, or “Email, don’t call”."""
    if instead := labels.reach_by(appointment_request.patient__reach_by):
        return instead
    said = [str(WHEN_TO_CALL[appointment_request.best_time])]
    if appointment_request.helper_phone and appointment_request.helper_phone == appointment_request.number:
        said.insert(0, _("call %s") % appointment_request.helper_name)
    is_later = appointment_request.next_try_at and appointment_request.next_try_at > now
    if is_later:
        said.append(_("next try %s") % desk_recent(appointment_request.next_try_at, zone))
    if not appointment_request.patient__may_leave_message:
        said.append(_("don’t leave a message"))
    elif not is_later:
        said.append(_("OK to leave message"))
    return ", ".join(said)


def tried(attempts: int) -> str:
    """“2 of 3 tries”; empty without any."""
    how = {"number": attempts, "most": practice_info().most_attempts}
    return _("%(number)d of %(most)d tries") % how if attempts else ""


def claim(appointment_request, look: Look) -> str:
    """“Rosa is working on this, 6 min left”, while the request is claimed."""
    if appointment_request.claimed_until is None or appointment_request.claimed_until <= look.now:
        return ""
    minutes = -((look.now - appointment_request.claimed_until) // timedelta(minutes=1))
    if appointment_request.claimed_by_id == look.user_id:
        return _("You’re working on this, %d min left") % minutes
    how = {"name": appointment_request.clerk, "minutes": minutes}
    return _("%(name)s is working on this, %(minutes)d min left") % how
