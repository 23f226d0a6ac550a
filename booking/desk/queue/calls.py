"""The patients whom the desk must tell something because no email does: who comes first, and what was tried."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from booking.models import Event, Message
from booking.models.bounded_count import MOST_COUNTED
from booking.scheduling.response_deadline import call_by
from clinic.compiled_query import CompiledQuery


class Call(NamedTuple):
    """A message to tell, and by when, so that nobody comes at a wrong time or misses a right one."""

    due: datetime
    message: Message


def waiting() -> QuerySet[Message]:
    """Patients without email or whose email bounced, longest waiting first."""
    return Message.objects.filter(status__in=Message.BY_US).order_by("due_at", "pk")


def calls() -> list[Call]:
    """Those to make first. Two queries: who has waited longest, and whose appointment starts first."""
    found = {message.pk: message for part in (LONGEST_WAITING, STARTING_SOON) for message in part()}
    return sorted(
        (Call(_due(message), message) for message in found.values()), key=lambda call: (call.due, call.message.pk)
    )


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
    return waiting().select_related(*related).annotate(old_start=Subquery(moves.values("before__starts_at")[:1]))


def _starting_soon() -> QuerySet[Message]:
    return _messages().filter(appointment__isnull=False).order_by("appointment__starts_at", "pk")


LONGEST_WAITING = CompiledQuery(lambda: _messages()[:MOST_COUNTED])
STARTING_SOON = CompiledQuery(lambda: _starting_soon()[:MOST_COUNTED])
