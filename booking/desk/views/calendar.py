"""The week, or one day, by practitioner: a table that a server draws, a printer prints and a screen reader reads."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from booking.desk import visits
from booking.desk.door import desk, missing, page
from booking.desk.lanes import BREAK, lanes
from booking.desk.views.day import parse
from booking.models import Appointment
from clinic.frame import frame

MOST_LANES = 12  # practitioners on one page
WORKING_WEEK = 5


@desk("see_day")
def calendar(request):
    now, shown = timezone.now(), parse(request.GET.get("day") or None)
    if shown is None:
        return missing(request)
    days = _days(shown, request.GET.get("span"))
    office = visits.office_of(request.GET)
    everyone = _lanes(days, office, now)
    chosen = [lane for lane in everyone if lane.practitioner.slug == request.GET.get("with")] or everyone
    context = {
        "days": _worked(days, chosen),
        "lanes": chosen[:MOST_LANES],
        "left_out": len(chosen[MOST_LANES:]),
        "team": [lane.practitioner for lane in everyone],
        "person": chosen[0].practitioner if chosen != everyone else None,
        "office": office,
        "offices": frame().offices,
        "shown": shown,
        "today": now.astimezone(frame().zone).date(),
        "steps": _steps(request.GET, days),
    }
    context["rows"] = [_cells(lane, context["days"], now) for lane in context["lanes"]]
    return page(request, "calendar", context)


def _days(shown: date, span: str | None) -> list[date]:
    """The week of that day, or the day alone."""
    if span == "day":
        return [shown]
    monday = shown - timedelta(days=shown.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _lanes(days, office, now):
    found = visits.with_names(visits.between(days[0], days[-1], also_held=now))
    found = found.exclude(status=Appointment.Status.CANCELLED)
    return lanes(found, days, office=office.pk if office else None)


def _worked(days, chosen):
    """All weekdays, and a weekend day on which somebody works."""
    return days[:WORKING_WEEK] + [day for day in days[WORKING_WEEK:] if any(lane.days[day] for lane in chosen)]


def _cells(lane, days, now):
    """For each day its pieces, and whether an open one can still be booked."""
    return lane.practitioner, [(day, [(piece, piece.ends_at > now) for piece in _shown(lane, day)]) for day in days]


def _shown(lane, day):
    return [piece for piece in lane.on(day) if piece.kind != BREAK]


def _steps(asked, days):
    """The addresses of the week or day before, this one and the next; of both spans; what is asked for is kept."""
    kept = {name: asked[name] for name in ("place", "with", "span") if asked.get(name)}
    day = timezone.now().astimezone(frame().zone).date()
    places = {"before": days[0] - timedelta(days=len(days)), "now": day, "after": days[-1] + timedelta(days=1)}
    steps = {name: "?" + urlencode(kept | {"day": at.isoformat()}) for name, at in places.items()}
    spans = {name: "?" + urlencode(kept | {"span": name, "day": days[0].isoformat()}) for name in ("week", "day")}
    return steps | spans
