"""Suggestions: out of many open times, a few that the patient can keep. Plain values; no database, no clock."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta

from booking.scheduling.desk_slots import Open
from clinic.models import AppointmentType

PER_DAY, MOST = 2, 6


def suggested(
    found: Iterable[Open], *, first: Container[date] = (), by: date = date.max, most: int = MOST
) -> list[Open]:
    """At most two a day, never two at one time, of those practitioners first who were suggested least.

    The days `first`, which the patient chose, come before the others, and are listed before them; days after `by`, of
    an urgent request, come last and by date.
    """
    days: dict[date, list[Open]] = defaultdict(list)
    for each in found:
        days[each.local.date()].append(each)
    so_far: Counter[int] = Counter()
    in_order = sorted(days, key=lambda day: (day > by, day <= by and day not in first, day))
    picked = [each for day in in_order for each in _two(days[day], so_far)]
    return picked[:most]


def through(day: date, listed: Iterable[Open]) -> date:
    """The last day of a list that ends with this one, but for suggestions of later days."""
    return max([day, *(each.local.date() for each in listed)])


def _two(of_a_day: list[Open], so_far: Counter[int]) -> list[Open]:
    """Two times of a day, earliest first. Counts their practitioners."""
    picked: list[Open] = []
    while left := [each for each in of_a_day if each.slot.starts_at not in [one.slot.starts_at for one in picked]]:
        best = min(left, key=lambda each: (so_far[each.slot.practitioner_id], each.slot))
        so_far[best.slot.practitioner_id] += 1
        picked.append(best)
        if len(picked) == PER_DAY:
            break
    return sorted(picked, key=lambda each: each.slot)


def by_notice(found: Iterable[Open], appointment_type: AppointmentType, now: datetime) -> tuple[list[Open], list[Open]]:
    """The open times after the notice, and those that start sooner, for which the desk needs a reason."""
    found, begins = list(found), now + timedelta(minutes=appointment_type.notice)
    after = [each for each in found if each.slot.starts_at >= begins]
    return after, [each for each in found if each.slot.starts_at < begins]
