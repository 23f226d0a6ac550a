"""What stands before sending a request: limits by address and network, a shortest time, a trap for programs.

None of it asks a person to prove anything, and none of it loses an answer.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from booking.lifecycle import as_if_held
from booking.models import Appointment, AppointmentRequest
from booking.models.reference import new_reference
from booking.request_flow.flow import Flow
from booking.scheduling import rush
from booking.scheduling.response_deadline import response_deadline
from clinic.rate_limits import RateLimit, hit, hit_together
from clinic.web.client_address import address_of, network_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TRAP = "website"  # a field that no person sees
log = logging.getLogger(__name__)


class Counted(NamedTuple):
    """How long the sender must wait, zero if not; whether too many are sent by all together."""

    wait: timedelta
    is_rush: bool


def count_one(request, now: datetime) -> Counted:
    """Count one more request that is sent.

    A refused address adds nothing to its network's count, nor a refused network to that of all: others can go on.
    """
    address, network = address_of(request), network_of(request)
    of_address = [
        RateLimit(f"requests in an hour from {address}", settings.REQUESTS_PER_ADDRESS_AN_HOUR, HOUR),
        RateLimit(f"requests in a day from {address}", settings.REQUESTS_PER_ADDRESS_A_DAY, DAY),
    ]
    of_network = RateLimit(f"requests in an hour from {network}", settings.REQUESTS_PER_NETWORK_AN_HOUR, HOUR)
    with transaction.atomic():  # short: one commit for all
        wait = hit_together(*of_address, now=now) or hit_together(of_network, now=now)
        return Counted(wait, not wait and rush.begins(now))


def is_too_fast(flow: Flow, now: datetime) -> bool:
    """Whether nobody can have read the pages. The session knows when they began, and no sender can change that."""
    return now - datetime.fromisoformat(flow.data["began"]) < timedelta(seconds=settings.SHORTEST_REQUEST_SECONDS)


def is_caught(request, now: datetime) -> bool:
    """Whether a program filled in the trap. Nothing of it is kept but a count."""
    if not request.POST.get(TRAP):
        return False
    hit("requests caught in the trap", limit=1, window=DAY, now=now)
    log.warning("A request of a program was not kept: it filled in a field that no person sees.")
    return True


def catch(flow: Flow, now: datetime) -> None:
    """Show the sender the receipt, and store nothing."""
    flow.data["caught"] = {"reference": new_reference(), "at": now.isoformat()}
    flow.save()


def never_stored(flow: Flow) -> tuple[AppointmentRequest, Appointment | None]:
    """A caught request as its receipt shows it, and the hold that it has not."""
    draft, caught = flow.draft(), flow.data["caught"]
    at = datetime.fromisoformat(caught["at"])
    appointment_request = draft.unsaved(
        reference=caught["reference"], submitted_at=at, respond_by=response_deadline(now=at, location_id=draft.desk_id)
    )
    return appointment_request, as_if_held(appointment_request, draft.times[0]) if draft.times else None
