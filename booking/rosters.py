"""Who could do a visit, where and when they work: weekly hours and dated changes as plain values. Two queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q

from booking.availability import DatedException, WeeklyHours
from clinic.models import Location, Practitioner, Schedule, ScheduleException, VisitType

WEEKLY = ("weekday", "starts", "ends", "valid_from", "valid_until")
PERSON = ("id", "name", "specialty", "slug", "order")
PLACE = ("id", "name", "slug", "address", "zone")
OPEN = ScheduleException.Kind.OPEN


@dataclass(frozen=True)
class Roster:
    """One practitioner at one location, with the hours and the dated changes that apply there."""

    practitioner: Practitioner
    location: Location
    weekly: tuple[WeeklyHours, ...]
    changes: tuple[DatedException, ...]
    notes: tuple[str, ...] = ()  # of each change, what it is for


@dataclass(frozen=True)
class Change:
    """A dated change, whether it is extra hours of someone who was asked for, and whom it leaves out."""

    row: ScheduleException
    is_theirs: bool
    left_out: set[int]


def rosters(
    visit_type: VisitType | None,
    *,
    first_day: date,
    last_day: date,
    practitioners: Iterable[int] | None = None,
    locations: Iterable[int] | None = None,
) -> list[Roster]:
    """Who could do this visit where, in the order of the team list. Two queries.

    `practitioners` and `locations` are primary keys; None means any, and any kind of visit.
    """
    who = Q(practitioner__is_active=True, location__is_active=True)
    if visit_type is not None:
        who &= Q(practitioner__visit_types=visit_type)
    if practitioners is not None:
        who &= Q(practitioner__in=list(practitioners))
    if locations is not None:
        who &= Q(location__in=list(locations))
    changes = _changes(who, first_day, last_day)
    weekly = _weekly(who)
    for extra in (change.row for change in changes if change.is_theirs):
        if extra.practitioner and extra.location:  # they may have no weekly hours at that office
            weekly.setdefault((extra.practitioner, extra.location), [])
    team = [_roster(at, hours, changes) for at, hours in weekly.items()]
    return sorted(team, key=lambda at: (at.practitioner.order, at.practitioner.name, at.location.name))


def _roster(at: tuple[Practitioner, Location], hours: Iterable[WeeklyHours], changes: Iterable[Change]) -> Roster:
    applying = list(_applying(changes, at[0].pk, at[1].pk))
    dated = (DatedException(c.first_day, c.last_day, c.kind == OPEN, c.starts, c.ends) for c in applying)
    return Roster(*at, tuple(hours), tuple(dated), tuple(c.note for c in applying))


def _weekly(who: Q) -> dict[tuple[Practitioner, Location], list[WeeklyHours]]:
    """Plain values at first: of fifty practitioners there are hundreds of rows, with few people and places in them."""
    people, places = [f"practitioner__{name}" for name in PERSON], [f"location__{name}" for name in PLACE]
    groups: dict[tuple, list[WeeklyHours]] = defaultdict(list)
    rows = Schedule.objects.filter(who).order_by()
    for row in rows.values_list(*WEEKLY, *people, *places):
        groups[row[len(WEEKLY) :]].append(WeeklyHours(*row[: len(WEEKLY)]))
    return {
        (
            Practitioner.from_db(rows.db, PERSON, at[: len(PERSON)]),
            Location.from_db(rows.db, PLACE, at[len(PERSON) :]),
        ): hours
        for at, hours in groups.items()
    }


def _changes(who: Q, first_day: date, last_day: date) -> list[Change]:
    """Dated changes near the window."""
    week = timedelta(days=8)  # hours that merge across midnight reach back: the engine looks there too
    near = ScheduleException.objects.filter(last_day__gte=first_day - week, first_day__lte=last_day + week)
    theirs = ScheduleException.objects.filter(who, pk=OuterRef("pk"), kind=OPEN)
    rows = near.annotate(is_theirs=Exists(theirs), left_out=F("except_for"))
    changes: dict[int, Change] = {}
    for row in rows.select_related("practitioner", "location"):  # one row for each practitioner left out
        changes.setdefault(row.pk, Change(row, row.is_theirs, set())).left_out.add(row.left_out)
    return list(changes.values())


def _applying(changes: Iterable[Change], practitioner_id: int, location_id: int) -> Iterable[ScheduleException]:
    for change in changes:
        row = change.row
        here = row.location_id in (None, location_id) and row.practitioner_id in (None, practitioner_id)
        if here and practitioner_id not in change.left_out:
            yield row
