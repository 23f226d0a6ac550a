"""The rows of a day: what to mark next, who is late, who is waiting, what is finished."""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk import labels, ready
from booking.desk.deadline_badge import duration
from booking.lifecycle.verbs import REVERTS, VERBS
from booking.models import Appointment, Message
from booking.models.appointment_request import YesNo
from clinic.practice_info import local_date

Status = Appointment.Status
SHORTLY = timedelta(minutes=10)
LONG = timedelta(minutes=30)  # whoever waits longer is next
LOOKS = {
    Status.BOOKED: "", Status.ARRIVED: "here", Status.FULFILLED: "done", Status.LEFT: "done", Status.NOSHOW: "off",
    Status.CANCELLED: "off",
}  # fmt: skip
FINISHED = ("done", "off")
MARKS = {
    Status.ARRIVED: ("fulfil", "mark_left", "follow_up", "revert_status", "reschedule", "cancel"),
    Status.FULFILLED: ("follow_up", "revert_status"),
    Status.LEFT: ("rebook", "call_person", "revert_status"),
    Status.NOSHOW: ("rebook", "call_person", "check_in", "revert_status"),
    Status.CANCELLED: ("another_time",),
}
KEYS = {"check_in": "a", "fulfil": "s", "reschedule": "m"}
SUBTLE = {"revert_status", "reschedule", "cancel"}
PAGES = {  # links: the right that each needs, and its words
    "reschedule": ("reschedule", VERBS["reschedule"].mark),
    "cancel": ("cancel", VERBS["cancel"].mark),
    "follow_up": ("book", gettext_lazy("Follow-up")),
    "rebook": ("book", gettext_lazy("Rebook")),
    "another_time": ("book", gettext_lazy("Book another time")),
    "call_person": ("log_call", gettext_lazy("Log a call")),
    "new_time": ("reschedule", gettext_lazy("New time")),
    "call_now": ("mark_notified", gettext_lazy("Call")),
}
PAGE_OF = {"new_time": "reschedule"} | dict.fromkeys(("rebook", "another_time", "follow_up"), "next_appointment")
SHORT = {"mark_left": gettext_lazy("Left")}  # the whole words are read to a screen reader
SHOWN, FEWER = 3, {"called": 2, "off": 2}  # marks that stand beside each other; by look, if their words are long

UNCUT = 12  # letters of a name that no table cuts
FITS = 30  # letters of needs and of what is missing: surely three lines of the narrowest table


class Mark(NamedTuple):
    """A button of a row, or a link to a page with a form."""

    words: str
    more_words: str  # for a screen reader
    url: str
    look: str  # button style: primary, outline or quiet
    key: str
    is_page: bool
    is_move: bool  # it leads back to the list


@dataclass
class Row:
    appointment: Appointment
    age: int
    needs: str
    missing: str
    look: str = ""  # done, off, here, behind, called or empty
    words: str = ""
    verbs: tuple[str, ...] = ()
    main: str = ""  # the most likely next verb
    after_now: bool = False
    is_focused: bool = False
    is_alike: bool = False  # its name, as far as it is surely shown, is that of another patient of the day
    marks: list[Mark] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        return self.look in FINISHED

    @property
    def papers(self) -> list[ready.Paper]:
        return ready.papers_for(self.appointment.appointment_request, self.appointment.appointment_type)

    @property
    def has_much_to_read(self) -> bool:
        notes = [self.appointment.pinned, self.appointment.desk_note]
        return any(notes) or len(self.missing) + len(self.needs) > FITS

    @property
    def first_marks(self) -> list[Mark]:
        return self.marks[: FEWER.get(self.look, SHOWN)]

    @property
    def more_marks(self) -> list[Mark]:
        return self.marks[FEWER.get(self.look, SHOWN) :]

    @property
    def is_told(self) -> bool:
        return self.appointment.told not in (None, *Message.BY_US)


def rows(appointments: Iterable[Appointment], now: datetime, allowed: Set[str]) -> list[Row]:
    """One row per appointment, in the same order, with the marks that are `allowed`. No query."""
    found = [_row(appointment, now) for appointment in appointments]
    _point_out_what_is_next(found, now)
    _tell_apart(found)
    for row in found:
        if not row.appointment.appointment_request.patient.is_erased:
            row.marks = [_mark(row, verb) for verb in row.verbs if PAGES.get(verb, (verb,))[0] in allowed]
    return found


def _tell_apart(found: list[Row]) -> None:
    """A name that another patient of the day has too, or that may be cut to the same letters."""
    named: dict[str, set[int]] = defaultdict(set)
    for row in found:
        named[_seen(row)].add(row.appointment.appointment_request.patient_id)
    for row in found:
        row.is_alike = len(named[_seen(row)]) > 1 and not row.appointment.appointment_request.patient.is_erased


def _seen(row: Row) -> str:
    return row.appointment.appointment_request.patient.name[:UNCUT].casefold()


def _mark(row: Row, verb: str) -> Mark:
    look = "primary" if row.main == verb else "quiet" if verb in SUBTLE else "outline"
    words, more = _words(row, verb)
    return Mark(
        words, more, _url(row, verb), look, KEYS.get(verb, ""), verb in PAGES, PAGE_OF.get(verb, verb) == "reschedule"
    )


def _words(row: Row, verb: str) -> tuple[str, str]:
    if verb == "check_in" and row.look == "off":
        return _("Arrived late"), ""
    if verb == "check_in" and row.look == "called":
        return _("Came anyway"), ""
    if verb in SHORT:
        return str(SHORT[verb]), _("without being seen")
    return str(PAGES[verb][1] if verb in PAGES else VERBS[verb].mark), ""


def _url(row: Row, verb: str) -> str:
    appointment = row.appointment
    if verb == "call_person":
        person = _address("patient", appointment.appointment_request.patient.random_id)
        return f"{person}?about={appointment.appointment_request.reference}#calls"
    if verb == "call_now":
        return f"{reverse('desk:queue')}?view=to-call"
    if verb in ("new_time", "another_time") and appointment.looked_for:
        return reverse("desk:request", args=[appointment.looked_for])
    return _pattern(PAGE_OF.get(verb, verb)).replace("/0/", f"/{appointment.pk}/")


def _address(name: str, *args) -> str:
    return reverse(f"desk:{name}", args=args)


@cache
def _pattern(name: str) -> str:
    """The URL with 0 in place of the appointment's key: resolving it for each row of a long list is slow."""
    return _address(name, 0)


def _point_out_what_is_next(found: list[Row], now: datetime) -> None:
    """The likely next press: who waits the longest or long, who is late, who comes shortly."""
    waiting = [row for row in found if row.appointment.status == Status.ARRIVED]
    for row in waiting:
        since = row.appointment.marked_at or row.appointment.starts_at
        if now - since > LONG or row is min(waiting, key=_waits_since):
            row.main = "fulfil"
    coming = [row for row in found if row.appointment.starts_at > now and not row.is_finished]
    if coming and len(coming) < len(found):
        coming[0].after_now = True
    for row in coming:
        if row.appointment.starts_at - now <= SHORTLY and not row.look:
            row.main = "check_in"


def _waits_since(row: Row) -> datetime:
    return row.appointment.marked_at or row.appointment.starts_at


def _row(appointment: Appointment, now: datetime) -> Row:
    zone, last, appointment_request = appointment.location.tz, appointment.marked_at, appointment.appointment_request
    here = local_date(now, zone)
    same_day = here == local_date(appointment.starts_at, zone)
    patient = appointment_request.patient
    row = Row(appointment, patient.age(here), labels.needs(patient), _missing(appointment))
    row.look, row.verbs = LOOKS[appointment.status], MARKS.get(appointment.status, ())
    if appointment.needs_rebooking:
        row.look, row.verbs = "called", _rights_of_called_off(row, now, same_day)
    elif appointment.status == Status.BOOKED:
        _booked(row, now, same_day)
    elif appointment.status == Status.ARRIVED and last:
        row.words = duration(now - last)
    is_fresh = appointment.status in REVERTS and last and local_date(last, zone) == here
    done = {"revert_status"} if not is_fresh else set()
    is_done = getattr(appointment, "is_rebooked", False) or not appointment.may_be_rebooked
    done |= {"rebook", "another_time"} if is_done else set()
    row.verbs = tuple(verb for verb in row.verbs if verb not in done)
    return row


def _missing(appointment: Appointment) -> str:
    """The papers that its type needs and that the patient said are not there. What was not asked is not missing."""
    scan, referral = ready.needed(appointment.appointment_request, appointment.appointment_type)
    papers = ((scan, _("scan")), (referral, _("referral")))
    return ", ".join(name for answer, name in papers if answer == YesNo.NO)


def _booked(row: Row, now: datetime, same_day: bool) -> None:
    past = now - row.appointment.starts_at
    if past >= timedelta(0):  # as the verbs: it has started
        row.look, row.words = "behind", duration(past)
        row.verbs = ("check_in", "no_show", "reschedule", "cancel")  # also on a past day that was not completed
        row.main = "check_in" if same_day else ""
    else:
        row.verbs = ("check_in", "reschedule", "cancel") if same_day else ("reschedule", "cancel")


def _rights_of_called_off(row: Row, now: datetime, same_day: bool) -> tuple[str, ...]:
    """The marks for a patient who was told not to come: check-in if they come anyway, but never no-show."""
    here = ("check_in",) if same_day else ()
    again = ("new_time",) if row.appointment.starts_at > now else ()
    if row.is_told:
        return (*again, *here, "cancel")
    row.main = "call_now"
    return ("call_now", *here, *again, "cancel")


def focus_on(listed: list[Row], marked: int) -> bool:
    """The focus goes to the name of the row that was just marked, if it is listed: Enter marks nobody else."""
    row = next((row for row in listed if row.appointment.pk == marked), None)
    if row:
        row.is_focused = True
    return row is not None
