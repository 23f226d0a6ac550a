"""Databases made by an older version: how to recognize one, whether it may be deleted, and how to empty it.

The models do not match such tables, so everything here queries the database directly.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader

APPS = ("clinic", "procedures", "booking")
OURS = tuple(f"{app}_" for app in APPS)
DROPPED = (*OURS, "auth_", "django_", "account_", "mfa_", "socialaccount_")
PRACTICE, ACCOUNTS = "clinic_practice", "auth_user"
TRIGGER_FUNCTIONS = "SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype AND pg_function_is_visible(oid)"

Columns = set[tuple[str, str | None]]  # table and column


def is_older(connection: BaseDatabaseWrapper) -> bool:
    """Whether it has applied migrations that no longer exist, or lacks what the applied ones would create today."""
    loader = MigrationLoader(connection)
    applied = {migration for migration in loader.applied_migrations if migration[0] in APPS}
    if applied - loader.disk_migrations.keys():
        return True
    wanted = _columns_made_by(loader, applied)
    return not wanted <= _columns_of(connection, {table for table, _column in wanted})


def holds_real_data(connection: BaseDatabaseWrapper) -> bool:
    """Whether any data may be real: only a demo practice proves that it is not."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        is_demo = _practices(connection, cursor) if PRACTICE in tables else []
        if is_demo:
            return not all(is_demo)
        kept = [table for table in tables if table.startswith(OURS) or table == ACCOUNTS]
        return any(_has_rows(connection, cursor, table) for table in kept)


def drop_everything(connection: BaseDatabaseWrapper) -> None:
    """Drop all tables, ours of any version and Django's, in one transaction."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        _drop_tables(connection, cursor)
        if connection.vendor == "postgresql":
            _drop_trigger_functions(connection, cursor)


# -- expected and actual tables


def _columns_made_by(loader: MigrationLoader, applied: set[tuple[str, str]]) -> Columns:
    models = loader.project_state(list(applied)).apps.get_models(include_auto_created=True)
    ours = [model._meta for model in models if model._meta.app_label in APPS]
    return {(meta.db_table, field.column) for meta in ours for field in meta.local_concrete_fields}


def _columns_of(connection: BaseDatabaseWrapper, tables: set[str]) -> Columns:
    inspect = connection.introspection
    with connection.cursor() as cursor:
        found = tables.intersection(inspect.table_names(cursor))
        return {(table, column.name) for table in found for column in inspect.get_table_description(cursor, table)}


def _practices(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> list[bool]:
    """Whether each practice is a demo; False for tables that are too old to say so."""
    columns = [column.name for column in connection.introspection.get_table_description(cursor, PRACTICE)]
    cursor.execute(f"SELECT {'is_demo' if 'is_demo' in columns else 'FALSE'} FROM {PRACTICE}")
    return [bool(is_demo) for (is_demo,) in cursor.fetchall()]


def _has_rows(connection: BaseDatabaseWrapper, cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
    return cursor.fetchone() is not None


# -- emptying


def _drop_tables(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> None:
    cascade = " CASCADE" if connection.vendor == "postgresql" else ""
    for table in connection.introspection.table_names(cursor):
        if table.startswith(DROPPED):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")


def _drop_trigger_functions(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> None:
    """Drop what the triggers called: left behind, these functions would break the next `migrate`."""
    cursor.execute(TRIGGER_FUNCTIONS)
    for (name,) in cursor.fetchall():
        if name.startswith(DROPPED):
            cursor.execute(f"DROP FUNCTION {connection.ops.quote_name(name)}()")
