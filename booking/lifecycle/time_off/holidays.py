"""Closing all offices on some days of a year in one go."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from booking.lifecycle._locks import lock_all_calendars
from booking.lifecycle._transition import Actor
from booking.lifecycle.time_off.closure import create_closure, to_call_off
from booking.scheduling.closure_impact import Closing
from clinic.models import ScheduleException
from clinic.models.practice import MIDNIGHT


def close_days(days: Mapping[date, str], *, by: Actor, now: datetime) -> list[date]:
    """Close all offices on these days, each with its words for patients. Days that are closed already stay as they are.

    Returns the days on which somebody is booked: they stay open, until other times were found with `close_time`.
    """
    with transaction.atomic():
        lock_all_calendars()
        closed, busy = closed_days(days), []
        for day in sorted(set(days) - closed):
            closing = Closing(day, day, 0, MIDNIGHT)
            if to_call_off(closing, now=now):
                busy.append(day)
            else:
                create_closure(closing, note=days[day], by=by, now=now)
        return busy


def closed_days(days: Iterable[date]) -> set[date]:
    """Which of these days are closed for everyone, all day. One query."""
    days = list(days)
    if not days:
        return set()
    rows = ScheduleException.objects.filter(
        kind=ScheduleException.Kind.CLOSED, practitioner=None, location=None, except_for=None, starts=0, ends=MIDNIGHT,
        last_day__gte=min(days), first_day__lte=max(days),
    )  # fmt: skip
    spans = list(rows.values_list("first_day", "last_day"))
    return {day for day in days if any(first <= day <= last for first, last in spans)}
