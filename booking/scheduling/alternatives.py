"""Other times for patients whose appointments a closure affects: near the old one, and never one time for two."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from booking.models import Appointment
from booking.scheduling.availability import Span, whole_minutes
from booking.scheduling.closure_impact import Closing
from booking.scheduling.desk_slots import Open
from booking.scheduling.slots import DESK_HORIZON, Busy, Rules, Slot, busy_times, starts_of_team
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.models import AppointmentType
from clinic.practice_info import local_date

MOST, WHEN_FEW = 3, 2  # times offered to one patient; and if few are open
PLENTY = 3  # as many open times as people
SOONER, LATER = timedelta(days=3), timedelta(days=14)  # around the old day
LONGEST_SEARCH = timedelta(days=45)
WIDEST = AppointmentType(minutes=480, buffer_before=240, buffer_after=240)  # reaches as far as any type
Kind = tuple[int, int]  # the key of an appointment type, and the length in minutes


@dataclass
class _Search:
    """What is open for whom, and what has been given away."""

    closing: Closing
    now: datetime
    first: date
    last: date
    team: list[WorkingHours] = field(default_factory=list)
    busy: Busy = field(default_factory=dict)
    offered_by: dict[int, set[int]] = field(default_factory=dict)
    open: dict[Kind, list[Open]] = field(default_factory=dict)

    def of(self, appointment: Appointment) -> list[Open]:
        """The open times for this type and length, sorted."""
        kind = appointment.appointment_type_id, appointment.minutes
        if kind not in self.open:
            self.open[kind] = sorted(self._open(appointment), key=lambda each: each.slot)
        return self.open[kind]

    def _open(self, appointment: Appointment) -> Iterator[Open]:
        appointment_type = appointment.appointment_type.lasting(appointment.minutes)
        who = self.offered_by.get(appointment.appointment_type_id, set())
        team = [hours for hours in self.team if hours.practitioner.pk in who]
        rules = Rules(appointment_type.notice, DESK_HORIZON, self.now)
        days = {"first_day": self.first, "last_day": self.last}
        return (Open(*pair) for pair in starts_of_team(team, appointment_type, self.busy, rules, now=self.now, **days))


def alternatives(affected: Sequence[Appointment], closing: Closing, *, now: datetime) -> dict[int, list[Open]]:
    """Up to three open times for each of these appointments, by their keys, as if it were closed already.

    Each is on another day, near the old one, and one of them with the same provider if there is any. Five queries, for
    any number of patients.
    """
    if not affected:
        return {}
    search = _search(affected, closing, now)
    most = MOST if _is_plenty(search, affected) else WHEN_FEW
    taken, elsewhere = defaultdict(list, search.busy), _elsewhere(affected, now)
    found = {}
    for appointment in affected:
        picked = found[appointment.pk] = _picked(appointment, search, taken, elsewhere, most)
        for each in picked:
            taken[each.slot.practitioner_id].append(_blocked(each.slot, appointment))
    return found


def _search(affected: Sequence[Appointment], closing: Closing, now: datetime) -> _Search:
    days = [local_date(appointment.starts_at, appointment.location.tz) for appointment in affected]
    first = max(min(days) - SOONER, local_date(now))
    last = min(max(days) + LATER, first + LONGEST_SEARCH)
    search = _Search(closing, now, first, last)
    team = working_hours(None, first_day=first, last_day=last)
    search.team = [_closed(hours, closing) for hours in team]
    people = {hours.practitioner.pk for hours in team}
    search.busy = busy_times(people, WIDEST, first_day=first, last_day=last, now=now)
    for type_id, practitioner_id in AppointmentType.practitioners.through.objects.values_list(
        "appointmenttype", "practitioner"
    ):
        search.offered_by.setdefault(type_id, set()).add(practitioner_id)
    return search


def _closed(hours: WorkingHours, closing: Closing) -> WorkingHours:
    if not closing.applies(hours.practitioner.pk, hours.location.pk):
        return hours
    return replace(hours, changes=(*hours.changes, closing.dated))


def _is_plenty(search: _Search, affected: Sequence[Appointment]) -> bool:
    number = len({each.slot for appointment in affected for each in search.of(appointment)})
    return number >= PLENTY * len(affected)


def _elsewhere(affected: Sequence[Appointment], now: datetime) -> Busy:
    """When these patients have other appointments to come."""
    others = Appointment.objects.filter(
        patient__in={appointment.patient_id for appointment in affected}, status__in=Appointment.ATTENDED,
        ends_at__gt=now,
    ).exclude(pk__in=[appointment.pk for appointment in affected])  # fmt: skip
    found = defaultdict(list)
    for patient_id, since, until in others.order_by().values_list("patient", "starts_at", "ends_at"):
        found[patient_id].append(whole_minutes(since, until))
    return found


def _picked(appointment: Appointment, search: _Search, taken: Busy, elsewhere: Busy, most: int) -> list[Open]:
    """One time a day, near the old time; the days nearest to the old one; one with the same provider, if any."""
    old = appointment.starts_at.astimezone(appointment.location.tz)
    by_day: dict[date, list[Open]] = defaultdict(list)
    for each in search.of(appointment):
        if _is_free(each, appointment, taken, elsewhere):
            by_day[each.local.date()].append(each)
    days = sorted(by_day, key=lambda day: abs(day - old.date()))
    picked = {day: min(by_day[day], key=lambda each: abs(_minute(each.local) - _minute(old))) for day in days[:most]}
    theirs = [each for day in days for each in by_day[day] if _is_same(each, appointment)]
    if theirs and not any(_is_same(each, appointment) for each in picked.values()):
        picked = dict(list(picked.items())[: most - 1]) | {theirs[0].local.date(): theirs[0]}
    return sorted(picked.values(), key=lambda each: each.slot)


def _is_same(each: Open, appointment: Appointment) -> bool:
    return each.slot.practitioner_id == appointment.practitioner_id


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _is_free(each: Open, appointment: Appointment, taken: Busy, elsewhere: Busy) -> bool:
    """Whether nobody was given it, the patient has nothing else then, and it is near the old day and suits them."""
    ends_at = each.slot.starts_at + timedelta(minutes=appointment.minutes)
    request = appointment.appointment_request
    day, old = each.local.date(), local_date(appointment.starts_at, appointment.location.tz)
    return (
        -SOONER <= day - old <= LATER
        and day.weekday() not in (request.never_days if request else ())
        and not _overlaps(_blocked(each.slot, appointment), taken[each.slot.practitioner_id])
        and not _overlaps(whole_minutes(each.slot.starts_at, ends_at), elsewhere[appointment.patient_id or 0])
    )


def _blocked(slot: Slot, appointment: Appointment) -> Span:
    kind = appointment.appointment_type
    since = slot.starts_at - timedelta(minutes=kind.buffer_before)
    return whole_minutes(since, slot.starts_at + timedelta(minutes=appointment.minutes + kind.buffer_after))


def _overlaps(span: Span, spans: Iterable[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in spans)
