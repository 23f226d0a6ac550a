"""The team: who works at which office on which weekdays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q

from clinic.formatting import days_in_words
from clinic.models import Location, Practitioner, Schedule


@dataclass(frozen=True)
class Member:
    person: Practitioner
    days: dict[Location, str]  # “Monday, Tuesday, Friday (every 2nd week)” per office


def members(*, today: date) -> list[Member]:
    """All active practitioners, in order, with their weekly hours as of today. Two queries."""
    people = Practitioner.objects.filter(is_active=True)
    return [
        Member(person, _days(person.hours_now))
        for person in people.prefetch_related(Prefetch("schedules", _holding(today), to_attr="hours_now"))
    ]


def _holding(today: date):
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    not_over = Q(valid_until=None) | Q(valid_until__gte=today)
    return Schedule.objects.filter(begun, not_over, location__is_active=True).select_related("location")


def _days(hours: Iterable[Schedule]) -> dict[Location, str]:
    rows: dict[Location, list[Schedule]] = {}
    for row in hours:
        rows.setdefault(row.location, []).append(row)
    return {location: _in_words(at) for location, at in rows.items()}


def _in_words(rows: list[Schedule]) -> str:
    """“Monday to Thursday, Friday (every 2nd week)”."""
    weekly = {row.weekday for row in rows if not row.repeats}
    others = {(row.weekday, row.repeats): row for row in rows if row.weekday not in weekly}
    some = [f"{row.get_weekday_display()} ({row.how_often})" for _key, row in sorted(others.items())]
    return ", ".join(filter(None, [days_in_words(weekly), *some]))
