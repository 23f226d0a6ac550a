"""All rows of all tables, to see what an act has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOGS = {"django_session", "clinic_accesslog"}  # being there leaves a trace, whatever one may do


def rows_of_every_table() -> dict[str, list[tuple]]:
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in LOGS]
        return {name: _rows(cursor, name) for name in tables}


def _rows(cursor, table: str) -> list[tuple]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
    return sorted(cursor.fetchall(), key=repr)


def changed(before: dict[str, list[tuple]]) -> list[str]:
    """The tables that are not as they were."""
    now = rows_of_every_table()
    return [name for name in before if before[name] != now[name]]


@contextmanager
def writing() -> Iterator[list[str]]:
    """The statements within that write to a table which is no log."""
    found = []

    def noted(execute, sql, *rest):
        writes = sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        found.extend([sql] if writes and not any(log in sql for log in LOGS) else [])
        return execute(sql, *rest)

    with connection.execute_wrapper(noted):
        yield found
