"""The next open time of each provider, as a patient may choose it: for each appointment type."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.slots import Rules, Slot, busy_times, starts_of_team
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.models import AppointmentType
from clinic.practice_info import local_date, zone_at

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class NextOpen(NamedTuple):
    slot: Slot
    appointment_type: AppointmentType

    @property
    def zone(self) -> ZoneInfo:
        return zone_at(self.slot.location_id)


def next_open(appointment_types: Iterable[AppointmentType], *, now: datetime) -> dict[int, list[NextOpen]]:
    """By provider, soonest first. Four queries at most for each appointment type, for any number of providers."""
    found: dict[int, list[NextOpen]] = defaultdict(list)
    respond_by = response_deadline(now=now)
    for appointment_type in appointment_types:
        for person, slot in _first_of_each(appointment_type, Rules.public(appointment_type, respond_by), now).items():
            found[person].append(NextOpen(slot, appointment_type))
    return {person: sorted(times, key=lambda each: each.slot) for person, times in found.items()}


def _first_of_each(appointment_type: AppointmentType, rules: Rules, now: datetime) -> dict[int, Slot]:
    """A week holds a time of most providers, so the rest of the days is worked out for the others alone."""
    first = local_date(rules.not_before) - DAY  # an office farther west may still have that day
    last = local_date(now) + timedelta(days=rules.horizon)
    team = working_hours(appointment_type, first_day=first, last_day=last)
    found: dict[int, Slot] = {}
    for since, until in ((first, first + WEEK), (first + WEEK + DAY, last)):
        if left := [hours for hours in team if hours.practitioner.pk not in found]:
            found |= _between(since, until, left, appointment_type, rules, now)
    return found


def _between(
    since: date, until: date, team: list[WorkingHours], appointment_type: AppointmentType, rules: Rules, now: datetime
) -> dict[int, Slot]:
    people = {hours.practitioner.pk for hours in team}
    busy = busy_times(people, appointment_type, first_day=since, last_day=until, now=now)
    slots = starts_of_team(team, appointment_type, busy, rules, now=now, first_day=since, last_day=until)
    return {slot.practitioner_id: slot for slot, _hours in sorted(slots, key=lambda each: each[0], reverse=True)}
