"""Closing all offices on some days of a year in one go."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from booking.lifecycle._locks import lock_all_calendars
from booking.lifecycle._transition import Actor
from booking.lifecycle.time_off.closure import create_closure, to_call_off
from booking.scheduling.closure_impact import Closing
from clinic.hours.recurrence import occurrences
from clinic.models import ScheduleException
from clinic.models.practice import MIDNIGHT

FOR_EVER = date(2100, 12, 31)
A_DAY = timedelta(days=1)


def close_days(days: Mapping[date, str], *, each_year: Collection[date] = (), by: Actor, now: datetime) -> list[date]:
    """Close all offices on these days, each with its words for patients. Days that are closed already stay as they are.

    Returns the days on which somebody is booked, or a year later for those of `each_year`: they stay open, until other
    times were found with `close_time`.
    """
    with transaction.atomic():
        lock_all_calendars()
        busy = []
        for day in sorted(days):
            both = [day, *_a_year_later(day)] if day in each_year else [day]
            if closed_days(both) == set(both):
                continue
            if any(to_call_off(Closing(each, each, 0, MIDNIGHT), now=now) for each in both):
                busy.append(day)
            else:
                until = FOR_EVER if day in each_year else None
                create_closure(Closing(day, day, 0, MIDNIGHT), note=days[day], repeats_until=until, by=by, now=now)
        return busy


def _a_year_later(day: date) -> list[date]:
    """The same date; none for one that only leap years have."""
    window = (day + A_DAY, day + timedelta(days=366))
    return [first for first, _last in occurrences(day, day, FOR_EVER, window)]


def closed_days(days: Iterable[date]) -> set[date]:
    """Which of these days are closed for everyone, all day. One query."""
    days = list(days)
    if not days:
        return set()
    window = min(days), max(days)
    rows = ScheduleException.near(*window).filter(
        kind=ScheduleException.Kind.CLOSED, practitioner=None, location=None, except_for=None, starts=0, ends=MIDNIGHT
    )
    spans = [span for row in rows for span in row.days_near(*window)]
    return {day for day in days if any(first <= day <= last for first, last in spans)}
