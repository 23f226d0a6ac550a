"""What we tell patients: one row in the outbox for each transition, rendered when it is sent.

A waiting row holds no address, no link and no text: those are made from the state at the time of sending.
Mails are neutral: others may read them. No procedure, specialty, reason, practitioner or free text.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from booking import ics, limits, links
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.request import Channel
from clinic.frame import frame
from clinic.words import HARD_SPACE

UNDO_TIME = timedelta(seconds=60)  # between a desk verb and its message
ARRIVE_EARLY = timedelta(minutes=15)
MOST_MAILS, AN_HOUR = 3, timedelta(hours=1)  # to one address, of those that anyone may set off
PATIENTS_OWN = {Appointment.CancelCode.PATIENT, Appointment.CancelCode.ILL}
Kind, Status = Message.Kind, Message.Status
UNDELIVERED = (Status.QUEUED, Status.TO_CALL, Status.TO_PRINT, Status.FAILED)


def tell(kind: str, event: Event, request: AppointmentRequest, visit: Appointment | None = None) -> Message:
    """Queue the one message of a transition, in its transaction. What had not left before is overtaken."""
    overtake(request)
    by_desk = event.actor == Event.Actor.DESK
    return Message.objects.create(
        kind=kind,
        event=event,
        request=request,
        appointment=visit,
        sequence=visit.sequence if visit else 0,
        status=first_status(kind, request, event),
        due_at=event.at + UNDO_TIME if by_desk else event.at,
    )


def overtake(request: AppointmentRequest) -> None:
    """What has not reached the patient would no longer be true."""
    Message.objects.filter(request=request, status__in=UNDELIVERED).update(status=Status.SUPERSEDED)


def first_status(kind: str, request: AppointmentRequest, event: Event) -> str:
    """Who has no e-mail knows already, or is to be called; whom nobody reaches gets a letter."""
    if request.patient.email:
        return Status.QUEUED
    if kind == Kind.CLOSED:
        return Status.TO_PRINT
    with_us = event.channel in (Channel.PHONE, Channel.WALK_IN)
    return Status.TOLD if with_us or event.actor == Event.Actor.PATIENT else Status.TO_CALL


def told(pk: int, *, now: datetime) -> bool:
    """The desk has told the patient, by phone or letter. False when somebody else had."""
    to_tell = Message.objects.filter(pk=pk, status__in=[Status.TO_CALL, Status.TO_PRINT, Status.FAILED])
    return bool(to_tell.update(status=Status.TOLD, sent_at=now))


def send_link(request: AppointmentRequest, *, now: datetime) -> Message | None:
    """Queue the patient's link again, to the e-mail on file only; None without one, or after three in an hour.

    Not inside a transaction: see booking.limits.
    """
    email, key = request.patient.email, f"link of {request.reference}"
    if not email or not limits.hit(key, limit=MOST_MAILS, window=AN_HOUR, now=now) or not may_mail(email, now=now):
        return None
    return Message.objects.create(kind=Kind.LINK, request=request, status=Status.QUEUED, due_at=now)


def send_lost_link(*, reference: str, birth_date: date, now: datetime) -> None:
    """The same for who knows both of a request whose link still lives. Nobody is told whether there is one."""
    rows = AppointmentRequest.objects.select_related("patient")
    request = rows.filter(reference=reference, patient__birth_date=birth_date).first()
    if request and links.is_alive(request, now=now):
        send_link(request, now=now)


def may_mail(email: str, *, now: datetime) -> bool:
    """Count a mail that anyone could have set off, to an address nobody has proved to be theirs."""
    return limits.hit(f"mail to {email.casefold()}", limit=MOST_MAILS, window=AN_HOUR, now=now)


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    copy: str  # what we keep of it: without the link, which is stored nowhere
    calendar: bytes | None = None


def render(message: Message, *, now: datetime) -> Mail:
    """Subject, text and calendar entry from the state now."""
    name, context = f"booking/email/{message.kind}", _context(message)
    # A line break in a subject would be a header of its own.
    subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
    text = render_to_string(f"{name}.txt", context).replace(HARD_SPACE, " ").strip() + "\n"
    copy = f"{subject}\n\n{text}".replace(context["link"], _("(the private link)"))
    return Mail(subject, text, copy, _calendar(message, now))


def _context(message: Message) -> dict:
    visit, request = message.appointment, message.request
    return {
        "practice": frame(),
        "request": request,
        "visit": visit,
        "arrive_at": visit.starts_at - ARRIVE_EARLY if visit else None,
        "zone": visit.location.zone if visit else _zone(request),
        "link": links.absolute(request),
    }


def _zone(request: AppointmentRequest) -> str:
    return request.location.zone if request.location else str(frame().zone)


def _calendar(message: Message, now: datetime) -> bytes | None:
    visit = message.appointment
    if visit and message.kind in (Kind.CONFIRMED, Kind.MOVED):
        return ics.invitation(visit, now=now)
    if visit and message.kind in (Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU):
        return ics.cancellation(visit, now=now)
    return None


def email(message: Message, mail: Mail) -> EmailMessage:
    """The rendered mail, addressed to the e-mail on file now."""
    sender = frame().email or settings.DEFAULT_FROM_EMAIL
    outgoing = EmailMessage(
        mail.subject,
        mail.text,
        formataddr((frame().neutral_name, sender)),
        [message.request.patient.email],
        headers={"Message-ID": _message_id(message, sender), "Auto-Submitted": "auto-generated"},
    )
    if mail.calendar:
        method = "CANCEL" if b"METHOD:CANCEL" in mail.calendar else "REQUEST"
        outgoing.attach("visit.ics", mail.calendar.decode(), f"text/calendar; method={method}")
    return outgoing


def _message_id(message: Message, sender: str) -> str:
    """The same when a message is sent again after a crash, so that a mailbox may keep it once."""
    name = uuid.uuid5(message.request.flow_key, f"message {message.pk}")
    return f"<{name}@{sender.rpartition('@')[2]}>"
