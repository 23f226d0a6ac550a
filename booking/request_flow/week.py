"""A week of open times as shown on the page: days, doctors, times.

Reads through booking.scheduling.slots: three queries, and one more if the week is empty and the next open time is
needed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.slots import Rules, Slot, busy_times, starts_of_team
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.formatting import HARD_SPACE, clock
from clinic.models import AppointmentType, Location, Practitioner
from clinic.practice_info import local_date, practice_info

MOST_DOCTORS = 6  # doctors shown per day; the page says how many more there are
HALVES = ("morning", "afternoon")
SPLIT_ABOVE = 8  # times per doctor and day from which morning and afternoon get headings
WEEK = timedelta(days=7)
Found = tuple[WorkingHours, list[Slot]]


@dataclass(frozen=True)
class SlotFilter:
    week: date | None = None
    around: datetime | None = None  # a time that was taken: show its week
    doctor: str = ""
    office: str = ""


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


@dataclass(frozen=True)
class Time:
    slot: Slot
    code: str
    clock: str
    is_morning: bool
    rank: int  # rank among the patient's choices, 0 for none


@dataclass
class Doctor:
    """One practitioner at one office on one day."""

    hours: WorkingHours
    times: list[Time] = field(default_factory=list)

    @property
    def name(self) -> str:
        practitioner = self.hours.practitioner
        return ", ".join(part for part in (practitioner.name, practitioner.specialty) if part)

    @property
    def parts(self) -> list[tuple[str, list[Time]]]:
        if len(self.times) <= SPLIT_ABOVE:
            return [("", self.times)]
        parts = [(half, [time for time in self.times if time.is_morning == (half == "morning")]) for half in HALVES]
        return [(half, times) for half, times in parts if times]


@dataclass
class Day:
    day: date
    doctors: list[Doctor] = field(default_factory=list)
    more: int = 0  # doctors with open times that the page leaves out

    @property
    def id(self) -> str:
        return f"{self.day:%m%d}"

    @property
    def short(self) -> str:
        return date_format(self.day, "D")

    @cached_property
    def weekday(self) -> str:
        return date_format(self.day, "l")

    @cached_property
    def month_day(self) -> str:
        return date_format(self.day, f"F{HARD_SPACE}j")

    @property
    def words(self) -> str:
        return f"{self.weekday}, {self.month_day}"

    @property
    def count(self) -> int:
        return sum(len(doctor.times) for doctor in self.doctors)


@dataclass
class Week:
    first_day: date
    days: list[Day]
    earlier: date | None
    later: date | None
    next_open: Slot | None  # searched only if the week is empty
    next_week: date | None
    team: list[WorkingHours]  # everyone who offers this appointment type, whatever the filter
    slot_filter: SlotFilter

    @property
    def is_empty(self) -> bool:
        return not any(day.doctors for day in self.days)

    @property
    def words(self) -> str:
        first, last = self.days[0], self.days[-1]
        return _("%(first)s to %(last)s") % {"first": first.month_day, "last": last.month_day}

    @property
    def next_named(self) -> ChosenSlot:
        return self.named([self.next_open])[0]

    @property
    def last_day(self) -> date:
        return self.days[-1].day

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
        """The open times of this week nearest to one that was taken."""
        open_now = [
            (time.slot, doctor.hours)
            for day in self.days
            for doctor in day.doctors
            for time in doctor.times
            if time.slot != lost and time.slot not in besides
        ]
        return sorted(open_now, key=lambda pair: (abs(pair[0].starts_at - lost.starts_at), pair[0]))[:most]


def public_rules(appointment_type: AppointmentType, office: str, *, now: datetime) -> Rules:
    """The rules for patients: the deadline of the preferred office (a slug), or of the default desk for any office."""
    location_id = next((desk.pk for desk in practice_info().offices if desk.slug == office), None)
    return Rules.public(appointment_type, response_deadline(now=now, location_id=location_id))


def load(
    appointment_type: AppointmentType, slot_filter: SlotFilter, picked: Sequence[Slot] = (), *, rules: Rules,
    now: datetime,
    ignoring: Q | None = None,
    without: Collection[Slot] = (),
) -> Week:  # fmt: skip
    """The requested week, or the first week with an open time if none was requested. `without`: slots to leave out."""
    today = local_date(now)
    horizon = today + timedelta(days=appointment_type.horizon)
    team = working_hours(appointment_type, first_day=today, last_day=horizon) if appointment_type.is_public else []
    chosen = _chosen(team, slot_filter)
    soonest = local_date(max(now + timedelta(minutes=appointment_type.notice), rules.not_before))
    first_week, last_week = _monday(soonest), _monday(max(horizon, soonest))
    monday = min(max(_requested_week(slot_filter) or first_week, first_week), last_week)
    finder = _Finder(appointment_type, chosen, rules, now, ignoring, without)
    found = finder.between(monday, monday + WEEK - timedelta(days=1))
    next_open = next_week = None
    if not found:
        later = finder.between(monday + WEEK, horizon)
        next_open = min((slot for slot, _hours_at in later), default=None)
        next_week = _monday(_here(next_open)) if next_open else None
        if next_week and not _requested_week(slot_filter):
            monday, next_open = next_week, None
            found = [(slot, hours) for slot, hours in later if _monday(_here(slot)) == monday]
    return Week(
        monday,
        _days(monday, found, list(picked)),
        monday - WEEK if monday > first_week else None,
        monday + WEEK if monday < last_week else None,
        next_open,
        next_week,
        team,
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


def _requested_week(slot_filter: SlotFilter) -> date | None:
    if slot_filter.week:
        return _monday(slot_filter.week)
    return _monday(local_date(slot_filter.around)) if slot_filter.around else None


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
    ) -> None:
        self.appointment_type, self.team, self.rules, self.now = appointment_type, team, rules, now
        self.ignoring, self.without = ignoring, without

    def between(self, first_day: date, last_day: date) -> list[tuple[Slot, WorkingHours]]:
        people = {hours.practitioner.pk for hours in self.team}
        days = {"first_day": first_day, "last_day": last_day, "now": self.now}
        busy = busy_times(people, self.appointment_type, **days, ignoring=self.ignoring)
        found = starts_of_team(self.team, self.appointment_type, busy, self.rules, **days)
        return [(slot, hours) for slot, hours in found if slot not in self.without]


def _days(monday: date, found: list[tuple[Slot, WorkingHours]], picked: list[Slot]) -> list[Day]:
    """The days of the page: Monday to Friday and weekend days with times; doctors with the earliest times first."""
    by_day: dict[date, dict[tuple[int, int], Found]] = defaultdict(dict)
    for slot, hours in found:
        here = local_date(slot.starts_at, hours.location.tz)
        by_day[here].setdefault((slot.practitioner_id, slot.location_id), (hours, []))[1].append(slot)
    days = [monday + timedelta(days=n) for n in range(7)]
    return [_day(day, list(by_day[day].values()), picked) for day in days if day in by_day or day.weekday() < 5]


def _day(day: date, doctors: list[Found], picked: list[Slot]) -> Day:
    shown = doctors if len(doctors) <= MOST_DOCTORS else sorted(doctors, key=lambda found: found[1][0])[:MOST_DOCTORS]
    times = [Doctor(hours, [_time(slot, hours, picked) for slot in slots]) for hours, slots in shown]
    return Day(day, times, more=len(doctors) - len(shown))


def _time(slot: Slot, hours: WorkingHours, picked: list[Slot]) -> Time:
    here = slot.starts_at.astimezone(hours.location.tz)
    rank = picked.index(slot) + 1 if slot in picked else 0
    return Time(slot, slot.code, clock(here.hour * 60 + here.minute), here.hour < 12, rank)
