"""Every verb, once. Other rooms derive their tables from here, and a test names what a verb lacks.

A verb's name is also that of its function in `booking.lifecycle`, of its events, and of its address on the desk.
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
    """`steps`: from which status to which. `right`: of booking.roles; without one the desk has no door to it.

    `notifies_patient`: the kinds of message of which it writes exactly one; empty: it writes none. `is_blocking`: it
    raises the row's version, so that an answer from an older page is refused. `is_effect`: it only comes with another.
    `title`: what a button of the desk does; it has an address. `mark`: its button in the list of the day.
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
    done: Words = ""  # in the bar that offers to undo it
    sentence: Words = ""  # to a colleague who came too late
    history: Words = ""
    patient_history: Words = ""
    patient_history_own: Words = ""  # if the patient did it, or was the reason


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
        patient_history=_("We confirmed your appointment."),
    ),
    Verb(
        "offer", "offer", _to(OFFERED, NEW, WAITLISTED), (Kind.OFFERED, Kind.OPENING),
        is_undoable=True,
        title=_("Offer these times"),
        done=_("Offered"),
        sentence=_("%(who)s offered times %(when)s."),
        history=_("Times offered"),
        patient_history=_("We offered you times to choose from."),
    ),
    Verb(
        "extend_offer", "offer",
        title=_("Change the end of the offer"),
        sentence=_("%(who)s changed the end of the offer %(when)s."),
        history=_("End of the offer changed"),
    ),
    Verb(
        "accept_offer", "offer", _to(CONFIRMED, OFFERED), (Kind.CONFIRMED, Kind.RESCHEDULED),
        is_undoable=True,
        title=_("Note that an offered time was accepted"),
        done=_("Accepted by phone"),
        sentence=_("%(who)s accepted an offered time %(when)s."),
        history=_("Offered time accepted"),
        patient_history=_("You took one of the times."),
    ),
    Verb(
        "refuse_offer", "offer", _to(NEW, OFFERED),
        is_undoable=True,
        title=_("Note that the offer was refused"),
        done=_("Offer refused, back in the queue"),
        sentence=_("%(who)s refused the offered times %(when)s."),
        history=_("Offer refused"),
        patient_history=_("You said that none of the times suits."),
    ),
    Verb(
        "expire_offer", "", _to(NEW, OFFERED), (Kind.OFFER_EXPIRED,),
        is_effect=True,
        sentence=_("The offer ran out %(when)s."),
        history=_("Offer ran out"),
        patient_history=_("We did not hear from you, and freed the times that we held."),
    ),
    Verb(
        "waitlist", "waitlist", _to(WAITLISTED, NEW, OFFERED), (Kind.WAITLISTED,),
        is_undoable=True,
        title=_("Put this request on the waitlist"),
        done=_("On the waitlist"),
        sentence=_("%(who)s put this on the waitlist %(when)s."),
        history=_("Put on the waitlist"),
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
        title=_("Take this request back for the patient"),
        done=_("Withdrawn"),
        sentence=_("%(who)s withdrew this %(when)s."),
        history=_("Withdrawn"),
        patient_history=_("We took back your request for you."),
        patient_history_own=_("You took back your request."),
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
        title=_("Open this request again"),
        done=_("Opened again"),
        sentence=_("%(who)s opened this again %(when)s."),
        history=_("Opened again"),
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
        sentence=_("%(who)s changed the times that suit %(when)s."),
        history=_("Other times asked for"),
        patient_history=_("You changed your times."),
    ),
    Verb(
        "correct_patient", "correct_patient",
        title=_("Correct the patient’s data"),
        sentence=_("%(who)s corrected the patient’s data %(when)s."),
        history=_("Patient’s data corrected"),
    ),
    Verb(
        "undo", "undo",
        title=_("Undo the last act"),
        sentence=_("%(who)s undid the last step %(when)s."),
        history=_("Undone"),
    ),
    Verb("claim", "claim", is_blocking=False, title=_("Take this request in hand"), history=_("Taken in hand")),
    Verb("take_over", "claim", is_blocking=False, title=_("Take this request over"), history=_("Taken over")),
    Verb("release_claim", "claim", is_blocking=False, title=_("Let this request go"), history=_("Let go again")),
    Verb("log_call", "log_call", is_blocking=False, title=_("Log this call"), history=_("Call")),
    Verb("add_note", "add_note", is_blocking=False, title=_("Write this note"), history=_("Note")),
    Verb(
        "not_the_same", "merge",
        is_blocking=False,
        title=_("Note that these are two people"),
        history=_("Found not to be the same person"),
    ),
    Verb(
        "resend_link", "resend_link",
        is_blocking=False,
        title=_("Send the patient’s link again"),
        history=_("Link sent again"),
    ),
    Verb(
        "mark_notified", "mark_notified",
        is_blocking=False,
        title=_("Note that the patient was told by phone"),
        history=_("Told by phone or letter"),
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
        patient_history=_("We booked your appointment."),
    ),
    Verb(
        "reschedule", "reschedule", notifies_patient=(Kind.RESCHEDULED,),
        is_undoable=True,
        title=_("Move this appointment"),
        mark=_("Move"),
        done=_("Moved"),
        sentence=_("%(who)s moved this appointment %(when)s."),
        history=_("Moved to another time"),
        patient_history=_("Your appointment got another time."),
    ),
    Verb(
        "cancel", "cancel", _to(CANCELLED, BOOKED), (Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU),
        is_undoable=True,
        title=_("Cancel this appointment"),
        mark=_("Cancel"),
        done=_("Cancelled"),
        sentence=_("%(who)s cancelled this appointment %(when)s."),
        history=_("Cancelled"),
        patient_history=_("We had to cancel the appointment."),
        patient_history_own=_("You cancelled the appointment."),
    ),
    Verb(
        "mark_needs_rebooking", "mark_needs_rebooking", notifies_patient=(Kind.NEEDS_REBOOKING,),
        sentence=_("%(who)s marked this as needing another time %(when)s."),
        history=_("Needs another time"),
        patient_history=_("We could not keep the time of your appointment."),
    ),
    Verb(
        "check_in", "check_in", _to(ARRIVED, BOOKED, NOSHOW),
        title=_("Mark this appointment as arrived"),
        mark=_("Arrived"),
        done=_("arrived"),
        sentence=_("%(who)s marked this appointment as arrived %(when)s."),
        history=_("Arrived"),
    ),
    Verb(
        "fulfil", "fulfil", _to(FULFILLED, ARRIVED),
        title=_("Mark this appointment as seen"),
        mark=_("Seen"),
        done=_("seen"),
        sentence=_("%(who)s marked this appointment as seen %(when)s."),
        history=_("Seen"),
    ),
    Verb(
        "mark_left", "mark_left", _to(LEFT, ARRIVED),
        title=_("Mark this appointment as left"),
        mark=_("Left"),
        done=_("left without being seen"),
        sentence=_("%(who)s marked this appointment as left %(when)s."),
        history=_("Left without being seen"),
    ),
    Verb(
        "no_show", "no_show", _to(NOSHOW, BOOKED),
        title=_("Mark this appointment as a no-show"),
        mark=_("No-show"),
        done=_("no-show"),
        sentence=_("%(who)s marked this appointment as a no-show %(when)s."),
        history=_("No-show"),
    ),
    Verb(
        "revert_status", "revert_status", {ARRIVED: BOOKED, NOSHOW: BOOKED, FULFILLED: ARRIVED, LEFT: ARRIVED},
        title=_("Take back the last mark of this appointment"),
        mark=_("Undo"),
        sentence=_("%(who)s took back the last mark %(when)s."),
        history=_("Mark taken back"),
    ),
)  # fmt: skip
HOLDS = (
    Verb("hold", "book", history=_("Held"), sentence=_("%(who)s held this %(when)s.")),
    Verb("extend_hold", "book", history=_("Held longer"), sentence=_("%(who)s held this longer %(when)s.")),
    Verb("release", "", _to(RELEASED, HELD), is_effect=True, history=_("Let go")),
    Verb(
        "expire", "", _to(RELEASED, HELD),
        is_effect=True,
        history=_("Hold ended"),
        patient_history=_("We freed the time that we held for you. Your request stayed open."),
    ),
    Verb("flag", is_effect=True, is_blocking=False, history=_("Over another appointment again")),
    Verb("unflag", is_effect=True, is_blocking=False, history=_("No overlap any more")),
)  # fmt: skip

VERBS: dict[str, Verb] = {verb.name: verb for verb in (*ANSWERS, *REQUESTS, *APPOINTMENTS, *HOLDS)}
# Where a row may go from each status. `undo` goes back by the history instead.
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
    """History may hold a verb that we do not have any more: it is shown by its name."""
    return VERBS.get(event.verb) or Verb(event.verb, history=event.verb)


def patient_words(event: Event) -> Words:
    """What the patient reads of an act; empty for what only the desk reads."""
    verb = verb_of(event)
    own = event.actor == Event.Actor.PATIENT or event.reason in PATIENTS_OWN
    return verb.patient_history_own if own and verb.patient_history_own else verb.patient_history
