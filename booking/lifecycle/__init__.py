"""The verbs. Every entry point calls these; nothing else writes a status, start or end."""

from booking.lifecycle._locks import lock_all_calendars
from booking.lifecycle._transition import PATIENT, SYSTEM, Actor, staff
from booking.lifecycle.appointment import check_in, fulfil, mark_left, no_show, revert_status
from booking.lifecycle.appointment_request import Draft, book, confirm, submit
from booking.lifecycle.call_log import LoggedJustNow, add_note, log_call, mark_notified, pin_note, triage, unpin_note
from booking.lifecycle.claims import claim, release_claim, start_call, take_over
from booking.lifecycle.clerk_holds import extend_hold, hold, release_hold
from booking.lifecycle.diary.take_back import undo_import
from booking.lifecycle.diary.write import import_diary
from booking.lifecycle.errors import (
    AlreadyHandled,
    AlreadyRebooked,
    BeingCalled,
    ClaimedByAnother,
    NotAllowed,
    PatientElsewhere,
    SameTime,
    SlotTaken,
    TimeInUse,
)
from booking.lifecycle.holds import as_if_held, hold_as_told
from booking.lifecycle.offers import accept_offer, expire_offers, extend_offer, offer, refuse_offer
from booking.lifecycle.outcomes import close, decline, end_quietly, reopen, waitlist, withdraw
from booking.lifecycle.overrides import Override
from booking.lifecycle.patients import (
    allow_email,
    correct_patient,
    disown_email,
    mark_ready,
    merge,
    not_the_same,
    resend_link,
)
from booking.lifecycle.preferred_times import CHANGEABLE, PREPARABLE, change_times, choose_reminders, prepare
from booking.lifecycle.providers.running_late import running_late
from booking.lifecycle.providers.weekly_hours import Week, replace_weeks
from booking.lifecycle.reschedule import as_before, ask_for_another_time, cancel, reschedule
from booking.lifecycle.time_off.affected import AffectedAppointments, LeavesOutside
from booking.lifecycle.time_off.blocks import block, unblock
from booking.lifecycle.time_off.called_off import NewTimes, mark_needs_rebooking
from booking.lifecycle.time_off.closure import ImpactChanged, Seen, close_time, end_absence, undo_closure
from booking.lifecycle.time_off.holidays import close_days
from booking.lifecycle.undoing.undo import undo
from booking.lifecycle.undoing.undoable_acts import undoable, undoable_until, why_not_undo

__all__ = [
    "CHANGEABLE", "PATIENT", "PREPARABLE", "SYSTEM", "Actor", "AffectedAppointments", "AlreadyHandled",
    "AlreadyRebooked", "BeingCalled", "ClaimedByAnother", "Draft", "ImpactChanged", "LeavesOutside", "LoggedJustNow",
    "NewTimes", "NotAllowed", "Override", "PatientElsewhere", "SameTime", "Seen", "SlotTaken", "TimeInUse", "Week",
    "accept_offer", "add_note", "allow_email", "as_before", "as_if_held", "ask_for_another_time", "block", "book",
    "cancel", "change_times", "check_in", "choose_reminders", "claim", "close", "close_days", "close_time", "confirm",
    "correct_patient", "decline", "disown_email", "end_absence", "end_quietly", "expire_offers", "extend_hold",
    "extend_offer", "fulfil", "hold", "hold_as_told", "import_diary", "lock_all_calendars", "log_call", "mark_left",
    "mark_needs_rebooking", "mark_notified", "mark_ready", "merge", "no_show", "not_the_same", "offer", "pin_note",
    "prepare", "refuse_offer", "release_claim", "release_hold", "reopen", "replace_weeks", "reschedule",
    "resend_link", "revert_status", "running_late", "staff", "start_call", "submit", "take_over", "triage", "unblock",
    "undo", "undo_closure", "undo_import", "undoable", "undoable_until", "unpin_note", "waitlist", "why_not_undo",
    "withdraw",
]  # fmt: skip
