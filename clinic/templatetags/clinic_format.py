"""Days, times and names for people. Plain functions: Python code may call them too.

Spaces inside a date or a time are non-breaking.
"""

import re
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from clinic.country import country
from clinic.formatting import HARD_SPACE, clock
from clinic.practice_info import local_date, practice_info
from clinic.web.language_names import mark_languages

register = template.Library()

NEAR = timedelta(days=300)  # within this range a day is shown without its year
ZONES = {
    "America/New_York": gettext_lazy("Eastern Time"),
    "America/Chicago": gettext_lazy("Central Time"),
    "America/Denver": gettext_lazy("Mountain Time"),
    "America/Phoenix": gettext_lazy("Arizona Time"),
    "America/Los_Angeles": gettext_lazy("Pacific Time"),
    "America/Anchorage": gettext_lazy("Alaska Time"),
    "Pacific/Honolulu": gettext_lazy("Hawaii Time"),
    "Europe/London": gettext_lazy("UK time"),
}
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
TIGHT = re.compile(rf"\b({MONTHS}) (?=\d)|(\d) (?=(?:am|pm|noon|°F)\b)")
DAY_FIRST = re.compile(rf"(?<=\d) (?=(?:{MONTHS})\b)")

register.filter("mark_languages", mark_languages)
register.filter("minutes_clock", clock)  # 540 -> “9:00 am”
register.filter("office_name", lambda offices, pk: next((office.name for office in offices if office.pk == pk), ""))


def _local(moment: datetime, zone: ZoneInfo | str) -> datetime:
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def day_words(day: date, *, today: date) -> str:
    """“Thursday, December 3”; far from today “Thursday, December 3, 2028”."""
    return country().say(day, "weekday" if abs(day - today) <= NEAR else "weekday_year")


@register.filter
def date_as(day: date | datetime | None, pattern: str) -> str:
    """A day as one of the country's patterns has it (clinic/country): “short_date” is “Mar 9, 1951”."""
    return country().say(day, pattern).replace(HARD_SPACE, " ") if day else ""


@register.filter
def local_day(moment: datetime | None, zone: ZoneInfo | str) -> str:
    """“Thursday, December 3”."""
    if not moment:
        return ""
    return day_words(_local(moment, zone).date(), today=_local(timezone.now(), zone).date())


@register.filter
def short_day(moment: datetime, zone: ZoneInfo | str) -> str:
    """“Thu, Dec 3”."""
    return country().say(_local(moment, zone), "short")


@register.filter
def local_clock(moment: datetime | None, zone: ZoneInfo | str) -> str:
    """“10:20 am”."""
    if not moment:
        return ""
    here = _local(moment, zone)
    return clock(here.hour * 60 + here.minute)


@register.filter
def earlier(moment: datetime, by: timedelta) -> datetime:
    """The moment minus a duration, for the arrival time."""
    return moment - by


@register.filter
def local_when(moment: datetime | None, zone: ZoneInfo | str) -> str:
    """“Thursday, December 3, 10:20 am Eastern Time”."""
    if not moment:
        return ""
    return f"{local_day(moment, zone)}, {local_clock(moment, zone)} {zone_word(zone, moment)}"


@register.filter
def zone_word(zone: ZoneInfo | str, moment: datetime | None = None) -> str:
    """“Eastern Time”, in every zone with the same clock all year. Any other zone: “CET (UTC+1)”."""
    moment = moment or timezone.now()
    clocks = _clocks(str(zone), moment.year)
    named = (str(word) for name, word in ZONES.items() if name == str(zone) or _clocks(name, moment.year) == clocks)
    return next(named, "") or _unnamed(_local(moment, zone))


@cache
def _clocks(zone: str, year: int) -> list[tuple[str | None, timedelta | None]]:
    """What its clock shows in winter and in summer: Phoenix and Denver differ in July alone."""
    moments = (datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for month in (1, 7))
    return [(moment.tzname(), moment.utcoffset()) for moment in moments]


def _unnamed(here: datetime) -> str:
    """With its offset, since abbreviations are not unique: “CST” is in Chicago, Havana and Shanghai."""
    sign, hours = ("-", -here.utcoffset()) if here.utcoffset() < timedelta() else ("+", here.utcoffset())
    offset = f"UTC{sign}{hours // timedelta(hours=1)}"
    if rest := hours % timedelta(hours=1) // timedelta(minutes=1):
        offset += f":{rest:02}"
    name = str(here.tzname())
    if name == "UTC":
        return name
    return f"{name}{HARD_SPACE}({offset})" if name.isalpha() else offset


@register.filter
def full_date(day: date | str | None) -> str:
    """“November 9, 2026”, from a date or its ISO text."""
    if not day:
        return ""
    return country().say(date.fromisoformat(day) if isinstance(day, str) else day, "full")


@register.filter
def day_span(first: date, last: date) -> str:
    """“Thursday, November 26”; “Thursday and Friday, November 26 and 27”; “Monday, August 3, to Friday, August 14”."""
    today = local_date(timezone.now())
    if first == last:
        return day_words(first, today=today)
    if last - first == timedelta(days=1) and first.month == last.month:
        return country().two_days % {
            "first": date_format(first, "l"),
            "last": date_format(last, "l"),
            "month": date_format(first, "F"),
            "day": first.day,
            "next": last.day,
        }
    return country().day_span % {
        "first": day_words(first, today=today),
        "last": day_words(last, today=today),
    }


@register.filter
def reference(value: str | None) -> str:
    """“K7M4QX9PTR” -> “K7M-4QX-9PTR”."""
    return "-".join(part for part in (value[:3], value[3:6], value[6:]) if part) if value else ""


@register.filter
def tappable(sentence: str) -> str:
    """An error of a form, with the practice's phone number as a link. Not in the summary: there it is a link itself."""
    practice = practice_info()
    if isinstance(sentence, SafeString) or not practice.phone_display:
        return sentence
    parts = [(part,) for part in str(sentence).split(practice.phone_display)]
    return format_html_join(practice.phone_link, "{}", parts)


@register.filter
def glue(words: str | None) -> str:
    """Make spaces inside dates and times non-breaking: “December 3”, “9 am”. Also keeps “X-ray” on one line."""
    glued = TIGHT.sub(lambda found: (found[1] or found[2]) + HARD_SPACE, str(words or ""))
    if country().is_day_first:
        glued = DAY_FIRST.sub(HARD_SPACE, glued)
    return glued.replace("X-ray", "X-\u2060ray")
