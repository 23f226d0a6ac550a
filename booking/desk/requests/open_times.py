"""The times for one request: the patient's choices with their current state, and other matching open times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from booking.lifecycle.overrides import is_sooner
from booking.models import Appointment, AppointmentRequest, RequestedTime
from booking.models.appointment_request import NO_DATE
from booking.scheduling.desk_slots import DAYS, DeskAvailability, Open, suits, wanted_days, whole_days
from booking.scheduling.slots import Slot, own_time, slot_of
from booking.scheduling.suggestions import by_notice, suggested
from clinic.practice_info import local_date

AT_LEAST, SOONEST = 20, 6  # matching times after “more open times”; those inside the notice period
HELD, ENDED, FREE, TAKEN, PAST, GONE = "held", "ended", "free", "taken", "past", "gone"
WORDS = {
    HELD: _("Held"),
    ENDED: _("Hold expired, still open"),
    FREE: _("Open"),
    TAKEN: _("Taken"),
    PAST: _("Passed"),
    GONE: _("No longer open"),
}
RANKS = {1: _("First choice"), 2: _("Second choice"), 3: _("Third choice")}


@dataclass(frozen=True)
class Choice:
    wanted: RequestedTime
    slot: Slot
    state: str
    held_until: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in (HELD, ENDED, FREE)

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def rank(self) -> str:
        return RANKS[self.wanted.rank]


class Ticked(NamedTuple):
    """A time that was selected on another page of the list, or before an action was refused."""

    found: Open
    state: str

    @property
    def is_open(self) -> bool:
        return self.state == FREE

    @property
    def words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class Times:
    main: Choice | None  # the best choice that is open
    others: list[Choice]
    matches: list[Open]  # suggestions or, after “more open times”, whole days; after the notice
    soon: list[Open]  # those inside the notice period, for which a reason is needed
    later: date  # where “more open times” starts
    sooner: frozenset[Slot]  # of all these, the ones inside the notice period: the page marks them
    ticked: list[Ticked]  # selected times that no other list contains
    see_by: date  # until then an urgent request is to be seen

    @property
    def in_time(self) -> list[Open]:
        return [each for each in self.matches if each.local.date() <= self.see_by]

    @property
    def too_late(self) -> list[Open]:
        return [each for each in self.matches if each.local.date() > self.see_by]


def load(
    appointment_request: AppointmentRequest,
    appointments: list[Appointment],
    *,
    now: datetime,
    today: date,
    first_day: date | None,
    wide: bool = False,
    ticked: Iterable[Slot] = (),
) -> Times:
    """The times for a request; open ones from `first_day` on. `wide`: any day, office, practitioner. Four queries.

    What the patient has just declined is not suggested again; it stays in the list from a day on.
    """
    wanted = list(appointment_request.requested_times.select_related("practitioner", "location"))
    chosen = {time: Slot(time.starts_at, time.practitioner_id, time.location_id) for time in wanted}
    since, see_by = max(first_day or today, today), appointment_request.see_by or NO_DATE
    last = since + timedelta(days=DAYS - 1)
    # A local date may differ by one day from the UTC date. Choices in the past need no calendar.
    around = [slot.starts_at.date() + timedelta(days=n) for slot in (*chosen.values(), *ticked) for n in (-1, 1)]
    week = wanted_days(appointment_request, today)
    days = [since, last, *week, *(day for day in around if day >= today)]
    availability = DeskAvailability(
        appointment_request.wanted_type(), now=now, days=days, ignoring=own_time(appointment_request)
    )
    choices = [_choice(time, slot, availability, appointments, now) for time, slot in chosen.items()]
    main = next((choice for choice in choices if choice.is_open), None)
    fits = (lambda _found: True) if wide else suits(appointment_request, today)
    own = {slot_of(replaced)} if (replaced := appointment_request.replaces) else set()
    held_for_them = {slot for _hold, slot in offered(appointment_request, appointments, now=now)}
    declined = set() if first_day else refused(appointment_request, appointments)
    besides = {*chosen.values(), *own, *held_for_them, *declined}
    days_chosen = {local_date(time.starts_at, time.location.tz) for time in wanted}
    beyond = [day for day in {*days_chosen, *week} if day > last and not first_day]  # the suggestions follow them there
    spans = [(since, last), *zip(beyond, beyond, strict=True)]
    found = [each for span in spans for each in availability.between(*span) if fits(each) and each.slot not in besides]
    after, soon = by_notice(found, appointment_request.appointment_type, now)
    if first_day:
        matches, soon, later = _page(after, soon, last)
    else:
        matches, soon, later = suggested(after, first=days_chosen, by=see_by), soon[:SOONEST], _first_day(found, last)
    listed = {*chosen.values(), *(found.slot for found in [*matches, *soon])}
    sooner = frozenset(
        slot for slot in {*listed, *ticked} if is_sooner(slot, appointment_request.appointment_type, now=now)
    )
    others = [choice for choice in choices if choice is not main and choice.slot not in held_for_them]
    return Times(main, others, matches, soon, later, sooner, _ticked(set(ticked) - listed, availability, now), see_by)


def offered(
    appointment_request: AppointmentRequest, appointments: list[Appointment], *, now: datetime
) -> list[tuple[Appointment, Slot]]:
    """The times that the patient may choose from now, earliest first."""
    if appointment_request.status != AppointmentRequest.Status.OFFERED or appointment_request.offer_until <= now:
        return []
    live = [
        appointment
        for appointment in appointments
        if appointment.status == Appointment.Status.HELD and appointment.held_until > now
    ]
    return [
        (appointment, slot_of(appointment))
        for appointment in sorted(live, key=lambda appointment: appointment.starts_at)
    ]


def refused(appointment_request: AppointmentRequest, appointments: list[Appointment]) -> set[Slot]:
    """The times that were held for the patient, if none of those offered last worked."""
    if appointment_request.returned != AppointmentRequest.Returned.REFUSED:
        return set()
    return {slot_of(each) for each in appointments if each.status == Appointment.Status.RELEASED}


def any_sooner(slots: Iterable[Slot | None], appointment_request: AppointmentRequest, now: datetime) -> bool:
    """Whether one of them is inside the notice period."""
    return any(slot and is_sooner(slot, appointment_request.appointment_type, now=now) for slot in slots)


def _choice(
    time: RequestedTime, slot: Slot, availability: DeskAvailability, appointments: list[Appointment], now: datetime
) -> Choice:
    own = [
        appointment
        for appointment in appointments
        if (appointment.starts_at, appointment.practitioner_id) == (slot.starts_at, slot.practitioner_id)
    ]
    hold = next(
        (
            appointment
            for appointment in own
            if appointment.status == Appointment.Status.HELD and appointment.held_until > now
        ),
        None,
    )
    return Choice(time, slot, _state(slot, availability, own, hold, now), hold.held_until if hold else None)


def _state(
    slot: Slot, availability: DeskAvailability, own: list[Appointment], hold: Appointment | None, now: datetime
) -> str:
    if slot.starts_at < now:
        return PAST
    if availability.is_open(slot):
        return HELD if hold else ENDED if own else FREE
    return TAKEN if availability.is_taken(slot) else GONE


def _ticked(slots: Iterable[Slot], availability: DeskAvailability, now: datetime) -> list[Ticked]:
    people = {(hours.practitioner.pk, hours.location.pk): hours for hours in availability.team}
    known = [(slot, people.get((slot.practitioner_id, slot.location_id))) for slot in sorted(slots)]
    return [Ticked(Open(slot, hours), _state(slot, availability, [], None, now)) for slot, hours in known if hours]


def _page(after: list[Open], soon: list[Open], last: date) -> tuple[list[Open], list[Open], date]:
    """Whole days of the times after the notice and of the sooner ones, and where the next page starts."""
    shown = whole_days(after or soon, AT_LEAST)
    if len(shown) < len(after or soon):
        last = shown[-1].local.date()
    until = [[each for each in found if each.local.date() <= last] for found in (after, soon)]
    return until[0], until[1], last + timedelta(days=1)


def _first_day(found: list[Open], last: date) -> date:
    """Where “more open times” starts after suggestions: with the first day that has any."""
    return found[0].local.date() if found else last + timedelta(days=1)
