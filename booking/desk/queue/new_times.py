"""The view “Needs a new time”: the old appointment, whether the patient was told, and which times we hold for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from booking.desk.queue.rows import Row
from booking.lifecycle.call_log import SPOKEN
from booking.models import Appointment, AppointmentRequest, Event, Message

Told = Message.Status
NOT_TOLD, ASKS_FOR_OTHERS, HAS_OFFER = range(3)


@dataclass
class NewTime:
    """A row of the queue, the appointment that was called off, the last message about it, and the held times."""

    row: Row
    old: Appointment
    status: str
    told: Message | None = None
    spoken_at: datetime | None = None  # when we last spoke with the patient since
    held: list[Appointment] = field(default_factory=list)

    @property
    def must_call(self) -> bool:
        return self.told.is_the_desks if self.told else self.spoken_at is None

    @property
    def rank(self) -> tuple[int, datetime]:
        """Who was not told comes first, then who wants other times, then open offers; each by the old start."""
        is_offered = self.status == AppointmentRequest.Status.OFFERED
        group = NOT_TOLD if self.must_call else HAS_OFFER if is_offered else ASKS_FOR_OTHERS
        return group, self.old.starts_at


def new_times(rows: Iterable[Row], now: datetime) -> list[NewTime]:
    """Four queries."""
    by_key = {row.pk: row for row in rows}
    requests = AppointmentRequest.objects.filter(pk__in=by_key)
    found = {
        each.pk: NewTime(by_key[each.pk], each.replaces, each.status)
        for each in requests.select_related("replaces__practitioner", "replaces__location")
    }
    told = Message.objects.filter(appointment_request__in=found, kind__in=Message.ABOUT_NEW_TIME).exclude(
        status=Told.SUPERSEDED
    )
    for message in told.order_by("pk"):
        found[message.appointment_request_id].told = message
    for event in Event.objects.filter(SPOKEN, appointment_request__in=found).order_by("pk"):
        each = found[event.appointment_request_id]
        if each.old.needs_rebooking_since and event.at >= each.old.needs_rebooking_since:
            each.spoken_at = event.at
    for pk, held in _held(found, now).items():
        found[pk].held = held
    return sorted(found.values(), key=lambda each: each.rank)


def _held(requests: Iterable[int], now: datetime) -> dict[int, list[Appointment]]:
    rows = Appointment.objects.filter(appointment_request__in=requests, status="held", held_until__gt=now)
    held = defaultdict(list)
    for each in rows.select_related("location").order_by("starts_at", "pk"):
        held[each.appointment_request_id].append(each)
    return held
