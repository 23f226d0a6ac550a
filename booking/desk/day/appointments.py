"""The visits of some days, and how each looks at the moment: what to mark next, who is late, who waits."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db.models import DateTimeField, OuterRef, Q, SlugField, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.desk import labels
from booking.desk.deadline_badge import duration
from booking.lifecycle.appointment import STEP_BACK
from booking.lifecycle.claims import OPEN
from booking.models import Appointment, AppointmentRequest, Event
from clinic.compiled_query import Given, Prepared
from clinic.practice_info import Office, frame

Status = Appointment.Status
PRINTED = (
    "status", "starts_at", "ends_at", "blocked_from", "blocked_until", "held_until", "version", "cancel_code",
    "request__reference", "request__channel", "request__scan", "request__referral", "request__patient__name",
    "request__patient__birth_date", "request__patient__language", "request__patient__needs_interpreter",
    "request__patient__needs", "visit_type__name", "practitioner__name", "practitioner__slug", "practitioner__order",
    "practitioner__specialty", "location__name", "location__slug", "location__zone",
    "needs_rebooking_since", "overbooked", "overbook_reason",
)  # fmt: skip
NARROWED = {"place": "location__slug", "with": "practitioner__slug"}
BY_PRACTITIONER = "practitioner"
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")
SHORTLY = timedelta(minutes=15)
LOOKS = {
    Status.BOOKED: "", Status.ARRIVED: "here", Status.FULFILLED: "done", Status.LEFT: "done", Status.NOSHOW: "off",
    Status.CANCELLED: "off",
}  # fmt: skip
VERBS = {Status.ARRIVED: ("fulfil", "leave"), Status.NOSHOW: ("check_in",)}
WORDS = {
    "check_in": gettext_lazy("Arrived"),
    "fulfil": gettext_lazy("Seen"),
    "leave": gettext_lazy("Left"),
    "no_show": gettext_lazy("No-show"),
    "step_back": gettext_lazy("Undo"),
    "move": gettext_lazy("Move"),
    "cancel": gettext_lazy("Cancel"),
}
KEYS = {"check_in": "a", "fulfil": "s", "move": "m"}
QUIET, PAGES = {"step_back", "move", "cancel"}, {"move", "cancel"}


class Mark(NamedTuple):
    """A button of a row, or a link to a page that asks more."""

    words: str
    url: str
    look: str  # of a button: primary, outline, quiet
    key: str
    is_page: bool


@dataclass
class Row:
    visit: Appointment
    age: int
    needs: str
    scan_words: str
    referral_words: str
    look: str = ""  # done, off, here, behind, stranded or nothing
    words: str = ""
    verbs: tuple[str, ...] = ()
    main: str = ""  # the verb most likely next
    after_now: bool = False
    marks: list[Mark] = field(default_factory=list)


def office_of(data: Mapping[str, str]) -> Office | None:
    """The one office that was asked for."""
    return next((office for office in frame().offices if office.slug == data.get("place")), None)


def arrangement(data: Mapping[str, str]) -> dict[str, str]:
    """Which office, with whom, arranged how: what the links and forms of a day keep."""
    office, person = office_of(data), data.get("with", "")
    kept = {"place": office.slug} if office else {}
    kept |= {"with": person} if SLUG.fullmatch(person) else {}
    return kept | ({"by": BY_PRACTITIONER} if data.get("by") == BY_PRACTITIONER else {})


def listed(first: date, last: date, *, also_held: datetime | None = None, **narrowed: str) -> list[Appointment]:
    """What begins on these days, by time, with what the lists print, and the times `also_held` at that moment.

    `narrowed`: to a `place` and whom it is `with`, by slug. `marked_at` is when the present state of each began,
    `looked_for` the reference of the request that waits for another time for it. One query.
    """
    since, until = frame().bounds(first, last)
    given = {"since": since, "until": until, "held": also_held} | narrowed
    return list(_listed(also_held is not None, tuple(narrowed))(**given))


@cache
def _listed(also_held: bool, narrowed: tuple[str, ...]) -> Prepared:
    last = Event.objects.filter(appointment=OuterRef("pk")).order_by("-pk").values("at")[:1]
    looking = AppointmentRequest.objects.filter(replaces=OuterRef("pk"), status__in=OPEN).values("reference")[:1]
    related = ["request__patient", "visit_type", "practitioner", "location"]
    since, until, held = (Given(name, DateTimeField()) for name in ("since", "until", "held"))
    shown = Q(status__in=Appointment.ON_CALENDAR)
    if also_held:
        shown |= Q(status=Status.HELD, held_until__gt=held)
    where = {NARROWED[name]: Given(name, SlugField()) for name in narrowed}
    rows = Appointment.objects.filter(shown, starts_at__gte=since, starts_at__lt=until, **where)
    rows = rows.annotate(marked_at=Subquery(last), looked_for=Subquery(looking)).select_related(*related).only(*PRINTED)
    return Prepared(lambda: rows.order_by("starts_at", "pk"))


def find(pk: int | None) -> Appointment | None:
    """A visit with what its pages print; a hold is none. One query."""
    found = Appointment.objects.select_related("request__patient", "visit_type", "practitioner", "location")
    return found.filter(pk=pk, request__isnull=False).exclude(status__in=[Status.HELD, Status.RELEASED]).first()


def rows(visits: Iterable[Appointment], now: datetime, allowed: Set[str]) -> list[Row]:
    """In the order of the visits, each with the marks that are `allowed`. No query."""
    found = [_row(visit, now) for visit in visits]
    waiting = [row for row in found if row.visit.status == Status.ARRIVED]
    if waiting:
        min(waiting, key=lambda row: row.visit.marked_at or row.visit.starts_at).main = "fulfil"
    _point_out_what_is_next(found, now)
    for row in found:
        row.marks = [_mark(row, verb) for verb in row.verbs if verb in allowed]
    return found


def _mark(row: Row, verb: str) -> Mark:
    said = _("Came late") if verb == "check_in" and row.visit.status == Status.NOSHOW else str(WORDS[verb])
    look = "primary" if row.main == verb else "quiet" if verb in QUIET else "outline"
    return Mark(said, _address(verb).replace("/0/", f"/{row.visit.pk}/"), look, KEYS.get(verb, ""), verb in PAGES)


@cache
def _address(verb: str) -> str:
    """Of the visit 0: a list has many, and Django looks each up anew."""
    return reverse(f"desk:{verb}", args=[0])


def _point_out_what_is_next(found: list[Row], now: datetime) -> None:
    coming = [row for row in found if row.visit.starts_at > now]
    if coming and len(coming) < len(found):
        coming[0].after_now = True
    if (
        coming
        and coming[0].visit.status == Status.BOOKED
        and not coming[0].look
        and coming[0].visit.starts_at - now <= SHORTLY
    ):
        coming[0].main = "check_in"


def _row(visit: Appointment, now: datetime) -> Row:
    zone, last, asked = visit.location.tz, visit.marked_at, visit.request
    here = now.astimezone(zone).date()
    same_day = here == visit.starts_at.astimezone(zone).date()
    ready = (labels.ready(asked.scan, asked.channel), labels.ready(asked.referral, asked.channel))
    row = Row(visit, asked.patient.age(here), labels.needs(asked.patient), *ready)
    row.look, row.verbs = LOOKS[visit.status], VERBS.get(visit.status, ())
    if visit.is_stranded:
        row.look, row.verbs = "stranded", _verbs_of_stranded(visit, now, same_day)
    elif visit.status == Status.BOOKED:
        _booked(row, now, same_day)
    elif visit.status == Status.ARRIVED and last:
        row.words = duration(now - last)
    if visit.status in STEP_BACK and last and last.astimezone(zone).date() == here:
        row.verbs = (*row.verbs, "step_back")
    return row


def _booked(row: Row, now: datetime, same_day: bool) -> None:
    past = now - row.visit.starts_at
    if past > timedelta(0):
        row.look, row.words = "behind", duration(past)
        row.verbs = ("check_in", "no_show")  # also on a day that nobody finished marking
        row.main = "check_in" if same_day else ""
    else:
        row.verbs = ("check_in", "move", "cancel") if same_day else ("move", "cancel")


def _verbs_of_stranded(visit: Appointment, now: datetime, same_day: bool) -> tuple[str, ...]:
    """Told not to come: never a no-show, and here only if they come all the same."""
    here = ("check_in",) if same_day else ()
    return (*here, "move", "cancel") if visit.starts_at > now else (*here, "cancel")


def tally(found: list[Row]) -> list[tuple[str, int]]:
    """“19 visits, 5 seen, 2 here, 1 late, 9 to come”."""
    looks = [(row.visit.status, row.look) for row in found]
    counted = {
        ngettext("visit", "visits", len(looks)): len(looks),
        _("seen"): looks.count((Status.FULFILLED, "done")),
        _("here"): looks.count((Status.ARRIVED, "here")),
        _("late"): looks.count((Status.BOOKED, "behind")),
        _("to come"): looks.count((Status.BOOKED, "")),
        _("told not to come"): looks.count((Status.BOOKED, "stranded")),
        _("left"): looks.count((Status.LEFT, "done")),
        _("no-show"): looks.count((Status.NOSHOW, "off")),
        _("cancelled"): looks.count((Status.CANCELLED, "off")),
    }
    return [(label, number) for label, number in counted.items() if number]
