"""The outbox: a queued message is claimed, rendered from the current state, sent, and marked.

`due_at` is also the lease. A claim moves it forward in one conditional UPDATE, so only one of several workers wins. If
that worker dies, the lease expires and the message is due again: sent at least once, and at most twice.
"""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, QuerySet

from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.appointment_request import is_silent
from booking.notifications import desk_emails, emails, links, messages, not_you, reminders, staff_emails
from clinic.models import StaffMessage

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)  # longer than the slowest sending: EMAIL_TIMEOUT applies to each reply of the mail server
BACK_OFF = (1, 5, 25, 60)  # minutes to wait after the first, second, ... failure; the last value repeats
MOST_ATTEMPTS = 8  # the last try is four and a half hours after the first
ROUND = timedelta(seconds=30)  # then the worker turns to other work
ANYONES = (Message.Kind.RECEIVED, Message.Kind.WITHDRAWN)  # links are counted when they are requested
Status = Message.Status
MESSAGES = Message.objects.select_related(
    "appointment_request__patient", "appointment_request__location", "appointment__location"
)


class Post:
    """One connection to the mail server for many messages, opened for the first one."""

    def __init__(self) -> None:
        self.is_down = False
        self._connection: BaseEmailBackend | None = None

    def send(self, letter: EmailMessage) -> None:
        self._open().send_messages([letter])

    def _open(self) -> BaseEmailBackend:
        if self._connection is None:
            self.is_down = True
            connection = get_connection()
            connection.open()
            self._connection, self.is_down = connection, False
        return self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with contextlib.suppress(OSError):  # all errors of smtplib derive from it
                connection.close()


def deliver_due(
    *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False, rows: QuerySet = MESSAGES
) -> Counter[str]:
    """Send the messages that are due, one by one, for at most half a minute. Returns how many got which status.

    Takes a clock, not a moment: each claim's lease starts when it is made.
    """
    done: Counter[str] = Counter()
    post, end = Post(), clock() + ROUND
    try:
        while not stopping() and not post.is_down and clock() < end:
            message = claim(now=clock(), rows=rows)
            if message is None:
                break
            done[deliver(message, post, now=clock())] += 1
    finally:
        post.close()
    return done


def claim(*, now: datetime, rows: QuerySet = MESSAGES) -> Message | StaffMessage | None:
    """Claim the message that has been due the longest, until its lease ends. None if none is due."""
    outbox = rows.model.objects
    due = outbox.filter(status__in=[Status.QUEUED, Status.SENDING], due_at__lte=now)
    while seen := due.values("pk", "due_at", "status").first():
        ours = outbox.filter(**seen)
        if ours.update(status=Status.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1):
            return rows.get(pk=seen["pk"])
    return None


def deliver(message: Message | StaffMessage, post: Post, *, now: datetime) -> str:
    """Send one claimed message and return its new status. No error of one message stops the next."""
    attempt = _attempt_staff if isinstance(message, StaffMessage) else _attempt
    try:
        status, changes = attempt(message, post, now)
    except Exception as error:  # noqa: BLE001
        post.close()  # the rest of the mail server's replies belong to this message
        status, changes = _after(error, message, now)
        log.warning("message %s: %s, %s", message.pk, type(error).__name__, status)
    _mark(message, status, **changes)
    return status


def _attempt(message: Message, post: Post, now: datetime) -> tuple[str, dict]:
    patient = message.appointment_request.patient
    if is_overtaken(message, now=now):
        return Status.SUPERSEDED, {}
    if not patient.email:
        return Status.TO_CALL, {}
    if not_you.is_stopped(patient):
        return Status.FAILED, {"failure": Message.NOT_THEIRS}
    if message.attempts > MOST_ATTEMPTS:  # each worker that claimed it died
        return Status.FAILED, {"failure": "Abandoned"}
    if _is_anyones(message) and message.attempts == 1 and not messages.may_mail(patient, now=now):
        return Status.QUEUED, {"due_at": now + messages.AN_HOUR, "attempts": 0}
    letter = emails.render(message, now=now)
    post.send(emails.email(message, letter))
    return Status.SENT, {"sent_at": now, "sent_copy": letter.copy, "failure": ""}


def _attempt_staff(message: StaffMessage, post: Post, now: datetime) -> tuple[str, dict]:
    writer = staff_emails if message.user_id else desk_emails
    if not writer.is_current(message):
        return Status.SUPERSEDED, {}
    if message.attempts > MOST_ATTEMPTS:
        return Status.FAILED, {"failure": "Abandoned"}
    letter = writer.render(message)
    post.send(writer.email(message, letter))
    return Status.SENT, {"sent_at": now, "sent_copy": letter.copy, "failure": ""}


def _is_anyones(message: Message) -> bool:
    """Whether a visitor who typed a stranger's address could have triggered it: the desk has not answered yet."""
    answered = Event.objects.filter(appointment_request=message.appointment_request_id, actor=Event.Actor.DESK)
    return message.kind in ANYONES and not answered.exists()


def is_overtaken(message: Message, *, now: datetime) -> bool:
    """Whether the message is out of date: a later transition has its own message (perhaps through another request for
    the same appointment), or the appointment is over. A reminder reads the current state instead. After a quiet end
    every message is.
    """
    if is_silent(message.appointment_request):
        return True
    if message.kind == Message.Kind.REMINDER:
        return not reminders.appointments_of(message, now=now)
    later = Message.objects.filter(
        appointment_request=message.appointment_request_id, event__isnull=False, pk__gt=message.pk
    )
    if later.exclude(status=Status.SUPERSEDED).exists():
        return True
    if message.kind in (Message.Kind.OFFERED, Message.Kind.OPENING):
        return message.appointment_request.status != AppointmentRequest.Status.OFFERED
    appointment = message.appointment
    return appointment is not None and _is_past(message, appointment, now)


def _is_past(message: Message, appointment: Appointment, now: datetime) -> bool:
    """Whether the appointment is no longer what this message says."""
    if message.kind == Message.Kind.NEEDS_REBOOKING:
        return appointment.status != Appointment.Status.BOOKED or appointment.needs_rebooking_since is None
    if message.kind == Message.Kind.RUNNING_LATE:
        return appointment.status != Appointment.Status.BOOKED or appointment.starts_at <= now
    if message.kind not in (Message.Kind.CONFIRMED, Message.Kind.RESCHEDULED):
        return False
    return (
        appointment.ends_at <= now
        or message.sequence < appointment.sequence
        or appointment.needs_rebooking_since is not None
    )


def came_to_nobody(email: str, *, now: datetime) -> int:
    """This address is not the patient's: of each request that we wrote to there, the newest message did not arrive, if
    it still says what is so. Returns how many the desk must tell now.
    """
    sent = MESSAGES.filter(appointment_request__patient__email__iexact=email, status=Status.SENT)
    newest = {
        message.appointment_request_id: message for message in sent.exclude(kind=Message.Kind.LINK).order_by("pk")
    }
    lost = [message.pk for message in newest.values() if _still_matters(message, now)]
    rows = Message.objects.filter(pk__in=lost, status=Status.SENT)
    return rows.update(status=Status.FAILED, failure=Message.NOT_THEIRS, due_at=now)


def _still_matters(message: Message, now: datetime) -> bool:
    if is_overtaken(message, now=now):
        return False
    appointment = message.appointment
    return appointment.ends_at > now if appointment else links.is_alive(message.appointment_request, now=now)


def _after(error: Exception, message: Message | StaffMessage, now: datetime) -> tuple[str, dict]:
    """Retry later, or never. Stores only the kind of the error: its text may contain an address."""
    kind = {"failure": type(error).__name__[:40]}
    if message.attempts >= MOST_ATTEMPTS or _is_final(error):
        return Status.FAILED, kind
    minutes = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    return Status.QUEUED, kind | {"due_at": now + timedelta(minutes=minutes)}


def _is_final(error: Exception) -> bool:
    """Whether the next try would fail in the same way."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    if isinstance(error, SMTPDataError):  # some servers refuse the recipient only after they have read the message
        return error.smtp_code >= 500
    return isinstance(error, BadHeaderError)


def _mark(message: Message | StaffMessage, status: str, **changes: object) -> None:
    """Write the result, unless the lease has expired and another worker may have the message."""
    ours = type(message).objects.filter(pk=message.pk, status=Status.SENDING, due_at=message.due_at)
    ours.update(status=status, **changes)
