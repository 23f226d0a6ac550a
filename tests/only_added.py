"""Tables whose rows are only added: after a test that commits, they are emptied like all others."""

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from clinic.models import AccessLog, AccessSeal

TABLES = [model._meta.db_table for model in (AccessLog, AccessSeal)]
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%only_added%'"


def let_flush_empty_them() -> None:
    """For every connection: tests that drive a browser have another one."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def execute(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        off, on = _switches() if statements else ([], [])
        flush(operations, [*off, *statements, *on])

    BaseDatabaseOperations.execute_sql_flush = execute


def _switches() -> tuple[list[str], list[str]]:
    """What lets rows be deleted, and what forbids it again."""
    if connection.vendor == "postgresql":
        return tuple([f"ALTER TABLE {table} {act} TRIGGER USER" for table in TABLES] for act in ("DISABLE", "ENABLE"))
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        names, made_by = zip(*cursor.fetchall(), strict=True)
    return [f"DROP TRIGGER {name}" for name in names], list(made_by)
