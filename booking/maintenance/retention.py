"""What is past its time goes. The worker does all of it once an hour; each job answers how many there were."""

from collections.abc import Callable
from datetime import datetime

from django.core.management import call_command

from booking import rate_limits


def sessions(*, now: datetime) -> int:
    """Unsent answers and sign-ins whose day is over. Django does not say how many."""
    call_command("clearsessions")
    return 0


def counters(*, now: datetime) -> int:
    return rate_limits.clear_old(now=now)


JOBS: dict[str, Callable[..., int]] = {"sessions": sessions, "counters": counters}
