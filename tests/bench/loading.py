"""Loads tables of PostgreSQL without what checks and indexes each row: that is put back, and built, in one go."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Model

CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('u', 'x') ORDER BY oid
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid
"""


class Part(NamedTuple):
    """A constraint or an index: how it goes, and how it comes back."""

    drop: str
    create: str


@contextmanager
def bare(models: Sequence[type[Model]]) -> Iterator[None]:
    """One transaction in which these tables have their primary keys alone. On SQLite only the transaction.

    Foreign keys are not checked, now or later: for databases that nobody needs.
    """
    with transaction.atomic():
        if connection.vendor != "postgresql":
            yield
            return
        run(
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SET LOCAL statement_timeout = 0",
            "SET LOCAL maintenance_work_mem = '512MB'",
        )
        parts = _parts([model._meta.db_table for model in models])
        run("SET LOCAL session_replication_role = replica", *(part.drop for part in parts))
        yield
        run("SET LOCAL session_replication_role = origin", *(part.create for part in parts))


def _parts(tables: Sequence[str]) -> list[Part]:
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, [tables])
        named = [
            Part(f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")
            for table, name, rule in cursor.fetchall()
        ]
        cursor.execute(INDEXES, [tables])
        return named + [Part(f"DROP INDEX {name}", rule) for name, rule in cursor.fetchall()]


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
