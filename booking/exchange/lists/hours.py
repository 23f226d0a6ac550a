"""Weekly hours of providers from a list. A break is a gap between two rows."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from booking.exchange.dates import read_day
from booking.exchange.lists.columns import Line, read_lines
from booking.exchange.lists.plan import Plan, Remark
from booking.exchange.lists.practice import by_name, written
from booking.exchange.plan import folded
from booking.lifecycle import lock_all_calendars
from booking.models import Appointment, ListImport, ListRow
from booking.scheduling.closure_impact import to_come
from clinic.forms import minutes_of_day
from clinic.models import Location, Practitioner, Schedule

COLUMNS = {  # ours: what others call it, in small letters and without marks; the best first
    "provider": ("provider", "provider name", "practitioner", "doctor", "clinician", "resource", "name", "staff name"),
    "office": ("office", "location", "facility", "site", "location name", "clinic"),
    "weekday": ("weekday", "day", "day of week", "days", "weekdays"),
    "starts": ("start", "starts", "start time", "from", "opens", "begin"),
    "ends": ("end", "ends", "end time", "to", "until", "closes", "finish"),
    "valid_from": ("valid from", "effective from", "effective date", "start date", "from date"),
    "valid_until": ("valid until", "valid through", "effective until", "end date", "to date"),
}
NEEDED = (("provider",), ("weekday",), ("starts",), ("ends",))
VALUES = ("practitioner_id", "location_id", "weekday", "starts", "ends", "valid_from", "valid_until")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*"
RANGE = re.compile(rf"{DAY}(?:\s*(?:-|–|to|through)\s*{DAY})?")


@dataclass(frozen=True)
class Here:
    """The providers and offices of this practice by name, and the hours that are there or accepted."""

    providers: dict[str, Practitioner]
    offices: dict[str, Location]
    hours: list[Schedule]

    def office(self, name: str) -> Location | None:
        """The named one; without a name the only one."""
        each = {row.pk: row for row in self.offices.values()}
        only = next(iter(each.values())) if len(each) == 1 else None
        return self.offices.get(folded(name)) if name else only


def plan(text: str, *, now: datetime) -> Plan:
    """Unreadable: it is no such list. Three queries."""
    found = Plan()
    people, places = Practitioner.objects.filter(is_active=True), Location.objects.filter(is_active=True)
    here = Here(by_name(people), by_name(places), list(Schedule.objects.all()))
    for line in read_lines(text, COLUMNS, NEEDED):
        hours, why = _read(line, here)
        if why:
            found.problems.append(Remark(line.row, why))
        for each in hours:
            _sort_out(line.row, each, here.hours, found)
    return found


def _read(line: Line, here: Here) -> tuple[list[Schedule], str]:
    """The hours of this row, one for each day of the week; or why it cannot come in."""
    provider, office = here.providers.get(folded(line["provider"])), here.office(line["office"])
    days = sorted(set(weekdays(line["weekday"])))
    starts, ends = (minutes_of_day(line[name].lower().replace(".", "")) for name in ("starts", "ends"))
    first, last = read_day(line["valid_from"]), read_day(line["valid_until"])
    if provider is None:
        return [], _("we can’t find this provider")
    if office is None:
        return [], _("we can’t find this office")
    if not days:
        return [], _("we can’t read the day of the week")
    if starts is None or ends is None or starts >= ends:
        return [], _("we can’t read when the hours start and end")
    if (line["valid_from"] and not first) or (line["valid_until"] and not last) or (first and last and first > last):
        return [], _("we can’t read from when or until when the hours apply")
    how = {"starts": starts, "ends": ends, "valid_from": first, "valid_until": last}
    return [Schedule(practitioner=provider, location=office, weekday=day, **how) for day in days], ""


def weekdays(text: str) -> Iterator[int]:
    """“Mon-Fri”, “Tuesday, Thursday”; 0 is Monday. None of them if a part is something else."""
    said = text.lower()
    if re.sub(r"[\s,;&/.]|and", "", RANGE.sub("", said)):
        return
    for found in RANGE.finditer(said):
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        yield from (day % 7 for day in range(first, last + 1 if last >= first else last + 8))


def _sort_out(row: int, hours: Schedule, there: list[Schedule], found: Plan) -> None:
    if any(written(hours, VALUES) == written(other, VALUES) for other in there):
        found.known += 1
    elif any(_overlap(hours, other) for other in there):
        found.problems.append(Remark(row, _("%s: overlaps other hours of this provider") % hours.get_weekday_display()))
    else:
        there.append(hours)
        found.new.append(hours)


def _overlap(one: Schedule, other: Schedule) -> bool:
    """At any office: nobody is in two places at once."""
    if (one.practitioner_id, one.weekday) != (other.practitioner_id, other.weekday):
        return False
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_until or date.max, other.valid_until or date.max)
    return first <= last and max(one.starts, other.starts) < min(one.ends, other.ends)


def save(rows: list[Schedule], list_import: ListImport) -> None:
    Schedule.objects.bulk_create(rows)
    ListRow.objects.bulk_create(
        ListRow(list_import=list_import, schedule=row, written=written(row, VALUES)) for row in rows
    )


def take_back(list_import: ListImport, *, now: datetime) -> tuple[int, int]:
    """Delete the hours that nobody has changed and in which nobody is booked. How many went, and how many stay."""
    lock_all_calendars()
    rows = list(list_import.rows.select_related("schedule"))
    hours = [row.schedule for row in rows if row.schedule and written(row.schedule, VALUES) == row.written]
    booked = list(to_come(now).filter(practitioner__in={row.practitioner_id for row in hours}))
    gone = [row.pk for row in hours if not _is_used(row, booked)]
    Schedule.objects.filter(pk__in=gone).delete()
    return len(gone), len(rows) - len(gone)


def _is_used(hours: Schedule, booked: Iterable[Appointment]) -> bool:
    return any(_holds(hours, each) for each in booked if each.practitioner_id == hours.practitioner_id)


def _holds(hours: Schedule, appointment: Appointment) -> bool:
    if hours.location_id != appointment.location_id:
        return False
    here = appointment.starts_at.astimezone(appointment.location.tz)
    applies = (hours.valid_from or date.min) <= here.date() <= (hours.valid_until or date.max)
    return applies and here.weekday() == hours.weekday and hours.starts <= here.hour * 60 + here.minute < hours.ends
