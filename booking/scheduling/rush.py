"""A rush: more requests in an hour than the practice ever gets. They are taken, but hold no times until it is over."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncHour

from booking.models import AppointmentRequest
from booking.models.appointment_request import Channel
from clinic.rate_limits import RateLimit, count

HOUR, DAY, FOUR_WEEKS = timedelta(hours=1), timedelta(days=1), timedelta(weeks=4)
KEY = "requests in an hour"


def begins(now: datetime) -> bool:
    """Count one more request. Whether there are too many in this hour."""
    return is_rush(count(RateLimit(KEY, settings.RUSH_AT_LEAST, HOUR), now=now)[0], now=now)


def is_rush(sent: int, *, now: datetime) -> bool:
    """The busiest hour is looked up only above the least number: an ordinary clinic never pays for it."""
    return sent > settings.RUSH_AT_LEAST and sent > settings.RUSH_TIMES * _busiest_hour(now)


def _busiest_hour(now: datetime) -> int:
    """Requests from the public site in the busiest hour of four weeks. Leaves out what was no real request, and the
    last day: a flood must not raise the limit for the next one before the desk has closed it.
    """
    return int(cache.get_or_set("busiest-hour", lambda: _counted(now), HOUR.total_seconds()) or 0)


def _counted(now: datetime) -> int:
    rows = AppointmentRequest.objects.filter(channel=Channel.WEB, quiet_end="", same_person_as=None)
    rows = rows.filter(submitted_at__range=(now - DAY - FOUR_WEEKS, now - DAY)).order_by()
    hours = rows.values(hour=TruncHour("submitted_at")).annotate(n=Count("pk"))
    return max((row["n"] for row in hours), default=0)
