"""Dates and times as other systems write them. A date in figures has the order of the country."""

import re
from datetime import date, datetime, time

from clinic.country import country
from clinic.forms import minutes_of_day

YEAR_FIRST = ("%Y/%m/%d", "%Y%m%d")
LONGEST = 40


def read_day(text: str) -> date | None:
    for form in (*country().days_read, *YEAR_FIRST):
        try:
            return datetime.strptime(text.strip()[:LONGEST], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def read_time(text: str) -> time | None:
    """“9:00 AM”, “13:30”, “9:00:00 am”."""
    without_seconds = re.sub(r"^(\d{1,2}:\d{2}):\d{2}(\.\d+)?", r"\1", text.strip().lower())
    minutes = minutes_of_day(without_seconds) if ":" in text else None
    return None if minutes is None or minutes >= 24 * 60 else time(minutes // 60, minutes % 60)


def read_moment(text: str) -> datetime | None:
    """A day and a time of day, with or without a zone. The seconds go."""
    try:
        return datetime.fromisoformat(text.strip()).replace(second=0, microsecond=0) if ":" in text else None
    except ValueError:
        day, _space, clock = _parts(text)
    read, at = read_day(day), read_time(clock)
    return datetime.combine(read, at) if read and at else None


def _parts(text: str) -> tuple[str, str, str]:
    """Where the time of day begins: before the first “9:”."""
    found = re.search(r"[ ,T]+(?=\d{1,2}:)", text.strip()[:LONGEST])
    return (text[: found.start()], " ", text[found.end() :]) if found else (text, "", "")
