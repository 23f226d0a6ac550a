"""Overrides: let the desk book inside the notice period, outside hours or over another appointment, with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.lifecycle.errors import NotAllowed, ShortNotice, SlotTaken
from booking.lifecycle.holds import at
from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import DESK_HORIZON, Rules, Slot, may_ever, no_longer_open, slot_of
from clinic.models import AppointmentType

SLOT = ("starts_at", "practitioner_id", "location_id")
MINUTE = timedelta(minutes=1)
WITH_REASON = gettext_lazy("Enter a reason and try again.")


@dataclass(frozen=True)
class Override:
    """The reason, and whether it covers an overlap in the practitioner's calendar, or with another appointment of the
    patient. Only desk leads may allow these two: the view checks booking.roles.
    """

    reason: str
    overlap: bool = False
    two_places: bool = False


def why_two_places(override: Override | None) -> str:
    """The reason that lets the patient have two appointments at one time; empty if none does."""
    return override.reason.strip() if override and override.two_places else ""


def check_desk_slot(
    wanted: Appointment, *, ignoring: Q, now: datetime, override: Override | None = None, notice: bool = True,
    held: Iterable[Appointment] = (),
) -> Appointment:  # fmt: skip
    """Check that the desk may book `wanted`, under the calendar's lock. Returns `wanted`, flagged if it overlaps.

    NotAllowed: it is inside the notice period, which needs a reason. SlotTaken: it is not open, and the reason given
    (if any) does not allow it. Rows matching `ignoring` do not count as busy. `notice` False skips the notice check,
    for patients who are at the desk. `held`: what the clerk held for this call; an appointment inside it is fine.
    Neither a patient at the desk nor a held time needs a regular start time.
    """
    slot = Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)
    is_regular = notice and not _is_held(slot, held)
    now = _while_open(slot, held, now)
    if (around := _around(wanted, held)) and _can_be(slot, wanted.appointment_type, now):
        wanted.overbooked, wanted.overbook_reason = around.overbooked, around.overbook_reason
        return wanted
    if not _is_open(slot, wanted.appointment_type, ignoring, now, is_regular=is_regular):
        if override is None or not override.reason.strip() or not _can_be(slot, wanted.appointment_type, now):
            raise SlotTaken([slot])
        _allow_overlap(wanted, slot, override, ignoring, now)
    elif notice and override is None and is_sooner(slot, wanted.appointment_type, now=now):
        raise ShortNotice
    return wanted


def _around(wanted: Appointment, held: Iterable[Appointment]) -> Appointment | None:
    """The hold inside which this appointment lies."""
    return next((hold for hold in held if slot_of(hold) == slot_of(wanted) and _covers(hold, wanted)), None)


def _is_held(slot: Slot, held: Iterable[Appointment]) -> bool:
    return any(slot_of(hold) == slot for hold in held)


def _while_open(slot: Slot, held: Iterable[Appointment], now: datetime) -> datetime:
    """A held time does not pass while the clerk types."""
    return min(now, slot.starts_at - MINUTE) if _is_held(slot, held) else now


def _covers(hold: Appointment, wanted: Appointment) -> bool:
    return hold.blocked_from <= wanted.blocked_from and wanted.blocked_until <= hold.blocked_until


def is_sooner(slot: Slot, appointment_type: AppointmentType, *, now: datetime) -> bool:
    """Whether the slot starts inside the appointment type's notice period."""
    return slot.starts_at < now + timedelta(minutes=appointment_type.notice)


def require_why_so_soon(
    slots: Iterable[Slot], appointment_request: AppointmentRequest, why: str, *, now: datetime
) -> None:
    """NotAllowed: one of them is inside the notice period, the patient did not choose it, and no reason is given."""
    soon = {slot for slot in slots if is_sooner(slot, appointment_request.appointment_type, now=now)}
    if not soon or why.strip():
        return
    chosen = {Slot(*time) for time in appointment_request.requested_times.values_list(*SLOT)}
    if soon - chosen:
        raise ShortNotice


def rivals(wanted: Appointment, *, ignoring: Q, now: datetime) -> list[Appointment]:
    """The appointments and holds that this one would overlap, including buffers, earliest first."""
    rows = Appointment.objects.holding_time(now).overlapping(wanted.blocked_from, wanted.blocked_until)
    rows = rows.filter(practitioner=wanted.practitioner_id).exclude(ignoring).order_by("starts_at", "pk")
    return list(rows.select_related("appointment_request"))


def obstacle(
    slot: Slot, appointment_type: AppointmentType, *, ignoring: Q, now: datetime, may_override: bool = True,
    held: Iterable[Appointment] = (),
) -> str:  # fmt: skip
    """Why this time was refused and what would help, as a sentence. Read-only. `may_override`: a reason would help.
    `held`: what the clerk holds.
    """
    now = _while_open(slot, held, now)
    if slot.starts_at <= now:
        return _("This time has passed. Your change was not saved. Choose another time.")
    if not _can_be(slot, appointment_type, now):
        return _(
            "This time can’t be booked. "
            "It is too far ahead, or this provider doesn’t offer this appointment type at this office. "
            "Choose another time or provider."
        )
    found = rivals(at(slot, appointment_type), ignoring=ignoring, now=now)
    minutes = _minutes_open(slot, appointment_type, ignoring=ignoring, now=now)
    kept = _kept_for_patients(found)
    if kept and not 0 < minutes < appointment_type.minutes:
        return kept
    return f"{_why_closed(appointment_type, minutes, found)} {_what_helps(found, bool(kept), may_override)}"


def _why_closed(appointment_type: AppointmentType, minutes: int, found: list[Appointment]) -> str:
    if 0 < minutes < appointment_type.minutes:
        return _("%(name)s takes %(needed)s minutes; this time is open for %(minutes)s. Your change was not saved.") % {
            "name": appointment_type, "needed": appointment_type.minutes, "minutes": minutes,
        }  # fmt: skip
    if found and minutes:
        return _("Appointment %s is too close to this time. Your change was not saved.") % found[0]
    if found:
        return _("Appointment %s is already at this time. Your change was not saved.") % found[0]
    if minutes:
        return _("This is not one of the regular start times. Your change was not saved.")
    return _("This time is outside working hours. Your change was not saved.")


def _what_helps(found: list[Appointment], is_kept: bool, may_override: bool) -> str:
    if is_kept or not may_override:
        return _("Choose another time.")
    return _("A desk lead can double-book with a reason.") if found else str(WITH_REASON)


def _minutes_open(slot: Slot, appointment_type: AppointmentType, *, ignoring: Q, now: datetime) -> int:
    """For how many minutes from this start on the provider is there and free: at most what the type takes."""
    each = [replace(slot, starts_at=slot.starts_at + n * MINUTE) for n in range(appointment_type.minutes)]
    minute = appointment_type.lasting(1).starting_every(1)
    minute.buffer_before = minute.buffer_after = 0
    gone = no_longer_open(each, minute, Rules.desk(now), now=now, ignoring=ignoring)
    return each.index(gone[0]) if gone else len(each)


def _is_open(
    slot: Slot, appointment_type: AppointmentType, ignoring: Q, now: datetime, *, is_regular: bool = True
) -> bool:
    """`is_regular`: only at one of the type’s regular start times."""
    kind = appointment_type if is_regular else appointment_type.starting_every(1)
    return not no_longer_open([slot], kind, Rules.desk(now), now=now, ignoring=ignoring)


def _can_be(slot: Slot, appointment_type: AppointmentType, now: datetime) -> bool:
    """Whether it is in the future, within the horizon, and the practitioner offers this appointment type there."""
    ahead = now < slot.starts_at <= now + timedelta(days=DESK_HORIZON)
    return ahead and may_ever(slot, appointment_type)


def _allow_overlap(wanted: Appointment, slot: Slot, override: Override, ignoring: Q, now: datetime) -> None:
    if found := rivals(wanted, ignoring=ignoring, now=now):
        if not override.overlap:
            raise SlotTaken([slot])
        if sentence := _kept_for_patients(found):
            raise NotAllowed(sentence)
        wanted.overbooked, wanted.overbook_reason = True, override.reason


def _kept_for_patients(found: list[Appointment]) -> str:
    """A sentence that says whose hold one of them is, since nobody may book over a hold; empty if none is."""
    held = next((rival for rival in found if rival.status == Appointment.Status.HELD), None)
    if held is None:
        return ""
    if held.appointment_request is None:
        return _("A coworker is holding this time for a call. Your change was not saved. Ask them, or wait 5 minutes.")
    return (
        _("This time is held for request %s. Your change was not saved. Answer that request first.")
        % held.appointment_request
    )
