"""A SQLite database, by SQLite's own copy: consistent while people write, and put back in one transaction.

The plain copy lies beside the database for as long as it takes, readable for its owner alone.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from booking.maintenance.backup import CannotBackUp
from booking.maintenance.backup.contents import Contents, Tables

BUSY = "Another backup or restore is running."
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
PART = 1024 * 1024


@contextmanager
def snapshot() -> Iterator[Contents]:
    with copy() as path:
        with closing(_open(database())) as source, closing(_open(path)) as copied:
            source.backup(copied)
            tables = _tables(copied)
            copied.execute("PRAGMA journal_mode = DELETE")  # all of it in this one file
        with path.open("rb") as file:
            yield Contents(tables, iter(lambda: file.read(PART), b""))


def load(chunks: Iterable[bytes], tables: Tables) -> None:
    """All of the backup, or nothing: the copy is checked before it is written over the database."""
    with copy() as path:
        with path.open("wb") as file:
            file.writelines(chunks)
        with closing(_open(path)) as copied, closing(_open(database())) as target:
            if _tables(copied) != tables:
                raise CannotBackUp("The rows are not those that were counted when the backup was taken.")
            copied.backup(target)
            copied.execute("PRAGMA journal_mode = DELETE")  # removes the files of its own log


def _open(path: Path) -> sqlite3.Connection:
    """As Django does it: our constraints call its functions."""
    parameters = connection.get_connection_params() | {"database": str(path), "detect_types": 0}
    return connection.get_new_connection(parameters)


def version() -> int:
    return 3


def database() -> Path:
    return Path(connection.settings_dict["NAME"])


@contextmanager
def copy() -> Iterator[Path]:
    """An empty file beside the database. One that a killed process left is used again, and removed at the end."""
    path = database().with_name(f"{database().name}.copy")
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise CannotBackUp(BUSY) from None
    try:
        os.truncate(held, 0)
        yield path
    except sqlite3.Error as error:
        raise CannotBackUp(f"SQLite failed ({type(error).__name__}).") from None
    finally:
        path.unlink()
        os.close(held)


def _tables(opened: sqlite3.Connection) -> Tables:
    if opened.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise CannotBackUp("The database file is damaged: SQLite’s own check fails.")
    return {name: _table(opened, name) for (name,) in opened.execute(TABLES).fetchall()}


def _table(opened: sqlite3.Connection, name: str) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    for row in opened.execute(f'SELECT * FROM "{name}" ORDER BY 1'):  # noqa: S608 - the name is the database's own
        digest.update(repr(row).encode())
        rows += 1
    return rows, digest.hexdigest()
