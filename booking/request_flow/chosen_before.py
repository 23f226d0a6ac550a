"""What a patient chose before the first page of a request, as it stands in the address.

`from` is the page that they read, `reason` what they said hurts, both by random ids: an address names no complaint.
`doctor` is the provider whose open time they saw.
"""

from datetime import datetime

from django.http import QueryDict

from booking.models import Reason
from booking.request_flow.flow import Flow
from procedures.models import PublishedVersion

NAMES = ("from", "reason", "doctor")


def of(query: QueryDict) -> dict[str, str]:
    return {name: query[name][:50] for name in NAMES if query.get(name)}


def begin(session, chosen: dict[str, str], *, now: datetime) -> Flow:
    """A flow with what is still on offer of it."""
    version = _version(chosen.get("from", ""))
    reason = _reason(chosen.get("reason", "")) or (_reason_of(version) if version else None)
    flow = Flow.begin(
        session, now=now, version_id=version.pk if version else None, reason=reason.slug if reason else ""
    )
    flow.times["doctor"] = chosen.get("doctor", "")
    return flow


def _version(public_id: str) -> PublishedVersion | None:
    versions = PublishedVersion.objects.select_related("procedure").filter(public_id=public_id)
    return versions.first() if public_id else None


def _reason(public_id: str) -> Reason | None:
    return Reason.objects.filter(public_id=public_id, is_active=True).first() if public_id else None


def _reason_of(version: PublishedVersion) -> Reason | None:
    """The first reason of a page, whatever the language in which it was read."""
    return Reason.objects.filter(procedure__slug=version.procedure.slug, is_active=True).first()
