"""The request's lifecycle: one table, one verb for each move."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import all_or_nothing, lock_diaries, locked_request
from booking.lifecycle._transition import PATIENT, By, move, record
from booking.lifecycle.appointment import call_off
from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.lifecycle.overrides import Beyond, require
from booking.models import Appointment, AppointmentRequest, Event, Patient, RequestedTime, search_keys
from booking.models.request import Channel
from booking.notifications import messages
from booking.scheduling.response_deadline import hold_end, reply_promise
from booking.scheduling.slots import Rules, Slot, own_time

Status = AppointmentRequest.Status
MOST_TIMES = 3
LET_GO: dict[str, Any] = {"claimed_by": None, "claimed_until": None}  # who answers is done with it


@dataclass
class Draft:
    """A request not yet made. `patient` and `answers` are field values of Patient and AppointmentRequest;
    `times` are up to three slots, best first; `flow_key` makes sending it twice one request. `known` is the key of
    a patient whom the desk found: nobody else may name one."""

    patient: dict[str, Any]
    answers: dict[str, Any]
    times: list[Slot] = field(default_factory=list)
    flow_key: uuid.UUID = field(default_factory=uuid.uuid4)
    known: int | None = None

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
    return once(draft, lambda: _submit(draft, now))


def _submit(draft: Draft, now: datetime) -> AppointmentRequest:
    with all_or_nothing(*draft.times[:1]):
        request, event = create(draft, Status.NEW, "submit", PATIENT, now)
        if draft.times:
            hold_first_choice(request, draft.times, event, now)
        messages.received(event, request)
    return request


def hold_first_choice(
    request: AppointmentRequest, times: list[Slot], cause: Event, now: datetime, also: Iterable[int] = ()
) -> None:
    """Lock its diary, and those of the practitioners `also`, and hold it if the cap allows."""
    if not request.visit_type.is_public:
        raise SlotTaken(times)
    first = times[0]
    lock_diaries([first.practitioner_id, *also], now=now)  # the others are looked up, not taken
    holds.require_open(times, request, Rules.public(request.visit_type, request.reply_by), now=now)
    # Inside the visit that it is to replace it cannot be held: that time is the patient's already.
    if not holds.cap_reached(first, now=now) and not holds.touches_replaced(request, first):
        answer_by = max(request.reply_by, now)  # of one that came late
        until = hold_end(reply_by=answer_by, starts_at=first.starts_at, location_id=request.location_id)
        holds.hold(request, first, until, by=PATIENT, now=now, cause=cause)


def book(
    draft: Draft, slot: Slot, *, by: By, now: datetime, beyond: Beyond | None = None, minutes: int | None = None
) -> AppointmentRequest:
    """The desk books for someone on the phone or at the counter: a request created confirmed, and its visit.

    What the clerk holds of this time becomes the visit; else `beyond` is what `require` wants. `minutes`: another
    length than usual. Idempotent by the draft's flow key. SlotTaken: the slot is not open.
    """
    return once(draft, lambda: _book(draft, slot, by, now, beyond, minutes))


def _book(
    draft: Draft, slot: Slot, by: By, now: datetime, beyond: Beyond | None, minutes: int | None
) -> AppointmentRequest:
    with all_or_nothing(slot):
        request, event = create(draft, Status.CONFIRMED, "book", by, now, note=beyond.reason if beyond else "")
        lock_diaries([slot.practitioner_id], now=now, clerk=by.user)
        wanted = holds.at(slot, request.visit_type.lasting(minutes), request=request)
        held = holds.clerks_holds(by.user)
        kept = holds.same(held, wanted)
        holds.release([hold for hold in held if hold is not kept], by=by, now=now, cause=event)
        if kept:
            visit = holds.take_over(kept, request, by=by, now=now, cause=event)
        else:
            here = by.channel == Channel.WALK_IN
            require(wanted, ignoring=own_time(request), now=now, beyond=beyond, notice=not here)
            visit = holds.insert(wanted, Appointment.Status.BOOKED, "book", by=by, now=now, cause=event)
        messages.confirmed(event, request, visit)
    return request


def confirm(pk: int, slot: Slot, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """Give the patient this slot: a held one, another one they asked for, or any open one.

    Of a request for another time the old visit moves there, if it still stands. SlotTaken: it is not open, also
    counting nothing that the request itself holds. NotAllowed: not from here, or a colleague is on it.
    """
    with all_or_nothing(slot):
        request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        event = move(request, Status.CONFIRMED, verb="confirm", by=by, now=now, **LET_GO)
        return take(request, slot, event, by, now)


def replaced_requests(pk: int) -> list[int]:
    """The request whose visit this one is to replace: its row is locked too, before the diaries."""
    replacing = AppointmentRequest.objects.filter(pk=pk, replaces__request__isnull=False).order_by()
    return list(replacing.values_list("replaces__request", flat=True))


def take(request: AppointmentRequest, slot: Slot, cause: Event, by: By, now: datetime) -> Appointment:
    """The confirmed request's time: its visit booked or, if it asked for another time, the old visit moved."""
    old = Appointment.objects.filter(pk=request.replaces_id).first() if request.replaces_id else None
    moving = old if old and old.status == Appointment.Status.BOOKED and old.starts_at > now else None
    gone = old if old and old.is_stranded and old is not moving else None  # its hour has come without the patient
    diaries = {visit.practitioner_id for visit in (slot, moving, gone) if visit}
    lock_diaries(diaries, now=now, holder=request)
    if gone:
        call_off(gone, Appointment.CancelCode.CLINIC, by=by, now=now, cause=cause)
    holds.require_open([slot], request, Rules.desk(now), now=now)
    wanted = holds.at(slot, request.wanted_type(), request=request)
    if moving is None:
        visit = holds.book(request, wanted, by=by, now=now, cause=cause)
        messages.confirmed(cause, request, visit)
        return visit
    holds.release(holds.own_holds(request), by=by, now=now, cause=cause)
    holds.move_to(moving, wanted, by=by, now=now, cause=cause, note="")
    messages.moved(cause, request, moving)
    return moving


def release_all(request: AppointmentRequest, cause: Event, by: By, now: datetime) -> None:
    lock_diaries([], now=now, holder=request)
    holds.release(holds.own_holds(request), by=by, now=now, cause=cause)


def once(draft: Draft, act: Callable[[], AppointmentRequest]) -> AppointmentRequest:
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


def create(
    draft: Draft, status: str, verb: str, by: By, now: datetime, note: str = ""
) -> tuple[AppointmentRequest, Event]:
    request = AppointmentRequest(
        flow_key=draft.flow_key,
        status=status,
        channel=by.channel or Channel.PHONE,
        submitted_at=now,
        reply_by=reply_promise(now=now, location_id=draft.desk_id),
        **draft.answers,
    )
    request.patient = Patient.objects.get(pk=draft.known) if draft.known else _new_patient(draft)
    request.save(force_insert=True)
    write_times(request, draft.times)
    return request, record(request, "", verb=verb, by=by, now=now, note=note)


def write_times(request: AppointmentRequest, times: list[Slot]) -> None:
    """The times that the patient wants, best first."""
    RequestedTime.objects.bulk_create(
        RequestedTime(
            request=request, rank=rank, starts_at=slot.starts_at,
            practitioner_id=slot.practitioner_id, location_id=slot.location_id,
        )
        for rank, slot in enumerate(times, 1)
    )  # fmt: skip


def _new_patient(draft: Draft) -> Patient:
    patient = Patient.objects.create(**draft.patient)
    search_keys.remember([patient])
    return patient
