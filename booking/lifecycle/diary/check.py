"""Which entries fit into the calendars as they are now. Call it under their lock before writing."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from booking.lifecycle.diary.entries import Entry, Refusal, Refused, Who, block_columns
from booking.models import Appointment, Patient
from booking.models.constraints import LONGEST
from booking.models.exchange.diary_import import DiaryRow
from booking.scheduling.slots import DESK_HORIZON
from clinic.models import ScheduleException
from clinic.practice_info import local_date, practice_info

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
LONGEST_APPOINTMENT = timedelta(hours=8)  # of any appointment type
BATCH = 500  # keys in one query


class Busy:
    """Times of one provider or patient that do not overlap, by start."""

    def __init__(self) -> None:
        self.spans: list[tuple[datetime, datetime]] = []

    def add(self, start: datetime, end: datetime) -> None:
        insort(self.spans, (start, end))

    def has(self, start: datetime, end: datetime) -> bool:
        """Whether one overlaps. Only those that begin up to a day before can: none is longer."""
        last = bisect_left(self.spans, (end,)) - 1
        while last >= 0 and self.spans[last][0] > start - LONGEST:
            if self.spans[last][1] > start:
                return True
            last -= 1
        return False


class Calendars:
    """What is in the calendars of these entries, and what has been accepted."""

    def __init__(self, entries: list[Entry], known: dict[Who, Patient], *, now: datetime) -> None:
        self.now, self.known = now, known
        self.taken: dict[int, Busy] = defaultdict(Busy)
        self.blocked: dict[int, Busy] = defaultdict(Busy)
        self.of_file: dict[int, Busy] = defaultdict(Busy)
        self.of_patient: dict[object, Busy] = defaultdict(Busy)
        self.before = _before(entries)
        who = {entry.practitioner_id for entry in entries}
        held = Appointment.objects.holding_time(now).filter(practitioner__in=who, blocked_until__gt=now)
        for practitioner_id, start, end in held.values_list("practitioner_id", "blocked_from", "blocked_until"):
            self.taken[practitioner_id].add(start, end)
        for practitioner_id, start, end in _blocks(who, now):
            self.blocked[practitioner_id].add(start, end)
        booked = Appointment.objects.filter(patient__in=[row.pk for row in known.values()], ends_at__gt=now)
        attended = booked.filter(status__in=Appointment.ATTENDED)
        for patient_id, start, end in attended.values_list("patient_id", "starts_at", "ends_at"):
            self.of_patient[patient_id].add(start, end)

    def refusal(self, entry: Entry) -> Refusal | None:
        span = entry.starts_at, entry.ends_at
        if entry.key in self.before:
            return Refusal.KNOWN if self.before[entry.key] == entry.starts_at else Refusal.CHANGED
        if entry.ends_at <= self.now or entry.who and entry.starts_at <= self.now:
            return Refusal.PAST
        if entry.starts_at > self.now + timedelta(days=DESK_HORIZON):
            return Refusal.TOO_FAR
        if not _has_a_length(entry):
            return Refusal.TOO_LONG
        if self.taken[entry.practitioner_id].has(*span):
            return Refusal.TAKEN
        if self.of_file[entry.practitioner_id].has(*span):
            return Refusal.TWICE
        if entry.who and self.blocked[entry.practitioner_id].has(*span):
            return Refusal.BLOCKED
        if entry.who and self.of_patient[self._patient(entry.who)].has(*span):
            return Refusal.PATIENT
        return None

    def accept(self, entry: Entry) -> None:
        self.before[entry.key] = entry.starts_at
        if entry.who:
            self.of_file[entry.practitioner_id].add(entry.starts_at, entry.ends_at)
            self.of_patient[self._patient(entry.who)].add(entry.starts_at, entry.ends_at)

    def _patient(self, who: Who) -> object:
        return self.known[who].pk if who in self.known else who


def split(entries: list[Entry], known: dict[Who, Patient], *, now: datetime) -> tuple[list[Entry], list[Refused]]:
    """Those that fit and those that do not. Appointments come first: a block never keeps one out."""
    calendars, fit, refused = Calendars(entries, known, now=now), [], []
    for entry in sorted(entries, key=lambda entry: (entry.who is None, entry.starts_at, entry.row)):
        if why := calendars.refusal(entry):
            refused.append(Refused(entry, why))
        else:
            calendars.accept(entry)
            fit.append(entry)
    return fit, sorted(refused, key=lambda each: each.entry.row)


def _has_a_length(entry: Entry) -> bool:
    if entry.who:
        return timedelta(0) < entry.ends_at - entry.starts_at <= LONGEST_APPOINTMENT
    return bool(block_columns(entry))


def _before(entries: list[Entry]) -> dict[str, datetime]:
    """When each of these entries began, if it was already imported."""
    keys = [entry.key for entry in entries]
    found: dict[str, datetime] = {}
    for n in range(0, len(keys), BATCH):
        found |= dict(DiaryRow.objects.filter(key__in=keys[n : n + BATCH]).values_list("key", "starts_at"))
    return found


def _blocks(who: Iterable[int], now: datetime) -> Iterator[tuple[int, datetime, datetime]]:
    """The closed times of these providers, day by day, in the practice's zone."""
    today, zone = local_date(now), practice_info().zone
    rows = ScheduleException.objects.filter(
        kind=ScheduleException.Kind.CLOSED, practitioner__in=who, last_day__gte=today,
        first_day__lte=today + timedelta(days=DESK_HORIZON),
    )  # fmt: skip
    for row in rows:
        for n in range((min(row.last_day, today + timedelta(days=DESK_HORIZON)) - row.first_day).days + 1):
            day = row.first_day + n * A_DAY
            midnight = datetime.combine(day, time.min, zone)  # plus minutes of the clock, not of time that passes
            yield row.practitioner_id or 0, midnight + row.starts * A_MINUTE, midnight + row.ends * A_MINUTE
