"""The last call of the last few days to each of the people found: whoever rings back was called lately."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import BigIntegerField, DateTimeField, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from booking.desk import labels
from booking.models import Event
from booking.templatetags.desk_format import desk_recent
from clinic.compiled_query import Among, CompiledQuery, Param
from clinic.practice_info import practice_info

LATELY = timedelta(days=5)


class LastCall(NamedTuple):
    at: datetime
    pk: int
    patient: int
    outcome: str
    who: str

    @property
    def words(self) -> str:
        """“Left message today, 9:56 AM, Rosa”."""
        when = desk_recent(self.at, practice_info().zone)
        return f"{labels.CODES.get(self.outcome, self.outcome)} {when}, {self.who}"


def last_calls(patients: Sequence[int], now: datetime) -> dict[int, LastCall]:
    """By patient. One query, whose cost does not grow with the history."""
    found = (LastCall(*row) for row in LATEST(patients=patients, since=now - LATELY))
    return {call.patient: call for call in sorted(found)}


def _latest() -> QuerySet:
    """Without an order: the database would be tempted to walk through all events backwards."""
    theirs = Among("appointment_request__patient", "patients", BigIntegerField())
    calls = Event.objects.filter(theirs, verb="log_call", at__gte=Param("since", DateTimeField()))
    who = Coalesce(NullIf("by__first_name", Value("")), "by__username", Value(""))
    return calls.order_by().values_list("at", "pk", "appointment_request__patient", "reason", who)


LATEST = CompiledQuery(_latest)
