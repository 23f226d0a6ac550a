"""How much time is left until a response deadline, in words and in four levels."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.scheduling.response_deadline import desk_minutes
from booking.templatetags.desk_format import desk_recent
from clinic.practice_info import local_date, zone_at

SOON, NEAR = 120, 30  # in desk minutes
DAY = 24 * 60
A_MINUTE = timedelta(minutes=1)


class DeadlineBadge(NamedTuple):
    level: str  # plain, soon, near, late
    words: str
    moment: str


class Deadlines:
    """Computes each deadline once per page: many rows share the same one."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.known: dict[tuple[datetime, int | None], DeadlineBadge] = {}

    def due(self, respond_by: datetime, location_id: int | None) -> DeadlineBadge:
        key = (respond_by, location_id)
        if key not in self.known:
            self.known[key] = due(respond_by, location_id, now=self.now)
        return self.known[key]


def due(respond_by: datetime, location_id: int | None, *, now: datetime) -> DeadlineBadge:
    """“Overdue by 34 min”, “Due now”, “1 h 16 min left”, “tomorrow”. Levels go by desk hours."""
    zone = zone_at(location_id)
    moment = desk_recent(respond_by, zone)
    if abs(respond_by - now) < A_MINUTE:
        return DeadlineBadge("late" if respond_by <= now else "near", _("Due now"), moment)
    if respond_by <= now:
        return _overdue(respond_by, zone, now, moment)
    left = desk_minutes(now, respond_by, location_id)
    level = "near" if left <= NEAR else "soon" if left <= SOON else "plain"
    return DeadlineBadge(level, _left(respond_by, zone, now, left, level), moment)


def _overdue(respond_by: datetime, zone: ZoneInfo, now: datetime, moment: str) -> DeadlineBadge:
    """“Overdue by 34 min”; from another day “Overdue since Sat, Nov 21, 8:05 AM”: beside it desk hours read wrong."""
    if local_date(respond_by, zone) == local_date(now, zone):
        return DeadlineBadge("late", _("Overdue by %s") % duration(now - respond_by), moment)
    return DeadlineBadge("late", _("Overdue since"), moment)


def _left(respond_by, zone, now, left, level):
    days = respond_by.astimezone(zone).toordinal() - now.astimezone(zone).toordinal()
    if days == 0:
        return _("%s left") % duration(respond_by - now)
    if level != "plain":
        return _("%s left (desk hours)") % duration(timedelta(minutes=left))
    return _("tomorrow") if days == 1 else _("in %d days") % days


def duration(time: timedelta) -> str:
    """“14 min”, “1 h 16 min”, “3 days”."""
    minutes = int(time.total_seconds()) // 60
    if minutes < DAY:
        return hours_and_minutes(minutes)
    days = minutes // DAY
    return _("1 day") if days == 1 else _("%d days") % days


def hours_and_minutes(minutes: int) -> str:
    if minutes < 60:
        return _("%d min") % minutes
    if minutes % 60 == 0:
        return _("%d h") % (minutes // 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
