"""Open times: rows -> engine -> slots. The only reader of the diary.

Three queries, whatever the number of days, practitioners and past visits: weekly hours, dated changes, diary.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.availability import DatedException, WeeklyHours, open_slots
from booking.constraints import LONGEST
from booking.models import Appointment, AppointmentRequest
from clinic.models import Location, Practitioner, Schedule, ScheduleException, VisitType

ANSWER_MARGIN = timedelta(hours=2)  # between the promised answer and the earliest time a patient may choose
DESK_HORIZON = 400  # days; the desk books further ahead than the public may
PRACTITIONER = ("id", "name", "specialty", "slug")
LOCATION = ("id", "name", "slug", "address", "zone")
ROSTER_COLUMNS = (
    *("weekday", "starts", "ends", "valid_from", "valid_until"),
    *(f"practitioner__{column}" for column in PRACTITIONER),
    *(f"location__{column}" for column in LOCATION),
)
Busy = dict[int, list[tuple[datetime, datetime]]]


@dataclass(frozen=True, order=True)
class Slot:
    """A choosable time: a value, never a row. `starts_at` is aware, UTC, a whole minute."""

    starts_at: datetime
    practitioner_id: int
    location_id: int

    @property
    def code(self) -> str:
        """How a form carries it."""
        return f"{int(self.starts_at.timestamp()) // 60}-{self.practitioner_id}-{self.location_id}"

    @classmethod
    def parse(cls, code: str) -> "Slot | None":
        """The slot of a code, or None for anything that is none: it may come from a crafted form."""
        parts = code.split("-")
        if len(code) > 40 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        minutes, practitioner_id, location_id = map(int, parts)
        if minutes > 10**8 or max(practitioner_id, location_id) > 2**31:
            return None
        return cls(datetime.fromtimestamp(minutes * 60, UTC), practitioner_id, location_id)


@dataclass(frozen=True)
class Roster:
    """One practitioner at one location, with the hours and the dated changes that apply there."""

    practitioner: Practitioner
    location: Location
    weekly: tuple[WeeklyHours, ...]
    changes: tuple[DatedException, ...]


@dataclass(frozen=True)
class Rules:
    """Who may start how early and how late: minutes of notice, days of horizon, and an earliest instant."""

    notice: int
    horizon: int
    not_before: datetime

    @classmethod
    def public(cls, visit_type: VisitType, promise: datetime) -> "Rules":
        """Nobody is offered a time that passes before the promised answer."""
        return cls(visit_type.notice, visit_type.horizon, promise + ANSWER_MARGIN)

    @classmethod
    def desk(cls, now: datetime) -> "Rules":
        return cls(0, DESK_HORIZON, now)


def rosters(
    visit_type: VisitType,
    *,
    first_day: date,
    last_day: date,
    practitioners: Iterable[int] | None = None,
    locations: Iterable[int] | None = None,
) -> list[Roster]:
    """Who could do this visit where, in the order of the team list. Two queries.

    `practitioners` and `locations` are primary keys; None means any.
    """
    rows = Schedule.objects.filter(
        practitioner__visit_types=visit_type, practitioner__is_active=True, location__is_active=True
    )
    if practitioners is not None:
        rows = rows.filter(practitioner__in=practitioners)
    if locations is not None:
        rows = rows.filter(location__in=locations)
    rows = rows.order_by("practitioner__order", "practitioner__name", "location__name").values_list(*ROSTER_COLUMNS)
    groups: dict[tuple, list[WeeklyHours]] = defaultdict(list)
    for row in rows:  # plain values: of fifty practitioners there are hundreds of rows, with few people in them
        groups[row[5:]].append(WeeklyHours(*row[:5]))
    changes = _changes(first_day, last_day)
    return [_roster(columns, weekly, changes) for columns, weekly in groups.items()]


def _roster(columns: tuple, weekly: list[WeeklyHours], changes: list[tuple[dict, set[int]]]) -> Roster:
    practitioner = Practitioner(**dict(zip(PRACTITIONER, columns, strict=False)))
    location = Location(**dict(zip(LOCATION, columns[len(PRACTITIONER) :], strict=True)))
    return Roster(practitioner, location, tuple(weekly), tuple(_applying(changes, practitioner.pk, location.pk)))


def _changes(first_day: date, last_day: date) -> list[tuple[dict, set[int]]]:
    """Dated changes near the window, each with whom it leaves out."""
    week = timedelta(days=8)  # hours that merge across midnight reach back: the engine looks there too
    rows = ScheduleException.objects.filter(last_day__gte=first_day - week, first_day__lte=last_day + week).values(
        "pk", "kind", "first_day", "last_day", "starts", "ends", "location_id", "practitioner_id", "except_for"
    )
    by_pk: dict[int, tuple[dict, set[int]]] = {}
    for row in rows:  # one row for each practitioner left out
        _row, left_out = by_pk.setdefault(row["pk"], (row, set()))
        left_out.add(row["except_for"])
    return list(by_pk.values())


def _applying(changes: list[tuple[dict, set[int]]], practitioner_id: int, location_id: int) -> Iterable[DatedException]:
    for row, left_out in changes:
        here = row["location_id"] in (None, location_id) and row["practitioner_id"] in (None, practitioner_id)
        if here and practitioner_id not in left_out:
            opens = row["kind"] == ScheduleException.Kind.OPEN
            yield DatedException(row["first_day"], row["last_day"], opens, row["starts"], row["ends"])


def busy_times(
    practitioners: Iterable[int],
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    ignoring: AppointmentRequest | None = None,
) -> Busy:
    """What each practitioner's diary blocks around these days, at all locations. One query.

    Holds that have run out block nothing, nor do the holds of the request `ignoring`.
    """
    start = datetime.combine(first_day, time.min, UTC) - LONGEST
    end = datetime.combine(last_day, time.min, UTC) + 2 * LONGEST
    rows = Appointment.objects.holding_time(now).overlapping(start, end).filter(practitioner__in=practitioners)
    if ignoring is not None:
        rows = rows.exclude(request=ignoring, status=Appointment.Status.HELD)
    busy: Busy = defaultdict(list)
    for practitioner_id, blocked_from, blocked_until in rows.order_by().values_list(
        "practitioner_id", "blocked_from", "blocked_until"
    ):
        busy[practitioner_id].append((blocked_from, blocked_until))
    return busy


def starts(
    roster: Roster, visit_type: VisitType, busy: Busy, rules: Rules, *, now: datetime, first_day: date, last_day: date
) -> list[Slot]:
    """The open times of one practitioner at one location, local start dates first_day..last_day. No query."""
    found = open_slots(
        zone=roster.location.tz,
        weekly=roster.weekly,
        exceptions=roster.changes,
        busy=busy.get(roster.practitioner.pk, ()),
        length=visit_type.minutes,
        buffer_before=visit_type.buffer_before,
        buffer_after=visit_type.buffer_after,
        step=visit_type.step,
        notice=rules.notice,
        horizon=rules.horizon,
        now=now,
        first_day=first_day,
        last_day=last_day,
    )
    return [Slot(at, roster.practitioner.pk, roster.location.pk) for at in found if at >= rules.not_before]


def open_times(
    visit_type: VisitType,
    rules: Rules,
    *,
    now: datetime,
    first_day: date,
    last_day: date,
    practitioners: Iterable[int] | None = None,
    locations: Iterable[int] | None = None,
    ignoring: AppointmentRequest | None = None,
) -> list[Slot]:
    """All open times of a visit type over local dates first_day..last_day, sorted by time. Three queries."""
    team = rosters(visit_type, first_day=first_day, last_day=last_day, practitioners=practitioners, locations=locations)
    busy = busy_times(
        {roster.practitioner.pk for roster in team}, first_day=first_day, last_day=last_day, now=now, ignoring=ignoring
    )
    found = [
        slot
        for roster in team
        for slot in starts(roster, visit_type, busy, rules, now=now, first_day=first_day, last_day=last_day)
    ]
    return sorted(found)


def no_longer_open(
    wanted: Iterable[Slot],
    visit_type: VisitType,
    rules: Rules,
    *,
    now: datetime,
    ignoring: AppointmentRequest | None = None,
) -> list[Slot]:
    """Those of the wanted slots that are not open now, or never were. Three queries."""
    wanted = list(wanted)
    days = [slot.starts_at.date() for slot in wanted]
    around = timedelta(days=1)  # the local date may be a day off the UTC date
    found = open_times(
        visit_type,
        rules,
        now=now,
        first_day=min(days) - around,
        last_day=max(days) + around,
        practitioners={slot.practitioner_id for slot in wanted},
        locations={slot.location_id for slot in wanted},
        ignoring=ignoring,
    )
    return [slot for slot in wanted if slot not in set(found)]


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
