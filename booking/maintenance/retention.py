"""Deletes data past its retention time. The worker runs all jobs hourly; each returns how many rows it deleted."""

from collections.abc import Callable
from datetime import datetime

from django.core.management import call_command

from clinic import rate_limits


def sessions(*, now: datetime) -> int:
    """Delete expired sessions, which hold unsent answers and sign-ins. Django does not report how many."""
    call_command("clearsessions")
    return 0


def counters(*, now: datetime) -> int:
    return rate_limits.clear_old(now=now)


JOBS: dict[str, Callable[..., int]] = {"sessions": sessions, "counters": counters}
