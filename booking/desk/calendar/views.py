"""The calendar: a day of several providers or a week of one as a time grid, a week of everyone as a table.

While an appointment is moved, both show the times where it fits.
"""

import uuid
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from booking.desk import undo_bar
from booking.desk.calendar import origin, reschedule
from booking.desk.calendar.origin import WEEK
from booking.desk.calendar.time_grid import time_grid
from booking.desk.day import appointments as day_appointments
from booking.desk.day.views import parse
from booking.desk.decorators import desk_view, missing, page
from booking.desk.slot_finder import select_options
from booking.desk.unknown_filters import is_unknown
from booking.exchange.feeds import state as feeds
from booking.models import Appointment
from booking.roles import may_take_time_off
from booking.scheduling.day_grid import BREAK, day_grid
from clinic.models import ScheduleException
from clinic.practice_info import local_date, practice_info

MOST_COLUMNS = 12  # practitioners per page
WORKING_WEEK, DAYS_A_WEEK = 5, 7


@desk_view("see_day")
def calendar(request):
    appointment, notice = reschedule.asked_for(request, timezone.now())
    return shown(request, request.GET, appointment, notice=notice, status=404 if notice else 200)


def shown(request, query, appointment=None, *, notice="", lost=(), status=200):
    """The calendar of the day and filters in the query, while this appointment is moved, if any. `lost`: what was typed
    into a form that was refused.
    """
    now, is_week = timezone.now(), query.get("span") == WEEK
    shown = parse(query["day"]) if query.get("day") else _opening(local_date(now), is_week=is_week)
    if shown is None:
        return missing(request)
    days = _days(shown) if is_week else [shown]
    office = day_appointments.office_of(query)
    mode = reschedule.Rescheduling(appointment, days, now=now, office=office) if appointment else None
    team, slug = select_options.team(), query.get("with")
    alone = _column_of(next((each for each in team if each.slug == slug), None), days, office, now)
    everyone = [alone] if alone else _columns(days, office, now)
    person = alone or _named(everyone, slug)
    chosen = [person] if person else mode.first_who_can(everyone) if mode else everyone
    is_grid = chosen and (not is_week or person)
    shown_as = (_grid if is_grid else _table)(chosen, days, now, mode)
    context = shown_as | {
        "team": _team(team, everyone),
        "person": person.practitioner if person else None,
        "office": office,
        "offices": practice_info().offices,
        "shown": shown,
        "today": local_date(now),
        "steps": _steps(query, days, appointment),
        "kept": origin.filters(query),
        "began": urlencode({origin.CALENDAR: "1", "day": days[0].isoformat()} | origin.filters(query)),
        "may_block": [day for day in days if may_take_time_off(request.user, day, day, local_date(now))],
        "key": uuid.uuid4(),
        "block_bar": _blocked_just_now(request),
        "rescheduling": mode,
        "undo_bar": None if mode else undo_bar.act_named(request, now),
        "notice": notice,
        "lost": lost,
        "feeds": feeds.state(now=now),
        "is_unknown": is_unknown(query, day_appointments.known([column.practitioner for column in everyone])),
    }
    return page(request, "calendar/calendar", context, shows=_given_in(chosen, appointment), status=status)


def _given_in(columns, appointment):
    """The appointments in the columns that are shown, and the one that is moved."""
    blocks = [block for column in columns[:MOST_COLUMNS] for blocks in column.days.values() for block in blocks]
    return [each for each in [appointment, *(block.appointment for block in blocks)] if each]


def _blocked_just_now(request):
    """The user's own block named by `?blocked=`, which the bar offers to undo. One query; none without it."""
    pk = undo_bar.key_in(request.GET, "blocked")
    mine = ScheduleException.objects.select_related("practitioner").filter(pk=pk or 0, made_by=request.user)
    return mine.first() if pk else None


def address(day: date, looked_at, **shown):
    """The URL of the calendar around that day, with the filters of the current page."""
    return f"{reverse('desk:calendar')}?{urlencode(origin.filters(looked_at) | {'day': day.isoformat()} | shown)}"


def _opening(today: date, *, is_week: bool) -> date:
    """The day that the calendar opens; of weeks, on a weekend, the one to come."""
    begins = today + timedelta(days=DAYS_A_WEEK - today.weekday())
    return begins if is_week and today.weekday() >= WORKING_WEEK else today


def _days(shown: date) -> list[date]:
    """The week of that day."""
    monday = shown - timedelta(days=shown.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _columns(days, office, now, only=None):
    """Of the whole team, or of one practitioner."""
    narrowed, keys = ({"with": only.slug}, [only.pk]) if only else ({}, None)
    found = day_appointments.listed(days[0], days[-1], also_held=now, **narrowed)
    found = [appointment for appointment in found if appointment.status != Appointment.Status.CANCELLED]
    return day_grid(found, days, office=office.pk if office else None, practitioners=keys)


def _table(chosen, days, now, mode):
    """Days, rows, how many practitioners are left out, and whether the appointment being rescheduled fits anywhere."""
    worked = _worked(days, chosen)
    rows = [
        (column.practitioner, [(day, _cell(column, day, now, mode)) for day in worked])
        for column in chosen[:MOST_COLUMNS]
    ]
    found = [fit for _who, cells in rows for _day, cell in cells for _block, _ahead, fit in cell if fit]
    fits = {"fits": any(fit.shown for fit in found), "fits_with_why": any(fit.sooner for fit in found)}
    return {"days": worked, "rows": rows, "left_out": len(chosen[MOST_COLUMNS:])} | fits


def _team(team, everyone):
    """Those who left are named too, while they have appointments to move."""
    active = {each.slug for each in team}
    return team + [column.practitioner for column in everyone if column.practitioner.slug not in active]


def _named(everyone, slug):
    return next((column for column in everyone if column.practitioner.slug == slug), None)


def _column_of(practitioner, days, office, now):
    """None if nobody is named, or who is named has nothing on these days: then everyone is shown."""
    return next(iter(_columns(days, office, now, practitioner)), None) if practitioner else None


def _grid(chosen, days, now, mode):
    """The time grid of a day, or of one provider's week: a week of several could not be read."""
    worked = _worked(days, chosen)
    shown = [(column, day) for column in chosen[:MOST_COLUMNS] for day in worked]
    grid = time_grid(shown, now=now, zone=practice_info().zone, moving=mode)
    needs = [piece.needs_why for column in grid.columns for piece in column.pieces if piece.fit]
    fits = {"fits": False in needs, "fits_with_why": True in needs}
    return {"days": worked, "grid": grid, "left_out": len(chosen[MOST_COLUMNS:])} | fits


def _worked(days, chosen):
    """All weekdays, plus each weekend day on which somebody works."""
    return days[:WORKING_WEEK] + [day for day in days[WORKING_WEEK:] if any(column.days[day] for column in chosen)]


def _cell(column, day, now, mode):
    """Each block, whether it has not ended yet, and where the appointment being rescheduled fits in it."""
    blocks = [block for block in column.on(day) if block.kind != BREAK]
    beside = mode.beside(blocks, column.practitioner, day) if mode else [(block, None) for block in blocks]
    return [(block, block is None or block.ends_at > now, fit) for block, fit in beside]


def _steps(appointment_request, days, appointment):
    """URLs of the previous, current and next week or day, and of the week and the day view. They keep the filters.

    `stay`: this week or day, without rescheduling.
    """
    stay = origin.filters(appointment_request)
    kept = stay | ({"rescheduling": appointment.pk} if appointment else {})
    today = _opening(local_date(timezone.now()), is_week="span" in stay)
    places = {"before": days[0] - timedelta(days=len(days)), "now": today, "after": days[-1] + timedelta(days=1)}
    steps = {name: "?" + urlencode(kept | {"day": at.isoformat()}) for name, at in places.items()}
    spans = {name: "?" + urlencode(kept | {"span": name, "day": days[0].isoformat()}) for name in (WEEK, "day")}
    return steps | spans | {"stay": "?" + urlencode(stay | {"day": days[0].isoformat()})}
