"""What a backup says about itself, and what it holds."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from booking.maintenance.backup import CannotBackUp
from booking.maintenance.backup.sealed import DAMAGED

Tables = dict[str, tuple[int, str]]  # of each table, how many rows it has and their checksum
LENGTH = 8  # bytes


class Contents(NamedTuple):
    tables: Tables
    chunks: Iterator[bytes]


class Label(NamedTuple):
    """The first thing in the file: restoring decides by it."""

    taken_at: datetime
    engine: str
    engine_version: int
    migrations: list[tuple[str, str]]
    tables: Tables

    @property
    def rows(self) -> int:
        return sum(rows for rows, _checksum in self.tables.values())


def with_label(label: Label, chunks: Iterable[bytes]) -> Iterator[bytes]:
    written = json.dumps(label._asdict() | {"taken_at": label.taken_at.isoformat()}).encode()
    return chain([len(written).to_bytes(LENGTH), written], chunks)


def split(parts: Iterator[bytes]) -> tuple[Label, Iterator[bytes]]:
    """The label, and what follows it."""
    start = b""
    while len(start) < LENGTH or len(start) < LENGTH + int.from_bytes(start[:LENGTH]):
        part = next(parts, None)
        if part is None:
            raise CannotBackUp(DAMAGED)
        start += part
    end = LENGTH + int.from_bytes(start[:LENGTH])
    return _label(json.loads(start[LENGTH:end])), chain([start[end:]], parts)


def _label(written: dict) -> Label:
    return Label(
        taken_at=datetime.fromisoformat(written["taken_at"]),
        engine=written["engine"],
        engine_version=written["engine_version"],
        migrations=[tuple(pair) for pair in written["migrations"]],
        tables={name: tuple(found) for name, found in written["tables"].items()},
    )
