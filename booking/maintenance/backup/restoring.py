"""Put a backup back, into an empty database unless told otherwise."""

from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from booking.maintenance.backup import CannotBackUp, sealed
from booking.maintenance.backup.contents import Label, split
from booking.maintenance.backup.taking import engine, key
from booking.maintenance.copying import MADE_BY_MIGRATE

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NOT_EMPTY = "The database has rows. To write the backup over them, which cannot be undone, add --replace."
NEWER = "A newer version of this site made the backup: install that version, then restore."


def restore(path: Path, *, replace: bool) -> Label:
    """Everything is read and checked before the first row is written. Raises CannotBackUp."""
    try:
        with path.open("rb") as file:
            label, chunks = split(sealed.read(file, key()))
            for _chunk in chunks:
                pass
        _refuse(label, replace=replace)
        with path.open("rb") as file:
            label, chunks = split(sealed.read(file, key()))
            engine().load(chunks, label.tables)
    except OSError as error:
        raise CannotBackUp(f"A file cannot be read or written: {error.strerror}.") from None
    connection.close()  # it may know the tables that were there
    return label


def is_of_this_version(label: Label) -> bool:
    return set(label.migrations) == _known()


def _refuse(label: Label, *, replace: bool) -> None:
    if label.engine != connection.vendor:
        theirs, ours = ENGINES.get(label.engine, label.engine), ENGINES[connection.vendor]
        raise CannotBackUp(f"The backup is of {theirs}, and DATABASE_URL is of {ours}.")
    if label.engine_version > engine().version():
        raise CannotBackUp(f"The backup is of {ENGINES[label.engine]} {label.engine_version}: this server is older.")
    if set(label.migrations) - _known():
        raise CannotBackUp(NEWER)
    if not replace and _has_rows():
        raise CannotBackUp(NOT_EMPTY)


def _known() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def _has_rows() -> bool:
    by_migrate = {"django_migrations", *(model._meta.db_table for model in MADE_BY_MIGRATE)}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - by_migrate:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            if cursor.fetchone():
                return True
    return False
