"""Providers, offices and appointment types by their names, and whether a row of a list is still as it was written."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from booking.exchange.plan import folded
from clinic.models import Practitioner


def by_name(rows: Iterable[Any]) -> dict[str, Any]:
    """By name and by short name in addresses, however they are written; a name that two have stands for the first."""
    found: dict[str, Any] = {}
    for row in rows:
        for name in names_of(row):
            found.setdefault(name, row)
    return found


def names_of(row: Any) -> list[str]:
    names = [row.name, row.slug]
    if isinstance(row, Practitioner):
        names += [row.name.partition(",")[0], row.short_name]
    return [folded(name) for name in names if folded(name)]


def written(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """The values as JSON keeps them."""
    values = {name: getattr(row, name) for name in names}
    return {name: value if isinstance(value, int | str | None) else str(value) for name, value in values.items()}
