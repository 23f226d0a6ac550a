"""The request's lifecycle: one verb for each transition."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._transition import PATIENT, Actor, record, transition
from booking.lifecycle.appointment import call_off
from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.lifecycle.overbooking import require_none_instead, require_not_rebooked
from booking.lifecycle.overrides import Override, check_desk_slot, require_why_so_soon, why_two_places
from booking.models import Appointment, AppointmentRequest, Event, Patient, RequestedTime, same_person, search_keys
from booking.models.appointment_request import Channel
from booking.notifications import messages
from booking.scheduling.response_deadline import hold_end, response_deadline
from booking.scheduling.slots import Rules, Slot, own_time
from clinic.practice_info import local_date

Status = AppointmentRequest.Status
MOST_TIMES = 3
UNCLAIMED: dict[str, Any] = {"claimed_by": None, "claimed_until": None}  # answering a request ends the claim on it


@dataclass
class Draft:
    """A request that has not been created. `patient` and `answers` are field values of Patient and AppointmentRequest;
    `times` are up to three slots, best first; `flow_key` makes sending it twice create one request. `known` is the
    primary key of an existing patient; only the desk may set it. `origin`: from which network it was sent, hashed.
    `is_rush`: too many are sent, so this one holds no time. `by_letter`: who
    has no email gets the confirmation on paper.
    """

    patient: dict[str, Any]
    answers: dict[str, Any]
    times: list[Slot] = field(default_factory=list)
    flow_key: uuid.UUID = field(default_factory=uuid.uuid4)
    known: int | None = None
    origin: str = ""
    is_rush: bool = False
    by_letter: bool = False

    @property
    def desk_id(self) -> int | None:
        """The office whose desk hours set the response deadline: the preferred one, or None (the default desk) for a
        call.
        """
        location = self.answers.get("location")
        return location.pk if location and not self.answers.get("wants_call") else None

    def unsaved(self, **columns: Any) -> AppointmentRequest:
        """The request as it would be stored."""
        return AppointmentRequest(flow_key=self.flow_key, patient=Patient(**self.patient), **columns | self.answers)


def submit(draft: Draft, *, now: datetime) -> AppointmentRequest:
    """Create a patient's request and hold its first time until one desk day after the response deadline.

    From some number of open requests of one person on, the next is taken like any other, but holds nothing and stands
    under the first: see booking.models.same_person.

    Submitting the same flow key again returns the first request. SlotTaken: some of the times are not open to the
    public (any more); nothing was saved. NotAllowed: more than three times.
    """
    draft.times = list(dict.fromkeys(draft.times))  # drop duplicates
    if len(draft.times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to 3 times."))
    return idempotent(draft, lambda: _submit(draft, now))


def _submit(draft: Draft, now: datetime) -> AppointmentRequest:
    with slot_transaction(*draft.times[:1]):
        earlier = same_person.earlier(draft.patient, now=now)
        draft.answers["same_person_as_id"] = earlier.first
        appointment_request, event = create(draft, Status.NEW, "submit", PATIENT, now)
        if draft.times:
            hold_first_choice(appointment_request, draft.times, event, now, is_rush=draft.is_rush)
        messages.received(event, appointment_request, is_quiet=earlier.has_mail)
    return appointment_request


def hold_first_choice(
    appointment_request: AppointmentRequest, times: list[Slot], cause: Event, now: datetime, also: Iterable[int] = (),
    *, is_rush: bool = False,
) -> None:  # fmt: skip
    """Lock the calendar of the first choice and those of the practitioners `also`, and hold it if `may_hold` allows."""
    if not appointment_request.appointment_type.is_public:
        raise SlotTaken(times)
    first = times[0]
    lock_calendars([first.practitioner_id, *also], now=now)  # the other choices are checked, not held
    rules = Rules.public(appointment_request.appointment_type, appointment_request.respond_by)
    holds.require_open(times, appointment_request, rules, now=now)
    if holds.may_hold(appointment_request, first, rules, now=now) and not is_rush:
        answer_by = max(appointment_request.respond_by, now)  # a no-show who arrived late
        until = hold_end(respond_by=answer_by, starts_at=first.starts_at, location_id=appointment_request.location_id)
        holds.hold(appointment_request, first, until, by=PATIENT, now=now, cause=cause)


def book(
    draft: Draft, slot: Slot, *, by: Actor, now: datetime, override: Override | None = None, minutes: int | None = None
) -> AppointmentRequest:
    """Book an appointment for a caller or a walk-in: create a request that is already confirmed, and its appointment.
    A walk-in who is seen today is checked in.

    If the clerk holds this time, the hold becomes the appointment; otherwise `check_desk_slot` decides. `minutes`: a
    length other than the type's. Idempotent by the draft's flow key. SlotTaken: the slot is not open. PatientElsewhere:
    the patient has another appointment then, and the override does not cover it. AlreadyRebooked: a missed or
    canceled one has a new time already.
    """
    return idempotent(draft, lambda: _book(draft, slot, by, now, override, minutes))


def _book(
    draft: Draft, slot: Slot, by: Actor, now: datetime, override: Override | None, minutes: int | None
) -> AppointmentRequest:
    with slot_transaction(slot):
        appointment_request, event = create(
            draft, Status.CONFIRMED, "book", by, now, note=override.reason if override else ""
        )
        lock_calendars([slot.practitioner_id], now=now, clerk=by.user, patients=[appointment_request.patient_id])
        require_not_rebooked(appointment_request)
        wanted = holds.at(
            slot, appointment_request.appointment_type.lasting(minutes), appointment_request=appointment_request
        )
        held = holds.clerks_holds(by.user)
        kept = holds.same(held, wanted)
        holds.release([hold for hold in held if hold is not kept], by=by, now=now, cause=event)
        here = by.channel == Channel.WALK_IN
        how: dict[str, Any] = {"by": by, "now": now, "cause": event, "why_two_places": why_two_places(override)}
        if kept:
            appointment = holds.take_over(kept, wanted, **how)
        else:
            free: dict[str, Any] = {"ignoring": own_time(appointment_request), "held": held}
            check_desk_slot(wanted, **free, now=now, override=override, notice=not here)
            appointment = holds.insert(wanted, Appointment.Status.BOOKED, "book", **how)
        messages.confirmed(event, appointment_request, appointment, by_letter=draft.by_letter)
        if here and local_date(slot.starts_at) == local_date(now):
            transition(appointment, Appointment.Status.ARRIVED, verb="check_in", by=by, now=now, cause=event)
    return appointment_request


def confirm(pk: int, slot: Slot, *, by: Actor, now: datetime, version: int | None = None, why: str = "") -> Appointment:
    """Confirm the request for this slot: one that it holds, another one the patient asked for, or any open one.

    If the request replaces an appointment that is still booked, that appointment is rescheduled. SlotTaken: the slot is
    not open, not counting the request's own holds. NotAllowed: the status does not allow it, another clerk has claimed
    the request, the patient has another appointment then, or the slot is inside the notice period, the patient did not
    choose it and `why` is empty. AlreadyRebooked: as for `book`.
    """
    with slot_transaction(slot):
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        event = transition(appointment_request, Status.CONFIRMED, verb="confirm", by=by, now=now, note=why, **UNCLAIMED)
        appointment = book_confirmed(appointment_request, slot, event, by, now)
        require_why_so_soon([slot], appointment_request, why, now=now)  # last: no reason helps if the time is taken
        return appointment


def replaced_requests(pk: int) -> list[int]:
    """The request whose appointment this one replaces: its row must be locked too, before the calendars."""
    replacing = AppointmentRequest.objects.filter(pk=pk, replaces__appointment_request__isnull=False).order_by()
    return list(replacing.values_list("replaces__appointment_request", flat=True))


def book_confirmed(
    appointment_request: AppointmentRequest, slot: Slot, cause: Event, by: Actor, now: datetime
) -> Appointment:
    """Book the confirmed request's appointment or, if it replaces one, reschedule that one.

    AlreadyRebooked: that one was missed or canceled, and has a new time already.
    """
    old = appointment_request.replaces
    rescheduling = old if old and old.status == Appointment.Status.BOOKED and old.starts_at > now else None
    gone = old if old and old.needs_rebooking and not rescheduling else None  # it began, and the patient did not come
    calendars = {appointment.practitioner_id for appointment in (slot, rescheduling, gone) if appointment}
    lock_calendars(calendars, now=now, holder=appointment_request, patients=[appointment_request.patient_id])
    if old and rescheduling is None:
        require_none_instead(old.pk)
    if gone:
        call_off(gone, Appointment.CancelCode.CLINIC, by=by, now=now, cause=cause)
    holds.require_open([slot], appointment_request, Rules.desk(now), now=now)
    wanted = holds.at(slot, appointment_request.wanted_type(), appointment_request=appointment_request)
    if rescheduling is None:
        appointment = holds.book(appointment_request, wanted, by=by, now=now, cause=cause)
        messages.confirmed(cause, appointment_request, appointment)
        return appointment
    holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=cause)
    holds.reschedule_to(rescheduling, wanted, by=by, now=now, cause=cause, note="")
    messages.rescheduled(cause, appointment_request, rescheduling)
    return rescheduling


def release_all(appointment_request: AppointmentRequest, cause: Event, by: Actor, now: datetime) -> None:
    lock_calendars([], now=now, holder=appointment_request)
    holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=cause)


def idempotent(draft: Draft, act: Callable[[], AppointmentRequest]) -> AppointmentRequest:
    """Run `act` unless this draft was sent before, by any process at any time.

    There is no check first: the row with the flow key, and its patient, is written before anything else, and the unique
    index decides which process was first. The loser's patient row is rolled back with its transaction.
    """
    try:
        return act()
    except _NotInserted:
        earlier = AppointmentRequest.objects.filter(flow_key=draft.flow_key).first()
        if earlier is None:
            raise
        return earlier


def create(
    draft: Draft, status: str, verb: str, by: Actor, now: datetime, note: str = ""
) -> tuple[AppointmentRequest, Event]:
    appointment_request = AppointmentRequest(
        flow_key=draft.flow_key,
        status=status,
        channel=by.channel or Channel.PHONE,
        submitted_at=now,
        origin=draft.origin,
        **{"respond_by": response_deadline(now=now, location_id=draft.desk_id)} | draft.answers,
    )
    appointment_request.patient = Patient.objects.get(pk=draft.known) if draft.known else _new_patient(draft)
    _insert(appointment_request)
    helper = appointment_request.helper_name, appointment_request.helper_phone
    search_keys.remember_helper(appointment_request.patient, *helper)
    write_times(appointment_request, draft.times)
    return appointment_request, record(appointment_request, "", verb=verb, by=by, now=now, note=note)


class _NotInserted(Exception):
    """A flow key or a reference is there already."""


def _insert(appointment_request: AppointmentRequest) -> None:
    """The INSERT must not fail: PostgreSQL would log it, with the patient's note."""
    rows = AppointmentRequest.objects.order_by()
    rows.bulk_create([appointment_request], ignore_conflicts=True)
    ours = rows.filter(flow_key=appointment_request.flow_key, reference=appointment_request.reference)
    appointment_request.pk = ours.values_list("pk", flat=True).first()
    if appointment_request.pk is None:
        raise _NotInserted("flow_key or reference")


def write_times(appointment_request: AppointmentRequest, times: list[Slot]) -> None:
    """Save the preferred times, best first."""
    RequestedTime.objects.bulk_create(
        RequestedTime(
            appointment_request=appointment_request, rank=rank, starts_at=slot.starts_at,
            practitioner_id=slot.practitioner_id, location_id=slot.location_id,
        )
        for rank, slot in enumerate(times, 1)
    )  # fmt: skip


def _new_patient(draft: Draft) -> Patient:
    patient = Patient.objects.create(**draft.patient)
    search_keys.remember([patient])
    return patient
