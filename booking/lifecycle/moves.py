"""Another time for a booked visit: moved by the desk, or asked for by the patient."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from booking import messages
from booking.lifecycle import holds
from booking.lifecycle._move import By, all_or_nothing, locked_request
from booking.lifecycle.appointment import locked_visit
from booking.lifecycle.beyond import Beyond, require
from booking.lifecycle.claims import OPEN
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.request import MOST_TIMES, Draft, create, hold_first_choice, once
from booking.models import Appointment, AppointmentRequest, Message
from booking.slots import Slot

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
        _require_ahead(visit, now)
        wanted = holds.at(slot, visit.visit_type.lasting(minutes_of(visit)), request=visit.request)
        require(wanted, ignoring=Q(pk=visit.pk), now=now, beyond=beyond)
        note = beyond.reason if beyond else ""
        event = holds.move_to(visit, wanted, by=by, now=now, cause=None, note=note)
        if visit.request:
            messages.tell(Message.Kind.MOVED, event, visit.request, visit)
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
        visit = Appointment.objects.select_related("visit_type").get(pk=pk)
        if visit.request_id is None:
            raise NotAllowed(_("This time is only held."))
        first = locked_request(visit.request_id)
        visit.refresh_from_db()
        if version is not None and version != visit.version:
            raise NotAllowed(_("This visit was changed meanwhile. Look again before you go on."))
        _require_ahead(visit, now)
        waiting = visit.replaced_by_requests.filter(status__in=OPEN)
        if waiting.exclude(flow_key=draft.flow_key).exists():
            raise NotAllowed(_("Another time was asked for already. That request waits for its answer."))
        draft.known, draft.answers = first.patient_id, {**_as_before(first, visit), **answers, "replaces": visit}
        request, event = create(draft, AppointmentRequest.Status.NEW, "submit", by, now)
        if draft.times:
            hold_first_choice(request, draft.times, event, now, also=[visit.practitioner_id])
        messages.tell(Message.Kind.RECEIVED, event, request)
        return request


def _as_before(first: AppointmentRequest, visit: Appointment) -> dict[str, Any]:
    """What the patient told us once and need not tell again."""
    same = (
        "reason", "returning", "best_time", "never_days", "part_of_day", "location", "practitioner", "insurance",
        "scan", "referral", "helper_name", "helper_phone", "helper_relation", "may_speak_with_helper",
    )  # fmt: skip
    return {name: getattr(first, name) for name in same} | {"visit_type": visit.visit_type}


def _require_ahead(visit: Appointment, now: datetime) -> None:
    if visit.status != Status.BOOKED:
        raise NotAllowed(_("It is marked “%s”: only a booked visit moves.") % visit.get_status_display().lower())
    if visit.starts_at <= now:
        raise NotAllowed(_("This visit has begun. It cannot be moved any more."))


def minutes_of(visit: Appointment) -> int:
    return int((visit.ends_at - visit.starts_at).total_seconds()) // 60
