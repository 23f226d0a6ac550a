"""Verbs that end a request or put it on the waitlist, and the one that reopens it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.lifecycle import holds, rebooking
from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._transition import Actor, set_status, transition
from booking.lifecycle.appointment import call_off
from booking.lifecycle.appointment_request import UNCLAIMED, release_all, replaced_requests
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.patients import are_same_person
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.appointment_request import QuietEnd
from booking.notifications import messages
from booking.scheduling.response_deadline import response_deadline
from clinic.practice_info import practice_info

Status, CancelCode = AppointmentRequest.Status, Appointment.CancelCode
ANSWERED = (Status.DECLINED, Status.WITHDRAWN, Status.CLOSED)


def decline(
    pk: int, code: str, sentence: str, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Decline the request, with a code for us and a sentence for the patient that names a next step. Releases its
    holds.
    """
    if code not in AppointmentRequest.DeclineCode.values or not sentence.strip():
        raise NotAllowed(_("Choose a reason, and tell the patient what to do next."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_to_rebook(appointment_request, now)
        event = transition(
            appointment_request, Status.DECLINED, verb="decline", by=by, now=now, reason=code, note=sentence,
            decline_code=code, answer=sentence, **UNCLAIMED,
        )  # fmt: skip
        rebooking.cancel_what_needs_rebooking(appointment_request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(appointment_request, event, by, now)
        messages.declined(event, appointment_request)
        return appointment_request


def withdraw(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Withdraw the request for the patient before it is confirmed. Releases its holds.

    Also cancels the appointment that needed rebooking: the patient was told not to come and wants no other time.
    """
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        event = transition(appointment_request, Status.WITHDRAWN, verb="withdraw", by=by, now=now, **UNCLAIMED)
        appointment = rebooking.cancel_what_needs_rebooking(
            appointment_request, CancelCode.PATIENT, by=by, now=now, cause=event
        )
        release_all(appointment_request, event, by, now)
        if appointment and appointment.starts_at > now:
            messages.cancelled(event, appointment_request, appointment)
        else:
            messages.withdrawn(event, appointment_request)
        return appointment_request


def waitlist(pk: int, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Put the request on the waitlist. Releases its holds and pauses the response deadline."""
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now)
        event = transition(
            appointment_request, Status.WAITLISTED, verb="waitlist", by=by, now=now, offer_until=None,
            paused_at=appointment_request.paused_at or now, **UNCLAIMED,
        )  # fmt: skip
        release_all(appointment_request, event, by, now)
        messages.waitlisted(event, appointment_request)
        return appointment_request


def close(pk: int, reason: str = "", *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Close the request with a letter when the patient cannot be reached. Before the configured number of calls, a
    reason is required.
    """
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=replaced_requests(pk))
        rebooking.require_none_to_rebook(appointment_request, now)
        if appointment_request.attempts < practice_info().most_attempts and not reason.strip():
            raise NotAllowed(_("We usually make more calls before closing. Enter a reason to close it now."))
        event = transition(
            appointment_request, Status.CLOSED, verb="close", by=by, now=now, note=reason.strip(), **UNCLAIMED
        )
        rebooking.cancel_what_needs_rebooking(appointment_request, CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(appointment_request, event, by, now)
        messages.closed(event, appointment_request)
        return appointment_request


def end_quietly(
    pk: int, reason: str, also: Iterable[int] = (), *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """End an open request, or the coming appointment of a confirmed one, and the requests `also` with it, of the same
    person; or, if they are not real, of the same origin. Nobody is written to, now or later; what waits to be sent is
    not.

    NotAllowed: no reason, another person's request, or one that has ended already.
    """
    if reason not in QuietEnd.values:
        raise NotAllowed(_("Choose a reason."))
    keys = {pk, *also}
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=[*keys, *_bound_to(keys)])
        ending = {row: list(_coming(row, reason, now)) for row in _ending(appointment_request, reason, keys)}
        lock_calendars(
            {one.practitioner_id for coming in ending.values() for one in coming} | _holding(ending), now=now
        )
        event = None
        for row, coming in ending.items():
            event = _end_quietly(row, coming, reason, by, now, event)
        return appointment_request


def _bound_to(keys: Iterable[int]) -> list[int]:
    """Requests that change with these: whose appointment they replace, or that wait to replace theirs."""
    replaced, waiting = Q(appointments__replaced_by_requests__in=keys), Q(replaces__appointment_request__in=keys)
    bound = AppointmentRequest.objects.filter(replaced | waiting & Q(status__in=AppointmentRequest.OPEN))
    return list(bound.order_by().values_list("pk", flat=True))


def _ending(first: AppointmentRequest, reason: str, keys: Iterable[int]) -> Iterator[AppointmentRequest]:
    """The first request, the others, and those that wait for another time for their appointments."""
    rows = AppointmentRequest.objects.select_related("patient", "replaces").order_by("pk")
    yield first
    for other in rows.filter(pk__in=keys).exclude(pk=first.pk):
        if not _may_end_together(first, other, reason):
            raise NotAllowed(_("%s belongs to another person. Nothing was ended. Uncheck it and try again.") % other)
        yield other
    waiting = rows.filter(replaces__appointment_request__in=keys, status__in=AppointmentRequest.OPEN)
    yield from waiting.exclude(pk__in=keys)


def _may_end_together(first: AppointmentRequest, other: AppointmentRequest, reason: str) -> bool:
    if reason == QuietEnd.NOT_REAL:
        return bool(first.origin) and first.origin == other.origin
    return are_same_person(first.patient, other.patient)


def _coming(appointment_request: AppointmentRequest, reason: str, now: datetime) -> Iterator[Appointment]:
    """The appointments that end with the request. NotAllowed: there is nothing to end, or it is real."""
    is_real = appointment_request.replaces_id or appointment_request.status not in AppointmentRequest.OPEN
    if reason == QuietEnd.NOT_REAL and is_real:
        raise NotAllowed(_("%s has been answered or has an appointment. Nothing was ended.") % appointment_request)
    if appointment_request.status in AppointmentRequest.OPEN:
        to_rebook = appointment_request.appointment_to_rebook()
        yield from [to_rebook] if to_rebook else []
        return
    ahead = Q(starts_at__gt=now) | Q(needs_rebooking_since__isnull=False)
    booked = appointment_request.appointments.filter(ahead, status=Appointment.Status.BOOKED)
    if not booked:
        raise NotAllowed(_("%s has already ended. Nothing was changed.") % appointment_request)
    yield from booked


def _holding(ending: Iterable[AppointmentRequest]) -> set[int]:
    held = Appointment.objects.filter(appointment_request__in=list(ending), status=Appointment.Status.HELD)
    return set(held.values_list("practitioner", flat=True))


def _end_quietly(
    appointment_request: AppointmentRequest, coming: list[Appointment], reason: str, by: Actor, now: datetime,
    cause: Event | None,
) -> Event:  # fmt: skip
    """Answers the event that caused all: the first one."""
    is_open = appointment_request.status in AppointmentRequest.OPEN
    event = set_status(
        appointment_request, Status.CLOSED if is_open else appointment_request.status, verb="end_quietly", by=by,
        now=now, cause=cause, reason=reason, quiet_end=reason, **UNCLAIMED,
    )  # fmt: skip
    messages.overtake(appointment_request)
    holds.release(holds.own_holds(appointment_request), by=by, now=now, cause=cause or event)
    for appointment in coming:
        appointment.refresh_from_db(fields=["status"])  # two of the requests may end one appointment
        if appointment.status == Appointment.Status.BOOKED:
            call_off(appointment, reason, by=by, now=now, cause=cause or event)
            messages.overtake(appointment_request, appointment)
    return cause or event


def reopen(pk: int, reason: str, *, by: Actor, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Reopen an answered request, with a new response deadline. Only for desk leads: the view checks booking.roles."""
    if not reason.strip():
        raise NotAllowed(_("Enter a reason for reopening."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now)
        if appointment_request.status not in ANSWERED:
            raise NotAllowed(
                _("This request is marked “%s”. Only a declined, withdrawn, or closed request can be reopened.")
                % _state(appointment_request)
            )
        respond_by = response_deadline(now=now, location_id=appointment_request.desk_id)
        event = transition(
            appointment_request, Status.NEW, verb="reopen", by=by, now=now, note=reason.strip(), respond_by=respond_by,
            paused_at=None, offer_until=None, returned="", decline_code="", answer="", quiet_end="", duplicate_of=None,
            attempts=0, next_try_at=None,
        )  # fmt: skip
        messages.received(event, appointment_request)
        return appointment_request


def _state(appointment_request: AppointmentRequest) -> str:
    return appointment_request.get_status_display().lower()
