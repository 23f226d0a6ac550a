"""Take a backup: a whole new file, or none."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder

from booking.maintenance.backup import CannotBackUp, postgres, sealed, sqlite
from booking.maintenance.backup.contents import Label, with_label
from booking.models import LastBackup

NAME, NAMES = "clinic-{:%Y%m%dT%H%M%S}Z.backup", "clinic-[0-9]*Z.backup"
PART, PARTS = ".{}.{}", f".{NAMES}.[0-9]*"  # not whole yet: the name, and who writes it
ABANDONED_AFTER = timedelta(days=1)
NO_KEY = "Set BACKUP_KEY to a random text of at least 32 characters, and keep a copy of it away from this machine."
SHORTEST_KEY = 32
log = logging.getLogger(__name__)


def engine() -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgres}[connection.vendor]


def key() -> str:
    if len(settings.BACKUP_KEY) < SHORTEST_KEY:
        raise CannotBackUp(NO_KEY)
    return settings.BACKUP_KEY


def back_up(folder: Path, *, now: datetime) -> tuple[Path, Label]:
    """Write a new file, read it back, and delete those beyond BACKUPS_KEPT. Raises CannotBackUp."""
    delete_parts(folder, now=now)
    path = folder / NAME.format(now)
    with _new_file(path, key()) as file, engine().snapshot() as taken:
        label = Label(now, connection.vendor, engine().version(), _migrations(), taken.tables)
        sealed.write(file, key(), with_label(label, taken.chunks))
    with suppress(Error):  # before an upgrade the database may lack the table: the file is what counts
        LastBackup.objects.update_or_create(pk=1, defaults={"taken_at": now})
    delete_old(folder)
    return path, label


@contextmanager
def _new_file(path: Path, secret: str) -> Iterator[BinaryIO]:
    """It has its name only once it is whole, on the disk, and was read back."""
    part = path.with_name(PART.format(path.name, os.getpid()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as file, _removed(part):
            yield file
            file.flush()
            os.fsync(file.fileno())
            _read_back(part, secret)
            part.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise CannotBackUp(f"The backup cannot be written: {error.strerror}.") from None


@contextmanager
def _removed(part: Path) -> Iterator[None]:
    try:
        yield
    finally:
        part.unlink(missing_ok=True)


def _read_back(path: Path, secret: str) -> None:
    with path.open("rb") as file:
        for _piece in sealed.read(file, secret):
            pass


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _migrations() -> list[tuple[str, str]]:
    return sorted(MigrationRecorder(connection).applied_migrations())


def delete_old(folder: Path) -> None:
    for path in sorted(folder.glob(NAMES))[: -settings.BACKUPS_KEPT]:
        _delete(path)


def delete_parts(folder: Path, *, now: datetime) -> None:
    """What killed runs left, before their room is needed. A run that still writes is younger than a day."""
    for path in folder.glob(PARTS):
        if path.stat().st_mtime < (now - ABANDONED_AFTER).timestamp():
            _delete(path)


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        log.warning("an old backup cannot be deleted: %s", error.strerror)
