"""Tells the desk that the worker stopped. The worker cannot: whoever asks /healthz makes the web process look."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import get_connection

from booking.models import WorkerHeartbeat
from booking.notifications import desk_emails
from clinic.models.practice import DeskEmail
from clinic.practice_info import practice_info

log = logging.getLogger(__name__)
STOPPED_AFTER = timedelta(minutes=5)
AGAIN_AFTER = timedelta(hours=1)
PATIENCE = 5  # seconds that a health check may wait for the mail server


def tell_if_stopped(*, now: datetime) -> None:
    """One email an hour while no worker is seen, however many processes are asked: the update decides who sends it."""
    if not practice_info().tells_desk(DeskEmail.WORKER):
        return
    stopped = WorkerHeartbeat.objects.filter(seen_at__lt=now - STOPPED_AFTER)
    seen = stopped.values_list("seen_at", flat=True).first()
    if seen and stopped.exclude(told_at__gt=now - AGAIN_AFTER).update(told_at=now):
        _send(minutes=(now - seen) // timedelta(minutes=1))


def _send(*, minutes: int) -> None:
    letter = desk_emails.addressed_to_desk(desk_emails.written("worker", {"minutes": minutes}))
    letter.connection = get_connection(timeout=PATIENCE)
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        log.error("the desk could not be told that the worker stopped: %s", type(error).__name__)
