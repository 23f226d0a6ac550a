"""A message of the outbox as a mail: subject, plain words, the same words in the look of the house, calendar entry.

Mails are neutral: others may read them. No procedure, specialty, reason, practitioner or free text.
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

from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import ics, links, reminders
from clinic.formatting import HARD_SPACE
from clinic.practice_info import frame
from clinic.templatetags.clinic_format import local_when

ARRIVE_EARLY = timedelta(minutes=15)
TOKENS_FILE = settings.BASE_DIR / "clinic" / "static" / "clinic" / "tokens.css"
# A mail has no style sheets: its one template writes these into the tags.
COLOURS = {
    name.replace("-", "_"): colour
    for name, colour in re.findall(r"--p-([a-z0-9-]+):\s*(#[0-9a-f]{6})", TOKENS_FILE.read_text())
}
Kind = Message.Kind


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str
    copy: str  # what we keep of it: without the link, which is stored nowhere
    calendar: bytes | None = None


def render(message: Message, *, now: datetime) -> Mail:
    """From the state now."""
    name, context = f"booking/notifications/email/{message.kind}", context_of(message, now=now)
    # A line break in a subject would be a header of its own.
    subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
    text = render_to_string(f"{name}.txt", context).replace(HARD_SPACE, " ").strip() + "\n"
    parts = {"parts": list(_parts(text, context)), "subject": subject, "colour": COLOURS}
    html = render_to_string("booking/notifications/email/_base.html", context | parts)
    copy = f"{subject}\n\n{text}".replace(context["link"], _("(the private link)"))
    return Mail(subject, text, html, copy, _calendar(message, now))


def context_of(message: Message, *, now: datetime) -> dict[str, Any]:
    """What the words of a message may speak of. `kept`: the visit that its request asks another time for;
    `stranded`: that one, if we could not keep its time."""
    visits = reminders.visits_of(message, now=now) if message.kind == Kind.REMINDER else _visit(message)
    visit = visits[0] if visits else None
    request = visit.request if visit and message.kind == Kind.REMINDER else message.request
    return {
        "practice": frame(),
        "request": request,
        "visit": visit,
        "visits": visits,
        "early": ARRIVE_EARLY,
        "arrive_at": visit.starts_at - ARRIVE_EARLY if visit else None,
        "kept": links.kept_visit(request, now=now),
        "stranded": request.stranded_visit(),
        "zone": visit.location.zone if visit else _zone(request),
        "link": links.absolute(request),
    }


def _visit(message: Message) -> list[Appointment]:
    return [message.appointment] if message.appointment else []


def _zone(request: AppointmentRequest) -> str:
    return request.location.zone if request.location else str(frame().zone)


class Part(NamedTuple):
    """A paragraph of the plain words. `kind`: words; visit, whose first line is when; link, whose last one it is."""

    kind: str
    lines: list[str]


def _parts(text: str, context: dict[str, Any]) -> Iterator[Part]:
    whens = {_when(visit) for visit in context["visits"]}
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        kind = "link" if lines[-1] == context["link"] else "visit" if lines[0] in whens else "words"
        yield Part(kind, lines)


def _when(visit: Appointment) -> str:
    return local_when(visit.starts_at, visit.location.zone).replace(HARD_SPACE, " ")


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
    outgoing = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        formataddr((frame().neutral_name, sender)),
        [message.request.patient.email],
        headers={"Message-ID": _message_id(message, sender), "Auto-Submitted": "auto-generated"},
    )
    outgoing.attach_alternative(mail.html, "text/html")
    if mail.calendar:
        method = "CANCEL" if b"METHOD:CANCEL" in mail.calendar else "REQUEST"
        outgoing.attach("visit.ics", mail.calendar.decode(), f"text/calendar; method={method}")
    return outgoing


def _message_id(message: Message, sender: str) -> str:
    """The same when a message is sent again after a crash, so that a mailbox may keep it once."""
    name = uuid.uuid5(message.request.flow_key, f"message {message.pk}")
    return f"<{name}@{sender.rpartition('@')[2]}>"
