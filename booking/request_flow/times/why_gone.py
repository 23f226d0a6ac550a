"""Why a time that a patient wants is not open: their own, passed, too soon, too far, none of ours, or taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.request_flow.flow import Flow
from booking.scheduling.slots import Rules, Slot, no_longer_open
from clinic.models import AppointmentType
from clinic.practice_info import local_date, zone_at
from clinic.templatetags.clinic_format import local_when

EVERYTHING = Q(pk__isnull=False)


@dataclass(frozen=True)
class WhyGone:
    """`heading` follows the time: “9:00 am on Thursday, December 3 …”. `url`: where the patient's own time is shown."""

    heading: str
    sentence: str
    url: str = ""
    label: str = ""


def why_gone(flow: Flow, slot: Slot, appointment_type: AppointmentType, rules: Rules, *, now: datetime) -> WhyGone:
    """At most eight queries, on a page that shows an error."""
    if own := next(_own(flow, slot, appointment_type, now), None):
        return own
    if slot.starts_at <= now:
        return WhyGone(_("has passed"), _("Choose a later time."))
    if slot.starts_at < (soonest := max(now + timedelta(minutes=appointment_type.notice), rules.not_before)):
        after = local_when(soonest, zone_at(slot.location_id))
        return WhyGone(_("is too soon"), _("We need time to answer first: choose a time after %s.") % after)
    zone = zone_at(slot.location_id)
    if local_date(slot.starts_at, zone) > local_date(now, zone) + timedelta(days=rules.horizon):
        return WhyGone(_("is too far ahead"), _("Online you can ask for times up to %d days ahead.") % rules.horizon)
    if not appointment_type.is_public or no_longer_open([slot], appointment_type, rules, now=now, ignoring=EVERYTHING):
        return WhyGone(
            _("is not a time that we offer"), _("Our hours do not include it. Choose one of the times below.")
        )
    return WhyGone(_("is not open any more"), _("Someone else may have taken it a moment ago."))


def _own(flow: Flow, slot: Slot, appointment_type: AppointmentType, now: datetime) -> Iterator[WhyGone]:
    """The patient's appointment at this time, or what an earlier request of this browser holds there."""
    if slot in flow.own_slots():
        yield WhyGone(
            _("is the time of the appointment"), _("It is booked already. To ask for another time, choose one below."),
            flow.back_url(), _("See the appointment"),
        )  # fmt: skip
    for appointment in _sent_before(flow, slot, appointment_type, now):
        request = appointment.appointment_request
        url = reverse("request_flow:sent", args=[request.flow_key])
        held = appointment.status == Appointment.Status.HELD
        said = _("We hold it for your request %s.") if held else _("It is the appointment from your request %s.")
        yield WhyGone(_("is yours already"), said % request, url, _("See that request"))


def _sent_before(flow: Flow, slot: Slot, appointment_type: AppointmentType, now: datetime) -> list[Appointment]:
    """What the requests that this browser sent have there: no other browser learns of it."""
    sent = [data["sent"] for data in flow.session.get("flows", {}).values() if "sent" in data]
    begins = slot.starts_at - timedelta(minutes=appointment_type.buffer_before)
    ends = slot.starts_at + timedelta(minutes=appointment_type.minutes + appointment_type.buffer_after)
    rows = Appointment.objects.holding_time(now).overlapping(begins, ends).filter(practitioner=slot.practitioner_id)
    return list(rows.filter(appointment_request__in=sent).select_related("appointment_request")) if sent else []
