"""Seals the access log into a chain, so that a row that is changed, removed or put in later is found.

A row is sealed when no row with a smaller id can come any more: on PostgreSQL ids become visible out of order.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from clinic.models import AccessLog, AccessSeal

log = logging.getLogger(__name__)
MOST = 5000  # rows of one seal
BATCH = 2000  # rows read at a time: on PostgreSQL an iterator would hold the whole log
# What is sealed stays so: a later column of the log needs a digest of another form.
FIELDS = ("pk", "at", "kind", "user_id", "address", "screen", "shown", "asked_by", "hits")
# Waits for the inserts that have an id, and lets those behind it wait no longer than a page can.
LOCK = "SET LOCAL lock_timeout = 500; LOCK TABLE clinic_accesslog IN SHARE MODE"


def seal(*, now: datetime) -> int:
    """Seal the rows since the last seal, oldest first. Returns how many.

    Two workers may seal at once: of two seals with one number the second is dropped.
    """
    before = AccessSeal.objects.last() or AccessSeal(number=0, last=0)
    settled = _settled()
    rows = list(_rows().filter(pk__gt=before.last, pk__lte=settled)[:MOST]) if settled > before.last else []
    if not rows:
        return 0
    made = AccessSeal(number=before.number + 1, at=now, last=rows[-1][0], rows=len(rows))
    made.digest = _digest(before, made, rows)
    AccessSeal.objects.bulk_create([made], ignore_conflicts=True)
    log.info("the access log is sealed to row %d: seal %d, %s", made.last, made.number, made.digest)
    return made.rows


def broken() -> Iterator[str]:
    """A sentence for each seal that its rows no longer fit. It names ids alone."""
    rows, before = _in_batches(_rows(), lambda row: row[0]), AccessSeal(number=0, last=0)
    row = next(rows, None)
    for made in _in_batches(AccessSeal.objects.order_by("number"), lambda each: each.number):
        sealed = []
        while row is not None and row[0] <= made.last:
            sealed.append(row)
            row = next(rows, None)
        if made.number != before.number + 1 or made.digest != _digest(before, made, sealed):
            yield f"access log: rows {before.last + 1} to {made.last} are not those of seal {made.number}"
        before = made


def head() -> str:
    """The last seal. Whoever keeps it elsewhere notices a chain that was made anew, or cut at its end."""
    last = AccessSeal.objects.last()
    return f"access log sealed to row {last.last}: seal {last.number}, {last.digest}" if last else ""


def _settled() -> int:
    """The highest id below which no row can come any more."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(LOCK)
        return AccessLog.objects.aggregate(last=Max("pk"))["last"] or 0


def _rows() -> QuerySet:
    return AccessLog.objects.order_by("pk").values_list(*FIELDS)


def _digest(before: AccessSeal, made: AccessSeal, rows: Iterable[tuple]) -> str:
    chain = hashlib.sha256(_line((before.digest, made.number, made.at, made.last)))
    for row in rows:
        chain.update(_line(row))
    return chain.hexdigest()


def _line(values: tuple) -> bytes:
    """The same on both engines, also after a move from one to the other."""
    return json.dumps(values, default=_moment).encode() + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _in_batches(found: QuerySet, key: Any) -> Iterator[Any]:
    """All rows of a queryset that is ordered by its key."""
    batch = list(found[:BATCH])
    while batch:
        yield from batch
        batch = list(found.filter(pk__gt=key(batch[-1]))[:BATCH])
