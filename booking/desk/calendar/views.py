"""The week, or one day, by practitioner: a table that a server draws, a printer prints and a screen reader reads."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from booking.desk import undo_bar
from booking.desk.calendar import reschedule
from booking.desk.day import appointments
from booking.desk.day.views import parse
from booking.desk.decorators import desk, missing, page
from booking.models import Appointment
from booking.scheduling.day_grid import BREAK, lanes
from clinic.practice_info import frame

MOST_LANES = 12  # practitioners on one page
WORKING_WEEK = 5
KEPT = ("place", "with", "span")  # in every address of the calendar


@desk("see_day")
def calendar(request):
    now, shown = timezone.now(), parse(request.GET.get("day") or None)
    if shown is None:
        return missing(request)
    days = _days(shown, request.GET.get("span"))
    office = appointments.office_of(request.GET)
    visit, notice = reschedule.asked_for(request, now)
    mode = reschedule.Moving(visit, days, now=now, office=office) if visit else None
    everyone = _lanes(days, office, now)
    chosen = [lane for lane in everyone if lane.practitioner.slug == request.GET.get("with")] or everyone
    context = _table(mode.first_who_can(chosen) if mode else chosen, days, now, mode) | {
        "team": [lane.practitioner for lane in everyone],
        "person": chosen[0].practitioner if chosen != everyone else None,
        "office": office,
        "offices": frame().offices,
        "shown": shown,
        "today": now.astimezone(frame().zone).date(),
        "steps": _steps(request.GET, days, visit),
        "kept": _kept(request.GET),
        "moving": mode,
        "done": undo_bar.act_named(request, now),
        "notice": notice,
    }
    return page(request, "calendar/calendar", context, status=404 if notice else 200)


def address(day: date, looked_at, **shown):
    """Of the calendar around that day, narrowed as it was looked at."""
    return f"{reverse('desk:calendar')}?{urlencode(_kept(looked_at) | {'day': day.isoformat()} | shown)}"


def kept_in_a_form(posted):
    """Of a visit that moves in the calendar: that it does, and how that is narrowed."""
    return {"calendar": "1"} | _kept(posted) if posted.get("calendar") else {}


def _kept(asked):
    return {name: asked[name] for name in KEPT if asked.get(name)}


def _days(shown: date, span: str | None) -> list[date]:
    """The week of that day, or the day alone."""
    if span == "day":
        return [shown]
    monday = shown - timedelta(days=shown.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _lanes(days, office, now):
    found = appointments.listed(days[0], days[-1], also_held=now)
    found = [visit for visit in found if visit.status != Appointment.Status.CANCELLED]
    return lanes(found, days, office=office.pk if office else None)


def _table(chosen, days, now, mode):
    """Its days and rows, how many practitioners are left out, and whether a moving visit fits anywhere."""
    worked = _worked(days, chosen)
    rows = [(lane.practitioner, [(day, _cell(lane, day, now, mode)) for day in worked]) for lane in chosen[:MOST_LANES]]
    fits = any(fit and fit.shown for _who, cells in rows for _day, cell in cells for _piece, _ahead, fit in cell)
    return {"days": worked, "rows": rows, "left_out": len(chosen[MOST_LANES:]), "fits": fits}


def _worked(days, chosen):
    """All weekdays, and a weekend day on which somebody works."""
    return days[:WORKING_WEEK] + [day for day in days[WORKING_WEEK:] if any(lane.days[day] for lane in chosen)]


def _cell(lane, day, now, mode):
    """The pieces, whether each is still ahead, and where a moving visit fits in it."""
    pieces = [piece for piece in lane.on(day) if piece.kind != BREAK]
    beside = mode.beside(pieces, lane.practitioner, day) if mode else [(piece, None) for piece in pieces]
    return [(piece, piece is None or piece.ends_at > now, fit) for piece, fit in beside]


def _steps(asked, days, visit):
    """The addresses of the week or day before, this one and the next; of both spans; what is asked for is kept.

    `stay`: this week or day, with nothing moving.
    """
    stay = _kept(asked)
    kept = stay | ({"moving": visit.pk} if visit else {})
    today = timezone.now().astimezone(frame().zone).date()
    places = {"before": days[0] - timedelta(days=len(days)), "now": today, "after": days[-1] + timedelta(days=1)}
    steps = {name: "?" + urlencode(kept | {"day": at.isoformat()}) for name, at in places.items()}
    spans = {name: "?" + urlencode(kept | {"span": name, "day": days[0].isoformat()}) for name in ("week", "day")}
    return steps | spans | {"stay": "?" + urlencode(stay | {"day": days[0].isoformat()})}
