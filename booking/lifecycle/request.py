"""The request's lifecycle: one table, one verb for each move."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from booking import messages
from booking.lifecycle import holds
from booking.lifecycle._move import PATIENT, By, Table, all_or_nothing, locked_request, move, record
from booking.lifecycle.appointment import lock_diaries
from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, RequestedTime
from booking.models.request import Channel
from booking.promise import hold_end, reply_promise
from booking.slots import Rules, Slot

Status = AppointmentRequest.Status
MOST_TIMES = 3

# From here a request may go there. `undo` (lifecycle.undo) goes back by the history instead.
NEXT: Table = {
    Status.NEW: frozenset(
        {Status.OFFERED, Status.CONFIRMED, Status.WAITLISTED, Status.DECLINED, Status.WITHDRAWN, Status.CLOSED}
    ),
    Status.OFFERED: frozenset(
        {Status.CONFIRMED, Status.NEW, Status.WAITLISTED, Status.DECLINED, Status.WITHDRAWN, Status.CLOSED}
    ),
    Status.WAITLISTED: frozenset({Status.OFFERED, Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN, Status.CLOSED}),
    Status.CONFIRMED: frozenset(),
    Status.DECLINED: frozenset({Status.NEW}),
    Status.WITHDRAWN: frozenset({Status.NEW}),
    Status.CLOSED: frozenset({Status.NEW}),
}


@dataclass
class Draft:
    """A request not yet made. `patient` and `answers` are field values of Patient and AppointmentRequest;
    `times` are up to three slots, best first; `flow_key` makes sending it twice one request."""

    patient: dict[str, Any]
    answers: dict[str, Any]
    times: list[Slot] = field(default_factory=list)
    flow_key: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def desk_id(self) -> int | None:
        """Whose desk hours make the promise: the preferred office's; the default desk's (None) for a call."""
        location = self.answers.get("location")
        return location.pk if location and not self.answers.get("wants_call") else None


def submit(draft: Draft, *, now: datetime) -> AppointmentRequest:
    """A patient sends a request. Its first time is held until one desk day after the promised answer.

    The second sending of the same flow key returns the first one's request. SlotTaken: some of the times are
    not open (any more) to the public, and nothing was kept. NotAllowed: more than three times.
    """
    draft.times = list(dict.fromkeys(draft.times))  # a time chosen twice is chosen once
    if len(draft.times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to three times."))
    return _once(draft, lambda: _submit(draft, now))


def _submit(draft: Draft, now: datetime) -> AppointmentRequest:
    with all_or_nothing(*draft.times[:1]):
        request, event = _create(draft, Status.NEW, "submit", PATIENT, now)
        if draft.times:
            _hold_first_choice(request, draft.times, event, now)
        messages.tell(Message.Kind.RECEIVED, event, request)
    return request


def _hold_first_choice(request: AppointmentRequest, times: list[Slot], cause: Event, now: datetime) -> None:
    if not request.visit_type.is_public:
        raise SlotTaken(times)
    first = times[0]
    lock_diaries([first.practitioner_id], now=now)  # the others are looked up, not taken
    holds.require_open(times, request, Rules.public(request.visit_type, request.reply_by), now=now)
    if not holds.cap_reached(first, now=now):
        until = hold_end(reply_by=request.reply_by, starts_at=first.starts_at, location_id=request.location_id)
        holds.hold(request, first, until, by=PATIENT, now=now, cause=cause)


def book(draft: Draft, slot: Slot, *, by: By, now: datetime) -> AppointmentRequest:
    """The desk books for someone on the phone or at the counter: a request created confirmed, and its visit.

    Idempotent by the draft's flow key. SlotTaken: the slot is not open.
    """
    return _once(draft, lambda: _book(draft, slot, by, now))


def _book(draft: Draft, slot: Slot, by: By, now: datetime) -> AppointmentRequest:
    with all_or_nothing(slot):
        request, event = _create(draft, Status.CONFIRMED, "book", by, now)
        _take(request, slot, event, by, now)
    return request


def confirm(pk: int, slot: Slot, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """Give the patient this slot: a held one, another one they asked for, or any open one.

    SlotTaken: it is not open, also counting nothing that the request itself holds. NotAllowed: not from here.
    """
    with all_or_nothing(slot):
        request = locked_request(pk, version)
        event = move(request, Status.CONFIRMED, NEXT, verb="confirm", by=by, now=now)
        return _take(request, slot, event, by, now)


def _take(request: AppointmentRequest, slot: Slot, cause: Event, by: By, now: datetime) -> Appointment:
    lock_diaries([slot.practitioner_id], now=now, holder=request)
    holds.require_open([slot], request, Rules.desk(now), now=now)
    visit = holds.book(request, slot, by=by, now=now, cause=cause)
    messages.tell(Message.Kind.CONFIRMED, cause, request, visit)
    return visit


def decline(
    pk: int, code: str, sentence: str, *, by: By, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Say no, with a code for us and a sentence with a next step for the patient. Its holds are free again."""
    if code not in AppointmentRequest.DeclineCode.values or not sentence.strip():
        raise NotAllowed(_("Choose a reason, and write what the patient can do next."))
    with all_or_nothing():
        request = locked_request(pk, version)
        event = move(
            request, Status.DECLINED, NEXT, verb="decline", by=by, now=now, reason=code, note=sentence,
            decline_code=code, answer=sentence,
        )  # fmt: skip
        _release_all(request, event, by, now)
        messages.tell(Message.Kind.DECLINED, event, request)
        return request


def withdraw(pk: int, *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """The patient takes the request back, before it is confirmed. Its holds are free again."""
    with all_or_nothing():
        request = locked_request(pk, version)
        event = move(request, Status.WITHDRAWN, NEXT, verb="withdraw", by=by, now=now)
        _release_all(request, event, by, now)
        messages.tell(Message.Kind.WITHDRAWN, event, request)
        return request


def _release_all(request: AppointmentRequest, cause: Event, by: By, now: datetime) -> None:
    lock_diaries([], now=now, holder=request)
    holds.release(holds.own_holds(request), by=by, now=now, cause=cause)


def _once(draft: Draft, act: Callable[[], AppointmentRequest]) -> AppointmentRequest:
    """Run `act`, unless this draft was sent before, however long ago, by whichever process.

    There is no look before the leap: the flow key's row, with its patient, is written before anything else, and its
    index alone says who was first. The loser's patient row goes with its transaction.
    """
    try:
        return act()
    except IntegrityError:
        earlier = AppointmentRequest.objects.filter(flow_key=draft.flow_key).first()
        if earlier is None:
            raise
        return earlier


def _create(draft: Draft, status: str, verb: str, by: By, now: datetime) -> tuple[AppointmentRequest, Event]:
    request = AppointmentRequest(
        flow_key=draft.flow_key,
        status=status,
        channel=by.channel or Channel.PHONE,
        submitted_at=now,
        reply_by=reply_promise(now=now, location_id=draft.desk_id),
        **draft.answers,
    )
    request.patient = Patient.objects.create(**draft.patient)
    request.save(force_insert=True)
    RequestedTime.objects.bulk_create(
        RequestedTime(
            request=request, rank=rank, starts_at=slot.starts_at,
            practitioner_id=slot.practitioner_id, location_id=slot.location_id,
        )
        for rank, slot in enumerate(draft.times, 1)
    )  # fmt: skip
    return request, record(request, "", verb=verb, by=by, now=now)
