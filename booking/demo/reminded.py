"""Reminders for the days before the demo was loaded: otherwise the worker's first round would send them all."""

from datetime import datetime

from booking.models import Message
from booking.notifications import reminders

Status = Message.Status


def of_all(*, now: datetime) -> None:
    """Write the reminders that are already due, marked as sent or notified."""
    reminders.write(now=now)
    written = Message.objects.filter(kind=Message.Kind.REMINDER)
    written.filter(status=Status.QUEUED).update(status=Status.SENT, sent_at=now, attempts=1)
    written.exclude(status=Status.SENT).update(status=Status.NOTIFIED, sent_at=now)
