"""The appointments of one day, by time or by practitioner; the printable sheet; the upcoming days."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from booking.desk import undo_bar
from booking.desk.day import appointments as day_appointments
from booking.desk.day import open_today, strip, tally
from booking.desk.day import rows as day_rows
from booking.desk.decorators import desk_view, missing, page
from booking.desk.slot_finder import select_options
from booking.desk.unknown_filters import is_unknown
from booking.models import Appointment
from booking.roles import may, rights_of
from booking.scheduling.day_grid import HELD, Block, day_grid
from booking.scheduling.working_hours import working_hours
from clinic.access_log.notes import Kind
from clinic.models import Practitioner, RunningLate
from clinic.practice_info import local_date, practice_info

MOST_GAPS = 12
COMING, AHEAD = 7, 60  # days with appointments shown; days searched
COME = [status for status in Appointment.ON_CALENDAR if status != Appointment.Status.CANCELLED]
YEARS = range(2000, 2101)


@desk_view("see_day")
def day(request, day=None):
    now, shown = timezone.now(), parse(day)
    if shown is None:
        return missing(request)
    team, is_today = select_options.team(), shown == local_date(now)
    office, kept = day_appointments.office_of(request.GET), day_appointments.arrangement(request.GET, team)
    only, is_walk_in = _only(kept, team), "walk_in" in request.GET
    on_duty = _on_duty(shown, None if is_walk_in else only) if "by" in kept or is_today else None
    found, columns = _read(shown, kept, only, now, rights_of(request.user), on_duty)
    gaps = open_today.gaps(request.user, now, on_duty) if is_today and may(request.user, "book") else []
    late = strip.late_today(shown)
    context = {
        "lanes": strip.lanes(columns, late, gaps, now, is_today=is_today) if "by" in kept else [],
        "rows": found,
        "finished": [row for row in found if row.is_finished] if is_today else [],
        "unfinished": [row for row in found if not (is_today and row.is_finished)],
        "finished_summary": tally.finished(found),
        "not_called": tally.not_called(found),
        "summary": tally.summary(found),
        "strip": strip.strip(columns, late, gaps) if is_today else [],
        "late": late,
        "gaps": _gaps_of(gaps, office) if is_today and is_walk_in else None,
        "late_minutes": RunningLate.Minutes,
        "day": shown,
        "today": local_date(now),
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "office": office,
        "offices": practice_info().offices,
        "by": kept.get("by", ""),
        "kept": kept,
        "query": query(kept),
        "began": urlencode({"list": "1", "day": shown.isoformat()} | kept),
        "query_by_time": query(kept | {"by": ""}),
        "query_by_practitioner": query(kept | {"by": day_appointments.BY_PRACTITIONER}),
        "team": team,
        "coming": _coming(shown, kept, only),
        "is_unknown": is_unknown(request.GET, day_appointments.known(team)),
        "undo_bar": undo_bar.act_named(request, now),
        "mark_bar": undo_bar.mark_named(request, now),
    }
    if bar := context["mark_bar"]:
        context["focus_bar"] = not day_rows.focus_on(context["unfinished"], bar.appointment.pk)
    return page(request, "day/day", context, shows=[*_given_in(columns), *(row.appointment for row in found)])


@desk_view("see_day")
def sheet(request, day):
    """Each practitioner's day on one printed page, with no more patient data than the day needs."""
    now, shown = timezone.now(), parse(day)
    if shown is None:
        return missing(request)
    team = select_options.team()
    kept = day_appointments.arrangement(request.GET, team)
    sheets = _sheets(shown, kept, _only(kept, team), now)
    context = {"day": shown, "query": query(kept), "sheets": sheets}
    context["is_unknown"] = is_unknown(request.GET, day_appointments.known(team))
    return page(request, "day/sheet", context, shows=_given_in(sheets), kind=Kind.PRINT)


def _only(kept, team):
    """The key of the practitioner named in the URL; None: of no one in particular."""
    return [each.pk for each in team if each.slug == kept["with"]] if "with" in kept else None


def parse(text):
    """The day in a URL; today if there is none, None if it is not a valid day."""
    if text is None:
        return local_date(timezone.now())
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def query(kept):
    given = {name: value for name, value in kept.items() if value}
    return f"?{urlencode(given)}" if given else ""


def _gaps_of(gaps, office):
    return [gap for gap in gaps if office is None or gap.location.pk == office.pk][:MOST_GAPS]


def _on_duty(shown, only):
    """The hours of everyone, or of one provider, that day. Two queries."""
    return working_hours(None, first_day=shown, last_day=shown, practitioners=only)


def _read(shown, kept, only, now, allowed, on_duty):
    """The rows by time and, if the hours of that day are given, the providers’ columns."""
    if on_duty is not None:
        return _columns(shown, kept, only, now, allowed, on_duty)
    found = day_appointments.listed(shown, shown, whole=True, **_narrowed(kept))
    return day_rows.rows(found, now, allowed), []


def _narrowed(kept):
    """The office and practitioner named in the URL."""
    return {name: kept[name] for name in day_appointments.NARROWED if name in kept}


@dataclass(frozen=True)
class DayColumn:
    """One practitioner's day: its blocks by time, each with the row of its appointment."""

    practitioner: Practitioner
    lines: list[tuple[Block, day_rows.Row | None]]

    @property
    def rows(self):
        return [row for _block, row in self.lines if row]

    @property
    def to_come(self):
        return sum(
            row.appointment.status == Appointment.Status.BOOKED and not row.appointment.needs_rebooking
            for row in self.rows
        )

    @property
    def called_off(self):
        return sum(row.look == "called" for row in self.rows)

    @property
    def expected(self):
        """Without who was called off or did not come."""
        return sum(row.look not in ("called", "off") for row in self.rows)

    @property
    def places(self):
        return list(dict.fromkeys(block.location for block, _row in self.lines))


def _columns(shown, kept, only, now, allowed=frozenset(), on_duty=None):
    """The rows by time, and the columns. Appointments at other offices count as busy."""
    office = day_appointments.office_of(kept)
    narrowed = {name: slug for name, slug in _narrowed(kept).items() if name != "place"}
    found = day_appointments.listed(shown, shown, also_held=now, whole=True, **narrowed)
    held = Appointment.Status.HELD
    here = [
        appointment
        for appointment in found
        if appointment.status != held and (not office or appointment.location_id == office.pk)
    ]
    by_time = day_rows.rows(here, now, allowed)
    rows = {row.appointment: row for row in by_time}
    columns = day_grid(found, [shown], office=office.pk if office else None, practitioners=only, team=on_duty)
    return by_time, [
        DayColumn(column.practitioner, [(block, rows.get(block.appointment)) for block in column.on(shown)])
        for column in columns
    ]


def _given_in(columns):
    return [row.appointment for column in columns for row in column.rows]


def _sheets(shown, kept, only, now):
    """One sheet per practitioner with appointments, without canceled ones and holds."""
    _rows, found = _columns(shown, kept, only, now)
    columns = (
        DayColumn(column.practitioner, [line for line in column.lines if _is_on_paper(*line)]) for column in found
    )
    return [column for column in columns if column.rows]


def _is_on_paper(block, row):
    return block.kind != HELD and (row is None or row.appointment.status != Appointment.Status.CANCELLED)


def _coming(shown, kept, only):
    """The next days with appointments, and how many. One query over a bounded range."""
    given = {"place": Q(location__slug=kept.get("place")), "with": Q(practitioner__in=only or [])}
    since, until = practice_info().bounds(shown + timedelta(days=1), shown + timedelta(days=AHEAD))
    narrowed = [given[name] for name in _narrowed(kept)]
    came = Appointment.objects.filter(*narrowed, starts_at__gte=since, starts_at__lt=until, status__in=COME)
    by_day = came.annotate(day=TruncDate("starts_at", tzinfo=practice_info().zone)).values("day")
    return list(by_day.annotate(number=Count("pk")).order_by("day").values_list("day", "number")[:COMING])
