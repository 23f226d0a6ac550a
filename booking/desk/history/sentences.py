"""What an event says to a desk lead: a sentence with the names of people, never the name of a verb."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk import labels
from booking.lifecycle.verbs import verb_of
from booking.models import Event
from booking.templatetags.desk_format import desk_when

BY_STAFF = {
    "submit": gettext_lazy("%(who)s entered a request for %(patient)s"),
    "confirm": gettext_lazy("%(who)s confirmed the request from %(patient)s"),
    "offer": gettext_lazy("%(who)s offered times to %(patient)s"),
    "extend_offer": gettext_lazy("%(who)s changed how long the times offered to %(patient)s are held"),
    "accept_offer": gettext_lazy("%(who)s recorded the time that %(patient)s chose"),
    "refuse_offer": gettext_lazy("%(who)s recorded that none of the offered times work for %(patient)s"),
    "expire_offer": gettext_lazy("The times offered to %(patient)s were released: no answer"),
    "waitlist": gettext_lazy("%(who)s put %(patient)s on the waitlist"),
    "decline": gettext_lazy("%(who)s declined the request from %(patient)s"),
    "withdraw": gettext_lazy("%(who)s withdrew the request from %(patient)s, as the patient asked"),
    "close": gettext_lazy("%(who)s closed the request from %(patient)s"),
    "end_quietly": gettext_lazy("%(who)s ended the request from %(patient)s without a message"),
    "merge": gettext_lazy("%(who)s merged two requests from %(patient)s"),
    "reopen": gettext_lazy("%(who)s reopened the request from %(patient)s"),
    "change_times": gettext_lazy("%(who)s changed the times that %(patient)s asked for"),
    "prepare": gettext_lazy("%(who)s added answers for %(patient)s"),
    "correct_patient": gettext_lazy("%(who)s edited the details of %(patient)s"),
    "undo": gettext_lazy("%(who)s undid the last change for %(patient)s"),
    "claim": gettext_lazy("%(who)s started working on the request from %(patient)s"),
    "take_over": gettext_lazy("%(who)s took over the request from %(patient)s"),
    "release_claim": gettext_lazy("%(who)s released the request from %(patient)s"),
    "mark_ready": gettext_lazy("%(who)s changed what is on file for %(patient)s"),
    "triage": gettext_lazy("%(who)s triaged the request from %(patient)s"),
    "start_call": gettext_lazy("%(who)s started a call to %(patient)s"),
    "log_call": gettext_lazy("%(who)s called %(patient)s"),
    "add_note": gettext_lazy("%(who)s added a note about %(patient)s"),
    "pin_note": gettext_lazy("%(who)s pinned a note to %(patient)s"),
    "unpin_note": gettext_lazy("%(who)s unpinned a note from %(patient)s"),
    "running_late": gettext_lazy("%(who)s told %(patient)s that the provider is running late"),
    "not_the_same": gettext_lazy("%(who)s marked %(patient)s and another patient as two different people"),
    "resend_link": gettext_lazy("%(who)s sent %(patient)s the private link again"),
    "choose_reminders": gettext_lazy("%(who)s turned reminders for %(patient)s off or on"),
    "disown_email": gettext_lazy(
        "Someone told us that our emails for %(patient)s go to the wrong person: emails to that address are stopped"
    ),
    "allow_email": gettext_lazy("%(who)s confirmed the email address of %(patient)s: emails start again"),
    "mark_notified": gettext_lazy("%(who)s notified %(patient)s by phone or letter"),
    "book": gettext_lazy("%(who)s booked an appointment for %(patient)s"),
    "reschedule": gettext_lazy("%(who)s moved the appointment for %(patient)s"),
    "cancel": gettext_lazy("%(who)s canceled the appointment for %(patient)s"),
    "mark_needs_rebooking": gettext_lazy("%(who)s called off the appointment for %(patient)s"),
    "check_in": gettext_lazy("%(who)s checked in %(patient)s"),
    "fulfil": gettext_lazy("%(who)s marked %(patient)s as seen"),
    "mark_left": gettext_lazy("%(who)s marked %(patient)s as left without being seen"),
    "no_show": gettext_lazy("%(who)s marked %(patient)s as a no-show"),
    "revert_status": gettext_lazy("%(who)s undid the last status change for %(patient)s"),
    "expire": gettext_lazy("The time held for %(patient)s was released: the hold ended"),
}
BY_PATIENT = {
    "submit": gettext_lazy("%(patient)s sent a request"),
    "accept_offer": gettext_lazy("%(patient)s chose one of the offered times"),
    "refuse_offer": gettext_lazy("%(patient)s said that none of the offered times work"),
    "withdraw": gettext_lazy("%(patient)s canceled the request"),
    "change_times": gettext_lazy("%(patient)s changed the times asked for"),
    "prepare": gettext_lazy("%(patient)s added answers to the request"),
    "choose_reminders": gettext_lazy("%(patient)s turned reminders off or on"),
    "cancel": gettext_lazy("%(patient)s canceled the appointment"),
}
OTHERS = gettext_lazy("%(who)s, about %(patient)s: %(what)s")


def sentence(event: Event) -> str:
    """“Rosa called June Demo (No answer)”."""
    own = BY_PATIENT.get(event.verb) if event.actor == Event.Actor.PATIENT else None
    patient = event.appointment_request.patient.name
    said = str(own or BY_STAFF.get(event.verb, OTHERS)) % {
        "who": labels.who(event), "patient": patient, "what": verb_of(event).history,
    }  # fmt: skip
    if event.reason in labels.CODES:
        said = f"{said} ({labels.CODES[event.reason]})"
    return f"{said}, {_old_start(event)}" if "starts_at" in event.before else said


def _old_start(event: Event) -> str:
    was = datetime.fromisoformat(event.before["starts_at"])
    return _("previously %s") % desk_when(was, event.appointment.location.tz)
