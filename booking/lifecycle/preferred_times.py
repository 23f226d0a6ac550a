"""The times that a patient wants, changed while the request waits for our answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from booking.lifecycle import holds
from booking.lifecycle._locks import all_or_nothing, lock_diaries, locked_request
from booking.lifecycle._transition import By, change
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.request import MOST_TIMES, hold_first_choice, write_times
from booking.models import AppointmentRequest, Event
from booking.scheduling.slots import Rules, Slot

Status = AppointmentRequest.Status
CHANGEABLE = (Status.NEW, Status.WAITLISTED)  # who was offered times answers the offer first


def change_times(
    pk: int,
    times: Sequence[Slot],
    answers: Mapping[str, Any],
    *,
    by: By,
    now: datetime,
    version: int | None = None,
) -> AppointmentRequest:
    """Other times, or none and a call, in the place of those before. What was held is free, the new first one is held.

    `answers`: columns of AppointmentRequest that change with them. On the waitlist nothing is held. No message: who
    changes it sees it. SlotTaken: some are not open. NotAllowed: more than three, or it does not wait for us.
    """
    times = list(dict.fromkeys(times))
    if len(times) > MOST_TIMES:
        raise NotAllowed(_("Choose up to three times."))
    with all_or_nothing(*times[:1]):
        request = locked_request(pk, version, by=by, now=now)
        if request.status not in CHANGEABLE:
            raise NotAllowed(_("Times can be changed only while the request waits for our answer."))
        event = change(request, verb="change_times", by=by, now=now, **answers)
        _keep_old_times(request, event)
        lock_diaries([slot.practitioner_id for slot in times[:1]], now=now, holder=request)
        holds.release(holds.own_holds(request), by=by, now=now, cause=event)
        write_times(request, times)
        _hold_or_check(request, times, event, now)
        return request


def _keep_old_times(request: AppointmentRequest, event: Event) -> None:
    """In the history; their rows go."""
    old = request.requested_times.all()
    codes = [Slot(was.starts_at, was.practitioner_id, was.location_id).code for was in old]
    Event.objects.filter(pk=event.pk).update(before=event.before | {"times": codes})
    old.delete()


def _hold_or_check(request: AppointmentRequest, times: list[Slot], cause: Event, now: datetime) -> None:
    if times and request.status == Status.NEW:
        hold_first_choice(request, times, cause, now)
    elif times:
        holds.require_open(times, request, Rules.public(request.visit_type, request.reply_by), now=now)
