"""Overrides: let the desk book inside the notice, outside the hours or over another appointment, with a reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.lifecycle.holds import at
from booking.models import Appointment
from booking.scheduling.slots import DESK_HORIZON, Rules, Slot, may_ever, no_longer_open
from clinic.models import AppointmentType


@dataclass(frozen=True)
class Override:
    """Why; and whether also over another appointment, which is a desk lead's to allow: the door asks booking.roles."""

    reason: str
    overlap: bool = False


def check_desk_slot(
    wanted: Appointment, *, ignoring: Q, now: datetime, override: Override | None = None, notice: bool = True
) -> Appointment:
    """Check that the desk may take this time, under the lock of its calendar. Returns it, flagged if it overlaps.

    NotAllowed: it is sooner than the notice, which needs a reason. SlotTaken: it is not open, and no reason given
    helps. Rows of `ignoring` do not stand in the way. `notice` False: they are at the desk already.
    """
    slot = Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)
    if not _is_open(slot, wanted, ignoring, now):
        if override is None or not override.reason.strip() or not _can_be(slot, wanted.appointment_type, now):
            raise SlotTaken([slot])
        _allow_overlap(wanted, slot, override, ignoring, now)
    elif notice and override is None and is_sooner(slot, wanted.appointment_type, now=now):
        raise NotAllowed(_("This is sooner than the notice of this appointment. Write why."))
    return wanted


def is_sooner(slot: Slot, appointment_type: AppointmentType, *, now: datetime) -> bool:
    """Whether the slot begins inside the notice of this appointment type."""
    return slot.starts_at < now + timedelta(minutes=appointment_type.notice)


def rivals(wanted: Appointment, *, ignoring: Q, now: datetime) -> list[Appointment]:
    """The appointments and holds that this one would overlap, buffers counted, soonest first."""
    rows = Appointment.objects.holding_time(now).overlapping(wanted.blocked_from, wanted.blocked_until)
    rows = rows.filter(practitioner=wanted.practitioner_id).exclude(ignoring).order_by("starts_at", "pk")
    return list(rows.select_related("appointment_request"))


def obstacle(slot: Slot, appointment_type: AppointmentType, *, ignoring: Q, now: datetime) -> str:
    """Why this time was refused, as a sentence with what would help. Reads only."""
    if not _can_be(slot, appointment_type, now):
        return _("This time cannot be booked: it has passed, or this practitioner does not do this appointment there.")
    wanted = at(slot, appointment_type)
    if found := rivals(wanted, ignoring=ignoring, now=now):
        appointment = _("The appointment %s is in the way. Nothing was done. A desk lead can go over it, and says why.")
        return _promised(found) or appointment % found[0]
    return _("This time is outside the hours. Nothing was done. Write why, and try again.")


def _is_open(slot: Slot, wanted: Appointment, ignoring: Q, now: datetime) -> bool:
    return not no_longer_open([slot], wanted.appointment_type, Rules.desk(now), now=now, ignoring=ignoring)


def _can_be(slot: Slot, appointment_type: AppointmentType, now: datetime) -> bool:
    """Ahead, not too far, with somebody who does this appointment."""
    ahead = now < slot.starts_at <= now + timedelta(days=DESK_HORIZON)
    return ahead and may_ever(slot, appointment_type)


def _allow_overlap(wanted: Appointment, slot: Slot, override: Override, ignoring: Q, now: datetime) -> None:
    if found := rivals(wanted, ignoring=ignoring, now=now):
        if not override.overlap:
            raise SlotTaken([slot])
        if sentence := _promised(found):
            raise NotAllowed(sentence)
        wanted.overbooked, wanted.overbook_reason = True, override.reason


def _promised(found: list[Appointment]) -> str:
    """To whom one of them is held, as a sentence: somebody waits to take it, so nobody goes over it."""
    held = next((rival for rival in found if rival.status == Appointment.Status.HELD), None)
    if held is None:
        return ""
    if held.appointment_request is None:
        return _("A colleague holds this time for a call. Nothing was done. Ask the colleague, or wait five minutes.")
    return (
        _("This time is promised to request %s. Nothing was done. Answer that request first.")
        % held.appointment_request
    )
