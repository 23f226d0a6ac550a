"""Reads a calendar that another system wrote as CSV: the columns by their usual names, in any order."""

import re
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from booking.exchange.dates import read_day, read_moment, read_time
from booking.exchange.names import in_order
from booking.exchange.raw import Raw, Unreadable
from booking.exchange.table import read_table

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
DECIDING = ("provider", "starts", "ends", "day", "end_day", "minutes")  # of two such columns neither may be guessed
LEFT_OUT = re.compile(r"cancel|no.?show|deleted|rescheduled|^true$|^yes$", re.IGNORECASE)
TEXTS = (
    "uid", "provider", "office", "appointment_type", "reason", "birth_date", "phone", "email", "chart_number",
)  # fmt: skip


def read(text: str) -> list[Raw]:
    """Unreadable: it is no table, or has no column for when an appointment starts."""
    heading, rows = read_table(text)
    columns = _columns(heading)
    return [_raw(n, columns, cells) for n, cells in rows]


def _columns(theirs: list[str]) -> dict[str, int]:
    """Our name of each column that we know, and where it stands."""
    found = {ours: theirs.index(name) for ours, names in COLUMNS.items() for name in names if name in theirs}
    if "starts" not in found and "day" not in found:
        raise Unreadable(_("No column says when an appointment starts. Name it “Start” or “Date”."))
    for name in {theirs[found[ours]] for ours in DECIDING if ours in found}:
        if theirs.count(name) > 1:
            raise Unreadable(_("Two columns are named “%s”. Delete or rename one of them.") % name)
    return found


def _raw(row: int, columns: dict[str, int], cells: list[str]) -> Raw:
    said = {ours: " ".join(cells[n].split()) for ours, n in columns.items() if n < len(cells)}
    if LEFT_OUT.search(said.get("status", "")):
        return Raw(row, problem=_("canceled in the old calendar"))
    starts_at = _moment(said.get("day", ""), said.get("starts", ""))
    if starts_at is None:
        return Raw(row, problem=_("we can’t read when it starts"))
    try:
        ends_at = _end(said, starts_at)
    except OverflowError:  # on the last day that there is
        ends_at = None
    if ends_at is None:
        return Raw(row, problem=_("we can’t read when it ends, or how long it lasts"))
    name = said.get("name") or f"{said.get('first', '')} {said.get('last', '')}".strip()
    return Raw(row, starts_at, ends_at, name=in_order(name), **{each: said.get(each, "") for each in TEXTS})


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
