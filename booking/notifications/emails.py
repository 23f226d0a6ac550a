"""Renders an outbox message as an email: subject, plain text, the same text in HTML, calendar entry.

The subject ends with the confirmation number: people who share an address can tell their mail apart without a name.

Emails are neutral, since others may read them: no procedure, specialty, reason, practitioner or free text.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from booking.models import Appointment, Message
from booking.notifications import ics, links, moves, reminders
from clinic.formatting import HARD_SPACE
from clinic.practice_info import practice_info, zone_of
from clinic.templatetags.clinic_format import local_when

ARRIVE_EARLY = timedelta(minutes=15)
TOKENS_FILE = settings.BASE_DIR / "clinic" / "static" / "clinic" / "tokens.css"
# An email has no style sheet: its template writes these colors into the tags. The light ones, which stand before the
# first @media: a mail program that likes it dark does that itself.
COLORS = {
    name.replace("-", "_"): color
    for name, color in re.findall(r"--p-([a-z0-9-]+):\s*(#[0-9a-f]{6})", TOKENS_FILE.read_text().partition("@media")[0])
}
Kind = Message.Kind


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str
    copy: str  # the copy that we keep, without the link, which is never stored
    calendar: bytes | None = None


def render(message: Message, *, now: datetime) -> Mail:
    """Render the message from the current state."""
    context = context_of(message, now=now)
    rendered = render_to_string(f"booking/notifications/email/{message.kind}.txt", context).replace(HARD_SPACE, " ")
    about, _newline, text = rendered.strip().partition("\n")  # a second line in the subject would forge a header
    subject, text = f"{about} ({context['appointment_request']})", text.strip() + "\n"
    parts = {"parts": list(_parts(text, context)), "subject": subject, "color": COLORS}
    html = render_to_string("booking/notifications/email/_base.html", context | parts)
    copy = f"{subject}\n\n{text}".replace(context["link"], _("(the private link)"))
    return Mail(subject, text, html, copy, _calendar(message, now))


def context_of(message: Message, *, now: datetime) -> dict[str, Any]:
    """What a message's templates may use. `kept`: the appointment that the request wants to reschedule.
    `needs_rebooking`: the same one, if we could not keep its time. `promise`: by when we answer, if that is to come.
    """
    appointments = (
        reminders.appointments_of(message, now=now) if message.kind == Kind.REMINDER else _appointment(message)
    )
    appointment = appointments[0] if appointments else None
    appointment_request = (
        appointment.appointment_request
        if appointment and message.kind == Kind.REMINDER
        else message.appointment_request
    )
    return {
        "practice": practice_info(),
        "promise": appointment_request.respond_by if appointment_request.respond_by > now else None,
        "appointment_request": appointment_request,
        "appointment": appointment,
        "appointments": appointments,
        "early": ARRIVE_EARLY,
        "was": moves.moved_from(appointment) if appointment and message.kind == Kind.RESCHEDULED else None,
        "arrive_at": appointment.starts_at - ARRIVE_EARLY if appointment else None,
        "kept": links.kept_appointment(appointment_request, now=now),
        "needs_rebooking": appointment_request.appointment_to_rebook(),
        "zone": zone_of(appointment.location if appointment else appointment_request.location),
        "link": links.absolute(appointment_request),
    }


def _appointment(message: Message) -> list[Appointment]:
    return [message.appointment] if message.appointment else []


class Part(NamedTuple):
    """A paragraph of the plain text. `kind`: words; appointment (its first line says when); link (its last line)."""

    kind: str
    lines: list[str]


def _parts(text: str, context: dict[str, Any]) -> Iterator[Part]:
    whens = {_when(appointment) for appointment in context["appointments"]}
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        kind = "link" if lines[-1] == context["link"] else "appointment" if lines[0] in whens else "words"
        yield Part(kind, lines)


def _when(appointment: Appointment) -> str:
    return local_when(appointment.starts_at, appointment.location.zone).replace(HARD_SPACE, " ")


def _calendar(message: Message, now: datetime) -> bytes | None:
    appointment = message.appointment
    if appointment and message.kind in (Kind.CONFIRMED, Kind.RESCHEDULED):
        return ics.invitation(appointment, now=now)
    if appointment and message.kind in (Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU):
        return ics.cancellation(appointment, now=now)
    return None


def email(message: Message, mail: Mail) -> EmailMessage:
    """The rendered email, addressed to the email on file now."""
    sender = practice_info().email or settings.DEFAULT_FROM_EMAIL
    outgoing = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        formataddr((practice_info().neutral_name, sender)),
        [message.appointment_request.patient.email],
        headers={"Message-ID": _message_id(message, sender), "Auto-Submitted": "auto-generated"},
    )
    outgoing.attach_alternative(mail.html, "text/html")
    if mail.calendar:
        method = "CANCEL" if b"METHOD:CANCEL" in mail.calendar else "REQUEST"
        outgoing.attach("appointment.ics", mail.calendar.decode(), f"text/calendar; method={method}")
    return outgoing


def _message_id(message: Message, sender: str) -> str:
    """An ID that stays the same if a crash makes us send the message twice, so that a mailbox may keep only one."""
    name = uuid.uuid5(message.appointment_request.flow_key, f"message {message.pk}")
    return f"<{name}@{sender.rpartition('@')[2]}>"
