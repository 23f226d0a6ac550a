"""A week of open times as shown on the page: the days, and one of them in full.

Reads through booking.scheduling.slots: three queries, and one more if the week is empty and the next open time is
needed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.request_flow.times.day import AFTERNOON, MORNING, Day, Found, half_of, minutes_at, minutes_of
from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.slots import Rules, Slot, busy_times, starts_of_team
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.models import AppointmentType, Location, Practitioner
from clinic.practice_info import local_date, practice_info, zone_at

SOONEST = 3
FEW = 8  # open times of a week, up to which all are listed
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class SlotFilter:
    """What to show. `day`, or its week if it is no open day; `around`: a time that was taken, or chosen."""

    day: date | None = None
    around: datetime | None = None
    doctor: str = ""
    office: str = ""
    part: str = ""

    @property
    def asked_for(self) -> date | None:
        return self.day or (local_date(self.around) if self.around else None)

    @property
    def narrows(self) -> bool:
        return bool(self.doctor or self.office or self.part)

    def url(self, **changes) -> str:
        said = vars(replace(self, **changes, around=None))
        kept = {name: value for name, value in said.items() if value or name in ("doctor", "office")}
        return f"?{urlencode(kept)}"  # with an empty doctor and office: left out, they would be those chosen before


@dataclass(frozen=True)
class ChosenSlot:
    """A chosen time with the names to show; None for a practitioner or office that we do not know."""

    rank: int
    slot: Slot
    practitioner: Practitioner | None
    location: Location | None

    @property
    def day(self) -> date | None:
        return local_date(self.slot.starts_at, self.location.tz) if self.location else None


@dataclass
class Week:
    days: list[Day]
    earlier: date | None
    later: date | None
    next_open: Slot | None  # searched only if the week is empty
    team: list[WorkingHours]  # everyone who offers this appointment type, whatever the filter
    chosen: list[WorkingHours]  # those that the filter lets through
    slot_filter: SlotFilter

    @property
    def is_empty(self) -> bool:
        return not any(day.found for day in self.days)

    @cached_property
    def few(self) -> list[Found]:
        """All open times of the week in order, if they are few; none if they are not."""
        if sum(day.count for day in self.days) > FEW:
            return []
        return sorted((each for day in self.days for each in day.found), key=lambda each: each[0])

    @cached_property
    def shown(self) -> Day:
        """The day in full: the one asked for, else the next one with open times, else the last one."""
        open_days = [day for day in self.days if day.found]
        asked_for = self.slot_filter.asked_for or date.min
        return next((day for day in open_days if day.day >= asked_for), open_days[-1])

    @property
    def before(self) -> Day | None:
        return next((day for day in reversed(self.days) if day.found and day.day < self.shown.day), None)

    @property
    def after(self) -> Day | None:
        return next((day for day in self.days if day.found and day.day > self.shown.day), None)

    @property
    def earlier_url(self) -> str:
        return self.slot_filter.url(day=self.earlier)

    @property
    def later_url(self) -> str:
        return self.slot_filter.url(day=self.later)

    @property
    def next_url(self) -> str:
        return self.slot_filter.url(day=_here(self.next_open))

    @property
    def parts(self) -> list[tuple[str, str]]:
        return [(part, self.slot_filter.url(part=part)) for part in ("", MORNING, AFTERNOON)]

    def soonest(self) -> list[Found]:
        """The first open time of each of the first days; none if the patient looks at a day of their own choice."""
        if self.slot_filter.asked_for:
            return []
        return list(islice((min(day.found, key=lambda each: each[0]) for day in self.days if day.found), SOONEST))

    @property
    def words(self) -> str:
        first, last = self.days[0], self.days[-1]
        until = last.day.day if last.day.month == first.day.month else last.month_day
        return _("%(first)s to %(last)s") % {"first": first.month_day, "last": until}

    @property
    def next_named(self) -> ChosenSlot:
        return self.named([self.next_open])[0]

    @cached_property
    def doctors(self) -> dict[str, str]:
        return {hours.practitioner.slug: str(hours.practitioner) for hours in self.team}

    @cached_property
    def offices(self) -> dict[str, str]:
        return {hours.location.slug: str(hours.location) for hours in self.team}

    @property
    def doctor(self) -> str:
        return self.doctors.get(self.slot_filter.doctor, "")

    @property
    def office(self) -> str:
        return self.offices.get(self.slot_filter.office, "")

    @property
    def zones(self) -> set[str]:
        return {hours.location.zone for hours in self.team}

    def named(self, slots: Iterable[Slot]) -> list[ChosenSlot]:
        """The slots with the names to show, ranked in their order. Two queries if a practitioner left the team."""
        slots = list(slots)
        people = {hours.practitioner.pk: hours.practitioner for hours in self.team}
        places = {hours.location.pk: hours.location for hours in self.team}
        if any(slot.practitioner_id not in people or slot.location_id not in places for slot in slots):
            people |= Practitioner.objects.in_bulk({slot.practitioner_id for slot in slots})
            places |= Location.objects.in_bulk({slot.location_id for slot in slots})
        return [
            ChosenSlot(rank, slot, people.get(slot.practitioner_id), places.get(slot.location_id))
            for rank, slot in enumerate(slots, 1)
        ]

    def closest(self, lost: Slot, besides: list[Slot], most: int = 2) -> list[tuple[Slot, WorkingHours]]:
        """The open times of this week nearest to one that was taken, those of the same half of the day first."""
        open_now = [each for day in self.days for each in day.found if each[0] != lost and each[0] not in besides]
        half = half_of(minutes_at(lost, zone_at(lost.location_id)))

        def distance(found: Found) -> tuple[bool, timedelta, Slot]:
            return half_of(minutes_of(found)) != half, abs(found[0].starts_at - lost.starts_at), found[0]

        return sorted(open_now, key=distance)[:most]


def public_rules(appointment_type: AppointmentType, office: str, *, now: datetime) -> Rules:
    """The rules for patients: the deadline of the preferred office (a slug), or of the default desk for any office."""
    location_id = next((desk.pk for desk in practice_info().offices if desk.slug == office), None)
    return Rules.public(appointment_type, response_deadline(now=now, location_id=location_id))


def load(
    appointment_type: AppointmentType,
    slot_filter: SlotFilter,
    *,
    rules: Rules,
    now: datetime,
    ignoring: Q | None = None,
    without: Collection[Slot] = (),
) -> Week:
    """The requested week, or the first week with an open time if none was requested. `without`: slots to leave out."""
    today = local_date(now)
    horizon = today + timedelta(days=appointment_type.horizon)
    team = working_hours(appointment_type, first_day=today, last_day=horizon) if appointment_type.is_public else []
    chosen = _chosen(team, slot_filter)
    soonest = local_date(max(now + timedelta(minutes=appointment_type.notice), rules.not_before))
    first_week, last_week = _monday(soonest), _monday(max(horizon, soonest))
    asked_for = slot_filter.asked_for
    monday = min(max(_monday(asked_for) if asked_for else first_week, first_week), last_week)
    finder = _Finder(appointment_type, chosen, rules, now, ignoring, without, slot_filter.part)
    found = finder.between(monday, monday + WEEK - timedelta(days=1))
    next_open = None
    if not found:
        later = finder.between(monday + WEEK, horizon)
        next_open = min((slot for slot, _hours_at in later), default=None)
        if next_open and not asked_for:
            monday, next_open = _monday(_here(next_open)), None
            found = [(slot, hours) for slot, hours in later if _monday(_here(slot)) == monday]
    return Week(
        _days(monday, found, slot_filter),
        monday - WEEK if monday > first_week else None,
        monday + WEEK if monday < last_week else None,
        next_open,
        team,
        chosen,
        slot_filter,
    )


def _chosen(team: list[WorkingHours], slot_filter: SlotFilter) -> list[WorkingHours]:
    doctors = {hours.practitioner.slug for hours in team}
    offices = {hours.location.slug for hours in team}
    return [
        hours
        for hours in team
        if slot_filter.doctor in (hours.practitioner.slug, "") or slot_filter.doctor not in doctors
        if slot_filter.office in (hours.location.slug, "") or slot_filter.office not in offices
    ]


def _here(slot: Slot) -> date:
    return local_date(slot.starts_at)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


class _Finder:
    """Open times of the selected working hours between days; each call reads the calendar once."""

    def __init__(
        self,
        appointment_type: AppointmentType,
        team: list[WorkingHours],
        rules: Rules,
        now: datetime,
        ignoring: Q | None,
        without: Collection[Slot],
        part: str,
    ) -> None:
        self.appointment_type, self.team, self.rules, self.now = appointment_type, team, rules, now
        self.ignoring, self.without, self.part = ignoring, without, part

    def between(self, first_day: date, last_day: date) -> list[Found]:
        people = {hours.practitioner.pk for hours in self.team}
        days = {"first_day": first_day, "last_day": last_day, "now": self.now}
        busy = busy_times(people, self.appointment_type, **days, ignoring=self.ignoring)
        found = starts_of_team(self.team, self.appointment_type, busy, self.rules, **days)
        found = [each for each in found if each[0] not in self.without] if self.without else list(found)
        if self.part not in (MORNING, AFTERNOON):
            return found
        return [each for each in found if half_of(minutes_of(each)) == self.part]


def _days(monday: date, found: list[Found], slot_filter: SlotFilter) -> list[Day]:
    """The days of the page: Monday to Friday and weekend days with times."""
    by_day: dict[date, list[Found]] = defaultdict(list)
    for slot, hours in found:
        by_day[local_date(slot.starts_at, hours.location.tz)].append((slot, hours))
    days = [monday + timedelta(days=n) for n in range(7)]
    return [
        Day(day, slot_filter.url(day=day), by_day.get(day, [])) for day in days if day in by_day or day.weekday() < 5
    ]
