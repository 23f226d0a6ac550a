"""The day sheets with phone numbers as one file that needs no server: for the day on which the network is down."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from booking.desk.day.appointments import listed
from booking.desk.day.rows import Row, rows
from booking.desk.day.views import parse
from booking.desk.decorators import desk_view, missing, page
from booking.models import Appointment
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.models import Location, Practitioner
from clinic.practice_info import local_date, practice_info

EXPECTED = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)


@desk_view("see_queue")
def sheet_file(request, day):
    """GET asks, POST downloads: whoever takes the file away is logged."""
    shown, now = parse(day), timezone.now()
    if shown is None:
        return missing(request)
    if request.method != "POST":
        return page(request, "day/sheet_file", {"day": shown, "today": local_date(now)}, shows=())
    found = sheets(shown, now)
    access_log.shows(request, [row.appointment for sheet in found for row in sheet.rows], Kind.EXPORT)
    context = {"day": shown, "now": now, "zone": practice_info().zone, "sheets": found}
    html = render_to_string("booking/desk/day/_sheet_file.html", context | {"practice": practice_info()})
    name = f"day-sheets-{shown:%Y-%m-%d}.html"
    return HttpResponse(html, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@dataclass(frozen=True)
class Sheet:
    """A provider with the patients who are expected that day, by time."""

    practitioner: Practitioner
    rows: list[Row]

    @property
    def places(self) -> list[Location]:
        return list(dict.fromkeys(row.appointment.location for row in self.rows))


def sheets(shown: date, now: datetime) -> list[Sheet]:
    """One sheet per provider, in team order. One query."""
    found = [each for each in listed(shown, shown, whole=True) if each.status in EXPECTED]
    found.sort(key=lambda each: (each.practitioner.order, each.practitioner.name, each.starts_at, each.pk))
    by_provider = groupby(rows(found, now, frozenset()), key=lambda row: row.appointment.practitioner)
    return [Sheet(practitioner, list(theirs)) for practitioner, theirs in by_provider]
