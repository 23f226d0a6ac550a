"""Where a move began, on a day’s list or on the calendar: it leads back there, to the day and the filters looked at."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from booking.desk.day.appointments import arrangement

CALENDAR, LIST = "calendar", "list"
KEPT, WEEK = ("place", "with"), "week"  # kept in every URL of the calendar, and the span other than a day


def filters(looked_at: Mapping[str, str]) -> dict[str, str]:
    """The filters of the calendar."""
    kept = {name: looked_at[name] for name in KEPT if looked_at.get(name)}
    return kept | ({"span": WEEK} if looked_at.get("span") == WEEK else {})


def of(request) -> dict[str, str]:
    """What a form or a link carries on: the page, its day and its filters. Empty if the move began elsewhere."""
    return _carried(request.POST) or _carried(request.GET)


def _carried(data: Mapping[str, str]) -> dict[str, str]:
    if data.get(CALENDAR):
        return {CALENDAR: "1"} | filters(data) | _day(data)
    return {LIST: "1"} | arrangement(data) | _day(data) if data.get(LIST) else {}


def _day(data: Mapping[str, str]) -> dict[str, str]:
    try:
        return {"day": date.fromisoformat(data.get("day", "")).isoformat()}
    except ValueError:
        return {}


def address(began: Mapping[str, str], day: date, **shown) -> str:
    """The page where it began; `day`: the one to show if none was looked at."""
    on = began.get("day", day.isoformat())
    if CALENDAR in began:
        return f"{reverse('desk:calendar')}?{urlencode(filters(began) | {'day': on} | shown)}"
    query = urlencode(arrangement(began) | shown)
    return reverse("desk:day", args=[on]) + (f"?{query}" if query else "")
