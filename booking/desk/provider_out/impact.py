"""Whom a closure affects, what each of them could be offered, and how each of them hears of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import QueryDict

from booking import lifecycle
from booking.lifecycle.time_off.closure import is_to_call_off
from booking.models import Appointment, Message
from booking.scheduling.alternatives import alternatives
from booking.scheduling.closure_impact import Closing, affected_appointments
from booking.scheduling.desk_slots import Open
from booking.scheduling.slots import Slot
from clinic.practice_info import local_date, practice_info

Status = Appointment.Status
MOST_OFFERED = 60  # patients who are offered times in one act; the others are called off and looked after in the queue
SOON = timedelta(hours=4)  # whose appointment is nearer is called, unless the clerk ticks the email


@dataclass
class Row:
    """An affected appointment. `times`: what was found for it; None: they are too many to look for each. `ticked`: the
    codes of the times to offer. `is_soon`: an email may be read too late. `is_new`: not seen before the last press.
    """

    appointment: Appointment
    age: int
    times: list[Open] | None
    has_bounced: bool
    is_soon: bool
    ticked: set[str] = field(default_factory=set)
    writes: bool = True
    is_new: bool = False

    @property
    def patient(self):
        return self.appointment.appointment_request.patient

    @property
    def may_write(self) -> bool:
        return bool(self.patient.email) and not self.has_bounced


@dataclass(frozen=True)
class Impact:
    """`rows`: who is called off. `here`: who is checked in or late, and is told in person. `held`: times that are only
    held for patients, who cannot have them any more.
    """

    rows: list[Row]
    here: list[Appointment]
    held: list[Appointment]

    @property
    def code(self) -> str:
        """The appointments and versions that the page shows: “12-1,15-2”."""
        return ",".join(f"{row.appointment.pk}-{row.appointment.version}" for row in self.rows)

    @property
    def emails(self) -> int:
        return sum(row.writes for row in self.rows)

    @property
    def offers(self) -> int:
        return sum(row.writes and bool(row.ticked) for row in self.rows)

    @property
    def calls(self) -> int:
        return sum(not row.writes for row in self.rows)

    @property
    def times(self) -> int:
        return sum(len(row.times or ()) for row in self.rows)

    @property
    def without(self) -> int:
        return sum(row.times == [] for row in self.rows)

    @property
    def later(self) -> int:
        """For how many the desk looks for times in the queue."""
        return sum(row.times is None for row in self.rows)


def impact_of(closing: Closing, posted: QueryDict | None, *, now: datetime) -> Impact:
    """The affected appointments with the times found for them; as they were ticked, if the page was posted. Seven
    queries.
    """
    today, _midnight = practice_info().bounds(local_date(now), local_date(now))
    touched = affected_appointments(closing, now=now, since=today)
    affected = [each for each in touched if is_to_call_off(each, now=now)]
    found = alternatives(affected[:MOST_OFFERED], closing, now=now)
    bounced = _bounced(affected)
    rows = [_row(appointment, found.get(appointment.pk), bounced, now) for appointment in affected]
    seen = dict(_seen(posted.get("seen", ""))) if posted else {}
    for row in rows:
        _tick(row, posted if row.appointment.pk in seen else None)
        row.is_new = bool(seen) and seen.get(row.appointment.pk) != row.appointment.version
    here = [each for each in touched if _is_here(each, now)]
    return Impact(rows, here, [each for each in touched if each.status == Status.HELD and each.appointment_request_id])


def _is_here(appointment: Appointment, now: datetime) -> bool:
    """Whether the patient is checked in, or late."""
    is_late = appointment.status == Status.BOOKED and appointment.starts_at < now and not appointment.needs_rebooking
    return is_late or appointment.status == Status.ARRIVED


def _row(appointment: Appointment, times: list[Open] | None, bounced: set[int], now: datetime) -> Row:
    patient, zone = appointment.appointment_request.patient, appointment.location.tz
    age = patient.age(local_date(appointment.starts_at, zone))
    is_soon = appointment.starts_at - now < SOON
    return Row(appointment, age, times, appointment.appointment_request_id in bounced, is_soon)


def _tick(row: Row, posted: QueryDict | None) -> None:
    """What is ticked: as posted; at first all of it, but no email to who comes soon."""
    codes = {each.slot.code for each in row.times or ()}
    pk = row.appointment.pk
    row.ticked = codes & set(posted.getlist(f"times-{pk}")) if posted else codes
    row.writes = row.may_write and (f"email-{pk}" in posted if posted else not row.is_soon)


def _bounced(affected: Sequence[Appointment]) -> set[int]:
    """The requests of which an email has come back."""
    keys = [appointment.appointment_request_id for appointment in affected]
    failed = Message.objects.filter(appointment_request__in=keys, status=Message.Status.FAILED)
    return set(failed.order_by().values_list("appointment_request", flat=True))


def _seen(code: str) -> list[tuple[int, int]]:
    """The appointments and versions of a code. Empty if it was crafted."""
    if not re.fullmatch(r"(\d{1,18}-\d{1,9}(,|$))*", code, re.ASCII):
        return []
    return [(int(pk), int(version)) for pk, version in re.findall(r"(\d+)-(\d+)", code)]


def as_posted(posted: QueryDict, until: datetime | None, *, call_all: bool) -> list[lifecycle.Seen]:
    """What the clerk saw and ticked, for the verb."""
    return [
        lifecycle.Seen(pk, version, _offering(posted, pk, until, call_all))
        for pk, version in _seen(posted.get("seen", ""))
    ]


def _offering(posted: QueryDict, pk: int, until: datetime | None, call_all: bool) -> lifecycle.NewTimes:
    if call_all:
        return lifecycle.NewTimes(by_phone=True)
    slots = [Slot.parse(code) for code in posted.getlist(f"times-{pk}")]
    return lifecycle.NewTimes(tuple(filter(None, slots)), until, by_phone=f"email-{pk}" not in posted)
