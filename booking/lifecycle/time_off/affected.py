"""The appointments that a change of hours leaves outside them: whoever changes the hours sees them first.

The change is made, the resulting hours are read, and everything is rolled back if appointments are left outside. So
hours, closures, practitioners and offices are all checked in the same way.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._transition import Actor
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.time_off.called_off import mark_needs_rebooking
from booking.models import Appointment

SHOWN = 200
Status = Appointment.Status


@dataclass(frozen=True)
class AffectedAppointments:
    """The appointments that a change leaves outside hours. A button posts their `code`, with “ask” if patients are to
    be notified.
    """

    appointments: list[Appointment]
    is_closure: bool = False
    offer_url: str = ""  # the desk's page that finds other times for them

    @property
    def code(self) -> str:
        """“9-2”: booked and held appointments that the confirmation page counted. If the count has changed, the page
        asks again.
        """
        return f"{len(self.booked)}-{len(self.appointments) - len(self.booked)}"

    @property
    def booked(self) -> list[Appointment]:
        return [appointment for appointment in self.appointments if appointment.status != Status.HELD]

    @property
    def shown(self) -> list[Appointment]:
        return self.appointments[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.appointments) - SHOWN)

    @property
    def warning(self) -> str:
        if self.is_closure:
            words = _(
                "This closure affects %(booked)s booked and %(held)s held appointments. It has not been saved yet."
            )
        else:
            words = _(
                "%(booked)s booked and %(held)s held appointments would be outside working hours. "
                "Nothing has been saved yet."
            )
        return words % {"booked": len(self.booked), "held": len(self.appointments) - len(self.booked)}


class LeavesOutside(Exception):
    """Rolls the change back until the user has confirmed it."""

    def __init__(self, affected: AffectedAppointments) -> None:
        self.affected = affected


def require_seen(affected: AffectedAppointments, answer: str, *, by: Actor) -> None:
    """LeavesOutside, unless the `answer` is the affected appointments' code. Releases what clerks hold for a call. With
    “ask” it opens, after the commit, a request for each booked one and notifies the patient.

    Not before the commit: all calendars are locked here, and a request must never be locked after a calendar.
    """
    code, _space, ask_again = answer.partition(" ")
    if affected.appointments and code != affected.code:
        raise LeavesOutside(affected)
    release_calls(affected.appointments, by=by, now=timezone.now())
    if affected.appointments and ask_again == "ask":
        booked = [each.pk for each in affected.appointments if each.status == Status.BOOKED]
        transaction.on_commit(lambda: _mark_needs_rebooking(booked, by))


def release_calls(appointments: Iterable[Appointment], *, by: Actor, now: datetime) -> None:
    """Release those of these times that clerks hold for a call: whoever holds a time books it without a further check.
    Under the lock of their calendars.
    """
    holds.release([each for each in appointments if each.held_for_id], by=by, now=now)


def _mark_needs_rebooking(appointments: list[int], by: Actor) -> None:
    for pk in appointments:
        with contextlib.suppress(NotAllowed):  # already marked, or changed in the meantime
            mark_needs_rebooking(pk, by=by, now=timezone.now())
