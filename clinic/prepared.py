"""Queries of which only the values differ: Django makes the SQL once, and each use only runs it.

To make the SQL of a page's queries takes Django longer than the database takes to answer them. So the pages that are
looked at all day prepare theirs; everywhere else an ordinary queryset is the way.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models


class Given(models.Expression):
    """Where a value is put in when the query runs; the field says how the database wants it."""

    def __init__(self, name: str, field: models.Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return "%s", [self]

    def as_database_value(self, values: dict[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Prepared:
    """`make` builds the queryset, of `values_list()`, with a `Given` for each value that differs."""

    def __init__(self, make: Callable[[], models.QuerySet]) -> None:
        self._make = make

    def __call__(self, **values: Any) -> Iterator[tuple]:
        """Its rows. One query, at once."""
        compiler, sql, places = self._made
        with connection.cursor() as cursor:
            cursor.execute(sql, [p.as_database_value(values) if isinstance(p, Given) else p for p in places])
            found = cursor.fetchall()
        return compiler.results_iter([found], tuple_expected=True)

    @cached_property
    def _made(self):
        compiler = self._make().query.get_compiler(DEFAULT_DB_ALIAS)
        return compiler, *compiler.as_sql()
