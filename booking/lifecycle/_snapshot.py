"""The columns that a verb changes, with their previous values: undo restores them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Field, Model


def write(row: Model, changes: Mapping[str, Any], *also: str) -> dict[str, Any]:
    """Set and save these columns. Returns their previous values as plain values for the event."""
    columns = [_column(row, name).attname for name in changes]
    before = {column: _plain(getattr(row, column)) for column in columns}
    for name, value in changes.items():
        setattr(row, name, value)
    if changes or also:
        row.save(update_fields=[*changes, *also])
    return before


def restored(row: Model, before: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an event's `before`, converted back for the row they came from."""
    return {name: _column(row, name).to_python(value) for name, value in before.items()}


def _column(row: Model, name: str) -> Field:
    field = row._meta.get_field(name)
    assert isinstance(field, Field), name
    return field


def _plain(value: Any) -> Any:
    """A value that JSON can store and the field's own to_python can read back."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
