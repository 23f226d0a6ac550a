"""An entry of an old calendar, and why it cannot be brought in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from booking.models import Reason
from clinic.models import AppointmentType
from clinic.models.practice import MIDNIGHT
from clinic.practice_info import local_date, zone_at


class Refusal(StrEnum):
    KNOWN = "known"
    CHANGED = "changed"
    PAST = "past"
    TOO_FAR = "too_far"
    TAKEN = "taken"
    BLOCKED = "blocked"
    TWICE = "twice"
    PATIENT = "patient"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Who:
    """The patient, as the old calendar has them."""

    name: str
    birth_date: date
    phone: str = ""
    phone_extension: str = ""
    phone_typed: str = ""
    email: str = ""
    chart_number: str = ""


@dataclass(frozen=True)
class Entry:
    """`row`: its place in the file. `key`: what the old calendar knows it by, hashed. Without `who` it is a block.

    An appointment blocks exactly its own time: the old calendar knew no buffers.
    """

    row: int
    key: str
    practitioner_id: int
    location_id: int
    starts_at: datetime
    ends_at: datetime
    who: Who | None = None
    appointment_type: AppointmentType | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class Refused:
    entry: Entry
    why: Refusal


def block_columns(entry: Entry) -> dict[str, Any]:
    """The days and minutes of a block: a part of one day, or whole days. Empty if it is neither."""
    zone = zone_at(entry.location_id)
    first, last = local_date(entry.starts_at, zone), local_date(entry.ends_at, zone)
    starts, ends = (_minutes(moment.astimezone(zone)) for moment in (entry.starts_at, entry.ends_at))
    if ends == 0 and last > first:
        last, ends = last - timedelta(days=1), MIDNIGHT
    fits = first == last or (starts, ends) == (0, MIDNIGHT)
    return {"first_day": first, "last_day": last, "starts": starts, "ends": ends} if fits and starts < ends else {}


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute
