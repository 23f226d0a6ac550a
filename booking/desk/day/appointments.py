"""The appointments of some days, with all that the day’s pages and the calendar print of them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, SlugField, Subquery, Value
from django.db.models.lookups import Exact

from booking.lifecycle.call_log import SPOKEN
from booking.lifecycle.verbs import NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.records.one_person import same_in_sql
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import Office, practice_info

Status = Appointment.Status
PRINTED = (
    "patient", "status", "starts_at", "ends_at", "blocked_from", "blocked_until", "held_until", "version",
    "cancel_code",
    "appointment_request__reference", "appointment_request__channel", "appointment_request__scan",
    "appointment_request__referral", "appointment_request__triage", "appointment_type__needs_scan",
    "appointment_type__needs_referral", "appointment_request__patient__name",
    "appointment_request__patient__birth_date", "appointment_request__patient__erased_at",
    "appointment_request__patient__random_id",
    "appointment_request__patient__phone",
    "appointment_request__patient__phone_extension", "appointment_request__patient__reach_by",
    "appointment_request__helper_phone", "appointment_request__helper_phone_extension",
    "appointment_request__helper_name", "appointment_request__helper_relation",
    "appointment_request__patient__language",
    "appointment_request__patient__needs_interpreter",
    "appointment_request__patient__needs", "appointment_type__name", "practitioner__name",
    "practitioner__short_name", "practitioner__slug",
    "practitioner__order",
    "practitioner__specialty", "location__name", "location__slug", "location__zone",
    "needs_rebooking_since", "overbooked", "overbook_reason",
)  # fmt: skip
PRINTED_TOO = (
    "appointment_request__reason__label", "appointment_request__note",
    "appointment_request__patient__phone", "appointment_request__patient__phone_extension",
    "appointment_type__minutes",
)  # fmt: skip
NARROWED = {"place": "location__slug", "with": "practitioner__slug"}
BY_PRACTITIONER = "practitioner"
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


def office_of(data: Mapping[str, str]) -> Office | None:
    """The office named in the URL, if any."""
    return next((office for office in practice_info().offices if office.slug == data.get("place")), None)


def known(team: Iterable[Any]) -> dict[str, list[str]]:
    """The filters that an address of these providers’ days may name."""
    return {"place": [office.slug for office in practice_info().offices], "with": [person.slug for person in team]}


def arrangement(data: Mapping[str, str], team: Iterable[Any] | None = None) -> dict[str, str]:
    """The office, practitioner (if among the team) and grouping that the links and forms of a day keep."""
    office, person = office_of(data), data.get("with", "")
    is_here = SLUG.fullmatch(person) and (team is None or any(person == each.slug for each in team))
    kept = {"place": office.slug} if office else {}
    kept |= {"with": person} if is_here else {}
    return kept | ({"by": BY_PRACTITIONER} if data.get("by") == BY_PRACTITIONER else {})


def listed(
    first: date, last: date, *, also_held: datetime | None = None, whole: bool = False, **narrowed: str
) -> list[Appointment]:
    """Appointments that start on these days, by time, with everything the lists print, plus the times held at
    the moment `also_held`, if given.

    `narrowed`: filters by slug, `place` and `with`. Each row has `marked_at`, when its current status was set, and
    `looked_for`, the reference of the open request to reschedule it; `whole`: and what `_the_rest` adds. One query.
    """
    since, until = practice_info().bounds(first, last)
    given = {"since": since, "until": until, "held": also_held} | narrowed
    return list(_listed(also_held is not None, whole, tuple(narrowed))(**given))


@cache
def _listed(also_held: bool, whole: bool, narrowed: tuple[str, ...]) -> CompiledQuery:
    marks = Event.objects.filter(appointment=OuterRef("pk")).exclude(verb__in=NON_BLOCKING)
    last = marks.order_by("-pk").values("at")[:1]
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
    printed, more = PRINTED, {}
    if whole:
        related, printed, more = [*related, "appointment_request__reason"], (*PRINTED, *PRINTED_TOO), _the_rest()
    rows = rows.annotate(marked_at=Subquery(last), looked_for=Subquery(looking), **more)
    return CompiledQuery(lambda: rows.select_related(*related).only(*printed).order_by("starts_at", "pk"))


def _the_rest() -> dict[str, Any]:
    """`told`, `told_at`: whether a patient knows that the appointment is called off; `spoken_at`: and when we last
    spoke with them since; `is_called`, `is_rebooked`: after a missed one; `desk_note`, `noted_at`: the newest note of
    its request; `pinned`: a note of the person.
    """
    told = _about_its_new_time()
    notes = Event.objects.filter(verb="add_note").order_by("-pk")
    its = notes.filter(appointment_request=OuterRef("appointment_request"))
    pinned = notes.filter(same_in_sql("appointment_request__patient", "patient"), pinned=True)
    return {
        "told": Subquery(told.values("status")[:1]),
        "told_at": Subquery(told.values("sent_at")[:1]),
        "spoken_at": Subquery(_spoken().values("at")[:1]),
        "is_called": Exists(calls_since(OuterRef("appointment_request"), OuterRef("starts_at"))),
        "is_rebooked": Exists(rebookings(OuterRef("pk"))),
        "desk_note": Subquery(its.filter(pinned=False).values("note")[:1]),
        "noted_at": Subquery(its.filter(pinned=False).values("at")[:1]),
        "pinned": Subquery(pinned.values("note")[:1]),
    }


def _about_its_new_time() -> QuerySet[Message]:
    """What a patient was told of an appointment since we called it off; last, what never left."""
    about = Message.objects.filter(
        appointment_request__replaces=OuterRef("pk"),
        due_at__gte=OuterRef("needs_rebooking_since"),
        kind__in=Message.ABOUT_NEW_TIME,
    )
    return about.order_by(Exact(F("status"), Value(Message.Status.SUPERSEDED)), "-pk")


def _spoken() -> QuerySet[Event]:
    """The calls about an appointment since we called it off that reached the patient, newest first."""
    since = {"appointment_request__replaces": OuterRef("pk"), "at__gte": OuterRef("needs_rebooking_since")}
    return Event.objects.filter(SPOKEN, **since).order_by("-pk")


def calls_since(appointment_request: Any, start: Any) -> QuerySet[Event]:
    """The calls about a missed appointment: its request is answered, so they are about nothing else."""
    return Event.objects.filter(appointment_request=appointment_request, verb="log_call", at__gte=start)


def rebookings(appointment: Any) -> QuerySet[AppointmentRequest]:
    return AppointmentRequest.objects.filter(replaces=appointment, status=AppointmentRequest.Status.CONFIRMED)


def find(pk: int | None) -> Appointment | None:
    """The appointment with everything its pages print. Holds and those of erased people are not found. One query."""
    found = Appointment.objects.select_related(
        "appointment_request__patient", "appointment_type", "practitioner", "location"
    )
    return (
        found.filter(pk=pk, appointment_request__patient__erased_at=None, appointment_request__isnull=False)
        .exclude(status__in=[Status.HELD, Status.RELEASED])
        .first()
    )
