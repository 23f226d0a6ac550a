"""A week of open times as the page shows it: days, doctors, times.

Reads through booking.scheduling.slots: three queries, one more when the week is empty and the next open time is
looked for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Q
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from booking.scheduling.response_deadline import reply_promise
from booking.scheduling.slots import Rules, Slot, busy_times, starts
from booking.scheduling.working_hours import Roster, rosters
from clinic.formatting import HARD_SPACE, clock
from clinic.models import Location, Practitioner, VisitType
from clinic.practice_info import frame

MOST_DOCTORS = 6  # shown for a day; the page says how many more there are
HALVES = ("morning", "afternoon")
SPLIT_ABOVE = 8  # times of one doctor in a day: then morning and afternoon have headings
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Wishes:
    week: date | None = None
    around: datetime | None = None  # a time that was lost: show its week
    doctor: str = ""
    office: str = ""


@dataclass(frozen=True)
class Wanted:
    """A chosen time with the names to print beside it; None for someone we do not know."""

    rank: int
    slot: Slot
    practitioner: Practitioner | None
    location: Location | None

    @property
    def day(self) -> date | None:
        return self.slot.starts_at.astimezone(self.location.tz).date() if self.location else None


@dataclass(frozen=True)
class Time:
    slot: Slot
    code: str
    clock: str
    is_morning: bool
    rank: int  # its place among the patient's choices, 0 for none


@dataclass
class Doctor:
    """One practitioner at one office on one day."""

    roster: Roster
    times: list[Time] = field(default_factory=list)

    @property
    def name(self) -> str:
        practitioner = self.roster.practitioner
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
    more: int = 0  # doctors with open times whom the page leaves out

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
    next_open: Slot | None  # only looked for when the week is empty
    next_week: date | None
    team: list[Roster]  # everyone who does this visit, whatever the wishes
    wishes: Wishes

    @property
    def is_empty(self) -> bool:
        return not any(day.doctors for day in self.days)

    @property
    def words(self) -> str:
        first, last = self.days[0], self.days[-1]
        return _("%(first)s to %(last)s") % {"first": first.month_day, "last": last.month_day}

    @property
    def next_named(self) -> Wanted:
        return self.named([self.next_open])[0]

    @property
    def last_day(self) -> date:
        return self.days[-1].day

    @property
    def doctors(self) -> dict[str, str]:
        return {roster.practitioner.slug: str(roster.practitioner) for roster in self.team}

    @property
    def offices(self) -> dict[str, str]:
        return {roster.location.slug: str(roster.location) for roster in self.team}

    @property
    def doctor(self) -> str:
        return self.doctors.get(self.wishes.doctor, "")

    @property
    def office(self) -> str:
        return self.offices.get(self.wishes.office, "")

    @property
    def zones(self) -> set[str]:
        return {roster.location.zone for roster in self.team}

    def named(self, slots: Iterable[Slot]) -> list[Wanted]:
        """The slots with the names to print beside them, ranked in their order. Two queries for who left the team."""
        slots = list(slots)
        people = {roster.practitioner.pk: roster.practitioner for roster in self.team}
        places = {roster.location.pk: roster.location for roster in self.team}
        if any(slot.practitioner_id not in people or slot.location_id not in places for slot in slots):
            people |= Practitioner.objects.in_bulk({slot.practitioner_id for slot in slots})
            places |= Location.objects.in_bulk({slot.location_id for slot in slots})
        return [
            Wanted(rank, slot, people.get(slot.practitioner_id), places.get(slot.location_id))
            for rank, slot in enumerate(slots, 1)
        ]

    def closest(self, lost: Slot, besides: list[Slot], most: int = 2) -> list[tuple[Slot, Roster]]:
        """The open times of this week nearest to one that was lost."""
        open_now = [
            (time.slot, doctor.roster)
            for day in self.days
            for doctor in day.doctors
            for time in doctor.times
            if time.slot != lost and time.slot not in besides
        ]
        return sorted(open_now, key=lambda pair: (abs(pair[0].starts_at - lost.starts_at), pair[0]))[:most]


def public_rules(visit_type: VisitType, office: str, *, now: datetime) -> Rules:
    """By the promise of the preferred office (its slug), or of the default desk for any office."""
    location_id = next((desk.pk for desk in frame().offices if desk.slug == office), None)
    return Rules.public(visit_type, reply_promise(now=now, location_id=location_id))


def load(
    visit_type: VisitType, wishes: Wishes, picked: Sequence[Slot] = (), *, rules: Rules, now: datetime,
    ignoring: Q | None = None,
) -> Week:  # fmt: skip
    """The wished-for week, or the first with an open time when no week was asked for."""
    today = now.astimezone(frame().zone).date()
    horizon = today + timedelta(days=visit_type.horizon)
    team = rosters(visit_type, first_day=today, last_day=horizon) if visit_type.is_public else []
    chosen = _chosen(team, wishes)
    soonest = max(now + timedelta(minutes=visit_type.notice), rules.not_before).astimezone(frame().zone).date()
    first_week, last_week = _monday(soonest), _monday(max(horizon, soonest))
    monday = min(max(_asked_for(wishes) or first_week, first_week), last_week)
    finder = _Finder(visit_type, chosen, rules, now, ignoring)
    found = finder.between(monday, monday + WEEK - timedelta(days=1))
    next_open = next_week = None
    if not found:
        later = finder.between(monday + WEEK, horizon)
        next_open = min((slot for slot, _roster in later), default=None)
        next_week = _monday(_here(next_open)) if next_open else None
        if next_week and not _asked_for(wishes):
            monday, next_open = next_week, None
            found = [(slot, roster) for slot, roster in later if _monday(_here(slot)) == monday]
    return Week(
        monday,
        _days(monday, found, list(picked)),
        monday - WEEK if monday > first_week else None,
        monday + WEEK if monday < last_week else None,
        next_open,
        next_week,
        team,
        wishes,
    )


def _chosen(team: list[Roster], wishes: Wishes) -> list[Roster]:
    doctors = {roster.practitioner.slug for roster in team}
    offices = {roster.location.slug for roster in team}
    return [
        roster
        for roster in team
        if wishes.doctor in (roster.practitioner.slug, "") or wishes.doctor not in doctors
        if wishes.office in (roster.location.slug, "") or wishes.office not in offices
    ]


def _asked_for(wishes: Wishes) -> date | None:
    if wishes.week:
        return _monday(wishes.week)
    return _monday(wishes.around.astimezone(frame().zone).date()) if wishes.around else None


def _here(slot: Slot) -> date:
    return slot.starts_at.astimezone(frame().zone).date()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


class _Finder:
    """Open times of the chosen rosters between days; each call reads the diary once."""

    def __init__(
        self, visit_type: VisitType, team: list[Roster], rules: Rules, now: datetime, ignoring: Q | None
    ) -> None:
        self.visit_type, self.team, self.rules, self.now, self.ignoring = visit_type, team, rules, now, ignoring

    def between(self, first_day: date, last_day: date) -> list[tuple[Slot, Roster]]:
        people = {roster.practitioner.pk for roster in self.team}
        days = {"first_day": first_day, "last_day": last_day, "now": self.now}
        busy = busy_times(people, self.visit_type, **days, ignoring=self.ignoring)
        return [
            (slot, roster) for roster in self.team for slot in starts(roster, self.visit_type, busy, self.rules, **days)
        ]


def _days(monday: date, found: list[tuple[Slot, Roster]], picked: list[Slot]) -> list[Day]:
    """Monday to Friday, and the weekend days that have times; the doctors with the earliest times first."""
    by_day: dict[date, dict[tuple[int, int], Doctor]] = defaultdict(dict)
    for slot, roster in found:
        here = slot.starts_at.astimezone(roster.location.tz)
        doctor = by_day[here.date()].setdefault((slot.practitioner_id, slot.location_id), Doctor(roster))
        rank = picked.index(slot) + 1 if slot in picked else 0
        doctor.times.append(Time(slot, slot.code, clock(here.hour * 60 + here.minute), here.hour < 12, rank))
    days = [monday + timedelta(days=n) for n in range(7)]
    return [_day(day, list(by_day[day].values())) for day in days if day in by_day or day.weekday() < 5]


def _day(day: date, doctors: list[Doctor]) -> Day:
    if len(doctors) > MOST_DOCTORS:
        shown = sorted(doctors, key=lambda doctor: doctor.times[0].slot)[:MOST_DOCTORS]
        return Day(day, shown, more=len(doctors) - len(shown))
    return Day(day, doctors)
