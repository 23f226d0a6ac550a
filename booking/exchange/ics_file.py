"""Reads the busy times of a calendar in iCalendar format (RFC 5545). It names no patient that we could trust, so each
event becomes a block, and its title is not kept.
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _
from icalendar import Calendar, Component

from booking.exchange.raw import Raw, Unreadable
from booking.scheduling.slots import DESK_HORIZON

# What a rule may choose by. Some other choices are of days that never come: those are looked for until the year 9999.
PARTS = {
    "DAILY": {"BYDAY"}, "WEEKLY": {"BYDAY"}, "MONTHLY": {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"},
}  # fmt: skip
OF_EVERY_RULE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
MOST, MOST_LINES = 20_000, 60_000
MOST_STEPS = 200_000  # occurrences that all rules together are counted through
FRUITLESS = 100_000  # steps that a rule costs which never comes true
EARLIEST = 2000  # a rule that began earlier would be counted through day by day


def read(text: str, zone: ZoneInfo, *, now: datetime) -> list[Raw]:
    """Every occurrence from now on, as far ahead as the desk books. Unreadable: it is no calendar."""
    if text.count("\n") > MOST_LINES:
        raise Unreadable(_("A file can have up to %d lines. Split it into several.") % MOST_LINES)
    try:
        calendar = Calendar.from_ical(text)
        events, times = list(calendar.walk("VEVENT")), list(_free_busy(calendar, zone))
        moved = {_name_of(event, zone) for event in events if "RECURRENCE-ID" in event}
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError):
        raise Unreadable(_("We can’t read this calendar file. Export it again as .ics.")) from None
    steps = iter(range(MOST_STEPS))
    every = (raw for n, event in enumerate(events, 1) for raw in _raws(n, event, zone, moved, now, steps))
    found = list(islice(chain(times, every), MOST + 1))
    if len(found) > MOST:
        raise Unreadable(_("A file can have up to %d events. Split it into several.") % MOST)
    return found


def _free_busy(calendar: Component, zone: ZoneInfo) -> Iterator[Raw]:
    """Busy times that are listed without events, as some servers answer."""
    for n, listed in enumerate(calendar.walk("VFREEBUSY"), 1):
        periods = listed.get("FREEBUSY", [])
        for period in periods if isinstance(periods, list) else [periods]:
            if period.params.get("FBTYPE", "").upper() != "FREE":
                start, end = _moment(period.start, zone), _moment(period.end, zone)
                yield Raw(n, start, end, uid=start.isoformat())


def _name_of(event: Component, zone: ZoneInfo) -> tuple[str, str]:
    """Of one occurrence that was changed by hand: its rule, and when it would have begun."""
    return _text(event, "UID"), _key(event["RECURRENCE-ID"].dt, zone)


def _raws(row: int, event: Component, zone: ZoneInfo, moved: set, now: datetime, steps: Iterator) -> Iterator[Raw]:
    if _text(event, "STATUS").upper() == "CANCELLED":
        yield Raw(row, problem=_("canceled in the old calendar"), is_free=True)
    elif _text(event, "TRANSP").upper() == "TRANSPARENT":
        yield Raw(row, problem=_("marked as free in the old calendar"), is_free=True)
    else:
        try:
            yield from _occurrences(row, event, zone, moved, now, steps)
        except (ValueError, KeyError, AttributeError, TypeError, OverflowError):
            yield Raw(row, problem=_("we can’t read when it starts or ends, or how it repeats"))


def _occurrences(
    row: int, event: Component, zone: ZoneInfo, moved: set, now: datetime, steps: Iterator
) -> Iterator[Raw]:
    uid, starts_at = _text(event, "UID"), _moment(event["DTSTART"].dt, zone)
    length = _moment(_end(event), zone) - starts_at
    if "RECURRENCE-ID" in event:
        uid = " ".join(_name_of(event, zone))
    if "RRULE" not in event:
        yield Raw(row, starts_at, starts_at + length, uid=uid)
    since = now - max(length, timedelta(0))
    every = _starts(event, starts_at, since, now, steps) if "RRULE" in event else iter(())
    added = (wall.replace(tzinfo=starts_at.tzinfo) for wall in _listed(event, "RDATE", starts_at))
    for at in chain(every, added):
        if (uid, _key(at, zone)) not in moved:
            yield Raw(row, at, at + length, uid=f"{uid} {_key(at, zone)}")


def _starts(
    event: Component, starts_at: datetime, since: datetime, now: datetime, steps: Iterator
) -> Iterator[datetime]:
    """From the day before `since` on. In wall time, so that a weekly 9:00 stays at 9:00 when the clock changes."""
    rule, wall = event["RRULE"], starts_at.replace(tzinfo=None)
    _refuse(rule, starts_at)
    until = (now + timedelta(days=DESK_HORIZON)).astimezone(starts_at.tzinfo).replace(tzinfo=None)
    if "UNTIL" in rule:
        until = min(until, _wall(rule.pop("UNTIL")[0], starts_at))
    first = since.astimezone(starts_at.tzinfo).replace(tzinfo=None) - timedelta(days=1)
    if until < max(first, wall):
        return
    count = rule.pop("COUNT", [None])[0]  # counted here: a rule with a count alone may never end
    every = islice(rrulestr(rule.to_ical().decode(), dtstart=wall).replace(until=until), count)
    found, out = None, set(_listed(event, "EXDATE", starts_at))
    for found, _step in zip(every, steps, strict=False):
        if found >= first and found not in out:
            yield found.replace(tzinfo=starts_at.tzinfo)
    if found is None:
        deque(islice(steps, FRUITLESS), maxlen=0)
    if next(steps, None) is None:
        raise Unreadable(_("The events of this file repeat too often for us. Split it into several."))


def _refuse(rule: Any, starts_at: datetime) -> None:
    """ValueError: a rule that could be counted through without end."""
    if isinstance(rule, list) or len(rule["FREQ"]) > 1 or starts_at.year < EARLIEST:
        raise ValueError("an unusual rule")
    if set(rule) - OF_EVERY_RULE - PARTS[rule["FREQ"][0]] or min(rule.get("INTERVAL", [1])) < 1:
        raise ValueError("an unusual rule")


def _listed(event: Component, name: str, here: datetime) -> Iterator[datetime]:
    listed = event.get(name, [])
    for each in listed if isinstance(listed, list) else [listed]:
        yield from (_wall(day.dt, here) for day in each.dts)


def _wall(moment: date | datetime, here: datetime) -> datetime:
    """On the clock of the rule's own zone."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, here.time())
    return (moment.astimezone(here.tzinfo) if moment.tzinfo else moment).replace(tzinfo=None)


def _end(event: Component) -> date | datetime:
    """A day without an end lasts one day; a time without one, no time at all."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        return event["DTEND"].dt
    if "DURATION" in event:
        return start + event["DURATION"].dt
    return start if isinstance(start, datetime) else start + timedelta(days=1)


def _moment(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """A day begins at midnight in the office; a time without a zone is the office's."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.min, zone)
    moment = moment.replace(second=0, microsecond=0)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _key(moment: date | datetime, zone: ZoneInfo) -> str:
    return _moment(moment, zone).astimezone(UTC).isoformat()


def _text(event: Component, name: str) -> str:
    return str(event.get(name, ""))
