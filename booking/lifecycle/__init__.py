"""The verbs. Every door calls these; nothing else writes status, start or end."""

from booking.lifecycle._move import CLOCK, PATIENT, By, desk
from booking.lifecycle.appointment import cancel, check_in, fulfil, leave, no_show, step_back
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken
from booking.lifecycle.request import Draft, book, confirm, decline, submit, withdraw
from booking.lifecycle.undo import undo, undoable

__all__ = [
    "CLOCK", "PATIENT", "AlreadyHandled", "By", "Draft", "NotAllowed", "SlotTaken", "book", "cancel", "check_in",
    "confirm", "decline", "desk", "fulfil", "leave", "no_show", "step_back", "submit", "undo", "undoable", "withdraw",
]  # fmt: skip
