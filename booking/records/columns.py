"""What an export says of each column, in the order in which it is read; and which columns it leaves out.

A test finds a column that is in neither table.
"""

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, RequestedTime
from clinic.country import by_country

LABELS: dict[type[Model], dict[str, object]] = {
    Patient: {
        "name": _("Name"),
        "birth_date": _("Date of birth"),
        "phone": _("Phone"),
        "phone_extension": _("Phone extension"),
        "phone_typed": _("Phone as typed"),
        "email": _("Email"),
        "reach_by": _("How to reach you"),
        "may_leave_message": _("OK to leave a message"),
        "wants_reminders": _("Wants reminders"),
        "language": _("Language"),
        "needs_interpreter": _("Needs interpreter"),
        "needs": _("Help needed"),
        "chart_number": _("Chart number"),
    },
    AppointmentRequest: {
        "reference": _("Confirmation number"),
        "submitted_at": _("Sent"),
        "channel": _("Sent by"),
        "status": _("State"),
        "reason": _("Reason for the appointment"),
        "appointment_type": _("Appointment type"),
        "returning": _("Was here before"),
        "note": _("Note"),
        "from_version": _("Page read before"),
        "helper_name": _("Helper"),
        "helper_relation": _("How the helper knows you"),
        "helper_phone": _("Helper’s phone"),
        "helper_phone_extension": _("Helper’s phone extension"),
        "helper_phone_typed": _("Helper’s phone as typed"),
        "may_speak_with_helper": _("OK to speak with the helper"),
        "wants_call": _("Wants a call"),
        "best_time": _("Best time to call"),
        "never_days": _("Days that never work"),
        "part_of_day": _("Part of day"),
        "wanted_week": _("Week asked for"),
        "location": _("Preferred office"),
        "practitioner": _("Preferred provider"),
        "insurance": by_country(lambda here: here.funding_words.short),
        "scan": _("Scan done"),
        "referral": _("Referral"),
        "respond_by": _("Answer due"),
        "paused_at": _("On hold since"),
        "triage": _("Triage"),
        "see_by": _("See by"),
        "offer_until": _("Offer ends"),
        "returned": _("Back in the queue because"),
        "attempts": _("Calls that did not reach you"),
        "next_try_at": _("Next call"),
        "answer": _("Answer"),
        "decline_code": _("Reason for declining"),
        "quiet_end": _("Ended without a message because"),
        "duplicate_of": _("Merged into"),
        "same_person_as": _("Kept together with"),
        "replaces": _("Asks for another time than that of"),
    },
    RequestedTime: {
        "rank": _("Choice"),
        "starts_at": _("Time"),
        "practitioner": _("Provider"),
        "location": _("Office"),
    },
    Appointment: {
        "starts_at": _("Starts"),
        "ends_at": _("Ends"),
        "status": _("State"),
        "appointment_type": _("Appointment type"),
        "practitioner": _("Provider"),
        "location": _("Office"),
        "held_until": _("Held until"),
        "cancel_code": _("Cancellation reason"),
        "needs_rebooking_since": _("Needs a new time since"),
        "overbooked": _("Double-booked"),
        "overbook_reason": _("Why double-booked"),
        "in_two_places": _("Overlaps another appointment of yours"),
        "in_two_places_reason": _("Why it overlaps"),
    },
    Event: {
        "at": _("When"),
        "verb": _("What happened"),
        "actor": _("Who"),
        "channel": _("How"),
        "from_status": _("State before"),
        "to_status": _("State after"),
        "reason": _("Reason"),
        "note": _("Note"),
        "before": _("What it said before"),
        "undone": _("Was undone"),
    },
    Message: {
        "kind": _("Message"),
        "status": _("State"),
        "sent_at": _("Sent"),
        "due_at": _("Due"),
        "day": _("About the day"),
        "failure": _("Why it was not sent"),
        "sent_copy": _("Text"),
    },
}
# Keys, counters and locks of the program, scrambled forms of what is told elsewhere, and which of the staff it was.
LEFT_OUT: dict[type[Model], set[str]] = {
    Patient: {"id", "random_id", "called_by", "called_until", "erased_at"},
    AppointmentRequest: {
        "id", "patient", "flow_key", "version", "link_version", "origin", "claimed_by", "claimed_until",
    },
    RequestedTime: {"id", "appointment_request"},
    Appointment: {
        "id", "appointment_request", "patient", "held_for", "blocked_from", "blocked_until", "sequence", "version",
    },
    Event: {"id", "appointment_request", "appointment", "cause", "by", "pinned", "form_key"},
    Message: {"id", "appointment_request", "appointment", "event", "dedupe_key", "sequence", "attempts"},
}  # fmt: skip
