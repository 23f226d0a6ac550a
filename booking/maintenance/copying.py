"""Every row of one database into another, empty one of the same version: the move from SQLite to PostgreSQL."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder

BATCH = 1000
MADE_BY_MIGRATE = {ContentType, Permission, Group, Group.permissions.through}


class CannotCopy(Exception):
    """The sentence says why; nothing was copied."""


def copy_all(source: str, target: str) -> dict[str, int]:
    """Copy between two aliases of connections. Returns the rows of each table, counted on both sides.

    Raises CannotCopy. The source is locked against writing meanwhile, where it is SQLite.
    """
    tables = apps.get_models(include_auto_created=True)
    with transaction.atomic(using=source), transaction.atomic(using=target):
        _refuse_another_version(source, target)
        _refuse_rows(tables, target)
        for model in MADE_BY_MIGRATE:
            _rows(model, target)._raw_delete(target)
        for model in tables:
            _copy(model, source, target)
        _set_sequences(tables, target)
        return {model._meta.db_table: _count(model, source, target) for model in tables}


def _refuse_another_version(*aliases: str) -> None:
    old, new = (set(MigrationRecorder(connections[alias]).applied_migrations()) for alias in aliases)
    if old != new:
        raise CannotCopy("The two databases are of different versions: run manage.py migrate on both.")


def _refuse_rows(tables: Iterable[type[models.Model]], target: str) -> None:
    full = [model._meta.db_table for model in tables if model not in MADE_BY_MIGRATE and _rows(model, target).exists()]
    if full:
        raise CannotCopy(f"The new database is not empty: it has rows in {', '.join(full)}.")


def _copy(model: type[models.Model], source: str, target: str) -> None:
    fields = [field.attname for field in model._meta.concrete_fields]
    rows = _rows(model, source).order_by("pk").values_list(*fields).iterator(BATCH)
    batch: list[models.Model] = []
    for row in rows:
        batch.append(model.from_db(target, fields, row))
        if len(batch) == BATCH:
            _rows(model, target).bulk_create(batch)
            batch = []
    _rows(model, target).bulk_create(batch)


def _set_sequences(tables: Iterable[type[models.Model]], target: str) -> None:
    with connections[target].cursor() as cursor:
        for statement in connections[target].ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def _count(model: type[models.Model], source: str, target: str) -> int:
    old, new = (_rows(model, alias).count() for alias in (source, target))
    if old != new:
        raise CannotCopy(f"{model._meta.db_table} has {old} rows in the old database and {new} in the new one.")
    return new


def _rows(model: type[models.Model], alias: str) -> models.QuerySet:
    return model._base_manager.using(alias).all()
