"""Open times: reads rows, calls the engine, returns slots. The only reader of the calendar.

Three queries, for any number of days, practitioners and past appointments: weekly hours, dated exceptions, calendar.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, DateTimeField, Func, IntegerField, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from booking.models import Appointment, AppointmentRequest
from booking.models.constraints import LONGEST
from booking.scheduling.availability import Blocks, Span, blocks, open_slots
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.compiled_query import Among, CompiledQuery, Param
from clinic.models import AppointmentType, Location, Practitioner
from clinic.practice_info import local_date

ANSWER_MARGIN = timedelta(hours=2)  # between the response deadline and the earliest time a patient may choose
DESK_HORIZON = 400  # days; the desk may book further ahead than the public
FARTHEST_EAST, FARTHEST_WEST = (
    timedelta(hours=14),
    timedelta(hours=12),
)  # the zones where a day starts first and ends last
Busy = dict[int, list[Span]]  # in epoch minutes


@dataclass(frozen=True, order=True)
class Slot:
    """A time that can be chosen: a value, not a row. `starts_at` is aware, UTC, a whole minute."""

    starts_at: datetime
    practitioner_id: int
    location_id: int

    @property
    def code(self) -> str:
        """As text for a form."""
        return f"{int(self.starts_at.timestamp()) // 60}-{self.practitioner_id}-{self.location_id}"

    @classmethod
    def parse(cls, code: str) -> "Slot | None":
        """The slot of a code; None if the code is not valid: forms may be crafted."""
        parts = code.split("-")
        if len(code) > 40 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        minutes, practitioner_id, location_id = map(int, parts)
        if minutes > 10**8 or max(practitioner_id, location_id) > 2**31:
            return None
        return cls(datetime.fromtimestamp(minutes * 60, UTC), practitioner_id, location_id)


class EpochMinute(Func):
    """A moment as whole minutes since 1970, rounded down or, with `up`, up: a week of datetimes takes long to read."""

    output_field = IntegerField()

    def __init__(self, moment: str, *, up: bool = False) -> None:
        super().__init__(moment)
        self.up = up

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        column, values = compiler.compile(self.source_expressions[0])
        return f"{'ceil' if self.up else 'floor'}(date_part('epoch', {column}) / 60)::integer", [*values]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: Any) -> tuple[str, Any]:
        column, values = compiler.compile(self.source_expressions[0])
        seconds = f"strftime('%%s', substr({column}, 1, 19))"  # without the fraction, which it would round
        up = f"({seconds} + 59 + (length({column}) > 19)) / 60"
        return (up, (*values, *values)) if self.up else (f"{seconds} / 60", values)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list:
        return []


@dataclass(frozen=True)
class Rules:
    """How early and how late a start may be: minutes of notice, days of horizon, and the earliest instant."""

    notice: int
    horizon: int
    not_before: datetime

    @classmethod
    def public(cls, appointment_type: AppointmentType, respond_by: datetime) -> "Rules":
        """The rules for patients, who are never offered a time before the response deadline."""
        return cls(appointment_type.notice, appointment_type.horizon, respond_by + ANSWER_MARGIN)

    @classmethod
    def desk(cls, now: datetime) -> "Rules":
        return cls(0, DESK_HORIZON, now)


def own_time(appointment_request: AppointmentRequest) -> Q:
    """The rows whose time the request may use: its holds, and the appointment that it replaces."""
    holds = Q(appointment_request=appointment_request, status=Appointment.Status.HELD)
    return holds | Q(pk=appointment_request.replaces_id) if appointment_request.replaces_id else holds


def own_holds_of(clerk: User) -> Q:
    """A clerk's holds during a call: busy for everyone else, free for this clerk."""
    return Q(held_for=clerk, status=Appointment.Status.HELD)


def busy_times(
    practitioners: Iterable[int],
    appointment_type: AppointmentType,
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    ignoring: Q | None = None,
) -> Busy:
    """What may block such an appointment in each practitioner's calendar on these local days, at any office.

    One query. Expired holds block nothing, nor do rows matching `ignoring`: see `own_time`.
    """
    reach = timedelta(minutes=appointment_type.buffer_before + appointment_type.minutes + appointment_type.buffer_after)
    start = datetime.combine(first_day, time.min, UTC) - FARTHEST_EAST - reach
    end = datetime.combine(last_day + timedelta(days=1), time.min, UTC) + FARTHEST_WEST + reach
    window = {"now": now, "start": start, "end": end, "since": start - LONGEST}
    spans: Iterable[tuple[int, int, int]]
    if ignoring is None:  # as patients do who have no appointment yet
        spans = BUSY(**window, people=practitioners)
    else:
        spans = _busy(**window).filter(practitioner__in=practitioners).exclude(ignoring)
    busy: Busy = defaultdict(list)
    for person, since, until in spans:
        busy[person].append((since, until))
    return busy


def _busy(now: Any, start: Any, end: Any, since: Any) -> QuerySet:
    rows = Appointment.objects.holding_time(now).overlapping(start, end, since).order_by()
    return rows.values_list("practitioner_id", EpochMinute("blocked_from"), EpochMinute("blocked_until", up=True))


def _busy_of_many() -> QuerySet:
    window = {name: Param(name, DateTimeField()) for name in ("now", "start", "end", "since")}
    return _busy(**window).filter(Among("practitioner", "people", BigIntegerField()))


BUSY = CompiledQuery(_busy_of_many)


def starts(
    hours: WorkingHours,
    appointment_type: AppointmentType,
    busy: Busy,
    rules: Rules,
    *,
    now: datetime,
    first_day: date,
    last_day: date,
    blocks: Blocks = blocks,
) -> list[Slot]:
    """Open times of one practitioner at one location, local start dates first_day..last_day. No query."""
    found = open_slots(
        zone=hours.location.tz,
        weekly=hours.weekly,
        exceptions=hours.changes,
        busy=busy.get(hours.practitioner.pk, ()),
        length=appointment_type.minutes,
        buffer_before=appointment_type.buffer_before,
        buffer_after=appointment_type.buffer_after,
        step=appointment_type.step,
        notice=rules.notice,
        horizon=rules.horizon,
        now=now,
        first_day=first_day,
        last_day=last_day,
        blocks=blocks,
    )
    person, place = hours.practitioner.pk, hours.location.pk
    return [Slot(at, person, place) for at in found if at >= rules.not_before]


def starts_of_team(
    team: Iterable[WorkingHours], appointment_type: AppointmentType, busy: Busy, rules: Rules, *, now: datetime,
    first_day: date,
    last_day: date,
) -> Iterator[tuple[Slot, WorkingHours]]:  # fmt: skip
    """Open times of each. What they share, when they are open, is computed once for all with the same hours."""
    shared, days = cache(blocks), {"first_day": first_day, "last_day": last_day}
    for hours in team:
        for slot in starts(hours, appointment_type, busy, rules, now=now, **days, blocks=shared):
            yield slot, hours


def open_times(
    appointment_type: AppointmentType,
    rules: Rules,
    *,
    now: datetime,
    first_day: date,
    last_day: date,
    practitioners: Iterable[int] | None = None,
    locations: Iterable[int] | None = None,
    ignoring: Q | None = None,
) -> list[Slot]:
    """All open times of an appointment type, local dates first_day..last_day, sorted by time. Three queries."""
    days = {"first_day": first_day, "last_day": last_day}
    team = working_hours(appointment_type, **days, practitioners=practitioners, locations=locations)
    people = {hours.practitioner.pk for hours in team}
    busy = busy_times(people, appointment_type, **days, now=now, ignoring=ignoring)
    return sorted(slot for slot, _hours in starts_of_team(team, appointment_type, busy, rules, **days, now=now))


def may_ever(slot: Slot, appointment_type: AppointmentType) -> bool:
    """Whether this practitioner offers this appointment type and the office is active. Ignores hours. Two queries."""
    who = Practitioner.objects.filter(pk=slot.practitioner_id, is_active=True, appointment_types=appointment_type.pk)
    return who.exists() and Location.objects.filter(pk=slot.location_id, is_active=True).exists()


def no_longer_open(
    wanted: Iterable[Slot],
    appointment_type: AppointmentType,
    rules: Rules,
    *,
    now: datetime,
    ignoring: Q | None = None,
) -> list[Slot]:
    """The wanted slots that are not open now, or never were. Three queries at most."""
    wanted = list(wanted)
    # Local and UTC dates may differ by one day. Out-of-range slots are not looked up: forms may be crafted.
    soonest, latest = (now - timedelta(days=1)).date(), (now + timedelta(days=rules.horizon + 1)).date()
    in_range = [slot for slot in wanted if soonest <= slot.starts_at.date() <= latest]
    found = _open_among(in_range, appointment_type, rules, now=now, ignoring=ignoring) if in_range else set()
    return [slot for slot in wanted if slot not in found]


def _open_among(
    wanted: list[Slot], appointment_type: AppointmentType, rules: Rules, *, now: datetime, ignoring: Q | None
) -> set[Slot]:
    around = {slot.starts_at.date() + timedelta(days=n) for slot in wanted for n in (-1, 1)}
    window = {"first_day": min(around), "last_day": max(around)}
    people = {slot.practitioner_id for slot in wanted}
    team = working_hours(
        appointment_type, **window, practitioners=people, locations={slot.location_id for slot in wanted}
    )
    busy = busy_times(people, appointment_type, **window, now=now, ignoring=ignoring)
    return {
        slot
        for hours in team
        for day in {local_date(slot.starts_at, hours.location.tz) for slot in wanted}
        for slot in starts(hours, appointment_type, busy, rules, now=now, first_day=day, last_day=day)
    }


def slot_of(appointment: Appointment) -> Slot:
    return Slot(appointment.starts_at, appointment.practitioner_id, appointment.location_id)
