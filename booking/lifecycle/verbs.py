"""Every verb, once. Other modules derive their tables from here, and a test names what a verb lacks.

A verb's name is also the name of its function in `booking.lifecycle`, of its events, and of its URL at the desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.notifications.messages import PATIENTS_OWN

Words = str | Promise
Kind = Message.Kind
NEW, OFFERED, CONFIRMED, WAITLISTED, DECLINED, WITHDRAWN, CLOSED = AppointmentRequest.Status
HELD, BOOKED, ARRIVED, FULFILLED, LEFT, NOSHOW, CANCELLED, RELEASED = Appointment.Status


@dataclass(frozen=True)
class Verb:
    """`steps`: new status by current status. `right`: a key of booking.roles; a verb without one has no URL at the
    desk.

    `notifies_patient`: the verb writes exactly one message, of one of these kinds; empty: none. `is_blocking`: it
    raises the row's version, so that answers from older pages are refused. `is_effect`: it happens only as part of
    another verb. `title`: what its button at the desk does. `mark`: its button on the day page.
    """

    name: str
    right: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)
    notifies_patient: tuple[Kind, ...] = ()
    is_blocking: bool = True
    is_undoable: bool = False
    is_effect: bool = False
    title: Words = ""
    mark: Words = ""
    done: Words = ""  # in the undo bar
    sentence: Words = ""  # shown to a clerk whose change came too late
    history: Words = ""
    patient_history: Words = ""
    patient_history_own: Words = ""  # if the patient did it or asked for it


def _to(status: str, *start: str) -> dict[str, str]:
    return dict.fromkeys(start, status)


ANSWERS = (
    Verb(
        "confirm", "confirm", _to(CONFIRMED, NEW, OFFERED, WAITLISTED), (Kind.CONFIRMED, Kind.RESCHEDULED),
        is_undoable=True,
        title=_("Confirm this request"),
        done=_("Confirmed"),
        sentence=_("%(who)s confirmed this %(when)s."),
        history=_("Confirmed"),
        patient_history=_("We confirmed the appointment."),
    ),
    Verb(
        "offer", "offer", _to(OFFERED, NEW, WAITLISTED), (Kind.OFFERED, Kind.OPENING),
        is_undoable=True,
        title=_("Offer these times"),
        done=_("Offered"),
        sentence=_("%(who)s offered times %(when)s."),
        history=_("Times offered"),
        patient_history=_("We offered times to choose from."),
    ),
    Verb(
        "extend_offer", "offer",
        title=_("Change the offer’s deadline"),
        sentence=_("%(who)s changed the offer’s deadline %(when)s."),
        history=_("Offer deadline changed"),
    ),
    Verb(
        "accept_offer", "offer", _to(CONFIRMED, OFFERED), (Kind.CONFIRMED, Kind.RESCHEDULED),
        is_undoable=True,
        title=_("Record the time the patient chose"),
        done=_("Accepted by phone"),
        sentence=_("%(who)s accepted an offered time %(when)s."),
        history=_("Offered time accepted"),
        patient_history=_("You chose one of the times."),
    ),
    Verb(
        "refuse_offer", "offer", _to(NEW, OFFERED),
        is_undoable=True,
        title=_("Record that none of the times work"),
        done=_("Offer declined, back in the queue"),
        sentence=_("%(who)s declined the offered times %(when)s."),
        history=_("Offer declined"),
        patient_history=_("You said that none of the times work."),
    ),
    Verb(
        "expire_offer", "", _to(NEW, OFFERED), (Kind.OFFER_EXPIRED,),
        is_effect=True,
        sentence=_("The offer expired %(when)s."),
        history=_("Offer expired"),
        patient_history=_("We did not hear from you, so we released the times we were holding."),
    ),
    Verb(
        "waitlist", "waitlist", _to(WAITLISTED, NEW, OFFERED), (Kind.WAITLISTED,),
        is_undoable=True,
        title=_("Add this request to the waitlist"),
        done=_("Added to the waitlist"),
        sentence=_("%(who)s added this to the waitlist %(when)s."),
        history=_("Added to the waitlist"),
        patient_history=_("We put you on our list."),
    ),
    Verb(
        "decline", "decline", _to(DECLINED, NEW, OFFERED, WAITLISTED), (Kind.DECLINED,),
        is_undoable=True,
        title=_("Decline this request"),
        done=_("Declined"),
        sentence=_("%(who)s declined this %(when)s."),
        history=_("Declined"),
        patient_history=_("We answered your request."),
    ),
    Verb(
        "withdraw", "withdraw", _to(WITHDRAWN, NEW, OFFERED, WAITLISTED), (Kind.WITHDRAWN, Kind.CANCELLED_BY_YOU),
        is_undoable=True,
        title=_("Withdraw (patient asked)"),
        done=_("Withdrawn"),
        sentence=_("%(who)s withdrew this %(when)s."),
        history=_("Withdrawn"),
        patient_history=_("We canceled the request."),
        patient_history_own=_("You canceled your request."),
    ),
    Verb(
        "close", "close", _to(CLOSED, NEW, OFFERED, WAITLISTED), (Kind.CLOSED,),
        is_undoable=True,
        title=_("Close this request"),
        done=_("Closed"),
        sentence=_("%(who)s closed this %(when)s."),
        history=_("Closed"),
        patient_history=_("We closed your request."),
    ),
    Verb(
        "end_quietly", "cancel", _to(CLOSED, NEW, OFFERED, WAITLISTED),
        is_undoable=True,
        title=_("End without a message"),
        done=_("Ended without a message"),
        sentence=_("%(who)s ended this without a message %(when)s."),
        history=_("Ended without a message"),
    ),
    Verb(
        "merge", "merge", _to(CLOSED, NEW, OFFERED, WAITLISTED),
        is_undoable=True,
        title=_("Merge these two requests"),
        done=_("Merged"),
        sentence=_("%(who)s merged this into another request %(when)s."),
        history=_("Merged into another request"),
    ),
    Verb(
        "reopen", "reopen", _to(NEW, DECLINED, WITHDRAWN, CLOSED), (Kind.RECEIVED,),
        is_undoable=True,
        title=_("Reopen this request"),
        done=_("Reopened"),
        sentence=_("%(who)s reopened this %(when)s."),
        history=_("Reopened"),
        patient_history=_("We opened your request again."),
    ),
)  # fmt: skip
REQUESTS = (
    Verb(
        "submit", notifies_patient=(Kind.RECEIVED,),
        sentence=_("%(who)s sent this %(when)s."),
        history=_("Sent"),
        patient_history=_("You sent your request."),
    ),
    Verb(
        "change_times",
        sentence=_("%(who)s changed the preferred times %(when)s."),
        history=_("Preferred times changed"),
        patient_history=_("You changed the times."),
    ),
    Verb(
        "prepare",
        is_blocking=False,
        history=_("Answers added"),
        patient_history=_("You helped us prepare."),
    ),
    Verb(
        "choose_reminders",
        is_blocking=False,
        history=_("Reminders turned off or on"),
        patient_history=_("You turned reminders off or on."),
    ),
    Verb(
        "correct_patient", "correct_patient",
        title=_("Edit patient details"),
        sentence=_("%(who)s edited the patient details %(when)s."),
        history=_("Patient details edited"),
    ),
    Verb(
        "undo", "undo",
        title=_("Undo the last action"),
        sentence=_("%(who)s undid the last action %(when)s."),
        history=_("Undone"),
    ),
    Verb(
        "claim", "claim",
        is_blocking=False,
        title=_("Start working on this request"),
        history=_("Started working on this"),
    ),
    Verb("take_over", "claim", is_blocking=False, title=_("Take over this request"), history=_("Taken over")),
    Verb("release_claim", "claim", is_blocking=False, title=_("Release this request"), history=_("Released")),
    Verb(
        "mark_ready", "correct_patient",
        is_blocking=False,
        title=_("Mark what is on file"),
        history=_("Ready list changed"),
    ),
    Verb("triage", "triage", is_blocking=False, title=_("Save triage"), history=_("Triaged")),
    Verb("start_call", "log_call", is_blocking=False, title=_("Start this call"), history=_("Started a call")),
    Verb("log_call", "log_call", is_blocking=False, title=_("Log this call"), history=_("Logged a call")),
    Verb("add_note", "add_note", is_blocking=False, title=_("Add this note"), history=_("Added a note")),
    Verb("pin_note", "add_note", is_blocking=False, title=_("Pin this note"), history=_("Pinned a note")),
    Verb("unpin_note", "add_note", is_blocking=False, title=_("Unpin this note"), history=_("Unpinned a note")),
    Verb(
        "not_the_same", "merge",
        is_blocking=False,
        title=_("Mark as two different people"),
        history=_("Marked as two different people"),
    ),
    Verb(
        "resend_link", "resend_link",
        is_blocking=False,
        title=_("Resend the patient’s link"),
        history=_("Link resent"),
    ),
    Verb(
        "disown_email",
        is_blocking=False,
        history=_("Someone told us that our emails go to the wrong person. Emails to that address are stopped"),
    ),
    Verb(
        "allow_email", "correct_patient",
        is_blocking=False,
        title=_("Start emails to this address again"),
        history=_("Email confirmed by the patient, emails start again"),
    ),
    Verb(
        "mark_notified", "mark_notified",
        is_blocking=False,
        title=_("Mark the patient as notified by phone"),
        history=_("Notified by phone or letter"),
    ),
)  # fmt: skip
APPOINTMENTS = (
    Verb(
        "book", "book", _to(BOOKED, HELD), (Kind.CONFIRMED,),
        is_undoable=True,
        title=_("New appointment"),
        done=_("Booked"),
        sentence=_("%(who)s booked this %(when)s."),
        history=_("Booked"),
        patient_history=_("We booked the appointment."),
    ),
    Verb(
        "reschedule", "reschedule", notifies_patient=(Kind.RESCHEDULED,),
        is_undoable=True,
        title=_("Move this appointment"),
        mark=_("Move"),
        done=_("Moved"),
        sentence=_("%(who)s moved this appointment %(when)s."),
        history=_("Moved to a new time"),
        patient_history=_("The appointment was moved to a new time."),
    ),
    Verb(
        "cancel", "cancel", _to(CANCELLED, BOOKED, ARRIVED), (Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU),
        is_undoable=True,
        title=_("Cancel this appointment"),
        mark=_("Cancel"),
        done=_("Canceled"),
        sentence=_("%(who)s canceled this appointment %(when)s."),
        history=_("Canceled"),
        patient_history=_("We had to cancel the appointment."),
        patient_history_own=_("You canceled the appointment."),
    ),
    Verb(
        "mark_needs_rebooking", "mark_needs_rebooking", notifies_patient=(Kind.NEEDS_REBOOKING, Kind.OFFERED),
        is_undoable=True,
        done=_("Called off"),
        sentence=_("%(who)s called off this appointment %(when)s."),
        history=_("Called off, needs a new time"),
        patient_history=_("We could not keep the appointment time."),
    ),
    Verb(
        "running_late", "running_late", notifies_patient=(Kind.RUNNING_LATE,),
        is_blocking=False,
        title=_("Say how late a provider is running"),
        history=_("Told that the provider is running late"),
        patient_history=_("We told you that we were running late."),
    ),
    Verb(
        "check_in", "check_in", _to(ARRIVED, BOOKED, NOSHOW),
        title=_("Check in this patient"),
        mark=_("Check in"),
        done=_("checked in"),
        sentence=_("%(who)s checked in this patient %(when)s."),
        history=_("Checked in"),
    ),
    Verb(
        "fulfil", "fulfil", _to(FULFILLED, ARRIVED),
        title=_("Mark this patient as seen"),
        mark=_("Seen"),
        done=_("seen"),
        sentence=_("%(who)s marked this patient as seen %(when)s."),
        history=_("Seen"),
    ),
    Verb(
        "mark_left", "mark_left", _to(LEFT, ARRIVED),
        title=_("Mark this patient as left without being seen"),
        mark=_("Left without being seen"),
        done=_("left without being seen"),
        sentence=_("%(who)s marked this patient as left without being seen %(when)s."),
        history=_("Left without being seen"),
    ),
    Verb(
        "no_show", "no_show", _to(NOSHOW, BOOKED),
        title=_("Mark this patient as a no-show"),
        mark=_("No-show"),
        done=_("no-show"),
        sentence=_("%(who)s marked this patient as a no-show %(when)s."),
        history=_("No-show"),
    ),
    Verb(
        "revert_status", "revert_status", {ARRIVED: BOOKED, NOSHOW: BOOKED, FULFILLED: ARRIVED, LEFT: ARRIVED},
        title=_("Undo the last status change"),
        mark=_("Undo"),
        sentence=_("%(who)s undid the last status change %(when)s."),
        history=_("Status change undone"),
    ),
)  # fmt: skip
HOLDS = (
    Verb("import_diary", is_effect=True, history=_("Imported from the old calendar")),
    Verb("undo_import", is_effect=True, history=_("Import from the old calendar undone")),
    Verb("hold", "book", history=_("Held"), sentence=_("%(who)s held this %(when)s.")),
    Verb("extend_hold", "book", history=_("Hold extended"), sentence=_("%(who)s extended this hold %(when)s.")),
    Verb("release", "", _to(RELEASED, HELD), is_effect=True, history=_("Hold released")),
    Verb(
        "expire", "", _to(RELEASED, HELD),
        is_effect=True,
        history=_("Hold expired"),
        patient_history=_("We released the time we were holding. Your request stayed open."),
    ),
    Verb("flag", is_effect=True, is_blocking=False, history=_("Double-booked again")),
    Verb("unflag", is_effect=True, is_blocking=False, history=_("No longer double-booked")),
    Verb(
        "flag_two_places", is_effect=True, is_blocking=False,
        history=_("Overlaps another appointment of the patient again"),
    ),
    Verb(
        "unflag_two_places", is_effect=True, is_blocking=False,
        history=_("No longer overlaps another appointment of the patient"),
    ),
)  # fmt: skip

VERBS: dict[str, Verb] = {verb.name: verb for verb in (*ANSWERS, *REQUESTS, *APPOINTMENTS, *HOLDS)}
# The allowed transitions from each status. `undo` follows the history instead.
NEXT: dict[str, set[str]] = {
    status: {verb.steps[status] for verb in VERBS.values() if status in verb.steps}
    for status in (*AppointmentRequest.Status, *Appointment.Status)
}
REVERTS = VERBS["revert_status"].steps
NON_BLOCKING = [verb.name for verb in VERBS.values() if not verb.is_blocking]
UNDOABLE = [verb.name for verb in VERBS.values() if verb.is_undoable]
DAY_MARKS = [verb.name for verb in VERBS.values() if verb.mark and verb.done and not verb.is_undoable]
PATIENT_HISTORY = [verb.name for verb in VERBS.values() if verb.patient_history]


def verb_of(event: Event) -> Verb:
    """The verb of an event. A verb that no longer exists is shown by its name."""
    return VERBS.get(event.verb) or Verb(event.verb, history=event.verb)


def patient_words(event: Event) -> Words:
    """The patient's sentence for an event; empty if only the desk sees it."""
    verb = verb_of(event)
    own = event.actor == Event.Actor.PATIENT or event.reason in PATIENTS_OWN
    return verb.patient_history_own if own and verb.patient_history_own else verb.patient_history
