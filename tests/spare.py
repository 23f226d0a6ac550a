"""More databases beside the one under test, on the same engine, used through `manage.py` as users do."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = count(1)
COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
}


@dataclass(frozen=True)
class Spare:
    url: str

    def manage(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        return self.python("manage.py", *command, **environment)

    def python(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.environment() | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        return os.environ | {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "tests.settings", "DEBUG": "1"}

    def connect(self) -> closing:
        """A plain connection in autocommit mode."""
        if connection.vendor == "sqlite":
            return closing(sqlite3.connect(self.name, isolation_level=None))
        return closing(_autocommit(self.url))

    @contextmanager
    def django(self) -> Iterator[BaseDatabaseWrapper]:
        """A connection as Django makes one. pytest-django must be told to allow it."""
        wrapper = connections["spare"] = connection.copy("spare")
        wrapper.settings_dict["NAME"] = self.name
        try:
            yield wrapper
        finally:
            wrapper.close()
            del connections["spare"]

    @property
    def name(self) -> str:
        path = urlsplit(self.url).path
        return path if connection.vendor == "sqlite" else path.removeprefix("/")

    def sql(self, *statements: str) -> list[tuple]:
        """Run the statements; returns the rows of the last one."""
        with self.connect() as opened, closing(opened.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def columns(self) -> set[tuple[str, str]]:
        return set(self.sql(COLUMNS[connection.vendor]))

    def contents(self) -> tuple[set[tuple[str, str]], dict[str, list[str]]]:
        """The columns of all tables, and every row."""
        columns = self.columns()
        tables = {table for table, _column in columns}
        return columns, {table: sorted(map(_readable, self.sql(f'SELECT * FROM "{table}"'))) for table in tables}


@contextmanager
def spare_database(folder: Path, like: Spare | None = None) -> Iterator[Spare]:
    """A new database, empty or a copy of another one; on PostgreSQL it is on the server under test."""
    name = f"spare_{os.getpid()}_{next(NUMBERS)}"
    if connection.vendor == "sqlite":
        if like:  # nobody is connected to it, so it is complete in this one file
            shutil.copyfile(like.name, folder / name)
        yield Spare(f"sqlite:///{folder / name}")
        return
    server = Spare(os.environ["DATABASE_URL"])
    server.sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {like.name}" if like else ""))
    try:
        yield Spare(urlsplit(server.url)._replace(path=f"/{name}").geturl())
    finally:
        server.sql(f"DROP DATABASE {name}")


def url_of_test_database() -> str:
    """For other processes; the test must be `django_db(transaction=True)` for them to see its rows."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _readable(row: tuple) -> str:
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def _autocommit(url: str) -> psycopg2.extensions.connection:
    opened = psycopg2.connect(url)
    opened.autocommit = True
    return opened
