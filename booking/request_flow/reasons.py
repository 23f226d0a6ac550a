"""The reasons that a patient can choose."""

from django.db.models import QuerySet

from booking.models import Reason
from clinic.compiled_query import CompiledQuery


def active() -> dict[str, Reason]:
    """By slug, in order, with their appointment types. One query."""
    return {reason.slug: reason for reason in ACTIVE()}


def _active() -> QuerySet:
    return Reason.objects.filter(is_active=True).select_related("appointment_type_new", "appointment_type_returning")


ACTIVE = CompiledQuery(_active)
