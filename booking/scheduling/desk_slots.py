"""Open times for a page of the desk, with the practitioner and office of each."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from booking.models import AppointmentRequest
from booking.scheduling.availability import whole_minutes
from booking.scheduling.slots import Rules, Slot, busy_times, starts, starts_of_team
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.models import AppointmentType
from clinic.practice_info import local_date

DAYS = 14  # days searched at a time


class Open(NamedTuple):
    slot: Slot
    hours: WorkingHours

    @property
    def local(self) -> datetime:
        return self.slot.starts_at.astimezone(self.hours.location.tz)


class DeskAvailability:
    """Open times of one appointment type around some days, by the desk's rules.

    Three queries in total. Rows matching `ignoring` do not count as busy. `practitioners`: None means any. `team`: who
    offers it on these days, if it was read before; then one query.
    """

    def __init__(
        self, appointment_type: AppointmentType, *, now: datetime, days: Iterable[date], ignoring: Q | None = None,
        practitioners: Iterable[int] | None = None, team: list[WorkingHours] | None = None,
    ) -> None:  # fmt: skip
        first, last = min(days), max(days)
        self.appointment_type, self.now, self.rules = appointment_type, now, Rules.desk(now)
        if team is None:
            team = working_hours(appointment_type, first_day=first, last_day=last, practitioners=practitioners)
        self.team = team
        people = {hours.practitioner.pk for hours in self.team}
        self.busy = busy_times(people, appointment_type, first_day=first, last_day=last, now=now, ignoring=ignoring)

    def between(self, first: date, last: date, team: Iterable[WorkingHours] | None = None) -> list[Open]:
        """The open times on these days, sorted. `team` None: everyone who offers this appointment type."""
        team = self.team if team is None else team
        days = {"first_day": first, "last_day": last}
        found = starts_of_team(team, self.appointment_type, self.busy, self.rules, now=self.now, **days)
        return sorted((Open(*pair) for pair in found), key=lambda each: each.slot)

    def is_open(self, slot: Slot) -> bool:
        return any(
            slot in self._starts(hours, day, day)
            for hours in self.team
            if (hours.practitioner.pk, hours.location.pk) == (slot.practitioner_id, slot.location_id)
            for day in [local_date(slot.starts_at, hours.location.tz)]
        )

    def is_taken(self, slot: Slot) -> bool:
        """Whether another appointment blocks the time, rather than a closure or the clock."""
        blocked_from = slot.starts_at - timedelta(minutes=self.appointment_type.buffer_before)
        blocked_until = slot.starts_at + timedelta(
            minutes=self.appointment_type.minutes + self.appointment_type.buffer_after
        )
        since, until = whole_minutes(blocked_from, blocked_until)
        return any(a < until and b > since for a, b in self.busy.get(slot.practitioner_id, ()))

    def _starts(self, hours: WorkingHours, first: date, last: date) -> list[Slot]:
        return starts(hours, self.appointment_type, self.busy, self.rules, now=self.now, first_day=first, last_day=last)


def soonest(
    appointment_type: AppointmentType,
    team: Iterable[WorkingHours],
    enough: Callable[[list[Open]], bool],
    *,
    now: datetime,
    first: date,
    last: date,
    ignoring: Q | None = None,
    on_first: AppointmentType | None = None,
) -> tuple[list[Open], date]:
    """Open times from the first day on, sorted, and the last day that was searched.

    Searches the next week, and the rest if that is not enough. `on_first`: the type with other regular start times on
    the first day. One query.
    """
    people, found, rules = {hours.practitioner.pk for hours in team}, [], Rules.desk(now)
    busy = busy_times(people, appointment_type, first_day=first, last_day=last, now=now, ignoring=ignoring)
    for since, until in _stretches(first, last, alone=on_first is not None):
        kind = on_first if on_first and until == first else appointment_type
        open_now = starts_of_team(team, kind, busy, rules, first_day=since, last_day=until, now=now)
        found += sorted((Open(*pair) for pair in open_now), key=lambda each: each.slot)
        if enough(found):
            return found, until
    return found, last


def _stretches(first: date, last: date, *, alone: bool) -> Iterator[tuple[date, date]]:
    """The next seven days, then the rest. `alone`: the first day by itself before them."""
    for days in (1, 6, DAYS) if alone else (7, DAYS):
        until = min(first + timedelta(days=days - 1), last)
        if first <= until:
            yield first, until
        first = until + timedelta(days=1)


def whole_days(found: list[Open], at_least: int) -> list[Open]:
    """The first `at_least` of them plus the rest of the last day, so that the next page starts with a new day."""
    if len(found) <= at_least:
        return found
    last = found[at_least - 1].local.date()
    return [each for each in found if each.local.date() <= last]


def wanted_days(appointment_request: AppointmentRequest, today: date) -> list[date]:
    """The days left of the week that the patient asked for; none if it has passed."""
    monday = appointment_request.wanted_week
    days = [monday + timedelta(days=n) for n in range(7)] if monday else []
    return [day for day in days if day >= today]


def suits(appointment_request: AppointmentRequest, today: date) -> Callable[[Open], bool]:
    """Whether an open time matches the patient's preferences."""
    part, week = AppointmentRequest.PartOfDay, wanted_days(appointment_request, today)

    def fits(found: Open) -> bool:
        here = found.local
        half = part.MORNING if here.hour < 12 else part.AFTERNOON
        return (
            appointment_request.practitioner_id in (None, found.slot.practitioner_id)
            and appointment_request.location_id in (None, found.slot.location_id)
            and appointment_request.part_of_day in (part.ANY, half)
            and here.weekday() not in appointment_request.never_days
            and (not week or here.date() in week)
        )

    return fits
