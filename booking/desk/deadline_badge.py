"""How much time is left to the promised answer, in words and in four levels."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from booking.scheduling import business_hours, response_deadline
from booking.templatetags.desk_format import desk_recent
from clinic.practice_info import practice_info

SOON, NEAR = 120, 30  # minutes of the desk's own hours
DAY = 24 * 60


class DeadlineBadge(NamedTuple):
    level: str  # plain, soon, near, late
    words: str
    moment: str


class Deadlines:
    """Reads the clock once for a page; many rows share one promise, so each is worked out once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.known: dict[tuple[datetime, int | None], DeadlineBadge] = {}

    def due(self, respond_by: datetime, location_id: int | None) -> DeadlineBadge:
        key = (respond_by, location_id)
        if key not in self.known:
            self.known[key] = due(respond_by, location_id, now=self.now)
        return self.known[key]


def due(respond_by: datetime, location_id: int | None, *, now: datetime) -> DeadlineBadge:
    """“34 min late”, “1 h 16 min left”, “tomorrow”. Amber and red go by the desk's hours, not the clock's."""
    office = practice_info().office(location_id) or practice_info().desk
    zone = office.zone if office else practice_info().zone
    moment = desk_recent(respond_by, zone)
    if respond_by <= now:
        return DeadlineBadge("late", _("%s late") % duration(now - respond_by), moment)
    left = desk_minutes(now, respond_by, location_id)
    level = "near" if left <= NEAR else "soon" if left <= SOON else "plain"
    return DeadlineBadge(level, _left(respond_by, zone, now, left, level), moment)


def desk_minutes(now: datetime, respond_by: datetime, location_id: int | None) -> int:
    """How long the desk is still open until then."""
    hours = response_deadline._hours(response_deadline._desk(location_id))
    return business_hours.desk_minutes(since=now, until=respond_by, **hours)


def _left(respond_by, zone, now, left, level):
    days = respond_by.astimezone(zone).toordinal() - now.astimezone(zone).toordinal()
    if days == 0:
        return _("%s left") % duration(respond_by - now)
    if level != "plain":
        return _("%s of desk time left") % duration(timedelta(minutes=left))
    return _("tomorrow") if days == 1 else _("in %d days") % days


def duration(time: timedelta) -> str:
    """“14 min”, “1 h 16 min”, “3 days”."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 60:
        return _("%d min") % minutes
    if minutes < DAY:
        return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    days = minutes // DAY
    return _("1 day") if days == 1 else _("%d days") % days
