"""A provider's week in words: what the list of all providers shows."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from booking.templatetags.desk_format import desk_day
from clinic.formatting import HARD_SPACE, clock, days_in_words
from clinic.hours.recurrence import dates
from clinic.models import Schedule
from clinic.models.practice import MIDNIGHT

LOOK_AHEAD = 366


def lines(rows: Iterable[Schedule], today: date) -> list[tuple[str, str]]:
    """“Monday to Thursday”, “8:00 am – 12:00 pm, 1:00 pm – 5:00 pm at Bay Ridge”: days with the same hours together."""
    of_day: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        of_day.setdefault(row.weekday, {}).setdefault(_where(row, today), []).append(_times(row))
    days: dict[tuple, list[int]] = {}
    for day, times in of_day.items():
        days.setdefault(tuple((", ".join(each), where) for where, each in times.items()), []).append(day)
    return [(days_in_words(on), "; ".join(" ".join(part) for part in parts)) for parts, on in days.items()]


def _times(row: Schedule) -> str:
    ends = _("midnight") if row.ends == MIDNIGHT else clock(row.ends)
    return f"{clock(row.starts)}{HARD_SPACE}– {ends}"


def _where(row: Schedule, today: date) -> str:
    """Where, how often and how long."""
    words = [_("at %s") % row.location]
    if row.repeats:
        words.append(row.how_often + _next(row, today))
    if row.valid_from and row.valid_from > today:
        words.append(_("from %s") % desk_day(row.valid_from))
    if row.valid_until:
        words.append(_("through %s") % desk_day(row.valid_until))
    return ", ".join(words)


def _next(row: Schedule, today: date) -> str:
    since = max(today, row.valid_from or today).toordinal()
    until = min(since + LOOK_AHEAD, (row.valid_until or date.max).toordinal())
    window = date.fromordinal(since), date.fromordinal(until)
    days = dates(row.repeats, row.weekday, row.counted_from, *window) or ()
    ahead = [day for day in sorted(days) if since <= day <= until]
    return _(" (next: %s)") % desk_day(date.fromordinal(ahead[0])) if ahead else ""
