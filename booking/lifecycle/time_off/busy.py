"""Busy times of a provider's other calendar, as closed times of the provider at all offices."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars
from booking.models import Appointment
from booking.scheduling.slots import DESK_HORIZON
from clinic.models import BusyFeed, Location, ScheduleException
from clinic.models.practice import MIDNIGHT
from clinic.practice_info import local_date, practice_info

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
BATCH = 500
Span = tuple[datetime, datetime]


class Closed(NamedTuple):
    """A part of one day. `location_id`: None for all offices."""

    location_id: int | None
    day: date
    starts: int
    ends: int


@transaction.atomic
def write_busy(feed: BusyFeed, spans: Sequence[Span], *, now: datetime) -> list[list[Any]]:
    """Close the provider's calendar then, and open what is no longer busy. Returns the held and booked times
    that a busy one overlaps, as `BusyFeed.clashes` keeps them. Doing it again changes nothing.

    Nobody can be booked meanwhile: it takes the lock that booking takes.
    """
    lock_calendars([feed.practitioner_id], now=now)
    if not BusyFeed.objects.select_for_update().filter(pk=feed.pk, sealed=feed.sealed).exists():
        return []  # removed, or another address, since it was read
    merged = _merged(spans, now)
    wanted = {closed for place, zone in _places() for span in merged for closed in _days(place, zone, *span)}
    there = {_closed(row): row.pk for row in ScheduleException.objects.filter(feed=feed)}
    _delete([pk for closed, pk in there.items() if closed not in wanted])
    _create(feed, wanted - there.keys(), now)
    return _clashes(feed, spans, now)


def _closed(row: ScheduleException) -> Closed:
    return Closed(row.location_id, row.first_day, row.starts, row.ends)


def still_clashing(feeds: Iterable[BusyFeed], *, now: datetime) -> list[Appointment]:
    """Of the clashes that were found, those that are still held or booked then. One query; none without clashes."""
    found = {(pk, starts_at) for feed in feeds for pk, starts_at in feed.clashes}
    if not found:
        return []
    rows = _at_stake(now).filter(pk__in={pk for pk, _starts_at in found}).select_related("practitioner", "location")
    return [row for row in rows.order_by("starts_at", "pk") if (row.pk, row.starts_at.isoformat()) in found]


def _at_stake(now: datetime) -> QuerySet[Appointment]:
    """Booked, or held for somebody who was told so."""
    rows = Appointment.objects.holding_time(now).filter(ends_at__gt=now, needs_rebooking_since=None)
    return rows.filter(status__in=(Appointment.Status.HELD, Appointment.Status.BOOKED))


def _clashes(feed: BusyFeed, spans: Iterable[Span], now: datetime) -> list[list[Any]]:
    """An event that has exactly the time of the appointment is taken for the same one in the other calendar."""
    taken = _at_stake(now).filter(practitioner=feed.practitioner_id).order_by("starts_at", "pk")
    rows = list(taken.values_list("pk", "starts_at", "ends_at"))
    others = _merged(set(spans) - {(start, end) for _pk, start, end in rows}, now)
    return [
        [pk, start.isoformat()]
        for pk, start, end in rows
        if any(since < end and start < until for since, until in others)
    ]


def _merged(spans: Iterable[Span], now: datetime) -> list[Span]:
    """Without what is over or too far ahead, and each time once."""
    first, _end = practice_info().bounds(local_date(now), local_date(now))
    last = first + timedelta(days=DESK_HORIZON + 1)
    merged: list[Span] = []
    for since, until in sorted((max(since, first), min(until, last)) for since, until in spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], until)
        elif since < until:
            merged.append((since, until))
    return merged


def _places() -> list[tuple[int | None, ZoneInfo]]:
    """All offices at once, or each in its own zone if they have several: minutes of a day are local."""
    offices = list(Location.objects.filter(is_active=True))
    if len({office.zone for office in offices}) < 2:
        return [(None, offices[0].tz if offices else practice_info().zone)]
    return [(office.pk, office.tz) for office in offices]


def _days(place: int | None, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Closed]:
    """The part of each local day."""
    day = local_date(since, zone)
    while (midnight := datetime.combine(day, time.min, zone)) < until:
        tomorrow = datetime.combine(day + A_DAY, time.min, zone)
        starts = 0 if since <= midnight else _minutes(since.astimezone(zone))
        ends = MIDNIGHT if until >= tomorrow else _minutes(until.astimezone(zone) + timedelta(seconds=59))
        if ends <= starts:  # in the night when the clock goes back, or within one minute
            ends = min(starts + max((until - since) // A_MINUTE, 1), MIDNIGHT)
        yield Closed(place, day, starts, ends)
        day += A_DAY


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _delete(keys: list[int]) -> None:
    for n in range(0, len(keys), BATCH):
        ScheduleException.objects.filter(pk__in=keys[n : n + BATCH]).delete()


def _create(feed: BusyFeed, wanted: Iterable[Closed], now: datetime) -> None:
    rows = [
        ScheduleException(
            feed=feed, practitioner_id=feed.practitioner_id, location_id=closed.location_id, first_day=closed.day,
            last_day=closed.day, starts=closed.starts, ends=closed.ends, private_reason=_("Busy (other calendar)"),
            made_at=now,
        )
        for closed in sorted(wanted, key=lambda closed: closed[1:])
    ]  # fmt: skip
    ScheduleException.objects.bulk_create(rows, BATCH)
