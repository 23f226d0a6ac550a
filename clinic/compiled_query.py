"""Queries compiled once: only their values differ from use to use.

Compiling the SQL of a page's queries takes Django longer than the database takes to answer them. So the busiest pages
prepare theirs; everywhere else, use an ordinary queryset.
"""

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models


class Param(models.Expression):
    """A placeholder for a value; the field says how the database needs it."""

    def __init__(self, name: str, field: models.Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return "%s", [self]

    def as_database_value(self, values: dict[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Among(models.Func):
    """That a column has one of the values of this name, however many: for an `__in`, Django counts them."""

    output_field = models.BooleanField()

    def __init__(self, column: str, name: str, field: models.Field) -> None:
        super().__init__(column, _ParamList(name, field))

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return super().as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY (")

    def as_sqlite(self, compiler, connection) -> tuple[str, list]:
        each = " IN (SELECT value FROM json_each("
        return super().as_sql(compiler, connection, template="%(expressions)s))", arg_joiner=each)


class _ParamList(Param):
    def as_database_value(self, values: dict[str, Any]) -> Any:
        found = [self.output_field.get_db_prep_value(each, connection) for each in values[self.name]]
        return json.dumps(found) if connection.vendor == "sqlite" else found


class CompiledQuery:
    """A prepared query. `make` builds the queryset, with a `Param` for what differs. No prefetching."""

    def __init__(self, make: Callable[[], models.QuerySet]) -> None:
        self._make = make

    def __call__(self, **values: Any) -> Iterator:
        """The queryset's results: tuples or model instances. One query, executed at once."""
        queryset, compiler, sql, places = self._made
        with connection.cursor() as cursor:
            cursor.execute(sql, [p.as_database_value(values) if isinstance(p, Param) else p for p in places])
            found = cursor.fetchall()
        answered = queryset.all()
        answered.query.get_compiler = lambda *_args, **_kwargs: _Answered(compiler, found)
        return iter(answered._iterable_class(answered))

    @cached_property
    def _made(self):
        queryset = self._make()
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, places = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_named in compiler.select])
        compiler.get_converters = lambda _columns: converters
        return queryset, compiler, sql, places


class _Answered:
    """Takes the place of Django's compiler for a query that has already been executed."""

    def __init__(self, compiler, found: list[tuple]) -> None:
        self._compiler, self._found = compiler, found
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map

    def execute_sql(self, *_args, **_kwargs) -> list[list[tuple]]:
        return [self._found]

    def results_iter(self, _results=None, *, tuple_expected: bool = False, **_kwargs) -> Iterator:
        return self._compiler.results_iter([self._found], tuple_expected=tuple_expected)
