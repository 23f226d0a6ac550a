"""Rate limits, counted in the database: exact across processes, on both engines."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from clinic.models import RateLimitCounter

# One statement, so that simultaneous hits all count. An expired window starts again.
COUNT = """
    INSERT INTO clinic_ratelimitcounter AS kept (key, n, until) VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
        n = CASE WHEN kept.until <= %s THEN 1 ELSE kept.n + 1 END,
        until = CASE WHEN kept.until <= %s THEN excluded.until ELSE kept.until END
    RETURNING key, n
"""


class RateLimit(NamedTuple):
    """At most `limit` hits per `key`, for example "lost link from 203.0.113.7", in each `window`."""

    key: str
    limit: int
    window: timedelta


def count(*counted: RateLimit, now: datetime) -> list[int]:
    """Count one more hit of each key, in one statement. Returns how many each has had in its window.

    Do not call it inside a longer transaction: on PostgreSQL others would wait for it, and a rollback would lose the
    count. Name keys that are counted together in the same order everywhere, or two calls wait for each other.
    """
    at = _stored(now)
    values = [value for each in counted for value in (stored_key(each.key), _stored(now + each.window))]
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(rows=", ".join(["(%s, 1, %s)"] * len(counted))), [*values, at, at])
        found = dict(cursor.fetchall())
    return [found[stored_key(each.key)] for each in counted]


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def hit(key: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Count one more hit of `key`, as `count` does. Returns whether it is within `limit` for this window."""
    return count(RateLimit(key, limit, window), now=now)[0] <= limit


def hit_together(*counted: RateLimit, now: datetime) -> timedelta:
    """Count one more hit of each, in one statement, and return how long the one lasts that is over its limit longest.
    Zero: all are within.
    """
    over = [each for each, n in zip(counted, count(*counted, now=now), strict=True) if n > each.limit]
    return max((wait(each.key, limit=each.limit, now=now) for each in over), default=timedelta(0))


def wait(key: str, *, limit: int, now: datetime) -> timedelta:
    """How long until one more hit of `key` is within the limit; zero if it is now. Counts nothing."""
    full = RateLimitCounter.objects.filter(key=stored_key(key), n__gte=limit, until__gt=now).first()
    return full.until - now if full else timedelta(0)


def hit_all(counts: Iterable[RateLimit], *, now: datetime) -> timedelta:
    """Count one more hit of each, up to the first that is over its limit, and return how long that one lasts. Zero: all
    are within.
    """
    for key, limit, window in counts:
        if not hit(key, limit=limit, window=window, now=now):
            return wait(key, limit=limit, now=now)
    return timedelta(0)


def forget(key: str) -> None:
    """Reset the count, after a correct try."""
    RateLimitCounter.objects.filter(key=stored_key(key)).delete()


def take_back(key: str) -> None:
    """Count one hit less: it turned out to be none."""
    RateLimitCounter.objects.filter(key=stored_key(key), n__gt=0).update(n=F("n") - 1)


def clear_old(*, now: datetime) -> int:
    """Delete the counters whose window has passed. Returns how many."""
    return RateLimitCounter.objects.filter(until__lte=now).delete()[0]


def stored_key(key: str) -> str:
    """A keyed hash: a plain hash of an address or a phone number could be reversed by trying all of them."""
    return salted_hmac("clinic.rate_limits", key, algorithm="sha256").hexdigest()
