"""Who works where and when: weekly hours and dated exceptions as plain values. Two queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, Case, DateField, Exists, F, OuterRef, Q, QuerySet, When

from booking.scheduling.availability import DatedException, WeeklyHours
from clinic.compiled_query import CompiledQuery, Param
from clinic.hours.recurrence import dates, occurrences
from clinic.models import AppointmentType, Location, Practitioner, Schedule, ScheduleException

WEEKLY = ("weekday", "starts", "ends", "valid_from", "valid_until", "repeats", "counted_from")
PERSON = ("id", "name", "short_name", "specialty", "slug", "order")
PLACE = ("id", "name", "slug", "address", "zone")
AT = (*(f"practitioner__{name}" for name in PERSON), *(f"location__{name}" for name in PLACE))
CHANGE = (
    "pk", "is_theirs", "left_out", "practitioner_id", "location_id", "repeats_until", "first_day", "last_day", "opens",
    "starts", "ends", "note", "private_reason", "feed_id",
)  # fmt: skip
LOOKED_UP = {"kind": "practitioner__appointment_types", "person": "practitioner", "place": "location"}
EXTRA = ScheduleException.Kind.OPEN
WEEK = timedelta(days=8)  # hours that merge across midnight may have started earlier: the engine needs them


class Reason(NamedTuple):
    """Why a dated exception applies: for patients, for staff; whose, and its key. `feed`: of whose other calendar."""

    pk: int
    practitioner_id: int | None
    note: str
    private: str
    feed: int | None = None


@dataclass(frozen=True)
class WorkingHours:
    """One practitioner at one location, with the hours and dated exceptions that apply there."""

    practitioner: Practitioner
    location: Location
    weekly: tuple[WeeklyHours, ...]
    changes: tuple[DatedException, ...]
    reasons: tuple[Reason, ...] = ()  # of each exception


@dataclass(frozen=True)
class Change:
    """A dated exception: for one office or all (None), for one practitioner or all, except those it leaves out."""

    practitioner_id: int | None
    location_id: int | None
    dated: DatedException
    reason: Reason
    left_out: set[int]

    def applies(self, practitioner_id: int, location_id: int) -> bool:
        here = self.location_id in (None, location_id) and self.practitioner_id in (None, practitioner_id)
        return here and practitioner_id not in self.left_out


def working_hours(
    appointment_type: AppointmentType | None,
    *,
    first_day: date,
    last_day: date,
    practitioners: Iterable[int] | None = None,
    locations: Iterable[int] | None = None,
) -> list[WorkingHours]:
    """Who offers this appointment type where, in team order. Two queries.

    `practitioners` and `locations` are primary keys; None means any, also for the appointment type.
    """
    wanted = {"kind": [appointment_type.pk] if appointment_type else None, "person": practitioners, "place": locations}
    keys = {name: list(of) for name, of in wanted.items() if of is not None}
    if [] in keys.values():
        return []
    given = {f"{name}_{n}": pk for name, of in keys.items() for n, pk in enumerate(of)}
    weekly, dated = _compiled(tuple((name, len(of)) for name, of in keys.items()))
    near = {"since": first_day - WEEK, "until": last_day + WEEK}
    changes, extra = _changes(dated(**given, **near), **near)
    hours: dict[tuple, list[WeeklyHours]] = defaultdict(list)  # fifty practitioners have hundreds of rows
    for row in weekly(**given):
        hours[row[len(WEEKLY) :]].append(_weekly_hours(row[: len(WEEKLY)], **near))
    for at in extra:  # practitioners with extra hours may have no weekly hours at that office
        hours.setdefault(at, [])
    place_of = cache(_place)
    team = [_hours_at(at, of, changes, place_of(at[len(PERSON) :])) for at, of in hours.items()]
    return sorted(team, key=lambda at: (at.practitioner.order, at.practitioner.name, at.location.name))


def _weekly_hours(columns: tuple, since: date, until: date) -> WeeklyHours:
    """A row of `Schedule`, with the dates in the window on which its hours hold. No other function reads that."""
    *every_week, repeats, counted_from = columns
    on = dates(repeats, every_week[0], counted_from, since, until)
    return WeeklyHours(*every_week)._replace(dates=on)


def _place(columns: tuple) -> Location:
    return Location.from_db(DEFAULT_DB_ALIAS, PLACE, columns)


def _hours_at(at: tuple, hours: Iterable[WeeklyHours], changes: Iterable[Change], place: Location) -> WorkingHours:
    person = Practitioner.from_db(DEFAULT_DB_ALIAS, PERSON, at[: len(PERSON)])
    applying = [change for change in changes if change.applies(person.pk, place.pk)]
    dated = tuple(change.dated for change in applying)
    return WorkingHours(person, place, tuple(hours), dated, tuple(change.reason for change in applying))


def _changes(rows: Iterable[tuple], since: date, until: date) -> tuple[list[Change], list[tuple]]:
    """The exceptions, and who has extra hours where, among the practitioners and offices requested."""
    changes: dict[tuple[int, date], Change] = {}
    extra = []
    for row in rows:  # one row for each practitioner that it leaves out
        pk, is_theirs, left_out, person, place, each_year, *days, opens, starts, ends, note, private, feed = row[
            : len(CHANGE)
        ]
        first_day, last_day = days
        for first, last in occurrences(first_day, last_day, each_year, (since, until)):
            dated = DatedException(first, last, opens, starts, ends)
            change = Change(person, place, dated, Reason(pk, person, note, private, feed), set())
            changes.setdefault((pk, first), change).left_out.add(left_out)
        if is_theirs and person and place:
            extra.append(row[len(CHANGE) :])
    return list(changes.values()), extra


# -- the two queries, compiled per set of conditions


@cache
def _compiled(conditions: tuple[tuple[str, int], ...]) -> tuple[CompiledQuery, CompiledQuery]:
    """Weekly hours and exceptions, compiled for conditions such as ("person", 2): one of two given practitioners."""
    return CompiledQuery(lambda: _weekly(_who(conditions))), CompiledQuery(lambda: _dated(_who(conditions)))


def _who(conditions: tuple[tuple[str, int], ...]) -> Q:
    who = Q(practitioner__is_active=True, location__is_active=True)
    for name, number in conditions:
        keys = [Param(f"{name}_{n}", BigIntegerField()) for n in range(number)]
        who &= Q(**{f"{LOOKED_UP[name]}__pk__in": keys})
    return who


def _weekly(who: Q) -> QuerySet:
    return Schedule.objects.filter(who).order_by().values_list(*WEEKLY, *AT)


def _dated(who: Q) -> QuerySet:
    """Exceptions near the window."""
    since, until = Param("since", DateField()), Param("until", DateField())
    near = ScheduleException.near(since, until)
    theirs = ScheduleException.objects.filter(who, pk=OuterRef("pk"), kind=EXTRA)
    opens = Case(When(kind=EXTRA, then=True), default=False)
    rows = near.annotate(is_theirs=Exists(theirs), left_out=F("except_for"), opens=opens)
    return rows.order_by("pk").values_list(*CHANGE, *AT)
