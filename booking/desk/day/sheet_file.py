"""The day sheets with phone numbers as one file that needs no server: for the day on which the network is down."""

from collections import defaultdict
from datetime import date

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from booking.desk import labels
from booking.desk.day.views import parse
from booking.desk.decorators import desk_view, missing, page
from booking.models import Appointment
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.models import Practitioner
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
    found = sheets(shown)
    access_log.shows(request, [row for _provider, rows in found for row, _needs in rows], Kind.EXPORT)
    context = {"day": shown, "now": now, "zone": practice_info().zone, "sheets": found}
    html = render_to_string("booking/desk/day/_sheet_file.html", context | {"practice": practice_info()})
    name = f"day-sheets-{shown:%Y-%m-%d}.html"
    return HttpResponse(html, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def sheets(shown: date) -> list[tuple[Practitioner, list[tuple[Appointment, str]]]]:
    """Each provider with the patients who are expected that day, by time, and what they need. One query."""
    since, until = practice_info().bounds(shown, shown)
    rows = Appointment.objects.filter(status__in=EXPECTED, starts_at__gte=since, starts_at__lt=until)
    rows = rows.select_related("appointment_request__patient", "appointment_type", "practitioner", "location")
    by_provider = defaultdict(list)
    for row in rows.order_by("practitioner__order", "practitioner__name", "starts_at", "pk"):
        by_provider[row.practitioner].append((row, labels.needs(row.appointment_request.patient)))
    return list(by_provider.items())
