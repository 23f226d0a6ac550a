"""What a patient chose before the first page of a request, as it stands in the address.

`from` is the page that they read or where the link stands, `reason` what they said hurts, `provider` and `office` whom
and where: by random ids, so that no address names a complaint. `doctor` is the provider whose open time they saw. What
we do not know, or no longer offer, is ignored.
"""

from datetime import datetime
from typing import Any

from django.http import QueryDict

from booking.models import Reason
from booking.request_flow.flow import Flow
from clinic.models import Location, Practitioner
from clinic.practice_info import practice_info
from procedures.models import PublishedVersion

NAMES = ("from", "reason", "doctor", "provider", "office")


def of(query: QueryDict) -> dict[str, str]:
    return {name: query[name][:50] for name in NAMES if query.get(name)}


def begin(session, chosen: dict[str, str], *, now: datetime) -> Flow:
    """A flow with what is still on offer of it."""
    came_from = chosen.get("from", "")
    link = came_from if came_from in practice_info().links_from else ""
    version = None if link else _version(came_from)
    reason = active(Reason, chosen.get("reason", "")) or (_reason_of(version) if version else None)
    flow = Flow.begin(
        session, now=now, version_id=version.pk if version else None, reason=reason.slug if reason else "", link=link
    )
    provider, office = (active(*wanted) for wanted in _who_and_where(chosen))
    flow.times["doctor"] = provider.slug if provider else chosen.get("doctor", "")
    flow.times["office"] = office.slug if office else ""
    return flow


def _who_and_where(chosen: dict[str, str]) -> list[tuple[type, str]]:
    return [(Practitioner, chosen.get("provider", "")), (Location, chosen.get("office", ""))]


def active(model: type, public_id: str) -> Any:
    """The row, if we know the id and still offer it."""
    return model.objects.filter(public_id=public_id, is_active=True).first() if public_id else None


def _version(public_id: str) -> PublishedVersion | None:
    versions = PublishedVersion.objects.select_related("procedure").filter(public_id=public_id)
    return versions.first() if public_id else None


def _reason_of(version: PublishedVersion) -> Reason | None:
    """The first reason of a page, whatever the language in which it was read."""
    return Reason.objects.filter(procedure__slug=version.procedure.slug, is_active=True).first()
