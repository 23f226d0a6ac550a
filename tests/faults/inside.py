"""What a scenario asks the site's own code, in a process of its own: python -m tests.faults.inside codes"""

import sys
from datetime import timedelta

import django

if __name__ == "__main__":
    django.setup()

from django.utils import timezone  # noqa: E402

from booking.models import AppointmentRequest, Message  # noqa: E402
from booking.notifications import links  # noqa: E402
from tests.builders import Clinic  # noqa: E402
from tests.faults.attack import open_codes  # noqa: E402


def private_link() -> list[str]:
    newest = AppointmentRequest.objects.order_by("pk").last()
    return [links.absolute(newest).partition("/visit/")[2]]


def end_leases() -> list[str]:
    """As if five minutes had passed since the workers that were sending died, and an hour since a failure."""
    waiting = Message.objects.filter(status__in=(Message.Status.SENDING, Message.Status.QUEUED))
    return [str(waiting.update(due_at=timezone.now() - timedelta(seconds=1)))]


def small_practice() -> list[str]:
    return [Clinic().practice.name]


ASKED = {"small_practice": small_practice, "codes": open_codes, "private_link": private_link, "end_leases": end_leases}

if __name__ == "__main__":
    print(*ASKED[sys.argv[1]](), sep="\n")  # noqa: T201
