"""The holidays of the country in a year, as days on which a practice may close."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import holidays
from django.db.models import Count
from django.db.models.functions import TruncDate

from booking.lifecycle.time_off.holidays import closed_days
from booking.models import Appointment
from clinic.country import country
from clinic.practice_info import practice_info

SATURDAY = 5


@dataclass(frozen=True)
class Proposal:
    day: date
    name: str
    is_usual: bool
    is_closed: bool
    booked: int


def proposals(year: int, *, today: date, now: datetime) -> list[Proposal]:
    """From today on. Two queries."""
    names = {day: name for day, name in _of(year).items() if day >= today}
    closed, booked = closed_days(names), _booked(names, now)
    return [
        Proposal(day, name.replace("'", "’"), _is_usual(day, name), day in closed, booked.get(day, 0))
        for day, name in sorted(names.items())
    ]


def _of(year: int) -> dict[date, str]:
    here = country()
    known = here.holidays
    days = holidays.country_holidays(here.code, subdiv=known.region, years=year, language=known.language)
    return dict(days.items())


def _is_usual(day: date, name: str) -> bool:
    """Most practices close on these; the others are listed without a tick."""
    return day.weekday() < SATURDAY and name.removesuffix(" (observed)") in country().holidays.usual


def _booked(days: Iterable[date], now: datetime) -> dict[date, int]:
    """How many are booked on each of these days, in the practice's zone. Who was called off is not in the way."""
    info = practice_info()
    days = list(days)
    if not days:
        return {}
    since, until = info.bounds(min(days), max(days))
    rows = Appointment.objects.filter(
        status=Appointment.Status.BOOKED, needs_rebooking_since=None, starts_at__gte=max(since, now),
        starts_at__lt=until,
    )  # fmt: skip
    by_day = rows.annotate(day=TruncDate("starts_at", tzinfo=info.zone)).order_by().values_list("day")
    return {day: number for day, number in by_day.annotate(number=Count("pk")) if day in days}
