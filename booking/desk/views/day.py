"""The visits of one day by time, and the days ahead."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from booking.desk import done, words
from booking.desk.door import desk, missing, page
from booking.desk.due import duration
from booking.lifecycle.appointment import STEP_BACK
from booking.models import Appointment
from clinic.frame import frame

Status = Appointment.Status
COMING, AHEAD = 7, 60  # the next days with visits; how many days are looked through
YEARS = range(2000, 2101)
ON_SHEET = [Status.BOOKED, Status.ARRIVED, Status.FULFILLED, Status.LEFT, Status.NOSHOW, Status.CANCELLED]
SHORTLY = timedelta(minutes=15)
LOOKS = {
    Status.BOOKED: "", Status.ARRIVED: "here", Status.FULFILLED: "done", Status.LEFT: "done", Status.NOSHOW: "off",
    Status.CANCELLED: "off",
}  # fmt: skip
VERBS = {Status.ARRIVED: ("fulfil", "leave"), Status.NOSHOW: ("check_in",)}


@dataclass
class Row:
    visit: Appointment
    age: int
    needs: str
    marked_at: datetime | None  # when its present state began
    look: str = ""  # done, off, here, behind or nothing
    words: str = ""
    verbs: tuple[str, ...] = ()
    main: str = ""  # the verb most likely next
    after_now: bool = False


@desk("see_day")
def day(request, day=None):
    now, zone = timezone.now(), frame().zone
    today = now.astimezone(zone).date()
    shown = today if day is None else _parse(day)
    if shown is None:
        return missing(request)
    office = next((office for office in frame().offices if office.slug == request.GET.get("place")), None)
    rows = _rows(shown, office, now)
    context = {
        "day": shown,
        "today": today,
        "is_today": shown == today,
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "office": office,
        "offices": frame().offices,
        "rows": rows,
        "tally": _tally(rows),
        "coming": _coming(shown, office),
        "done": done.asked_for(request, now),
    }
    return page(request, "day", context)


def _parse(text):
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _visits(first, last, office):
    zone = frame().zone
    visits = Appointment.objects.filter(
        starts_at__gte=datetime.combine(first, time.min, zone),
        starts_at__lt=datetime.combine(last + timedelta(days=1), time.min, zone),
        status__in=ON_SHEET,
    )
    return visits.filter(location=office.pk) if office else visits


def _rows(shown, office, now):
    visits = _visits(shown, shown, office).select_related(
        "request__patient", "request__reason", "visit_type", "practitioner", "location"
    )
    rows = [_row(visit, now) for visit in visits.prefetch_related("events").order_by("starts_at", "pk")]
    waiting = [row for row in rows if row.visit.status == Status.ARRIVED]
    if waiting:
        min(waiting, key=lambda row: row.marked_at or row.visit.starts_at).main = "fulfil"
    _point_out_what_is_next(rows, now)
    return rows


def _point_out_what_is_next(rows, now):
    coming = [row for row in rows if row.visit.starts_at > now]
    if coming and len(coming) < len(rows):
        coming[0].after_now = True
    if coming and coming[0].visit.status == Status.BOOKED and coming[0].visit.starts_at - now <= SHORTLY:
        coming[0].main = "check_in"


def _row(visit, now):
    last = max(visit.events.all(), key=lambda event: event.pk, default=None)
    zone = visit.location.tz
    here = now.astimezone(zone).date()
    same_day = here == visit.starts_at.astimezone(zone).date()
    row = Row(visit, visit.request.patient.age(here), words.needs(visit.request.patient), last.at if last else None)
    row.look, row.verbs = LOOKS[visit.status], VERBS.get(visit.status, ()) if same_day else ()
    if visit.status == Status.BOOKED:
        _booked(row, now, same_day)
    elif visit.status == Status.ARRIVED and last:
        row.words = duration(now - last.at)
    if visit.status in STEP_BACK and last and last.at.astimezone(zone).date() == here:
        row.verbs = (*row.verbs, "step_back")
    return row


def _booked(row, now, same_day):
    past = now - row.visit.starts_at
    if past > timedelta(0):
        row.look, row.words = "behind", duration(past)
        row.verbs = ("check_in", "no_show") if same_day else ("no_show",)
        row.main = "check_in" if same_day else ""
    else:
        row.verbs = ("check_in", "cancel") if same_day else ("cancel",)


def _tally(rows):
    counts = {status: sum(row.visit.status == status for row in rows) for status in ON_SHEET}
    return [(status.label, number) for status, number in counts.items() if number]


def _coming(shown, office):
    """The next days with visits, and how many. One query over a bounded time."""
    visits = _visits(shown + timedelta(days=1), shown + timedelta(days=AHEAD), office)
    by_day = visits.exclude(status=Status.CANCELLED).annotate(day=TruncDate("starts_at", tzinfo=frame().zone))
    return by_day.values("day").annotate(number=Count("pk")).order_by("day")[:COMING]
