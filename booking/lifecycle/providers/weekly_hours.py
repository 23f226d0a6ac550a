"""A provider's week of hours, replaced as a whole: at once, or from a day on."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_all_calendars
from booking.lifecycle._transition import Actor
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.time_off.affected import AffectedAppointments, require_seen
from booking.scheduling.hours_impact import left_outside, open_hours
from clinic import practice_info
from clinic.hours.overlap import refuse_extra_hours_elsewhere, refuse_overlaps
from clinic.models import Practitioner, Schedule
from clinic.practice_info import local_date

OF_A_ROW = ("location_id", "weekday", "starts", "ends", "valid_from", "valid_until", "repeats", "counted_from")
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """New rows for a provider, of nobody yet. `seen`: the code of the hours that they replace."""

    practitioner: Practitioner
    rows: Sequence[Schedule]
    seen: str


def current_hours(practitioners: Iterable[Practitioner], today: date) -> QuerySet[Schedule]:
    """Their hours that are not over, in the order of the week."""
    not_over = Q(valid_until=None) | Q(valid_until__gte=today)
    rows = Schedule.objects.filter(not_over, practitioner__in=practitioners).select_related("location")
    return rows.order_by("weekday", "starts", "valid_from", "pk")


def code_of(rows: Iterable[Schedule]) -> str:
    """Another one after each change of the hours."""
    return hashlib.sha256(repr(sorted(map(repr, map(_columns, rows)))).encode()).hexdigest()[:16]


def _columns(row: Schedule) -> tuple:
    return tuple(getattr(row, name) for name in OF_A_ROW)


def replace_weeks(
    weeks: Sequence[Week], *, starting: date | None = None, answer: str, by: Actor, now: datetime
) -> None:
    """Replace the hours of these providers from that day on; without a day, at once. All or nothing.

    NotAllowed: hours that overlap, or somebody else changed them. LeavesOutside: appointments would be outside that the
    user has not seen; `answer`: see `require_seen`.
    """
    with transaction.atomic():
        lock_all_calendars()
        before = open_hours(now)
        for week in weeks:
            _replace(week, starting, local_date(now))
        require_seen(AffectedAppointments(left_outside(before, open_hours(now), now=now)), answer, by=by)
        _log([week.practitioner for week in weeks], by)
        transaction.on_commit(practice_info.forget)


def _replace(week: Week, starting: date | None, today: date) -> None:
    stored = list(current_hours([week.practitioner], today))
    if not starting and code_of(stored) == code_of(week.rows):
        return  # also a second press of the button
    if code_of(stored) != week.seen:
        raise NotAllowed(_("Someone else just changed these hours. Check them again before you continue."))
    kept = [row for row in stored if _is_over_before(row, starting)]
    for row in stored:
        if row not in kept:
            _end(row, starting)
    known = {_columns(row) for row in kept}
    Schedule.objects.bulk_create(_from(row, week, starting) for row in week.rows if _columns(row) not in known)
    _check(week.practitioner, today)


def _is_over_before(row: Schedule, starting: date | None) -> bool:
    return bool(starting and row.valid_until and row.valid_until < starting)


def _end(row: Schedule, starting: date | None) -> None:
    """The day before the new hours begin; hours that have not begun by then never do."""
    if starting and (row.valid_from is None or row.valid_from < starting):
        row.valid_until = starting - A_DAY
        row.save(update_fields=["valid_until"])
    else:
        row.delete()


def _from(row: Schedule, week: Week, starting: date | None) -> Schedule:
    if _is_over_before(row, starting):
        raise NotAllowed(_("Some of these hours end before the new ones begin. Check the dates."))
    new = Schedule(practitioner=week.practitioner, **dict(zip(OF_A_ROW, _columns(row), strict=True)))
    new.valid_from = max(filter(None, (row.valid_from, starting)), default=None)
    return new


def _check(practitioner: Practitioner, today: date) -> None:
    try:
        refuse_overlaps(current_hours([practitioner], today))
        refuse_extra_hours_elsewhere(practitioner, today)
    except ValidationError as refused:
        raise NotAllowed(f"{practitioner}: {refused.messages[0]}") from None


def _log(practitioners: list[Practitioner], by: Actor) -> None:
    """Into the history of each provider in the admin."""
    if by.user:
        LogEntry.objects.log_actions(by.user.pk, practitioners, CHANGE, _("Weekly hours changed."))
