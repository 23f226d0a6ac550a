"""The reminders of the days before the demo was loaded: else the worker's first round would send them all."""

from datetime import datetime

from booking.models import Message
from booking.notifications import reminders

Status = Message.Status


def of_all(*, now: datetime) -> None:
    """Write what has come due, as sent or told."""
    reminders.write(now=now)
    written = Message.objects.filter(kind=Message.Kind.REMINDER)
    written.filter(status=Status.QUEUED).update(status=Status.SENT, sent_at=now, attempts=1)
    written.exclude(status=Status.SENT).update(status=Status.NOTIFIED, sent_at=now)
