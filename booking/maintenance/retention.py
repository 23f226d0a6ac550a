"""Deletes data past its retention time. The worker runs all jobs hourly; each returns how many rows it deleted."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command

from booking.models import AppointmentRequest
from booking.notifications import desk_notices
from clinic import rate_limits


def sessions(*, now: datetime) -> int:
    """Delete expired sessions, which hold unsent answers and sign-ins. Django does not report how many."""
    call_command("clearsessions")
    return 0


def counters(*, now: datetime) -> int:
    return rate_limits.clear_old(now=now)


def origins(*, now: datetime) -> int:
    """Forget from which network a request came, once no flood of that time is left to close."""
    old = AppointmentRequest.objects.filter(submitted_at__lt=now - timedelta(days=settings.ORIGIN_KEPT_DAYS))
    return old.exclude(origin="").update(origin="")


JOBS: dict[str, Callable[..., int]] = {
    "sessions": sessions, "counters": counters, "origins": origins, "notices": desk_notices.forget,
}  # fmt: skip
