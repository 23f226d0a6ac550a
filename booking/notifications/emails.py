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
from booking.notifications import ics, links, moves, not_you, reminders
from clinic.formatting import HARD_SPACE
from clinic.models import RunningLate
from clinic.practice_info import local_date, practice_info, zone_of
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
    rendered = render_to_string(f"booking/notifications/email/{message.kind}.txt", context)
    about, _newline, body = re.sub(r"\n{3,}", "\n\n", rendered.strip()).partition(
        "\n"
    )  # a second line in the subject would forge a header
    parts = {"parts": list(_parts(body, context)), "about": about, "color": COLORS}
    html = render_to_string("booking/notifications/email/_base.html", context | parts)
    subject, text = f"{_plain(about)} ({context['appointment_request']})", _plain(body).strip() + "\n"
    copy = f"{subject}\n\n{text}".replace(context["link"], _("(the private link)"))
    return Mail(subject, text, html, copy.replace(context["not_you"], _("(a link)")), _calendar(message, now))


def _plain(text: str) -> str:
    return text.replace(HARD_SPACE, " ")


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
        "late": RunningLate.objects.filter(
            practitioner=appointment.practitioner_id, day=local_date(appointment.starts_at)
        ).last()
        if appointment and message.kind == Kind.RUNNING_LATE
        else None,
        "kept": links.kept_appointment(appointment_request, now=now),
        "needs_rebooking": appointment_request.appointment_to_rebook(),
        "zone": zone_of(appointment.location if appointment else appointment_request.location),
        "link": links.absolute(appointment_request),
        "not_you": not_you.absolute(appointment_request),
    }


def _appointment(message: Message) -> list[Appointment]:
    return [message.appointment] if message.appointment else []


class Piece(NamedTuple):
    """A part of a line. `url`: of a phone number."""

    text: str
    url: str = ""


class Part(NamedTuple):
    """A paragraph of the plain text. `kind`: words; appointment (its first line says when); link and not_you (their
    last line); small (what comes after the link).
    """

    kind: str
    lines: list[list[Piece]]
    label: str  # of a link: the line before it


def _parts(text: str, context: dict[str, Any]) -> Iterator[Part]:
    whens = {local_when(appointment.starts_at, appointment.location.zone) for appointment in context["appointments"]}
    links_at, other = {context["link"]: "link", context["not_you"]: "not_you"}, "words"
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        kind = links_at.get(lines[-1]) or ("appointment" if lines[0] in whens else other)
        other = "small" if kind == "link" else other
        label = lines[-2].removesuffix(":") if kind in links_at.values() else ""
        yield Part(kind, [list(_pieces(line)) for line in (lines[:-2] if label else lines)], label)


def _pieces(line: str) -> Iterator[Piece]:
    """The practice’s number, and the relay’s beside it, can be tapped."""
    practice = practice_info()
    if not practice.phone_display or practice.phone_display not in line:
        yield Piece(line)
        return
    urls = {practice.phone_display: practice.phone_url}
    if practice.relay_url:
        urls[practice.country.relay.number] = practice.relay_url
    for text in re.split(f"({'|'.join(map(re.escape, urls))})", line):
        yield Piece(text, urls.get(text, ""))


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
        reply_to=[practice_info().email] if practice_info().email else None,
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
