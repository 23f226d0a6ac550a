"""What people are told of other calendars: which are not read, and which appointments lie in a busy time."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from booking.lifecycle.time_off.busy import still_clashing
from booking.models import Appointment
from clinic.models import BusyFeed, Practitioner
from clinic.models.busy_feed import seal

PATIENCE = timedelta(hours=1)


class State(NamedTuple):
    failing: list[BusyFeed]
    clashes: list[Appointment]


def state(*, now: datetime) -> State:
    """One query; one more while appointments lie in busy times."""
    wrong = Q(failing_since__lte=now - PATIENCE) | ~Q(clashes=[])
    feeds = list(BusyFeed.objects.filter(wrong, practitioner__is_active=True).select_related("practitioner"))
    failing = [feed for feed in feeds if feed.failing_since and feed.failing_since <= now - PATIENCE]
    return State(failing, still_clashing(feeds, now=now))


@transaction.atomic
def choose(practitioner: Practitioner, address: str) -> BusyFeed:
    """Read this calendar from now on. The busy times of the one before stay until it has been read."""
    values = {"sealed": seal(address), "etag": "", "last_modified": "", "digest": "", "tried_at": None}
    values |= {"read_at": None, "failing_since": None, "failure": "", "unread": 0}
    return BusyFeed.objects.update_or_create(practitioner=practitioner, defaults=values)[0]


def remove(pk: int) -> bool:
    """Forget the address, and open its busy times."""
    return BusyFeed.objects.filter(pk=pk).delete()[0] > 0
