"""The open requests of one person: the same name, however it is written, and the same date of birth.

A phone or an email that two share never makes one person of them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BinaryField, DateField, QuerySet

from booking.models.appointment_request import AppointmentRequest
from booking.models.search_keys import key, words
from clinic.compiled_query import CompiledQuery, Param
from clinic.rate_limits import RateLimit, count

HOUR = timedelta(hours=1)
MOST_READ = 50


class Earlier(NamedTuple):
    """What a person has sent before. `first`: the request under which the next one stands; None: it stands alone.
    `has_mail`: a receipt went to this address within the hour.
    """

    first: int | None
    has_mail: bool


def earlier(patient: Mapping[str, Any], *, now: datetime) -> Earlier:
    """Call it in the transaction that creates the request, before it takes any lock.

    Simultaneous requests of one person wait here for each other, at the row of their counter. A constant two queries,
    whether or not the person is known.
    """
    person = f"{_folded(patient['name'])} {patient['birth_date']}"
    sent = RateLimit(f"requests of {person}", settings.OPEN_REQUESTS_PER_PERSON, HOUR)
    mailed = RateLimit(f"receipts about {person} to {patient.get('email', '').casefold()}", 1, HOUR)
    _sent, mails = count(sent, mailed, now=now)
    found = _open(patient["name"], patient["birth_date"])
    if len(found) < settings.OPEN_REQUESTS_PER_PERSON:
        return Earlier(None, False)
    pk, under = found[0]
    return Earlier(under or pk, mails > mailed.limit)


def _open(name: str, birth_date: Any) -> list[tuple[int, int | None]]:
    found = ALIKE(birth_date=birth_date, key=key("".join(words(name))))
    return [(pk, under) for other, pk, under in found if _folded(other) == _folded(name)]


def _alike() -> QuerySet:
    rows = AppointmentRequest.objects.filter(
        status__in=AppointmentRequest.OPEN,
        patient__birth_date=Param("birth_date", DateField()),
        patient__search_keys__key=Param("key", BinaryField()),
    )
    return rows.order_by("pk").values_list("patient__name", "pk", "same_person_as")[:MOST_READ]


ALIKE = CompiledQuery(_alike)


def _folded(name: str) -> str:
    return "".join(words(name))
