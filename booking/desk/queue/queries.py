"""The open requests in the views of the queue: counts, and one page at a time.

For each view, only the `MOST_COUNTED` requests that are due first are read. A count may then say “100+”, and each page
continues where the last one ended. So 100,000 open requests cost no more than 100.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Event, Patient
from booking.models.appointment_request import NO_DATE, Triage
from booking.models.bounded_count import MOST_COUNTED
from booking.scheduling import response_deadline
from booking.scheduling.call_times import in_best_time
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import practice_info

PAGE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Status = AppointmentRequest.Status
NEEDS_ANSWER, NEEDS_NEW_TIME = "needs-answer", "needs-new-time"
URGENT = "u"  # in the place of an urgent request


class Waiting(NamedTuple):
    """The few columns of an open request that counts and views need."""

    respond_by: datetime
    pk: int
    status: str
    best_time: str
    location_id: int | None
    wants_call: bool
    next_try_at: datetime | None
    claimed_by_id: int | None
    claimed_until: datetime | None
    interpreter: bool
    reach_by: str
    replaced_status: str | None
    needs_rebooking_since: datetime | None
    attempts: int
    last_call: str
    triage: str
    see_by: date | None

    @property
    def desk_id(self) -> int | None:
        """The office whose desk hours set the deadline: see AppointmentRequest.desk_id."""
        return None if self.wants_call else self.location_id

    @property
    def is_called_off(self) -> bool:
        """Whether the patient was told not to come to the appointment that this request looks for a new time for."""
        return self.replaced_status == Appointment.Status.BOOKED and self.needs_rebooking_since is not None

    @property
    def place(self) -> str:
        """Where the page after this row starts, as text for a URL."""
        urgent = f"{URGENT}{(self.see_by or NO_DATE).toordinal()}-" if self.triage == Triage.URGENT else ""
        return f"{urgent}{(self.respond_by - EPOCH) // MICROSECOND}-{self.pk}"


def order(row: Waiting | AppointmentRequest) -> tuple[bool, date, datetime, int]:
    """Urgent ones first, by the date to see them by; then by deadline."""
    return (row.triage != Triage.URGENT, row.see_by or NO_DATE, row.respond_by, row.pk)


@dataclass(frozen=True)
class Look:
    """The user and the time. Computes call hours once for all requests that share them."""

    user_id: int
    now: datetime
    call_hours: dict[tuple[str, int | None, bool], bool] = field(default_factory=dict)

    def may_call(self, row: Waiting) -> bool:
        """Whether the patient takes calls, now is their best time, the desk is open, the number is right, and no later
        try is set.
        """
        if row.reach_by != Patient.ReachBy.PHONE or row.last_call == Outcome.WRONG_NUMBER:
            return False
        key = (row.best_time, row.location_id, row.wants_call)
        if key not in self.call_hours:
            self.call_hours[key] = in_best_time(row, self.now) and response_deadline.desk_is_open(
                self.now, row.location_id
            )
        return self.call_hours[key] and (row.next_try_at is None or row.next_try_at <= self.now)

    def has_claimed(self, row: Waiting) -> bool:
        return row.claimed_by_id == self.user_id and row.claimed_until is not None and row.claimed_until > self.now


def _not_reached() -> str:
    return _("%d tries, not reached") % practice_info().most_attempts


VIEWS: dict[str, tuple[str, Callable[[Waiting, Look], bool]]] = {
    NEEDS_ANSWER: (_("Needs answer"), lambda row, look: row.status == Status.NEW),
    "urgent": (_("Urgent"), lambda row, look: row.triage == Triage.URGENT),
    NEEDS_NEW_TIME: (_("Needs a new time"), lambda row, look: row.is_called_off),
    "call-now": (_("Good time to call"), lambda row, look: row.status == Status.NEW and look.may_call(row)),
    "left-message": (
        _("Left message"),
        lambda row, look: row.status == Status.NEW and row.last_call == Outcome.VOICEMAIL,
    ),
    "not-reached": (
        lazy(_not_reached, str)(),
        lambda row, look: row.status == Status.NEW and row.attempts >= practice_info().most_attempts,
    ),
    "offered": (_("Offered"), lambda row, look: row.status == Status.OFFERED),
    "waitlisted": (_("Waitlisted"), lambda row, look: row.status == Status.WAITLISTED),
    "interpreter": (_("Interpreter"), lambda row, look: row.status == Status.NEW and row.interpreter),
    "mine": (_("Mine"), lambda row, look: look.has_claimed(row)),
    "all": (_("All"), lambda row, look: True),
}


# -- counts and places


@dataclass(frozen=True)
class Window:
    """Part of the queue: the requests that follow a place in it. `is_full`: more requests follow."""

    rows: list[Waiting]
    is_full: bool

    def of(self, view: str, look: Look) -> list[Waiting]:
        _label, belongs = VIEWS[view]
        return [row for row in self.rows if belongs(row, look)]


class Place(NamedTuple):
    """After which row of the queue a page starts. `by`: the date to see it by, if the row is urgent."""

    by: date | None
    moment: datetime
    pk: int


def window(after: Place | None = None) -> Window:
    """The requests that follow this place, or the first ones. Three queries: urgent, waiting for us, waiting for the
    patient.
    """
    here = {"moment": after.moment, "pk": after.pk} if after else {}
    if after is None:
        parts = [part() for part in (FIRST_URGENT, *SOONEST)]
    elif after.by:
        parts = [MORE_URGENT(**here, by=after.by), *(part() for part in SOONEST)]
    else:
        parts = [part(**here) for part in BEHIND]
    found = [list(part) for part in parts]
    rows = sorted((Waiting(*row) for part in found for row in part[:MOST_COUNTED]), key=order)
    return Window(rows, any(len(part) > MOST_COUNTED for part in found))


def _light(statuses: list[str]) -> QuerySet:
    rows = AppointmentRequest.objects.apart().filter(status__in=statuses).exclude(triage=Triage.URGENT)
    return _columns(rows.order_by("respond_by", "pk"))


def _urgent() -> QuerySet:
    return _columns(AppointmentRequest.objects.apart().filter(status__in=AppointmentRequest.OPEN).by_see_by())


def _columns(rows: QuerySet) -> QuerySet:
    return rows.values_list(
        "respond_by", "pk", "status", "best_time", "location_id", "wants_call", "next_try_at", "claimed_by_id",
        "claimed_until", "patient__needs_interpreter", "patient__reach_by", "replaces__status",
        "replaces__needs_rebooking_since", "attempts", last_call(),
        "triage", "see_by",
    )  # fmt: skip


def _behind(rows: QuerySet) -> QuerySet:
    moment, pk = Param("moment", DateTimeField()), Param("pk", BigIntegerField())
    # The first condition is redundant, but lets the index find the place directly.
    return rows.filter(respond_by__gte=moment).filter(Q(respond_by__gt=moment) | Q(pk__gt=pk))


def _behind_urgent(rows: QuerySet) -> QuerySet:
    by, moment, pk = Param("by", DateField()), Param("moment", DateTimeField()), Param("pk", BigIntegerField())
    later = Q(by=by) & (Q(respond_by__gt=moment) | Q(respond_by=moment, pk__gt=pk))
    return rows.filter(Q(by__gt=by) | later)


def last_call() -> Case:
    """The outcome of the last call, if the patient was not reached.

    Reopening resets the attempts. Then only a wrong number still counts, until the patient's phone is corrected. A
    reopened request has changed at least twice, so requests with a lower version need no subquery.
    """
    calls = Event.objects.filter(appointment_request=OuterRef("pk"), verb="log_call").order_by("-pk")
    corrected = Event.objects.filter(verb="correct_patient", before__has_key="phone", pk__gt=OuterRef("pk"))
    is_wrong = Q(reason=Outcome.WRONG_NUMBER) & ~Exists(
        corrected.filter(appointment_request__patient=OuterRef("appointment_request__patient"))
    )
    said = Case(When(is_wrong, then="reason"), default=Value(""), output_field=CharField())
    return Case(
        When(attempts__gt=0, then=Subquery(calls.values("reason")[:1])),
        When(version__gt=2, then=Coalesce(Subquery(calls.annotate(said=said).values("said")[:1]), Value(""))),
        default=Value(""),
        output_field=CharField(),
    )


PARTS: list[list[str]] = [[Status.NEW], [Status.OFFERED, Status.WAITLISTED]]
SOONEST = [CompiledQuery(lambda of=of: _light(of)[: MOST_COUNTED + 1]) for of in PARTS]
FIRST_URGENT = CompiledQuery(lambda: _urgent()[: MOST_COUNTED + 1])
MORE_URGENT = CompiledQuery(lambda: _behind_urgent(_urgent())[: MOST_COUNTED + 1])
BEHIND = [CompiledQuery(lambda of=of: _behind(_light(of))[: MOST_COUNTED + 1]) for of in PARTS]


def counts(seen: Window, look: Look) -> dict[str, str]:
    """“16”, or “100+” if the window is full."""
    more = "+" if seen.is_full else ""
    return {view: f"{len(seen.of(view, look))}{more}" for view in VIEWS}


def place_of(code: str) -> Place | None:
    """The place named in a URL; None if it is not valid."""
    is_urgent, parts = code.startswith(URGENT), code.removeprefix(URGENT).split("-")
    if len(code) > 48 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts) != 2 + is_urgent:
        return None
    *day, moment, pk = map(int, parts)
    try:
        at, by = EPOCH + moment * MICROSECOND, date.fromordinal(day[0]) if day else None
    except (OverflowError, ValueError):
        return None
    return Place(by, at, min(pk, BigIntegerField.MAX_BIGINT))
