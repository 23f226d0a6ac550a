"""What we tell patients: one row in the outbox for each transition, rendered when it is sent.

A waiting row holds no address, no link and no text: those are made from the state at the time of sending.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from booking import ics, links
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.request import Channel
from clinic.frame import frame

UNDO_TIME = timedelta(seconds=60)  # between a desk verb and its message
PATIENTS_OWN = {Appointment.CancelCode.PATIENT, Appointment.CancelCode.ILL}
Kind, Status = Message.Kind, Message.Status


def tell(kind: str, event: Event, request: AppointmentRequest, visit: Appointment | None = None) -> Message:
    """Queue the one message of a transition, in its transaction. What had not left before is overtaken."""
    undelivered = [Status.QUEUED, Status.TO_CALL, Status.FAILED]
    Message.objects.filter(request=request, status__in=undelivered).update(status=Status.SUPERSEDED)
    by_desk = event.actor == Event.Actor.DESK
    return Message.objects.create(
        kind=kind,
        event=event,
        request=request,
        appointment=visit,
        sequence=visit.sequence if visit else 0,
        status=_first_status(request, event, by_desk),
        due_at=event.at + UNDO_TIME if by_desk else event.at,
    )


def _first_status(request: AppointmentRequest, event: Event, by_desk: bool) -> str:
    if request.patient.email:
        return Status.QUEUED
    with_us = event.channel in (Channel.PHONE, Channel.WALK_IN)
    return Status.TO_CALL if by_desk and not with_us else Status.TOLD


def take_back(message: Message) -> bool:
    """Take an undone act's message out of the outbox; False when it has left or is leaving.

    The receipt that it may have overtaken is due again.
    """
    waiting = [Status.QUEUED, Status.TO_CALL, Status.TOLD]
    taken = Message.objects.filter(pk=message.pk, status__in=waiting).update(status=Status.SUPERSEDED)
    if taken:
        receipt = Message.objects.filter(request=message.request_id, kind=Kind.RECEIVED, status=Status.SUPERSEDED)
        receipt.update(status=Status.QUEUED)
    return bool(taken)


def told(pk: int, *, now: datetime) -> bool:
    """The desk has told the patient by phone. False when somebody else had."""
    to_call = Message.objects.filter(pk=pk, status__in=[Status.TO_CALL, Status.FAILED])
    return bool(to_call.update(status=Status.TOLD, sent_at=now))


def send_link(request: AppointmentRequest, *, now: datetime) -> Message | None:
    """Queue the patient's link again, to the e-mail on file only; None without one."""
    if not request.patient.email:
        return None
    return Message.objects.create(kind=Kind.LINK, request=request, status=Status.QUEUED, due_at=now)


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    calendar: bytes | None = None


def render(message: Message, *, now: datetime) -> Mail:
    """Subject, text and calendar entry from the state now. Neutral: no procedure, specialty or reason."""
    visit, request = message.appointment, message.request
    context = {
        "practice": frame(),
        "request": request,
        "visit": visit,
        "zone": visit.location.zone if visit else _zone(request),
        "link": links.absolute(request),
        "hold": _hold(request, now) if message.kind == Kind.RECEIVED else None,
    }
    name = f"booking/email/{message.kind}"
    subject = render_to_string(f"{name}_subject.txt", context)
    return Mail(
        subject=" ".join(subject.split()),  # a line break in a subject would be a header of its own
        text=render_to_string(f"{name}.txt", context),
        calendar=_calendar(message, now),
    )


def _zone(request: AppointmentRequest) -> str:
    return request.location.zone if request.location else str(frame().zone)


def _hold(request: AppointmentRequest, now: datetime) -> Appointment | None:
    holds = request.appointments.filter(status=Appointment.Status.HELD, held_until__gt=now)
    return holds.select_related("location").first()


def _calendar(message: Message, now: datetime) -> bytes | None:
    if message.kind == Kind.CONFIRMED:
        return ics.invitation(message.appointment, now=now)
    if message.kind in (Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU):
        return ics.cancellation(message.appointment, now=now)
    return None


def email(message: Message, mail: Mail) -> EmailMessage:
    """The rendered mail, addressed to the e-mail on file now."""
    sender = f"{frame().neutral_name} <{frame().email}>" if frame().email else None
    outgoing = EmailMessage(mail.subject, mail.text, sender, [message.request.patient.email])
    if mail.calendar:
        method = "CANCEL" if b"METHOD:CANCEL" in mail.calendar else "REQUEST"
        outgoing.attach("visit.ics", mail.calendar.decode(), f"text/calendar; method={method}; charset=utf-8")
    return outgoing
