"""Answers that end a request or set it aside, and the way back."""

from datetime import datetime

from django.utils.translation import gettext as _

from booking.lifecycle import rebooking
from booking.lifecycle._locks import all_or_nothing, locked_request
from booking.lifecycle._transition import By, move
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.request import LET_GO, release_all, replaced_requests
from booking.models import Appointment, AppointmentRequest
from booking.notifications import messages
from booking.scheduling.response_deadline import reply_promise
from clinic.practice_info import frame

Status, CancelCode = AppointmentRequest.Status, Appointment.CancelCode
ANSWERED = (Status.DECLINED, Status.WITHDRAWN, Status.CLOSED)


def decline(
    pk: int, code: str, sentence: str, *, by: By, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Say no, with a code for us and a sentence with a next step for the patient. Its holds are free again."""
    if code not in AppointmentRequest.DeclineCode.values or not sentence.strip():
        raise NotAllowed(_("Choose a reason, and write what the patient can do next."))
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_stranded(request, now)
        event = move(request, Status.DECLINED, verb="decline", by=by, now=now, reason=code, note=sentence,
            decline_code=code, answer=sentence, **LET_GO,
        )  # fmt: skip
        rebooking.give_up_stranded(request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(request, event, by, now)
        messages.declined(event, request)
        return request


def withdraw(pk: int, *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """The patient takes the request back, before it is confirmed. Its holds are free again.

    With it goes the visit whose time we could not keep: told not to come, the patient now wants no other time.
    """
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        event = move(request, Status.WITHDRAWN, verb="withdraw", by=by, now=now, **LET_GO)
        visit = rebooking.give_up_stranded(request, CancelCode.PATIENT, by=by, now=now, cause=event)
        release_all(request, event, by, now)
        if visit and visit.starts_at > now:
            messages.cancelled(event, request, visit)
        else:
            messages.withdrawn(event, request)
        return request


def waitlist(pk: int, *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """No fitting time is free: on the list, until one is. Its holds are free again, the promise pauses."""
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now)
        event = move(request, Status.WAITLISTED, verb="waitlist", by=by, now=now, offer_until=None,
            paused_at=request.paused_at or now, **LET_GO,
        )  # fmt: skip
        release_all(request, event, by, now)
        messages.waitlisted(event, request)
        return request


def close(pk: int, reason: str = "", *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Nobody could be reached: end it with a letter. Before the practice's number of calls only with a reason."""
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_stranded(request, now)
        if request.attempts < frame().most_attempts and not reason.strip():
            raise NotAllowed(_("There were fewer calls than we make before closing. Write why it is closed now."))
        event = move(request, Status.CLOSED, verb="close", by=by, now=now, note=reason.strip(), **LET_GO)
        rebooking.give_up_stranded(request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(request, event, by, now)
        messages.closed(event, request)
        return request


def reopen(pk: int, reason: str, *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """An answered request waits again, with a new promise. A desk lead's act: the door asks booking.roles."""
    if not reason.strip():
        raise NotAllowed(_("Write why it is opened again."))
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now)
        if request.status not in ANSWERED:
            raise NotAllowed(_("It is marked “%s”: only an answer that ended it is taken up again.") % _state(request))
        promise = reply_promise(now=now, location_id=request.desk_id)
        event = move(request, Status.NEW, verb="reopen", by=by, now=now, note=reason.strip(), reply_by=promise,
            paused_at=None, offer_until=None, returned="", decline_code="", answer="", duplicate_of=None, attempts=0,
            next_try_at=None,
        )  # fmt: skip
        messages.received(event, request)
        return request


def _state(request: AppointmentRequest) -> str:
    return request.get_status_display().lower()
