"""Messages to patients: one outbox row for each transition that notifies the patient, in the same transaction.

A queued row contains no address, link or text: the email is rendered from the state at the time of sending.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Q, QuerySet

from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, search_keys
from booking.models.appointment_request import Channel, is_silent
from booking.notifications import links, not_you
from clinic import rate_limits

UNDO_TIME = timedelta(seconds=60)  # between a desk verb and sending its message
AN_HOUR = timedelta(hours=1)
LETTER_TIME = timedelta(days=4)  # days that a letter takes; anything sooner is told by phone
PATIENTS_OWN = {Appointment.CancelCode.PATIENT, Appointment.CancelCode.ILL}
Kind, Status = Message.Kind, Message.Status
UNDELIVERED = (Status.QUEUED, *Message.BY_US)


def received(event: Event, appointment_request: AppointmentRequest, *, is_quiet: bool = False) -> Message:
    """Tell the patient that we have the request, that it is not yet an appointment, and when we will answer.

    `is_quiet`: a person who sends many gets no second one within the hour.
    """
    message = _tell(Kind.RECEIVED, event, appointment_request)
    if is_quiet and message.status == Status.QUEUED:
        message.status = Status.SUPERSEDED
        message.save(update_fields=["status"])
    return message


def confirmed(
    event: Event, appointment_request: AppointmentRequest, appointment: Appointment, *, by_letter: bool = False
) -> Message:
    """Tell the patient that the appointment is confirmed, with its calendar entry.

    `by_letter`: who was told when booking and has no email gets a letter too.
    """
    message = _tell(Kind.CONFIRMED, event, appointment_request, appointment)
    if by_letter and message.status == Status.NOTIFIED:
        message.status = Status.TO_PRINT
        message.save(update_fields=["status"])
    return message


def offered(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that there are times to choose from, or from the waitlist, that a time has opened."""
    from_list = event.from_status == AppointmentRequest.Status.WAITLISTED
    return _tell(Kind.OPENING if from_list else Kind.OFFERED, event, appointment_request)


def called_off(
    event: Event, appointment_request: AppointmentRequest, appointment: Appointment, *, by_phone: bool = False
) -> Message:
    """Tell the patient that we cannot keep the appointment's time, and which times we offer instead, if any.

    `by_phone`: the desk calls, although there is an email.
    """
    is_offer = appointment_request.status == AppointmentRequest.Status.OFFERED
    message = _tell(Kind.OFFERED if is_offer else Kind.NEEDS_REBOOKING, event, appointment_request, appointment)
    if by_phone and message.status == Status.QUEUED:
        message.status = Status.TO_CALL
        message.save(update_fields=["status"])
    return message


def offer_expired(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that the offered times were released and the request stays open."""
    return _tell(Kind.OFFER_EXPIRED, event, appointment_request)


def waitlisted(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that there is no opening yet."""
    return _tell(Kind.WAITLISTED, event, appointment_request)


def declined(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that we have answered. The page shows the answer itself after the date of birth."""
    return _tell(Kind.DECLINED, event, appointment_request)


def closed(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that we could not reach them."""
    return _tell(Kind.CLOSED, event, appointment_request)


def withdrawn(event: Event, appointment_request: AppointmentRequest) -> Message:
    """Tell the patient that the request was withdrawn."""
    return _tell(Kind.WITHDRAWN, event, appointment_request)


def rescheduled(event: Event, appointment_request: AppointmentRequest, appointment: Appointment) -> Message:
    """Tell the patient the appointment's new time, with an update of its calendar entry."""
    return _tell(Kind.RESCHEDULED, event, appointment_request, appointment)


def cancelled(event: Event, appointment_request: AppointmentRequest, appointment: Appointment) -> Message:
    """Tell the patient that the appointment is canceled, and by whom; cancels its calendar entry."""
    own = appointment.cancel_code in PATIENTS_OWN
    return _tell(Kind.CANCELLED_BY_YOU if own else Kind.CANCELLED_BY_US, event, appointment_request, appointment)


def late(appointment: Appointment, minutes: int, *, now: datetime) -> bool:
    """Tell the patient how late we run today. Whether it is queued now: nobody is told the same twice.

    It supersedes nothing and has no event: the confirmation, if it has not left, is still true.
    """
    appointment_request = appointment.appointment_request
    assert appointment_request
    if first_status(Kind.RUNNING_LATE, appointment_request, None) != Status.QUEUED:
        return False
    fields = {"appointment_request": appointment_request, "appointment": appointment, "kind": Kind.RUNNING_LATE}
    fresh = {"status": Status.QUEUED, "due_at": now + UNDO_TIME}
    key = f"late {appointment.pk} {appointment.sequence} {minutes}"
    _insert_once(key, **fields, due_at=now, status=Status.SUPERSEDED)
    return bool(Message.objects.filter(dedupe_key=key, status=Status.SUPERSEDED, sent_at=None).update(**fresh))


def _insert_once(key: str, **fields: Any) -> None:
    """Insert a message unless its key is there: two at once both succeed, and PostgreSQL logs no failed statement."""
    Message.objects.bulk_create([Message(dedupe_key=key, **fields)], ignore_conflicts=True)


def forget_late(practitioner: int) -> None:
    """Supersede the unsent messages about how late this provider runs: somebody has said it anew."""
    old = Message.objects.filter(kind=Kind.RUNNING_LATE, appointment__practitioner=practitioner, status=Status.QUEUED)
    old.update(status=Status.SUPERSEDED)


def reminder(key: str, appointment: Appointment, day: date, *, now: datetime) -> bool:
    """Remind the patient of that local day's appointments. `key` is written only once. Returns whether it is queued
    now.

    A reminder that was superseded, for example by a cancellation, is queued again if there is an appointment that day
    after all.
    """
    appointment_request = appointment.appointment_request
    assert appointment_request
    by_letter = not appointment_request.patient.email and appointment.starts_at - now >= LETTER_TIME
    status = first_status(Kind.REMINDER, appointment_request, None)
    if status == Status.SUPERSEDED:
        return False
    fields = {
        "appointment_request": appointment_request,
        "appointment": appointment,
        "day": day,
        "status": Status.TO_PRINT if by_letter and status == Status.TO_CALL else status,
        "due_at": now,
        "attempts": 0,
    }
    _insert_once(key, **fields | {"kind": Kind.REMINDER, "status": Status.SUPERSEDED})
    return bool(Message.objects.filter(dedupe_key=key, status=Status.SUPERSEDED).update(**fields))


def forget_past(*, today: date, now: datetime) -> int:
    """Supersede unsent reminders of past days, and what tells the time of an appointment that is over: nobody needs to
    be called about them. Whoever was to be told not to come is still called, unless they came.
    """
    over = Q(kind__in=(Kind.CONFIRMED, Kind.RESCHEDULED)) | Q(
        kind=Kind.NEEDS_REBOOKING, appointment__status__in=Appointment.MARKED
    )
    old = Q(kind=Kind.REMINDER, day__lt=today) | Q(appointment__ends_at__lte=now) & over
    return Message.objects.filter(old, status__in=UNDELIVERED).update(status=Status.SUPERSEDED)


def drop_reminders(patient: Patient) -> int:
    """Supersede the patient's reminders that have not left: they want none."""
    unsent = Message.objects.filter(kind=Kind.REMINDER, status__in=UNDELIVERED)
    return unsent.filter(appointment_request__patient=patient).update(status=Status.SUPERSEDED)


def _tell(
    kind: str, event: Event, appointment_request: AppointmentRequest, appointment: Appointment | None = None
) -> Message:
    """Queue the one message of a transition, in its transaction. Supersedes unsent messages."""
    if appointment or event.from_status:  # a new request has no messages
        overtake(appointment_request, appointment)
    by_desk = event.actor == Event.Actor.DESK
    return Message.objects.create(
        kind=kind,
        event=event,
        appointment_request=appointment_request,
        appointment=appointment,
        sequence=appointment.sequence if appointment else 0,
        status=first_status(kind, appointment_request, event),
        due_at=event.at + UNDO_TIME if by_desk else event.at,
    )


def overtake(appointment_request: AppointmentRequest, appointment: Appointment | None = None) -> None:
    """Supersede unsent messages about this request or its appointment: they are out of date."""
    about = (
        Q(appointment_request=appointment_request) | Q(appointment=appointment)
        if appointment
        else Q(appointment_request=appointment_request)
    )
    Message.objects.filter(about, status__in=UNDELIVERED).update(status=Status.SUPERSEDED)


def drop_all(appointment_requests: QuerySet[AppointmentRequest]) -> None:
    """Supersede whatever has not left, even what a worker is sending: nobody is left to tell."""
    unsent = Message.objects.filter(status__in=(*UNDELIVERED, Status.SENDING))
    unsent.filter(appointment_request__in=appointment_requests).update(status=Status.SUPERSEDED)


def first_status(kind: str, appointment_request: AppointmentRequest, event: Event | None) -> str:
    """A new message's status. Without email: to call, to print (patient not reached), or notified (already knows).

    Superseded from the start after a quiet end: nobody is written to.
    """
    if is_silent(appointment_request):
        return Status.SUPERSEDED
    if appointment_request.patient.email:
        return Status.QUEUED
    if kind == Kind.CLOSED:
        return Status.TO_PRINT
    with_us = event and (event.channel in (Channel.PHONE, Channel.WALK_IN) or event.actor == Event.Actor.PATIENT)
    return Status.NOTIFIED if with_us else Status.TO_CALL


def notified(pk: int, *, now: datetime) -> bool:
    """Mark that the desk has told the patient, by phone or letter. False if another clerk did so first.

    Who has just heard the time is not called about a reminder of it as well.
    """
    is_ours = Message.objects.filter(pk=pk, status__in=Message.BY_US).update(status=Status.NOTIFIED, sent_at=now)
    told = Message.objects.filter(pk=pk, kind__in=(Kind.CONFIRMED, Kind.RESCHEDULED)).values("appointment")
    if is_ours:
        reminders = Message.objects.filter(kind=Kind.REMINDER, appointment__in=told, status__in=UNDELIVERED)
        reminders.update(status=Status.SUPERSEDED)
    return bool(is_ours)


def send_link(appointment_request: AppointmentRequest, *, now: datetime, form_key: str = "") -> Message | None:
    """Queue the patient's link again, to the email on file only. None if there is none, if it is stopped, or after
    three in an hour.

    Idempotent by `form_key`, if there is one. Do not call it inside a transaction: see clinic.rate_limits.
    """
    email, often, once = (
        appointment_request.patient.email,
        f"link of {appointment_request.reference}",
        f"link {form_key or uuid4()}",
    )
    if sent := Message.objects.filter(dedupe_key=once).first():
        return sent
    if (
        not email
        or not_you.is_stopped(appointment_request.patient)
        or is_silent(appointment_request)
        or not rate_limits.hit(often, limit=settings.MAILS_PER_PERSON_AN_HOUR, window=AN_HOUR, now=now)
        or not may_mail(appointment_request.patient, now=now)
    ):
        return None
    _insert_once(once, kind=Kind.LINK, appointment_request=appointment_request, status=Status.QUEUED, due_at=now)
    return Message.objects.get(dedupe_key=once)


def send_lost_link(*, reference: str, birth_date: date, now: datetime) -> None:
    """The same for a visitor who knows the confirmation number and date of birth of a live request. Never reveals
    whether there is one.
    """
    rows = AppointmentRequest.objects.select_related("patient")
    appointment_request = rows.filter(reference=reference, patient__birth_date=birth_date).first()
    if appointment_request and links.is_alive(appointment_request, now=now):
        send_link(appointment_request, now=now)


def may_mail(patient: Patient, *, now: datetime) -> bool:
    """Whether the patient's address may get one more email that any visitor could trigger; counts it.

    Few about one person, more about several, since a family or a care home shares an address.
    """
    address = f"mail to {patient.email.casefold()}"
    about = f"{address} about {sorted(search_keys.words(patient.name))} {patient.birth_date}"
    limits = [
        rate_limits.RateLimit(about, settings.MAILS_PER_PERSON_AN_HOUR, AN_HOUR),
        rate_limits.RateLimit(address, settings.MAILS_PER_ADDRESS_AN_HOUR, AN_HOUR),
    ]
    return not rate_limits.hit_all(limits, now=now)
