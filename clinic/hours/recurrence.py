"""On which dates hours that do not hold every week fall. A rule is one of RFC 5545, without its weekday."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateutil.rrule import rrulestr
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

DAYS = "MO", "TU", "WE", "TH", "FR", "SA", "SU"
WEEK = 7
NEXT_TO_LAST = date.max.year - 1  # in the last year that there is, dateutil counts on into the next and fails


class Repeats(TextChoices):
    """The ones of a month are BYSETPOS, not BYDAY=1MO: the weekday has a column of its own. See `in_words`."""

    WEEKLY = "", _("every week")
    EVERY_2ND = "FREQ=WEEKLY;INTERVAL=2", _("every 2nd week")
    EVERY_3RD = "FREQ=WEEKLY;INTERVAL=3", _("every 3rd week")
    EVERY_4TH = "FREQ=WEEKLY;INTERVAL=4", _("every 4th week")
    FIRST = "FREQ=MONTHLY;BYSETPOS=1", _("only the 1st %(day)s of the month")
    SECOND = "FREQ=MONTHLY;BYSETPOS=2", _("only the 2nd %(day)s of the month")
    THIRD = "FREQ=MONTHLY;BYSETPOS=3", _("only the 3rd %(day)s of the month")
    FOURTH = "FREQ=MONTHLY;BYSETPOS=4", _("only the 4th %(day)s of the month")
    LAST = "FREQ=MONTHLY;BYSETPOS=-1", _("only the last %(day)s of the month")
    FIRST_AND_THIRD = "FREQ=MONTHLY;BYSETPOS=1,3", _("the 1st and 3rd %(day)s of the month")
    SECOND_AND_FOURTH = "FREQ=MONTHLY;BYSETPOS=2,4", _("the 2nd and 4th %(day)s of the month")
    NOT_FIRST = "FREQ=MONTHLY;BYSETPOS=2,3,4,5", _("all but the 1st %(day)s of the month")
    NOT_SECOND = "FREQ=MONTHLY;BYSETPOS=1,3,4,5", _("all but the 2nd %(day)s of the month")
    NOT_THIRD = "FREQ=MONTHLY;BYSETPOS=1,2,4,5", _("all but the 3rd %(day)s of the month")
    NOT_FOURTH = "FREQ=MONTHLY;BYSETPOS=1,2,3,5", _("all but the 4th %(day)s of the month")
    NOT_LAST = "FREQ=MONTHLY;BYSETPOS=-2,-3,-4,-5", _("all but the last %(day)s of the month")


def in_words(repeats: str, day: str) -> str:
    """“all but the 1st Monday of the month”."""
    return str(Repeats(repeats).label) % {"day": day}


def choices(day: str) -> list[tuple[str, str]]:
    return [(repeats, in_words(repeats, day)) for repeats in Repeats.values]


# These need a date from which the weeks are counted, in both directions.
COUNTED = [str(rule) for rule in Repeats if "INTERVAL" in rule]


def dates(repeats: str, weekday: int, counted_from: date | None, first: date, last: date) -> frozenset[int] | None:
    """The ordinals of the dates in the years from `first` to `last`; None: every week."""
    return _dates(repeats, weekday, counted_from, first.year, last.year) if repeats else None


@lru_cache(maxsize=2048)
def _dates(repeats: str, weekday: int, counted_from: date | None, first: int, last: int) -> frozenset[int]:
    begin = date(first, 1, 1)
    if repeats in COUNTED and counted_from:
        begin = _week_before(begin, counted_from, WEEK * int(repeats.rpartition("=")[2]))
    rule = rrulestr(f"{repeats};BYDAY={DAYS[weekday]};WKST=MO", dtstart=_midnight(begin))
    window = date(first, 1, 1), date(min(last, NEXT_TO_LAST), 12, 31)
    return frozenset(day.toordinal() for day in rule.between(*map(_midnight, window), inc=True))


def _week_before(day: date, counted_from: date, period: int) -> date:
    """The Monday of the latest week of the count that begins on this day or before."""
    monday = counted_from - timedelta(days=counted_from.weekday())
    return date.fromordinal(max(1, day.toordinal() - (day - monday).days % period))


def occurrences(first: date, last: date, until: date | None, window: tuple[date, date]) -> list[tuple[date, date]]:
    """The days themselves; or, if they come back on the same dates each year until then, those near the window."""
    if until is None:
        return [(first, last)]
    rule, length = rrulestr("FREQ=YEARLY", dtstart=_midnight(first)), last - first
    since = max(first.toordinal(), window[0].toordinal() - length.days)
    found = rule.between(_midnight(date.fromordinal(since)), _midnight(min(window[1], until)), inc=True)
    return [(day.date(), day.date() + length) for day in found]


def _midnight(day: date) -> datetime:
    """As the library takes a date."""
    return datetime.combine(day, time.min)
