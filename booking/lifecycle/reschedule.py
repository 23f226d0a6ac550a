"""Another time for a booked visit, moved by the desk or asked for by the patient; or none any more."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle import holds, rebooking
from booking.lifecycle._locks import all_or_nothing, lock_diaries, locked_request, locked_visit
from booking.lifecycle._transition import By, change
from booking.lifecycle.appointment import call_off
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.overrides import Beyond, require
from booking.lifecycle.request import MOST_TIMES, Draft, create, hold_first_choice, once
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications import messages
from booking.scheduling.slots import Slot
from clinic.practice_info import frame

Status = Appointment.Status


def move_visit(
    pk: int,
    slot: Slot,
    *,
    by: By,
    now: datetime,
    version: int | None = None,
    beyond: Beyond | None = None,
) -> Appointment:
    """Give a booked visit another time, of the same length. The row stays, its sequence goes up, the patient is told.

    SlotTaken: the time is not open, not counting the visit itself. NotAllowed: it has begun, or is not booked.
    """
    with locked_visit(pk, version, now, also=[slot]) as visit:
        require_ahead(visit, now)
        wanted = holds.at(slot, visit.visit_type.lasting(visit.minutes), request=visit.request)
        require(wanted, ignoring=Q(pk=visit.pk), now=now, beyond=beyond)
        note = beyond.reason if beyond else ""
        event = holds.move_to(visit, wanted, by=by, now=now, cause=None, note=note)
        rebooking.end_moved(visit, by=by, now=now, cause=event)
        if visit.request:
            messages.moved(event, visit.request, visit)
        return visit


def cancel(pk: int, code: str, *, by: By, now: datetime, version: int | None = None, note: str = "") -> Appointment:
    """Cancel a booked visit with a coded reason; its time is free again at once. So are those of a request
    that waits for another time for it, if that ends with it.

    NotAllowed: it has begun, and the patient was not told not to come; or the patient is later than the practice lets
    patients cancel on their page.
    """
    with locked_visit(pk, version, now) as visit:
        if visit.starts_at <= now and not visit.is_stranded:
            raise NotAllowed(_("This visit has begun. Mark it as seen, left or no-show."))
        if by.actor == Event.Actor.PATIENT and visit.starts_at - now < timedelta(hours=frame().cancel_notice_hours):
            raise NotAllowed(_("It is too late to cancel here. Please call us."))
        if code not in Appointment.CancelCode.values:
            raise NotAllowed(_("Choose why the visit is cancelled."))
        event = call_off(visit, code, by=by, now=now, note=note)
        rebooking.end_cancelled(visit, by=by, now=now, cause=event)
        if visit.request:
            messages.cancelled(event, visit.request, visit)
        return visit


def ask_for_another_time(
    pk: int,
    times: Sequence[Slot],
    answers: Mapping[str, Any],
    *,
    by: By,
    now: datetime,
    version: int | None = None,
    flow_key: uuid.UUID | None = None,
) -> AppointmentRequest:
    """A new request that replaces this visit once it is confirmed; until then the visit stays as it is.

    `answers`: columns of AppointmentRequest to differ from the first request's. Up to three open times, the first
    held, or none. Idempotent by `flow_key`. NotAllowed: it has begun, or such a request waits already.
    """
    if len(times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to three times."))
    draft = Draft({}, {}, list(times), flow_key or uuid.uuid4())
    return once(draft, lambda: _ask(pk, draft, answers, by, now, version))


def _ask(
    pk: int, draft: Draft, answers: Mapping[str, Any], by: By, now: datetime, version: int | None
) -> AppointmentRequest:
    with all_or_nothing(*draft.times[:1]):
        visit, first = _locked(pk)
        if version is not None and version != visit.version:
            raise NotAllowed(_("This visit was changed meanwhile. Look again before you go on."))
        require_ahead(visit, now)
        if rebooking.waiting(visit).exclude(flow_key=draft.flow_key).exists():
            raise NotAllowed(_("Another time was asked for already. That request waits for its answer."))
        draft.known, draft.answers = first.patient_id, {**_as_before(first, visit), **answers, "replaces": visit}
        request, event = create(draft, AppointmentRequest.Status.NEW, "submit", by, now)
        if draft.times:
            hold_first_choice(request, draft.times, event, now, also=[visit.practitioner_id])
        messages.received(event, request)
        return request


def strand(pk: int, *, by: By, now: datetime, note: str = "") -> AppointmentRequest:
    """We cannot keep this visit's time: it is flagged, a request for another one waits, and the patient is told.

    The request is the one by which the patient asked for another time, if that waits. The visit stands, flagged,
    until it is moved or cancelled. NotAllowed: it is flagged already, has begun, or is not booked.
    """
    with all_or_nothing():
        visit, first = _locked(pk)
        require_ahead(visit, now)
        if visit.needs_rebooking_since:
            raise NotAllowed(_("It is marked so already: a request for another time waits."))
        request, event = _request_of_stranded(first, visit, by, now, note)
        lock_diaries([visit.practitioner_id], now=now)
        change(visit, verb="strand", by=by, now=now, cause=event, needs_rebooking_since=now)
        messages.needs_rebooking(event, request, visit)
        return request


def _locked(pk: int) -> tuple[Appointment, AppointmentRequest]:
    """The visit, read under the lock of its request and of those that wait for another time for it."""
    visit = Appointment.objects.select_related("visit_type").get(pk=pk)
    if visit.request_id is None:
        raise NotAllowed(_("This time is only held."))
    first = locked_request(visit.request_id)
    for waiting in _waiting(visit):  # read now: while the first is locked none comes, and each is younger than it
        locked_request(waiting)
    visit.refresh_from_db()
    return visit, first


def _waiting(visit: Appointment) -> list[int]:
    """The requests that wait for another time for this visit: one, or none."""
    return list(rebooking.waiting(visit).values_list("pk", flat=True))


def _request_of_stranded(
    first: AppointmentRequest, visit: Appointment, by: By, now: datetime, note: str
) -> tuple[AppointmentRequest, Event]:
    waiting = AppointmentRequest.objects.select_related("patient").filter(pk__in=_waiting(visit)).first()
    if waiting:
        return waiting, change(waiting, verb="strand", by=by, now=now, note=note)
    answers = {**_as_before(first, visit), "replaces": visit, "wants_call": True}
    draft = Draft({}, answers, known=first.patient_id)
    return create(draft, AppointmentRequest.Status.NEW, "strand", by, now, note=note)


def _as_before(first: AppointmentRequest, visit: Appointment) -> dict[str, Any]:
    """What the patient told us once and need not tell again."""
    same = (
        "reason", "returning", "best_time", "never_days", "part_of_day", "location", "practitioner", "insurance",
        "scan", "referral", "helper_name", "helper_phone", "helper_relation", "may_speak_with_helper",
    )  # fmt: skip
    return {name: getattr(first, name) for name in same} | {"visit_type": visit.visit_type}


def require_ahead(visit: Appointment, now: datetime) -> None:
    """NotAllowed, with a sentence, unless it is booked and has not begun."""
    if visit.status != Status.BOOKED:
        raise NotAllowed(_("It is marked “%s”: only a booked visit moves.") % visit.get_status_display().lower())
    if visit.starts_at <= now:
        raise NotAllowed(_("This visit has begun. It cannot be moved any more."))
