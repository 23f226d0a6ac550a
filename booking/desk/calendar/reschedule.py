"""Rescheduling an appointment in the calendar: the open times at which it fits, each in the block where it starts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.desk.day import appointments as day_appointments
from booking.desk.undo_bar import key_in
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.reschedule import require_movable
from booking.models import Appointment
from booking.roles import may
from booking.scheduling.day_grid import FREE, Block, Column
from booking.scheduling.desk_slots import DeskAvailability, Open
from booking.scheduling.slots import slot_of
from booking.scheduling.suggestions import by_notice
from booking.scheduling.working_hours import WorkingHours
from clinic.models import Practitioner
from clinic.practice_info import Office

FEW = 3  # open times shown at once per block


def availability_for(appointment: Appointment, days: Iterable[date], now: datetime) -> DeskAvailability:
    """The availability of everyone who offers this appointment type, for the appointment's length, as if the
    appointment were not there. Three queries.
    """
    appointment_type = appointment.appointment_type.lasting(appointment.minutes)
    return DeskAvailability(appointment_type, now=now, days=days, ignoring=Q(pk=appointment.pk))


def other_times(
    appointment: Appointment, availability: DeskAvailability, first: date, last: date, team: Iterable[WorkingHours]
) -> list[Open]:
    """The open times, sorted, without the appointment's current one. No query."""
    return [found for found in availability.between(first, last, team) if found.slot != slot_of(appointment)]


def asked_for(request, now: datetime) -> tuple[Appointment | None, str]:
    """The appointment named by `?rescheduling=`, or why it cannot be moved. Neither if the user lacks the right. One
    query.
    """
    if not request.GET.get("rescheduling") or not may(request.user, "reschedule"):
        return None, ""
    appointment = day_appointments.find(key_in(request.GET, "rescheduling"))
    if appointment is None:
        return None, _("We couldn’t find that appointment. Check the address.")
    try:
        require_movable(appointment)
    except NotAllowed as refusal:
        return None, refusal.sentence
    return appointment, ""


class Fit(NamedTuple):
    """Where the appointment could start in one block of a day."""

    shown: list[Open]
    more: list[Open]
    sooner: list[Open]  # inside the notice period, which needs a reason


class Rescheduling:
    """The appointment being rescheduled, for some days of the calendar. Three queries."""

    def __init__(self, appointment: Appointment, days: list[date], *, now: datetime, office: Office | None) -> None:
        self.appointment, self.now = appointment, now
        self.minutes = appointment.minutes
        self.availability = availability_for(appointment, days, now)
        self.people = {hours.practitioner.pk for hours in self.availability.team}
        team = [hours for hours in self.availability.team if office is None or hours.location.pk == office.pk]
        self._times: dict[tuple[int, date], list[Open]] = defaultdict(list)
        for found in other_times(appointment, self.availability, days[0], days[-1], team):
            self._times[found.slot.practitioner_id, found.local.date()].append(found)

    def first_who_can(self, columns: list[Column]) -> list[Column]:
        """Put practitioners who offer this appointment type first."""
        return sorted(columns, key=lambda column: column.practitioner.pk not in self.people)

    def beside(
        self, blocks: list[Block], practitioner: Practitioner, day: date
    ) -> Iterator[tuple[Block | None, Fit | None]]:
        """Pairs of block and fit for a day. An open block that has not ended comes with its open times; other blocks
        come alone.

        A time without a block comes alone too: its gap is too short for a block, or it is next to the appointment's old
        time.
        """
        begun: dict[int, list[Open]] = defaultdict(list)
        for found in self._times[practitioner.pk, day]:
            begun[_block_of(found, blocks)].append(found)
        for n, block in enumerate([None, *blocks]):
            fit = self._fit(begun[n])
            if block and block.kind == FREE and block.ends_at > self.now:
                yield block, fit
                continue
            if block:
                yield block, None
            if fit.shown:
                yield None, fit

    def _fit(self, times: list[Open]) -> Fit:
        free, sooner = by_notice(times, self.availability.appointment_type, self.now)
        few = FEW if len(free) > FEW + 1 else len(free)
        return Fit(free[:few], free[few:], sooner)


def _block_of(found: Open, blocks: list[Block]) -> int:
    """The number, from 1, of the last block that has started by then. An open block counts only for its own office."""
    begun = [
        n
        for n, block in enumerate(blocks, 1)
        if block.starts_at <= found.slot.starts_at
        and (block.kind != FREE or block.location.pk == found.slot.location_id)
    ]
    return begun[-1] if begun else 0
