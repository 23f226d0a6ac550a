"""What the desk reads after a call: what was logged, when to try again, and what the patient still waits for."""

from datetime import datetime

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from booking.lifecycle.call_log import TRY_AGAIN, Outcome
from booking.models import AppointmentRequest, Message
from booking.roles import rights_of
from booking.templatetags.desk_format import desk_recent
from clinic.practice_info import zone_at


def logged(appointment_request: AppointmentRequest, outcome: str, *, now: datetime, is_told: bool = False) -> str:
    """“Logged “No answer” for June Demo. Next try today, 10:30 AM.” `is_told`: who was reached has been told."""
    label = _("Reached and told") if is_told and outcome == Outcome.REACHED else Outcome(outcome).label
    said = _("Logged “%(outcome)s” for %(name)s.") % {"outcome": label, "name": appointment_request.patient.name}
    again = appointment_request.next_try_at
    if outcome not in TRY_AGAIN or again is None or again <= now:
        return said
    return f"{said} {_('Next try %s.') % desk_recent(again, zone_at(appointment_request.location_id))}"


def and_what_is_next(said: str, message: Message, user: User) -> str:
    """With a link to what the patient, who has been told this, still waits for: another time, or an answer."""
    rows = AppointmentRequest.objects.select_related("replaces", "patient")
    context = {
        "said": said,
        "appointment_request": rows.get(pk=message.appointment_request_id),
        "lost": message.appointment if message.appointment and message.appointment.may_be_rebooked else None,
        "may": rights_of(user),
    }
    return render_to_string("booking/desk/queue/_what_is_next.html", context)
