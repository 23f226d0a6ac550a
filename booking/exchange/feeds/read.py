"""The worker reads the other calendars of providers, one at a time. Nothing of them is kept but busy times."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from booking.exchange import ics_file
from booking.exchange.feeds.failed import Failure, FeedFailed
from booking.exchange.feeds.fetch import Fetched, fetch
from booking.exchange.raw import Unreadable, text_of
from booking.lifecycle.time_off.busy import still_clashing, write_busy
from clinic.models import BusyFeed
from clinic.models.busy_feed import seal
from clinic.practice_info import local_date, practice_info

AFTER_FAILURE = timedelta(minutes=15)
END = "END:VCALENDAR"


def read_next(*, now: datetime) -> int:
    """Read the feed that is due first, if one is. How many were read: a slow one keeps the worker from its messages for
    ten seconds, not for ten times that.
    """
    feed = _claimed(now)
    if feed is None:
        return 0
    try:
        found = _read(feed, now)
    except FeedFailed as failed:
        found = {"failure": failed.why, "failing_since": feed.failing_since or now}
    BusyFeed.objects.filter(pk=feed.pk, sealed=feed.sealed).update(**found)
    return 1


def _claimed(now: datetime) -> BusyFeed | None:
    """Another worker that looks at the same moment gets none."""
    often = Q(failing_since=None, tried_at__lte=now - timedelta(minutes=settings.FEED_MINUTES))
    seldom = Q(failing_since__isnull=False, tried_at__lte=now - AFTER_FAILURE)
    due = BusyFeed.objects.filter(Q(tried_at=None) | often | seldom, practitioner__is_active=True)
    feed = due.order_by(F("tried_at").asc(nulls_first=True), "pk").first()
    is_ours = feed and BusyFeed.objects.filter(pk=feed.pk, tried_at=feed.tried_at).update(tried_at=now)
    return feed if is_ours else None


def _read(feed: BusyFeed, now: datetime) -> dict[str, Any]:
    """The columns to write. Each day begins with a whole read: what repeats comes a day nearer."""
    is_fresh = bool(feed.read_at) and local_date(feed.read_at) == local_date(now)
    known = {"etag": feed.etag, "last_modified": feed.last_modified} if is_fresh else {}
    if not (address := feed.address):
        raise FeedFailed(Failure.ADDRESS)
    fetched = fetch(address, **known)
    is_same = fetched is None or is_fresh and _digest(fetched) == feed.digest
    found = _unchanged(feed, now) if is_same else _written(feed, fetched, now)
    return found | {"read_at": now, "failing_since": None, "failure": "", "sealed": seal(address)}


def _digest(fetched: Fetched) -> str:
    return hashlib.sha256(fetched.content).hexdigest()


def _unchanged(feed: BusyFeed, now: datetime) -> dict[str, Any]:
    return {"clashes": [[row.pk, row.starts_at.isoformat()] for row in still_clashing([feed], now=now)]}


def _written(feed: BusyFeed, fetched: Fetched, now: datetime) -> dict[str, Any]:
    try:
        text = text_of(fetched.content)
        if not text.rstrip().upper().endswith(END):  # cut off on the way
            raise FeedFailed(Failure.NO_CALENDAR)
        raws = ics_file.read(text, practice_info().zone, now=now)
    except Unreadable:
        raise FeedFailed(Failure.NO_CALENDAR) from None
    spans = [(raw.starts_at, raw.ends_at) for raw in raws if raw.starts_at and raw.ends_at and not raw.problem]
    return {
        "clashes": write_busy(feed, spans, now=now), "digest": _digest(fetched), "etag": fetched.etag,
        "last_modified": fetched.last_modified,
        "unread": sum(bool(raw.problem) and not raw.is_free for raw in raws),
    }  # fmt: skip
