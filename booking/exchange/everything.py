"""Everything that the practice has entered or been told, as one ZIP: each table as CSV, and all of them as JSON.

Left out: passwords and second steps, sessions, keys of searches, and the access log, which has a file of its own.
"""

import csv
import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason, RequestedTime
from clinic.database.one_moment import one_moment
from clinic.models import AppointmentType, Location, OfficeHours, Practice, Practitioner, Schedule, ScheduleException
from clinic.web.csv_file import defused
from procedures.models import Pair, Procedure, PublishedVersion, Risk, Section, Source

TABLES: tuple[type[Model], ...] = (
    Practice, Location, OfficeHours, Practitioner, Schedule, ScheduleException, AppointmentType, Reason, Patient,
    AppointmentRequest, RequestedTime, Appointment, Event, Message, Procedure, Section, Risk, Pair, Source,
    PublishedVersion, User,
)  # fmt: skip
OF_USERS = {"id", "username", "first_name", "last_name", "email", "is_active"}
SECRET = {"flow_key", "origin", "form_key"}  # who has a flow key opens the receipt
CHUNK = 2000  # rows in memory, and of one statement: a page may wait only seconds for each
PIECE = 64 * 1024  # bytes


class _Out:
    """What was compressed and not yet taken. It cannot be rewound, so the ZIP has its sizes after each file."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self.waiting = bytes(self.waiting), bytearray()
        return taken


def pieces() -> Iterator[bytes]:
    """The archive, as of one moment. It begins at once and goes on while it is read: no proxy waits for its end."""
    out = _Out()
    with one_moment(), ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for _row in _written(archive):
            if len(out.waiting) >= PIECE:
                yield out.take()
    yield out.take()


def _written(archive: ZipFile) -> Iterator[None]:
    """Row by row: all of it at once may not fit into memory."""
    for model in TABLES:
        with archive.open(f"{_name(model)}.csv", "w", force_zip64=True) as out:
            yield from _csv(model, TextIOWrapper(out, "utf-8", newline="", write_through=True))
    with archive.open("everything.json", "w", force_zip64=True) as out:
        yield from _json(TextIOWrapper(out, "utf-8", write_through=True))


def _csv(model: type[Model], out: TextIOWrapper) -> Iterator[None]:
    table = csv.writer(out)
    table.writerow(columns(model))
    for row in _rows(model):
        table.writerow([defused(_cell(value)) for value in row])
        yield


def _json(out: TextIOWrapper) -> Iterator[None]:
    out.write("{")
    for n, model in enumerate(TABLES):
        out.write(f'{"," if n else ""}\n"{_name(model)}": [')
        for m, row in enumerate(_rows(model)):
            named = dict(zip(columns(model), row, strict=True))
            out.write(("," if m else "") + "\n" + json.dumps(named, cls=DjangoJSONEncoder, ensure_ascii=False))
            yield
        out.write("]")
    out.write("}\n")


def columns(model: type[Model]) -> list[str]:
    """The names of the columns, and those of what a row has many of."""
    own = [field.attname for field in model._meta.concrete_fields if _is_open(model, field.name)]
    return own + [field.name for field in model._meta.many_to_many if model is not User]


def _is_open(model: type[Model], name: str) -> bool:
    return name in OF_USERS if model is User else name not in SECRET


def _rows(model: type[Model]) -> Iterator[list[Any]]:
    own = [field.attname for field in model._meta.concrete_fields if _is_open(model, field.name)]
    many = [field.name for field in model._meta.many_to_many if model is not User]
    for row in _in_chunks(model._default_manager.order_by("pk").prefetch_related(*many)):
        yield [_plain(getattr(row, name)) for name in own] + [
            [other.pk for other in getattr(row, name).all()] for name in many
        ]


def _in_chunks(rows: QuerySet) -> Iterator[Model]:
    """With a cursor of the driver's, PostgreSQL would send the whole table at once."""
    chunk = list(rows[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK]) if len(chunk) == CHUNK else []


def _plain(value: Any) -> Any:
    """What JSON knows; a phone number as its text."""
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _name(model: type[Model]) -> str:
    return model._meta.model_name or ""
