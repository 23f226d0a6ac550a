"""What the rows of a file mean here: whose calendar, which office, which type; and who comes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.exchange import csv_file, ics_file
from booking.exchange.contact import email_of, phone_of
from booking.exchange.dates import read_day
from booking.exchange.raw import Raw
from booking.lifecycle.diary.entries import Entry, Who
from booking.models import Reason
from clinic.models import AppointmentType, Location, Practitioner, Schedule
from clinic.practice_info import local_date
from clinic.text import clean_text

OLDEST = date(1900, 1, 1)
UNNAMED_PROVIDER = gettext_lazy("has no provider: choose the file again, and whose calendar it is")
UNNAMED_OFFICE = gettext_lazy("has no office: choose the file again, and an office for such rows")
UNNAMED_TYPE = gettext_lazy("has no appointment type: choose the file again, and a type for such rows")
TITLES = {"dr", "doctor"}  # one system writes them, the next does not


@dataclass(frozen=True)
class Options:
    """`is_calendar`: iCalendar, not CSV. What stands in for a column that the file has not: keys of rows here."""

    is_calendar: bool = False
    practitioner: int | None = None
    location: int | None = None
    appointment_type: int | None = None


@dataclass(frozen=True)
class Problem:
    row: int
    says: str
    starts_at: datetime | None = None  # if that much is known


@dataclass
class Plan:
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, options: Options, *, now: datetime) -> Plan:
    """Unreadable: it is no such file."""
    here = Here(options, now=now)
    raws = ics_file.read(text, here.zone, now=now) if options.is_calendar else csv_file.read(text)
    plan = Plan()
    for raw in raws:
        found = here.entry(raw)
        (plan.entries if isinstance(found, Entry) else plan.problems).append(found)
    return plan


class Here:
    """The providers, offices, types and reasons of this practice, by their names. Six queries."""

    def __init__(self, options: Options, *, now: datetime) -> None:
        self.today = local_date(now)
        providers = Practitioner.objects.filter(is_active=True)
        self.providers = _by_name(
            providers, lambda row: (row.name, row.name.partition(",")[0], row.desk_name, row.slug)
        )
        self.offices = _by_name(Location.objects.filter(is_active=True), lambda row: (row.name, row.slug))
        types = AppointmentType.objects.prefetch_related("practitioners")
        self.types = _by_name(types, lambda row: (row.name, row.slug))
        self.reasons = _by_name(Reason.objects.filter(is_active=True), lambda row: (row.label, row.slug))
        self.provider = _with_key(self.providers, options.practitioner)
        self.office = _with_key(self.offices, options.location) or _only(self.offices)
        self.type = _with_key(self.types, options.appointment_type)
        office = self.office or next(iter(self.offices.values()), None)
        weekly = Schedule.objects.filter(location__is_active=True).order_by("-starts")
        self.works_on = {(row.practitioner_id, row.weekday): row.location_id for row in weekly}
        self.works_at = {row.practitioner_id: row.location_id for row in weekly}
        self.zone = office.tz if office else ZoneInfo("UTC")

    def entry(self, raw: Raw) -> Entry | Problem:
        if raw.problem:
            return Problem(raw.row, raw.problem)
        provider = self._provider(raw.provider)
        if provider is None:
            return Problem(raw.row, _("we can’t find this provider") if raw.provider else str(UNNAMED_PROVIDER))
        office = self._office(raw, provider)
        if office is None:
            return Problem(raw.row, _("we can’t find this office") if raw.office else str(UNNAMED_OFFICE))
        try:
            starts_at, ends_at = (_aware(moment, office.tz) for moment in (raw.starts_at, raw.ends_at))
        except OverflowError:  # on the first or the last day that there is
            return Problem(raw.row, _("we can’t read when it starts"))
        who = _who(raw, self.today)
        kind = _named(self.types, raw.appointment_type) or self.type
        if who and kind is None:
            says = _("we can’t find this appointment type") if raw.appointment_type else str(UNNAMED_TYPE)
            return Problem(raw.row, says)
        if who and provider not in kind.practitioners.all():
            return Problem(raw.row, _("this provider does not offer this appointment type"))
        reason = self._reason(raw.reason, kind) if who else None
        if who and reason is None:
            return Problem(raw.row, _("the practice has no reason for an appointment yet"))
        key = _key(raw, provider, starts_at, ends_at)
        return Entry(raw.row, key, provider.pk, office.pk, starts_at, ends_at, who, kind if who else None, reason)

    def _provider(self, name: str) -> Practitioner | None:
        return _named(self.providers, name) if name else self.provider or _only(self.providers)

    def _office(self, raw: Raw, provider: Practitioner) -> Location | None:
        """The named one; else the chosen one; else where the provider works on that weekday, or ever."""
        if raw.office:
            return _named(self.offices, raw.office)
        assert raw.starts_at
        usual = self.works_on.get((provider.pk, raw.starts_at.weekday())) or self.works_at.get(provider.pk)
        return self.office or _with_key(self.offices, usual)

    def _reason(self, label: str, kind: AppointmentType) -> Reason | None:
        """The named one; else the first that leads to this type; else the first."""
        fits = [
            r for r in self.reasons.values() if kind.pk in (r.appointment_type_new_id, r.appointment_type_returning_id)
        ]
        return _named(self.reasons, label) or next(iter([*fits, *self.reasons.values()]), None)


def _by_name(rows: Iterable, names: Callable[[Any], Iterable[str]]) -> dict[str, Any]:
    """By each of their names; a name that two have stands for the first."""
    found: dict[str, Any] = {}
    for row in rows:
        for name in filter(None, names(row)):
            found.setdefault(folded(name), row)
    return found


def _named(rows: dict[str, Any], name: str) -> Any:
    return rows.get(folded(name))


def folded(name: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in name.casefold()).split()
    return " ".join(word for word in words if word not in TITLES)


def _with_key(rows: dict[str, Any], key: int | None) -> Any:
    return next((row for row in rows.values() if row.pk == key), None) if key else None


def _only(rows: dict[str, Any]) -> Any:
    """The one that there is, if there is one alone."""
    each = {row.pk: row for row in rows.values()}
    return next(iter(each.values())) if len(each) == 1 else None


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _who(raw: Raw, today: date) -> Who | None:
    """The patient; None if the row lacks a name, a date of birth or every way to reach them: then it is a block."""
    name, born = clean_text(raw.name)[:120].strip(), read_day(raw.birth_date)
    phone, email = phone_of(raw.phone), email_of(raw.email)
    if not name or born is None or not OLDEST <= born <= today or not (phone or email):
        return None
    return Who(name, born, phone.number, phone.extension, phone.typed[:40], email, clean_text(raw.chart_number)[:40])


def _key(raw: Raw, provider: Practitioner, starts_at: datetime, ends_at: datetime) -> str:
    """What names this row for ever. Keyed, since names and dates of birth are soon guessed."""
    said = (raw.uid,) if raw.uid else (starts_at.isoformat(), ends_at.isoformat(), raw.name, raw.birth_date)
    return salted_hmac("diary row", "\n".join((provider.slug, *said)), algorithm="sha256").hexdigest()
