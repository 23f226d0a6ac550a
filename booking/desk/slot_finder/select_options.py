"""Options of the desk's selects, by slug and name, nothing else: Django would read every column."""

from typing import NamedTuple

from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.forms import ModelChoiceField

from booking.models import Reason
from clinic.compiled_query import CompiledQuery
from clinic.models import AppointmentType, Practitioner

REASON, APPOINTMENT_TYPE, PERSON = "reason", "appointment type", "person"


class Listed(NamedTuple):
    kind: str
    order: int
    name: str
    pk: int
    slug: str


def everything() -> dict[str, list[Listed]]:
    """Reasons, appointment types and active practitioners, in their order. One query."""
    found: dict[str, list[Listed]] = {REASON: [], APPOINTMENT_TYPE: [], PERSON: []}
    for row in sorted(EVERYTHING()):
        found[row[0]].append(Listed(*row))
    return found


def team() -> list[Listed]:
    """Active practitioners, in their order. One query."""
    return sorted(Listed(*row) for row in _team())


def offer(field: ModelChoiceField, listed) -> None:
    """Set the options of the field's select."""
    field.widget.choices = [("", field.empty_label), *((one.slug, one.name) for one in listed)]


def _listed(rows: QuerySet, kind: str, *, order, name: str) -> QuerySet:
    kind, order = Value(kind, CharField()), order if isinstance(order, Value) else F(order)
    return rows.order_by().values_list(kind, order, F(name), F("pk"), F("slug"))


def _team() -> QuerySet:
    return _listed(Practitioner.objects.filter(is_active=True), PERSON, order="order", name="name")


def _everything() -> QuerySet:
    reasons = _listed(Reason.objects.filter(is_active=True), REASON, order="order", name="label")
    types = _listed(AppointmentType.objects.all(), APPOINTMENT_TYPE, order=Value(0, IntegerField()), name="name")
    return reasons.union(types, _team(), all=True)


EVERYTHING = CompiledQuery(_everything)
