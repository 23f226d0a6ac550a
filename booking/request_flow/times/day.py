"""One day of the open-times page: the times of all providers merged, morning and afternoon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as date_format

from booking.scheduling.slots import Slot
from booking.scheduling.working_hours import WorkingHours
from clinic.country import country
from clinic.formatting import clock

MOST_AT_ONE_TIME = 6  # providers shown for one time; the page says how many more there are
FEW = 9  # open times of a day, up to which the strip says “few”
NOON = 12 * 60
MORNING, AFTERNOON = "morning", "afternoon"
Found = tuple[Slot, WorkingHours]


def minutes_of(found: Found) -> int:
    return minutes_at(found[0], found[1].location.tz)


def minutes_at(slot: Slot, zone: ZoneInfo) -> int:
    """Of the day, as the clock of the office shows."""
    here = slot.starts_at.astimezone(zone)
    return here.hour * 60 + here.minute


def half_of(minutes: int) -> str:
    return MORNING if minutes < NOON else AFTERNOON


@dataclass(frozen=True)
class Time:
    """One time of day, and who is free then."""

    minutes: int
    found: list[Found]
    rank: int  # among the patient's choices, 0 for none

    @property
    def clock(self) -> str:
        return clock(self.minutes)

    @property
    def shown(self) -> list[Found]:
        return self.found[:MOST_AT_ONE_TIME]

    @property
    def more(self) -> int:
        return len(self.found) - len(self.shown)


@dataclass
class Day:
    day: date
    url: str
    found: list[Found] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.found)

    @property
    def is_few(self) -> bool:
        return self.count <= FEW

    @property
    def short(self) -> str:
        return date_format(self.day, "D")

    @cached_property
    def weekday(self) -> str:
        return date_format(self.day, "l")

    @cached_property
    def month_day(self) -> str:
        return country().say(self.day, "day")

    @property
    def words(self) -> str:
        return f"{self.weekday}, {self.month_day}"

    @property
    def short_words(self) -> str:
        return country().say(self.day, "short")

    def halves(self, picked: Sequence[Slot]) -> list[tuple[str, list[Time]]]:
        """Morning and afternoon, without the empty one."""
        merged = merge(self.found, picked)
        return [(half, list(times)) for half, times in groupby(merged, key=lambda time: half_of(time.minutes))]


def merge(found: Iterable[Found], picked: Sequence[Slot]) -> list[Time]:
    """The times of day in order, each with all who are free then."""
    in_order = sorted(found, key=lambda each: (minutes_of(each), each[0]))
    return [_time(minutes, list(free), picked) for minutes, free in groupby(in_order, key=minutes_of)]


def _time(minutes: int, found: list[Found], picked: Sequence[Slot]) -> Time:
    ranks = [picked.index(slot) + 1 for slot, _hours in found if slot in picked]
    return Time(minutes, found, min(ranks, default=0))
