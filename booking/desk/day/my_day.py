"""A provider’s own day, for a phone: who is here, who comes, why, and in the patient’s own words."""

import uuid

from django.shortcuts import redirect
from django.utils import timezone

from booking.desk import undo_bar
from booking.desk.day import appointments as day_appointments
from booking.desk.day import rows as day_rows
from booking.desk.day import strip, tally
from booking.desk.decorators import desk_view, page
from booking.models import Appointment
from booking.roles import rights_of
from clinic.models import RunningLate
from clinic.practice_info import local_date

MARKS = ("check_in", "fulfil", "mark_left", "revert_status")


@desk_view("see_day")
def my_day(request):
    return my_page(request) if getattr(request.user, "practitioner", None) else redirect("desk:today")


def my_page(request, *, unsaved=None, status=200):
    """`unsaved`: the key of the appointment beside which the note was typed that was not saved: it stays there."""
    own, now = request.user.practitioner, timezone.now()
    today = local_date(now)
    found = day_appointments.listed(today, today, whole=True, **{"with": own.slug})
    rows = day_rows.rows(found, now, rights_of(request.user) & set(MARKS))
    mark_bar = undo_bar.mark_named(request, now)
    unfinished = [row for row in rows if not row.is_finished]
    here = [row for row in rows if row.appointment.status == Appointment.Status.ARRIVED]
    context = {
        "own": own,
        "today": today,
        "waiting_here": sorted(here, key=lambda row: row.appointment.marked_at),
        "to_come": [row for row in unfinished if row not in here],
        "finished": [row for row in rows if row.is_finished],
        "finished_summary": tally.finished(rows),
        "summary": tally.summary(rows),
        "late": strip.late_today(today).get(own.pk),
        "late_minutes": RunningLate.Minutes,
        "key": uuid.uuid4(),
        "kept": {"back": "my_day"},
        "unsaved": unsaved,
        "note": request.POST.get("note", ""),
        "opens_finished": unsaved in [row.appointment.pk for row in rows if row.is_finished],
        "mark_bar": mark_bar,
        "focus_bar": mark_bar and not day_rows.focus_on(unfinished, mark_bar.appointment.pk),
    }
    return page(request, "day/my_day", context, shows=found, status=status)
