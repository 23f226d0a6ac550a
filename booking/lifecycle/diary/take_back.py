"""Takes one import back: what nobody has touched since is canceled, blocks open again, and nobody is told."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_all_calendars
from booking.lifecycle._transition import Actor, event_of
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overbooking import clear_overbooked_flags
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.exchange.diary_import import DiaryImport, DiaryRow
from clinic.models import ScheduleException

Status = Appointment.Status
BATCH = 500


def undo_import(pk: int, *, by: Actor, now: datetime) -> tuple[int, int]:
    """Returns how many entries were taken back, and how many stay because they were changed since or have begun.

    The same file can be brought in again afterwards. NotAllowed: it was taken back before, or never brought in.
    """
    with transaction.atomic():
        diary_import = DiaryImport.objects.select_for_update(no_key=True).get(pk=pk)
        if diary_import.imported_at is None or diary_import.undone_at:
            raise NotAllowed(_("This import was already undone."))
        requests = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
        list(requests.filter(appointments__diary_rows__diary_import=pk).values_list("pk"))
        rows = DiaryRow.objects.filter(diary_import=pk)
        lock_all_calendars()
        untouched = _untouched(pk, now)
        _cancel(untouched, by, now)
        blocks = list(rows.filter(block__isnull=False).values_list("block", flat=True))
        gone = rows.filter(appointment__in=[row.pk for row in untouched]) | rows.filter(appointment=None)
        gone.delete()
        for n in range(0, len(blocks), BATCH):
            ScheduleException.objects.filter(pk__in=blocks[n : n + BATCH]).delete()
        diary_import.undone_at = now
        diary_import.save()
        return len(untouched) + len(blocks), DiaryRow.objects.filter(diary_import=pk).count()


def _untouched(pk: int, now: datetime) -> list[Appointment]:
    """Booked ones to come whose row no verb has written since."""
    rows = Appointment.objects.filter(diary_rows__diary_import=pk, status=Status.BOOKED, version=1, starts_at__gt=now)
    return list(rows.order_by("pk"))


def _cancel(appointments: list[Appointment], by: Actor, now: datetime) -> None:
    code = Appointment.CancelCode.MISTAKE
    for appointment in appointments:
        appointment.status = Status.CANCELLED
    events = [event_of(row, Status.BOOKED, verb="undo_import", by=by, now=now, reason=code) for row in appointments]
    for event in events:
        event.before = {"cancel_code": ""}
    for n in range(0, len(appointments), BATCH):
        some = Appointment.objects.filter(pk__in=[row.pk for row in appointments[n : n + BATCH]])
        some.update(status=Status.CANCELLED, cancel_code=code, version=F("version") + 1)
    Event.objects.bulk_create(events, BATCH)
    clear_overbooked_flags(appointments, now=now)
