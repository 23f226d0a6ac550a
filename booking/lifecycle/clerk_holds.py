"""The time that a clerk holds during a call: one at a time, for five minutes, before there is a request."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import DateTimeField, IntegerField, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars, slot_transaction
from booking.lifecycle._transition import staff, update
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overrides import Override, check_desk_slot
from booking.models import Appointment
from booking.scheduling.slots import Slot, own_holds_of
from clinic.compiled_query import CompiledQuery, Param
from clinic.models import AppointmentType

CALL = timedelta(minutes=5)
Status = Appointment.Status


def hold(
    slot: Slot,
    appointment_type: AppointmentType,
    *,
    user: User,
    now: datetime,
    override: Override | None = None,
    notice: bool = True,
) -> Appointment:
    """Hold this time for the clerk's call, and release what the clerk held before.

    Raises SlotTaken and NotAllowed as `overrides.check_desk_slot` does.
    """
    by = staff(user)
    with slot_transaction(slot):
        lock_calendars([slot.practitioner_id], now=now, clerk=user)
        held = holds.at(slot, appointment_type, held_for=user, held_until=now + CALL)
        check_desk_slot(held, ignoring=own_holds_of(user), now=now, override=override, notice=notice)
        holds.release(holds.clerks_holds(user), by=by, now=now)
        note = override.reason if override else ""
        return holds.insert(held, Status.HELD, "hold", by=by, now=now, cause=None, note=note)


def extend_hold(pk: int, *, user: User, now: datetime) -> Appointment:
    """Hold it for five more minutes from now. NotAllowed: it is not this clerk's hold, or it has expired."""
    with slot_transaction():
        held = _own(pk, user, now)
        update(held, verb="extend_hold", by=staff(user), now=now, held_until=now + CALL)
        return held


def release_hold(pk: int, *, user: User, now: datetime) -> None:
    """Release the hold. NotAllowed: it is not this clerk's hold."""
    with slot_transaction():
        holds.release([_own(pk, user, now)], by=staff(user), now=now)


def held_by(user: User, *, now: datetime) -> Appointment | None:
    """The hold that the clerk has now. One query."""
    return next(HELD(clerk=user.pk, now=now), None)


def _held() -> QuerySet[Appointment]:
    clerk, now = Param("clerk", IntegerField()), Param("now", DateTimeField())
    rows = Appointment.objects.filter(held_for=clerk, status=Status.HELD, held_until__gt=now)
    return rows.select_related("practitioner", "location", "appointment_type").order_by("-pk")[:1]


HELD = CompiledQuery(_held)


def _own(pk: int, user: User, now: datetime) -> Appointment:
    """The clerk's own hold, read under the calendar's lock. There is no request to lock."""
    lock_calendars([], now=now, clerk=user)
    held = Appointment.objects.filter(pk=pk, held_for=user, status=Status.HELD).first()
    if held is None:
        raise NotAllowed(_("You are no longer holding this time. Choose a time again."))
    return held
