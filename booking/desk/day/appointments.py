"""The appointments of some days with their current state: what to mark next, who is late, who is waiting."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db.models import DateTimeField, OuterRef, Q, SlugField, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.desk import labels
from booking.desk.deadline_badge import duration
from booking.lifecycle.verbs import REVERTS, VERBS
from booking.models import Appointment, AppointmentRequest, Event
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import Office, local_date, practice_info

Status = Appointment.Status
PRINTED = (
    "status", "starts_at", "ends_at", "blocked_from", "blocked_until", "held_until", "version", "cancel_code",
    "appointment_request__reference", "appointment_request__channel", "appointment_request__scan",
    "appointment_request__referral", "appointment_request__patient__name",
    "appointment_request__patient__birth_date", "appointment_request__patient__phone",
    "appointment_request__patient__phone_extension", "appointment_request__patient__language",
    "appointment_request__patient__needs_interpreter",
    "appointment_request__patient__needs", "appointment_type__name", "practitioner__name", "practitioner__slug",
    "practitioner__order",
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
MARKS = {Status.ARRIVED: ("fulfil", "mark_left", "reschedule", "cancel"), Status.NOSHOW: ("check_in",)}
KEYS = {"check_in": "a", "fulfil": "s", "reschedule": "m"}
SUBTLE, PAGES = {"revert_status", "reschedule", "cancel"}, {"reschedule", "cancel"}


class Mark(NamedTuple):
    """A button of a row, or a link to a page with a form."""

    words: str
    url: str
    look: str  # button style: primary, outline or quiet
    key: str
    is_page: bool


@dataclass
class Row:
    appointment: Appointment
    age: int
    needs: str
    scan_words: str
    referral_words: str
    look: str = ""  # done, off, here, behind, needs_rebooking or empty
    words: str = ""
    verbs: tuple[str, ...] = ()
    main: str = ""  # the most likely next verb
    after_now: bool = False
    is_focused: bool = False
    marks: list[Mark] = field(default_factory=list)


def office_of(data: Mapping[str, str]) -> Office | None:
    """The office named in the URL, if any."""
    return next((office for office in practice_info().offices if office.slug == data.get("place")), None)


def arrangement(data: Mapping[str, str]) -> dict[str, str]:
    """The office, practitioner and grouping that the links and forms of a day keep."""
    office, person = office_of(data), data.get("with", "")
    kept = {"place": office.slug} if office else {}
    kept |= {"with": person} if SLUG.fullmatch(person) else {}
    return kept | ({"by": BY_PRACTITIONER} if data.get("by") == BY_PRACTITIONER else {})


def listed(first: date, last: date, *, also_held: datetime | None = None, **narrowed: str) -> list[Appointment]:
    """Appointments that start on these days, by time, with everything the lists print, plus the times held at
    the moment `also_held`, if given.

    `narrowed`: filters by slug, `place` and `with`. Each row has `marked_at`, when its current status was set, and
    `looked_for`, the reference of the open request to reschedule it. One query.
    """
    since, until = practice_info().bounds(first, last)
    given = {"since": since, "until": until, "held": also_held} | narrowed
    return list(_listed(also_held is not None, tuple(narrowed))(**given))


@cache
def _listed(also_held: bool, narrowed: tuple[str, ...]) -> CompiledQuery:
    last = Event.objects.filter(appointment=OuterRef("pk")).order_by("-pk").values("at")[:1]
    looking = AppointmentRequest.objects.filter(replaces=OuterRef("pk"), status__in=AppointmentRequest.OPEN).values(
        "reference"
    )[:1]
    related = ["appointment_request__patient", "appointment_type", "practitioner", "location"]
    since, until, held = (Param(name, DateTimeField()) for name in ("since", "until", "held"))
    shown = Q(status__in=Appointment.ON_CALENDAR)
    if also_held:
        shown |= Q(status=Status.HELD, held_until__gt=held)
    where = {NARROWED[name]: Param(name, SlugField()) for name in narrowed}
    rows = Appointment.objects.filter(shown, starts_at__gte=since, starts_at__lt=until, **where)
    rows = rows.annotate(marked_at=Subquery(last), looked_for=Subquery(looking)).select_related(*related).only(*PRINTED)
    return CompiledQuery(lambda: rows.order_by("starts_at", "pk"))


def find(pk: int | None) -> Appointment | None:
    """The appointment with everything its pages print. Holds are not found. One query."""
    found = Appointment.objects.select_related(
        "appointment_request__patient", "appointment_type", "practitioner", "location"
    )
    return (
        found.filter(pk=pk, appointment_request__isnull=False)
        .exclude(status__in=[Status.HELD, Status.RELEASED])
        .first()
    )


def rows(appointments: Iterable[Appointment], now: datetime, allowed: Set[str]) -> list[Row]:
    """One row per appointment, in the same order, with the marks that are `allowed`. No query."""
    found = [_row(appointment, now) for appointment in appointments]
    waiting = [row for row in found if row.appointment.status == Status.ARRIVED]
    if waiting:
        min(waiting, key=lambda row: row.appointment.marked_at or row.appointment.starts_at).main = "fulfil"
    _point_out_what_is_next(found, now)
    for row in found:
        row.marks = [_mark(row, verb) for verb in row.verbs if verb in allowed]
        if row.appointment.status == Status.NOSHOW and "book" in allowed:
            row.marks.append(Mark(_("Book again"), again_url(row.appointment), "quiet", "", is_page=True))
    return found


def _mark(row: Row, verb: str) -> Mark:
    said = (
        _("Arrived late") if verb == "check_in" and row.appointment.status == Status.NOSHOW else str(VERBS[verb].mark)
    )
    look = "primary" if row.main == verb else "quiet" if verb in SUBTLE else "outline"
    return Mark(said, _address(verb).replace("/0/", f"/{row.appointment.pk}/"), look, KEYS.get(verb, ""), verb in PAGES)


@cache
def _address(verb: str) -> str:
    """The URL with 0 in place of the appointment's key: resolving it for each row of a long list is slow."""
    return reverse(f"desk:{verb}", args=[0])


def again_url(appointment: Appointment) -> str:
    """The new appointment of a patient who did not come to this one."""
    return f"{reverse('desk:book')}?again={appointment.pk}"


def _point_out_what_is_next(found: list[Row], now: datetime) -> None:
    coming = [row for row in found if row.appointment.starts_at > now]
    if coming and len(coming) < len(found):
        coming[0].after_now = True
    if (
        coming
        and coming[0].appointment.status == Status.BOOKED
        and not coming[0].look
        and coming[0].appointment.starts_at - now <= SHORTLY
    ):
        coming[0].main = "check_in"


def _row(appointment: Appointment, now: datetime) -> Row:
    zone, last, appointment_request = appointment.location.tz, appointment.marked_at, appointment.appointment_request
    here = local_date(now, zone)
    same_day = here == local_date(appointment.starts_at, zone)
    ready = (
        labels.ready(appointment_request.scan),
        labels.ready(appointment_request.referral),
    )
    row = Row(appointment, appointment_request.patient.age(here), labels.needs(appointment_request.patient), *ready)
    row.look, row.verbs = LOOKS[appointment.status], MARKS.get(appointment.status, ())
    if appointment.needs_rebooking:
        row.look, row.verbs = "needs_rebooking", _rights_of_needs_rebooking(appointment, now, same_day)
    elif appointment.status == Status.BOOKED:
        _booked(row, now, same_day)
    elif appointment.status == Status.ARRIVED and last:
        row.words = duration(now - last)
    if appointment.status in REVERTS and last and local_date(last, zone) == here:
        row.verbs = (*row.verbs, "revert_status")
    return row


def _booked(row: Row, now: datetime, same_day: bool) -> None:
    past = now - row.appointment.starts_at
    if past >= timedelta(0):  # as the verbs: it has started
        row.look, row.words = "behind", duration(past)
        row.verbs = ("check_in", "no_show", "reschedule", "cancel")  # also on a past day that was not completed
        row.main = "check_in" if same_day else ""
    else:
        row.verbs = ("check_in", "reschedule", "cancel") if same_day else ("reschedule", "cancel")


def _rights_of_needs_rebooking(appointment: Appointment, now: datetime, same_day: bool) -> tuple[str, ...]:
    """The marks for a patient who was told not to come: check-in if they come anyway, but never no-show."""
    here = ("check_in",) if same_day else ()
    return (*here, "reschedule", "cancel") if appointment.starts_at > now else (*here, "cancel")


def focus_after(found: list[Row], marked: int) -> None:
    """The focus goes to the row after the one that was just marked; from the last one nowhere else."""
    here = next((n for n, row in enumerate(found) if row.appointment.pk == marked), None)
    if here is not None:
        found[min(here + 1, len(found) - 1)].is_focused = True


def summary(found: list[Row]) -> list[tuple[str, int]]:
    """“19 appointments, 5 seen, 2 checked in, 1 late, 9 to come”."""
    looks = [(row.appointment.status, row.look) for row in found]
    counted = {
        ngettext("appointment", "appointments", len(looks)): len(looks),
        _("seen"): looks.count((Status.FULFILLED, "done")),
        _("checked in"): looks.count((Status.ARRIVED, "here")),
        _("late"): looks.count((Status.BOOKED, "behind")),
        _("to come"): looks.count((Status.BOOKED, "")),
        _("called off"): looks.count((Status.BOOKED, "needs_rebooking")),
        _("left without being seen"): looks.count((Status.LEFT, "done")),
        _("no-show"): looks.count((Status.NOSHOW, "off")),
        _("canceled"): looks.count((Status.CANCELLED, "off")),
    }
    return [(label, number) for label, number in counted.items() if number]
