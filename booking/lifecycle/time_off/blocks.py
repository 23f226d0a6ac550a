"""A block: a part of one provider's day in which nobody can be booked."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars
from booking.lifecycle._transition import Actor
from booking.lifecycle.errors import NotAllowed, TimeInUse
from booking.models import Appointment
from booking.scheduling.slots import Slot
from clinic.models import ScheduleException
from clinic.practice_info import zone_at

WHOLE_DAY = 24 * 60  # minutes


def block(slot: Slot, until: datetime, private_reason: str = "", *, by: Actor, now: datetime) -> ScheduleException:
    """Block the provider's time from the slot's start until then, at all offices. Idempotent by the actor's form key.

    TimeInUse: somebody is booked or has a held time then. NotAllowed: it does not lie ahead on one day.
    """
    day, starts, ends = _minutes(slot, until)
    if until <= now or not 0 <= starts < ends <= WHOLE_DAY:
        raise NotAllowed(_("Choose a future time, within one day."))
    with transaction.atomic():
        lock_calendars([slot.practitioner_id], now=now)
        if by.form_key and (earlier := ScheduleException.objects.filter(form_key=by.form_key).first()):
            return earlier
        _require_unused(slot, until, now)
        return ScheduleException.objects.create(
            first_day=day, last_day=day, starts=starts, ends=ends, practitioner_id=slot.practitioner_id,
            private_reason=private_reason, made_by=by.user, made_at=now, form_key=by.form_key,
        )  # fmt: skip


def unblock(pk: int, *, by: Actor, now: datetime) -> ScheduleException:
    """Open the blocked time again. NotAllowed: it is no block (any more)."""
    with transaction.atomic():
        found = ScheduleException.objects.select_related("practitioner").filter(pk=pk).first()
        if found is None or found.practitioner is None or not found.is_block:
            raise NotAllowed(_("This time is no longer blocked."))
        if found.feed_id:
            raise NotAllowed(_("The provider is busy then in another calendar. It opens when they are free there."))
        lock_calendars([found.practitioner.pk], now=now)
        found.delete()
        return found


def _minutes(slot: Slot, until: datetime) -> tuple[date, int, int]:
    """The local day, and its minutes from which and until which the time is blocked. Midnight ends the day."""
    zone = zone_at(slot.location_id)
    since, end = slot.starts_at.astimezone(zone), until.astimezone(zone)
    days = (end.date() - since.date()).days
    return since.date(), since.hour * 60 + since.minute, days * WHOLE_DAY + end.hour * 60 + end.minute


def _require_unused(slot: Slot, until: datetime, now: datetime) -> None:
    near = Appointment.objects.holding_time(now).overlapping(slot.starts_at, until)
    used = near.filter(practitioner=slot.practitioner_id, starts_at__lt=until, ends_at__gt=slot.starts_at)
    first = used.select_related("appointment_request__patient", "location").order_by("starts_at").first()
    if first:
        raise TimeInUse(first)
