"""Reads a calendar that another system wrote as CSV: the columns by their usual names, in any order."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import StringIO

from django.utils.translation import gettext as _

from booking.exchange.dates import read_day, read_moment, read_time
from booking.exchange.raw import Raw, Unreadable

COLUMNS = {  # ours: what others call it, in small letters and without marks
    "provider": ("provider", "practitioner", "doctor", "clinician", "resource", "calendar", "provider name"),
    "office": ("office", "location", "facility", "site", "clinic", "location name"),
    "appointment_type": ("type", "appointment type", "visit type", "appt type", "event type", "service"),
    "reason": ("reason", "reason for visit", "chief complaint"),
    "name": ("name", "patient", "patient name", "full name", "client", "invitee name", "client name"),
    "first": ("first name", "patient first name", "given name"),
    "last": ("last name", "patient last name", "family name", "surname"),
    "birth_date": ("dob", "birth date", "date of birth", "birthdate", "patient dob", "birthday"),
    "phone": ("phone", "mobile", "cell", "phone number", "patient phone", "mobile phone", "home phone"),
    "email": ("email", "e mail", "patient email", "invitee email", "email address"),
    "chart_number": ("chart", "chart number", "mrn", "patient id", "account number"),
    "uid": ("id", "uid", "appointment id", "appt id", "event uuid", "appointment number"),
    "starts": ("start", "starts", "start time", "starts at", "start date time", "appointment start", "begin"),
    "ends": ("end", "ends", "end time", "ends at", "end date time", "appointment end", "finish"),
    "day": ("date", "day", "appointment date", "appt date", "start date"),
    "end_day": ("end date",),
    "minutes": ("minutes", "duration", "length", "duration minutes", "duration min", "duration mins"),
    "status": ("status", "appointment status", "appt status", "canceled", "cancelled"),
}
LEFT_OUT = re.compile(r"cancel|no.?show|deleted|rescheduled|^true$|^yes$", re.IGNORECASE)
MOST_ROWS, LONGEST_ROW = 20_000, 10_000
TEXTS = (
    "uid", "provider", "office", "appointment_type", "reason", "birth_date", "phone", "email", "chart_number",
)  # fmt: skip


def read(text: str) -> list[Raw]:
    """Unreadable: it is no table, or has no column for when an appointment starts."""
    lines = csv.reader(StringIO(text.lstrip("\ufeff")), _dialect(text))
    try:
        columns = _columns(next(lines, []))
        return [_raw(n, columns, cells) for n, cells in _rows(lines)]
    except csv.Error:
        raise Unreadable(_("This is no table that we can read. Save it as CSV (UTF-8) and try again.")) from None


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, semicolons or tabs: whichever the heading has most of."""
    heading = text.partition("\n")[0]
    chosen = type("Chosen", (csv.excel,), {"delimiter": max(",;\t", key=heading.count)})
    csv.field_size_limit(LONGEST_ROW)
    return chosen


def _columns(heading: list[str]) -> dict[str, int]:
    """Our name of each column that we know, and where it stands."""
    theirs = [" ".join(re.findall(r"[a-z]+", title.lower())) for title in heading]
    found = {ours: theirs.index(name) for ours, names in COLUMNS.items() for name in names if name in theirs}
    if "starts" not in found and "day" not in found:
        raise Unreadable(_("No column says when an appointment starts. Name it “Start” or “Date”."))
    return found


def _rows(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, counted as a spreadsheet counts them: the heading is row 1."""
    for n, cells in enumerate(lines, 2):
        if n > MOST_ROWS + 1:
            raise Unreadable(_("A file can have up to %d rows. Split it into several.") % MOST_ROWS)
        if any(cell.strip() for cell in cells):
            yield n, cells


def _raw(row: int, columns: dict[str, int], cells: list[str]) -> Raw:
    said = {ours: " ".join(cells[n].split()) for ours, n in columns.items() if n < len(cells)}
    if LEFT_OUT.search(said.get("status", "")):
        return Raw(row, problem=_("canceled in the old calendar"))
    starts_at = _moment(said.get("day", ""), said.get("starts", ""))
    if starts_at is None:
        return Raw(row, problem=_("we cannot read when it starts"))
    try:
        ends_at = _end(said, starts_at)
    except OverflowError:  # on the last day that there is
        ends_at = None
    if ends_at is None:
        return Raw(row, problem=_("we cannot read when it ends, or how long it lasts"))
    name = said.get("name") or f"{said.get('first', '')} {said.get('last', '')}".strip()
    return Raw(row, starts_at, ends_at, name=_in_order(name), **{each: said.get(each, "") for each in TEXTS})


def _in_order(name: str) -> str:
    """“Demo, June” is June Demo."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and first and "," not in first else name


def _moment(day: str, at: str) -> datetime | None:
    """A day and a time in two columns, or both in one."""
    if not day:
        return read_moment(at)
    if not at:
        return read_moment(day)
    date, clock = read_day(day), read_time(at)
    return datetime.combine(date, clock) if date and clock else read_moment(at)


def _end(said: dict[str, str], starts_at: datetime) -> datetime | None:
    minutes, ends = said.get("minutes", ""), said.get("ends", "")
    if not ends:
        found = re.match(r"(\d{1,3})\b", minutes)
        return starts_at + timedelta(minutes=int(found[1])) if found else None
    clock = read_time(ends)
    if clock is None:
        return read_moment(ends)
    day = read_day(said.get("end_day", "")) or starts_at.date()
    end = datetime.combine(day, clock, starts_at.tzinfo)
    return end + timedelta(days=1) if clock == time(0) and end <= starts_at else end
