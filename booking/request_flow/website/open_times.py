"""The next open times, for the clinic's own website: kept for a minute, so that a busy site there costs us nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse

from booking.models import Reason
from booking.request_flow.chosen_before import active
from booking.request_flow.times.week import public_rules
from booking.scheduling.readiness import takes_requests
from booking.scheduling.slots import Slot, open_times
from clinic.formatting import HARD_SPACE
from clinic.models import Location, Practitioner
from clinic.practice_info import local_date, practice_info, zone_at
from clinic.templatetags.clinic_format import local_when

KEPT_SECONDS = 60
MOST, DAYS = 5, 28
KNOWN = {"reason": Reason, "provider": Practitioner, "office": Location}


@dataclass(frozen=True)
class Wanted:
    """The rows that an address names by their random ids, and its valid `from`."""

    reason: Reason | None
    provider: Practitioner | None
    office: Location | None
    link: str

    @property
    def request_url(self) -> str:
        """The start of a request with all of it."""
        rows = {name: getattr(self, name) for name in KNOWN}
        said = {"from": self.link} | {name: row.public_id if row else "" for name, row in rows.items()}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{settings.SITE_URL}{reverse('request_flow:start')}" + (f"?{query}" if query else "")


def wanted(query: QueryDict) -> Wanted:
    """What is not known is left out. Three queries at most."""
    rows = {name: active(model, query.get(name, "")[:50]) for name, model in KNOWN.items()}
    link = query.get("from", "")
    return Wanted(**rows, link=link if link in practice_info().links_from else "")


def next_open(query: QueryDict, *, now: datetime) -> dict[str, Any]:
    """As JSON has it. The key holds valid ids alone: made-up ones fill no memory."""
    chosen = wanted(query)
    return cache.get_or_set(f"open-times-{chosen.request_url}", lambda: _read(chosen, now), KEPT_SECONDS)


def _read(chosen: Wanted, now: datetime) -> dict[str, Any]:
    found = _soonest_of_each_day(_open(chosen, now)) if takes_requests() else []
    people = dict(Practitioner.objects.values_list("pk", "name")) if found else {}
    return {
        "practice": practice_info().name,
        "request_url": chosen.request_url,
        "phone": practice_info().phone_display.replace(HARD_SPACE, " "),
        "read_at": now.isoformat(timespec="seconds"),
        "times": [_said(slot, people) for slot in found],
    }


def _open(chosen: Wanted, now: datetime) -> list[Slot]:
    reason = chosen.reason or Reason.objects.filter(is_active=True).first()
    kind = reason.appointment_type(returning=False)
    today = local_date(now)
    return open_times(
        kind,
        public_rules(kind, chosen.office.slug if chosen.office else "", now=now),
        now=now,
        first_day=today,
        last_day=today + timedelta(days=DAYS),
        practitioners=[chosen.provider.pk] if chosen.provider else None,
        locations=[chosen.office.pk] if chosen.office else None,
    )


def _soonest_of_each_day(slots: list[Slot]) -> list[Slot]:
    first: dict[Any, Slot] = {}
    for slot in slots:
        first.setdefault(local_date(slot.starts_at, zone_at(slot.location_id)), slot)
    return list(first.values())[:MOST]


def _said(slot: Slot, people: dict[int, str]) -> dict[str, str]:
    office, zone = practice_info().office(slot.location_id), zone_at(slot.location_id)
    return {
        "starts_at": slot.starts_at.astimezone(zone).isoformat(),
        "words": local_when(slot.starts_at, zone).replace(HARD_SPACE, " "),
        "provider": people.get(slot.practitioner_id, ""),
        "office": office.name if office else "",
    }
