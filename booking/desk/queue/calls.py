"""The patients whom the desk must tell something because no email does: who comes first, and what was tried.

The order is by harm: first who would come at a time that we called off, then who has a time, by its start; then offers
by their end; then the rest. A call that is to be tried again later comes behind all that can be made now.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, DateTimeField, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.desk import labels
from booking.desk.deadline_badge import DeadlineBadge, Deadlines
from booking.desk.queue import queries
from booking.desk.requests.forms import MomentField
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.bounded_count import MOST_COUNTED
from booking.scheduling.call_times import in_best_time, next_tries
from booking.scheduling.response_deadline import call_by
from booking.scheduling.slots import slot_of
from clinic.compiled_query import Among, CompiledQuery, Param
from clinic.practice_info import practice_info

Kind, Words = Message.Kind, str | Promise
OFFERS = (Kind.OFFERED, Kind.OPENING)
CALLS_OFF = (Kind.NEEDS_REBOOKING, Kind.CANCELLED_BY_US, Kind.RESCHEDULED)  # the patient would come at a wrong time
CALLED_OFF, HAS_TIME, OFFERED_TIMES, OTHERS = range(4)
LATER = 10  # added to the rank of a call whose next try has not come
SOON, NEAR = timedelta(minutes=5), timedelta(hours=4)
MOST_TRIES = 3  # shown


class Found(NamedTuple):
    """A message to tell. Sorts by harm: rank, then the start or end that makes it urgent, then its deadline."""

    rank: int
    urgent_at: datetime
    due: datetime
    pk: int
    message: Message
    start: datetime | None  # of the time that the patient would keep or miss

    @property
    def is_called_off(self) -> bool:
        return self.rank % LATER == CALLED_OFF


class Call(NamedTuple):
    """One row of the list, with what to say and what to do."""

    found: Found
    due: DeadlineBadge
    message: Message
    offered: list[tuple[str, Appointment]]  # each with the value of its button
    tries: list[Event]
    next_tries: list[tuple[int, datetime]]
    needs: str  # “speaks Vietnamese, wheelchair”
    calling: labels.Calling

    @property
    def is_tried(self) -> bool:
        return is_tried(self.found)

    @property
    def is_wrong_number(self) -> bool:
        return self.message.last_outcome == Outcome.WRONG_NUMBER


def waiting() -> QuerySet[Message]:
    """Patients without email or whose email bounced, longest waiting first."""
    return Message.objects.to_tell().order_by("due_at", "pk")


def calls(now: datetime) -> list[Found]:
    """By harm. One query: who has waited longest; if they are too many to read, also whose appointment starts first."""
    found = {message.pk: message for message in LONGEST_WAITING()}
    if len(found) == MOST_COUNTED:
        found |= {message.pk: message for message in STARTING_SOON()}
    return sorted(_found(message, now) for message in found.values())


def _found(message: Message, now: datetime) -> Found:
    due, start, again = _due(message), _soonest(message), message.appointment_request.next_try_at
    rank = _rank(message, start)
    urgent_at = start or (message.appointment_request.offer_until if rank == OFFERED_TIMES else None) or due
    return Found(rank + (LATER if again and again > now else 0), urgent_at, due, message.pk, message, start)


def _rank(message: Message, start: datetime | None) -> int:
    old = message.appointment_request.replaces
    is_off = message.kind in CALLS_OFF or (old is not None and old.needs_rebooking)
    if is_off:
        return CALLED_OFF
    return HAS_TIME if start else OFFERED_TIMES if message.kind in OFFERS else OTHERS


def next_after(pk: int, now: datetime) -> int | None:
    """The message that follows this one on the list; after the last, the first. Ask before it leaves the list."""
    keys = [found.pk for found in calls(now)]
    here = keys.index(pk) if pk in keys else -1
    return next((key for key in keys[here + 1 :] + keys[: max(here, 0)]), None)


VIEWS: dict[str, tuple[Words, Callable[[Found], bool]]] = {
    "": (_("All"), lambda found: True),
    "now": (_("Call now"), lambda found: found.rank < LATER and not is_tried(found)),
    "later": (_("Later"), lambda found: found.rank >= LATER and not is_tried(found)),
    "tried": (queries.VIEWS["not-reached"][0], lambda found: is_tried(found)),
    "letters": (_("Letters to print"), lambda found: found.message.status == Message.Status.TO_PRINT),
}


def is_tried(found: Found) -> bool:
    """Whether the desk has tried often enough to send a letter instead."""
    return found.message.appointment_request.attempts >= practice_info().most_attempts


def of_page(page: list[Found], user: User, now: datetime) -> list[Call]:
    """With what to say and when to try again. At most two queries: the times that are offered, and the tries."""
    messages = [found.message for found in page]
    offered = _offered([each.appointment_request_id for each in messages if each.kind in OFFERS], now)
    tries = _tries([each.appointment_request_id for each in messages if each.last_outcome is not None])
    deadlines = Deadlines(now)
    return [_call(found, offered, tries, deadlines.due(found.due, None), user, now) for found in page]


def _call(found: Found, offered, tries, due: DeadlineBadge, user: User, now: datetime) -> Call:
    message, key = found.message, found.message.appointment_request_id
    patient = message.appointment_request.patient
    return Call(
        found=found,
        due=due,
        message=message,
        offered=offered[key] if message.kind in OFFERS else [],
        tries=tries[key][-MOST_TRIES:],
        next_tries=_next_tries(found, now),
        needs=labels.needs(patient),
        calling=labels.calling(patient, user, now),
    )


def _next_tries(found: Found, now: datetime) -> list[tuple[int, datetime]]:
    """The next good times; in five minutes first, if the start that makes the call urgent is near."""
    appointment_request, soon = found.message.appointment_request, now + SOON
    is_near = found.start is not None and found.start - now < NEAR and in_best_time(appointment_request, soon)
    moments = [*([soon] if is_near else []), *next_tries(appointment_request, now=now)]
    return [(MomentField.code(at), at) for at in moments]


def _tries(requests: list[int]) -> dict[int, list[Event]]:
    by_request = defaultdict(list)
    for event in TRIES(requests=requests) if requests else ():
        event.outcome, event.who = labels.CODES.get(event.reason, event.reason), labels.name(event.by)
        by_request[event.appointment_request_id].append(event)
    return by_request


def _offered(requests: list[int], now: datetime) -> dict[int, list[tuple[str, Appointment]]]:
    by_request = defaultdict(list)
    for appointment in HELD(requests=requests, now=now) if requests else ():
        by_request[appointment.appointment_request_id].append((slot_of(appointment).code, appointment))
    return by_request


def _due(message: Message) -> datetime:
    office = message.appointment.location_id if message.appointment else message.appointment_request.desk_id
    return call_by(since=message.due_at, starts_at=_soonest(message), location_id=office)


def _soonest(message: Message) -> datetime | None:
    """The start of the time that the patient would keep or miss."""
    starts = [moment for moment in (_start(message), _old_start(message)) if moment]
    old = message.appointment_request.replaces
    if not starts and old is not None and old.needs_rebooking:
        starts = [old.starts_at]
    return min(starts, default=None)


def _start(message: Message) -> datetime | None:
    return message.appointment.starts_at if message.appointment else None


def _old_start(message: Message) -> datetime | None:
    """The start of which the message says not to come then."""
    is_moved = message.kind == Message.Kind.RESCHEDULED and message.old_start
    return datetime.fromisoformat(message.old_start) if is_moved else None


def _messages() -> QuerySet[Message]:
    moves = Event.objects.filter(appointment=OuterRef("appointment"), verb="reschedule").order_by("-pk")
    related = [
        "appointment_request__patient__called_by", "appointment_request__replaces__location",
        "appointment_request__replaces__practitioner", "appointment__location", "appointment__practitioner",
    ]  # fmt: skip
    called = Event.objects.filter(appointment_request=OuterRef("appointment_request"), verb="log_call").order_by("-pk")
    rows = waiting().select_related(*related).annotate(old_start=Subquery(moves.values("before__starts_at")[:1]))
    return rows.annotate(last_outcome=Subquery(called.values("reason")[:1]))


def _starting_soon() -> QuerySet[Message]:
    return _messages().filter(appointment__isnull=False).order_by("appointment__starts_at", "pk")


def _call_log() -> QuerySet[Event]:
    events = Event.objects.filter(Among("appointment_request", "requests", BigIntegerField()), verb="log_call")
    return events.select_related("by").order_by("pk")


def _held() -> QuerySet[Appointment]:
    held = Appointment.objects.filter(
        Among("appointment_request", "requests", BigIntegerField()),
        appointment_request__status=AppointmentRequest.Status.OFFERED,
        status=Appointment.Status.HELD, held_until__gt=Param("now", DateTimeField()),
    )  # fmt: skip
    return held.select_related("practitioner", "location").order_by("starts_at")


TRIES, HELD = CompiledQuery(_call_log), CompiledQuery(_held)
LONGEST_WAITING = CompiledQuery(lambda: _messages()[:MOST_COUNTED])
STARTING_SOON = CompiledQuery(lambda: _starting_soon()[:MOST_COUNTED])
