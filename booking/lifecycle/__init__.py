"""The verbs. Every door calls these; nothing else writes status, start or end."""

from booking.lifecycle._move import CLOCK, PATIENT, By, desk
from booking.lifecycle.appointment import check_in, fulfil, leave, no_show, slot_of, step_back
from booking.lifecycle.beyond import Beyond
from booking.lifecycle.calls import add_note, log_call, tell
from booking.lifecycle.claims import claim, release_claim, take_over
from booking.lifecycle.ending import close, decline, reopen, waitlist, withdraw
from booking.lifecycle.errors import AlreadyHandled, InHand, NotAllowed, SlotTaken
from booking.lifecycle.moves import ask_for_another_time, cancel, move_visit, strand
from booking.lifecycle.offers import accept_offer, expire_offers, extend_offer, offer, refuse_offer
from booking.lifecycle.patients import correct_patient, merge, not_the_same, resend_link
from booking.lifecycle.phone import extend_hold, hold, release_hold
from booking.lifecycle.request import Draft, book, confirm, submit
from booking.lifecycle.undo import undo, undoable
from booking.lifecycle.wanted import CHANGEABLE, change_times

__all__ = [
    "CHANGEABLE", "CLOCK", "PATIENT", "AlreadyHandled", "Beyond", "By", "Draft", "InHand", "NotAllowed", "SlotTaken",
    "accept_offer", "add_note", "ask_for_another_time", "book", "cancel", "change_times", "check_in", "claim",
    "close", "confirm", "correct_patient", "decline", "desk", "expire_offers", "extend_hold", "extend_offer",
    "fulfil", "hold", "leave", "log_call", "merge", "move_visit", "no_show", "not_the_same", "offer", "refuse_offer",
    "release_claim", "release_hold", "reopen", "resend_link", "slot_of", "step_back", "strand", "submit", "take_over",
    "tell", "undo", "undoable", "waitlist", "withdraw",
]  # fmt: skip
