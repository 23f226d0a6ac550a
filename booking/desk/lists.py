"""What the selects of the desk list: by slug and name, each by a prepared query."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from django.forms import ModelChoiceField
from django.utils.choices import CallableChoiceIterator

from booking.models import Reason
from clinic.models import Practitioner, VisitType
from clinic.prepared import Prepared


class Listed(NamedTuple):
    pk: int
    slug: str
    name: str


TEAM = Prepared(lambda: Practitioner.objects.filter(is_active=True).values_list("pk", "slug", "name"))
REASONS = Prepared(lambda: Reason.objects.filter(is_active=True).values_list("pk", "slug", "label"))
VISIT_TYPES = Prepared(lambda: VisitType.objects.values_list("pk", "slug", "name"))


def team() -> list[Listed]:
    """Whoever works here, in the order of the team. One query, as each of these."""
    return [Listed(*row) for row in TEAM()]


def reasons() -> list[Listed]:
    return [Listed(*row) for row in REASONS()]


def visit_types() -> list[Listed]:
    return [Listed(*row) for row in VISIT_TYPES()]


def offer(field: ModelChoiceField, listed: Callable[[], Iterable]) -> None:
    """Let its select show these, asked for once, when it is drawn; else it reads all of every row."""

    @cache
    def choices() -> list[tuple[str, str]]:
        return [("", field.empty_label), *((one.slug, one.name) for one in listed())]

    field.widget.choices = CallableChoiceIterator(choices)
