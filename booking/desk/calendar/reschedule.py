"""A visit that gets another time: the open times at which it fits, in the calendar each where it begins."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.desk.day import appointments
from booking.desk.undo_bar import key_in
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overrides import is_sooner
from booking.lifecycle.reschedule import require_ahead
from booking.models import Appointment
from booking.roles import may
from booking.scheduling.day_grid import OPEN, Lane, Piece
from booking.scheduling.desk_slots import Diary, Open
from booking.scheduling.slots import slot_of
from booking.scheduling.working_hours import Roster
from clinic.models import Practitioner
from clinic.practice_info import Office

FEW = 3  # open times of one piece that are shown at once


def diary_of(visit: Appointment, days: Iterable[date], now: datetime) -> Diary:
    """Of everyone who does this visit, for its own length, as if it were not there. Three queries."""
    visit_type = visit.visit_type.lasting(visit.minutes)
    return Diary(visit_type, now=now, days=days, ignoring=Q(pk=visit.pk))


def other_times(visit: Appointment, diary: Diary, first: date, last: date, team: Iterable[Roster]) -> list[Open]:
    """Sorted by time; without the one that the visit has. No query."""
    return [found for found in diary.between(first, last, team) if found.slot != slot_of(visit)]


def asked_for(request, now: datetime) -> tuple[Appointment | None, str]:
    """The visit that `?moving=` names, or a sentence why it cannot be moved. Neither for who may not. One query."""
    if not request.GET.get("moving") or not may(request.user, "move"):
        return None, ""
    visit = appointments.find(key_in(request, "moving"))
    if visit is None:
        return None, _("There is no such visit to move. Its address may have been mistyped.")
    try:
        require_ahead(visit, now)
    except NotAllowed as refusal:
        return None, refusal.sentence
    return visit, ""


class Fit(NamedTuple):
    """Where the visit could begin in one piece of a day."""

    shown: list[Open]
    more: list[Open]
    sooner: bool  # only inside the notice, which needs a reason


class Moving:
    """The visit that is being moved through some days of the calendar. Three queries."""

    def __init__(self, visit: Appointment, days: list[date], *, now: datetime, office: Office | None) -> None:
        self.visit, self.now = visit, now
        self.minutes = visit.minutes
        self.diary = diary_of(visit, days, now)
        self.people = {roster.practitioner.pk for roster in self.diary.team}
        team = [roster for roster in self.diary.team if office is None or roster.location.pk == office.pk]
        self._times: dict[tuple[int, date], list[Open]] = defaultdict(list)
        for found in other_times(visit, self.diary, days[0], days[-1], team):
            self._times[found.slot.practitioner_id, found.local.date()].append(found)

    def first_who_can(self, lanes: list[Lane]) -> list[Lane]:
        """Who does this visit before who does not."""
        return sorted(lanes, key=lambda lane: lane.practitioner.pk not in self.people)

    def beside(
        self, pieces: list[Piece], practitioner: Practitioner, day: date
    ) -> Iterator[tuple[Piece | None, Fit | None]]:
        """The pieces of a day: each open one that is ahead with its open times; others have no piece, or one alone.

        A time has no open piece of its own where the gap is too short to be one, or beside the visit's old time.
        """
        begun: dict[int, list[Open]] = defaultdict(list)
        for found in self._times[practitioner.pk, day]:
            begun[_piece_of(found, pieces)].append(found)
        for n, piece in enumerate([None, *pieces]):
            fit = self._fit(begun[n])
            if piece and piece.kind == OPEN and piece.ends_at > self.now:
                yield piece, fit
                continue
            if piece:
                yield piece, None
            if fit.shown:
                yield None, fit

    def _fit(self, times: list[Open]) -> Fit:
        free = [found for found in times if not is_sooner(found.slot, self.diary.visit_type, now=self.now)]
        few = FEW if len(free) > FEW + 1 else len(free)
        return Fit(free[:few], free[few:], sooner=len(times) > len(free) == 0)


def _piece_of(found: Open, pieces: list[Piece]) -> int:
    """The number, from 1, of the last piece that has begun by then; an open one only of its own office."""
    begun = [
        n
        for n, piece in enumerate(pieces, 1)
        if piece.starts_at <= found.slot.starts_at
        and (piece.kind != OPEN or piece.location.pk == found.slot.location_id)
    ]
    return begun[-1] if begun else 0
