"""The patients whom the desk must tell something because no email does: who comes first, and what was tried."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from booking.desk.requests.forms import MomentField
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.bounded_count import MOST_COUNTED
from booking.scheduling.call_times import next_tries
from booking.scheduling.response_deadline import call_by
from clinic.compiled_query import CompiledQuery

OFFERS = (Message.Kind.OFFERED, Message.Kind.OPENING)


class Call(NamedTuple):
    """A message to tell, and by when, so that nobody comes at a wrong time or misses a right one."""

    due: datetime
    message: Message
    offered: list[Appointment]
    last_outcome: str
    next_tries: list[tuple[int, datetime]]


def waiting() -> QuerySet[Message]:
    """Patients without email or whose email bounced, longest waiting first."""
    return Message.objects.filter(status__in=Message.BY_US).order_by("due_at", "pk")


def calls() -> list[tuple[datetime, Message]]:
    """Those to make first. Two queries: who has waited longest, and whose appointment starts first."""
    found = {message.pk: message for part in (LONGEST_WAITING, STARTING_SOON) for message in part()}
    return sorted(((_due(message), message) for message in found.values()), key=lambda pair: (pair[0], pair[1].pk))


def next_after(pk: int) -> int | None:
    """The message that follows this one on the list; after the last, the first. Ask before it leaves the list."""
    keys = [message.pk for _due, message in calls()]
    here = keys.index(pk) if pk in keys else -1
    return next((key for key in keys[here + 1 :] + keys[: max(here, 0)]), None)


def of_page(found: list[tuple[datetime, Message]], now: datetime) -> list[Call]:
    """With what to say and when to try again. One query: the times that are offered."""
    offered = _offered([message.appointment_request_id for _due, message in found], now)
    return [
        Call(
            due, message, offered[message.appointment_request_id] if message.kind in OFFERS else [],
            str(Outcome(message.last_outcome).label) if message.last_outcome else "",
            [(MomentField.code(at), at) for at in next_tries(message.appointment_request, now=now)],
        )
        for due, message in found
    ]  # fmt: skip


def _offered(requests: list[int], now: datetime) -> dict[int, list[Appointment]]:
    held = Appointment.objects.filter(
        appointment_request__in=requests, appointment_request__status=AppointmentRequest.Status.OFFERED,
        status=Appointment.Status.HELD, held_until__gt=now,
    )  # fmt: skip
    by_request = defaultdict(list)
    for appointment in held.select_related("practitioner", "location").order_by("starts_at"):
        by_request[appointment.appointment_request_id].append(appointment)
    return by_request


def _due(message: Message) -> datetime:
    starts = [moment for moment in (_start(message), _old_start(message)) if moment]
    office = message.appointment.location_id if message.appointment else message.appointment_request.desk_id
    return call_by(since=message.due_at, starts_at=min(starts, default=None), location_id=office)


def _start(message: Message) -> datetime | None:
    return message.appointment.starts_at if message.appointment else None


def _old_start(message: Message) -> datetime | None:
    """The start of which the message says not to come then."""
    is_moved = message.kind == Message.Kind.RESCHEDULED and message.old_start
    return datetime.fromisoformat(message.old_start) if is_moved else None


def _messages() -> QuerySet[Message]:
    moves = Event.objects.filter(appointment=OuterRef("appointment"), verb="reschedule").order_by("-pk")
    related = [
        "appointment_request__patient", "appointment_request__replaces__location", "appointment__location",
        "appointment__practitioner",
    ]  # fmt: skip
    called = Event.objects.filter(appointment_request=OuterRef("appointment_request"), verb="log_call").order_by("-pk")
    rows = waiting().select_related(*related).annotate(old_start=Subquery(moves.values("before__starts_at")[:1]))
    return rows.annotate(last_outcome=Subquery(called.values("reason")[:1]))


def _starting_soon() -> QuerySet[Message]:
    return _messages().filter(appointment__isnull=False).order_by("appointment__starts_at", "pk")


LONGEST_WAITING = CompiledQuery(lambda: _messages()[:MOST_COUNTED])
STARTING_SOON = CompiledQuery(lambda: _starting_soon()[:MOST_COUNTED])
