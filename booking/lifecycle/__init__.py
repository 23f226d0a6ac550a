"""The verbs. Every door calls these; nothing else writes status, start or end."""

from booking.lifecycle._locks import lock_all_diaries
from booking.lifecycle._transition import CLOCK, PATIENT, By, desk
from booking.lifecycle.appointment import check_in, fulfil, leave, no_show, step_back
from booking.lifecycle.call_log import add_note, log_call, tell
from booking.lifecycle.claims import claim, release_claim, take_over
from booking.lifecycle.clerk_holds import extend_hold, hold, release_hold
from booking.lifecycle.errors import AlreadyHandled, InHand, NotAllowed, SlotTaken
from booking.lifecycle.offers import accept_offer, expire_offers, extend_offer, offer, refuse_offer
from booking.lifecycle.outcomes import close, decline, reopen, waitlist, withdraw
from booking.lifecycle.overrides import Beyond
from booking.lifecycle.patients import correct_patient, merge, not_the_same, resend_link
from booking.lifecycle.preferred_times import CHANGEABLE, change_times
from booking.lifecycle.request import Draft, book, confirm, submit
from booking.lifecycle.reschedule import ask_for_another_time, cancel, move_visit, strand
from booking.lifecycle.undo import undo, undoable

__all__ = [
    "CHANGEABLE", "CLOCK", "PATIENT", "AlreadyHandled", "Beyond", "By", "Draft", "InHand", "NotAllowed",
    "SlotTaken", "accept_offer", "add_note", "ask_for_another_time", "book", "cancel", "change_times", "check_in",
    "claim", "close", "confirm", "correct_patient", "decline", "desk", "expire_offers", "extend_hold",
    "extend_offer", "fulfil", "hold", "leave", "lock_all_diaries", "log_call", "merge", "move_visit", "no_show",
    "not_the_same", "offer", "refuse_offer", "release_claim", "release_hold", "reopen", "resend_link", "step_back",
    "strand", "submit", "take_over", "tell", "undo", "undoable", "waitlist", "withdraw",
]  # fmt: skip
