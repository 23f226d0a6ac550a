"""The move to another database: one command, every row, or none."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from booking.management.commands.check_integrity import COUNTED
from tests.postgres import running_postgres

pytestmark = pytest.mark.once


def manage(url, *arguments):
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment | {"DEBUG": "1", "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def old(demo):
    return demo.url


@pytest.fixture
def new(demo, tmp_path):
    """The file of a database that has tables and no rows, which a test may fill."""
    path = shutil.copy(demo.name, tmp_path / "new.sqlite3")
    with contextlib.closing(sqlite3.connect(path)) as rows:
        for (table,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table != "django_migrations":
                rows.execute(f'DELETE FROM "{table}"')
        rows.commit()
    return path


@pytest.fixture(scope="module")
def server():
    with running_postgres() as server:
        assert manage(server.url, "migrate", "-v0").returncode == 0
        yield server


def test_a_demo_on_sqlite_moves_to_postgresql_and_is_whole_there(demo, old, server):
    run = manage(server.url, "copy_database", old)
    assert run.returncode == 0, run.stderr
    assert "both databases have the same number in every table" in run.stdout
    counts = dict(reversed(line.split()) for line in run.stdout.splitlines()[:-1])
    assert int(counts["booking_appointmentrequest"]) > 10
    assert int(counts["auth_user_groups"]) >= 3
    checked = manage(server.url, "check_integrity")
    assert checked.returncode == 0, checked.stdout
    held = [demo.sql(f"SELECT count(*) FROM {model._meta.db_table}")[0][0] for model in COUNTED]
    assert [int(number) for number in re.findall(r"\d+", checked.stdout)] == held
    assert_new_rows_find_free_keys(server)
    again = manage(server.url, "copy_database", old)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert "Traceback" not in again.stderr


def assert_new_rows_find_free_keys(server):
    with contextlib.closing(psycopg2.connect(server.url)) as opened, opened.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'id' AND is_identity = 'YES'"
        )
        tables = [table for (table,) in cursor.fetchall()]
        assert "booking_message" in tables
        for table in tables:
            cursor.execute(
                f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) > coalesce(max(id), 0) FROM {table}"
            )
            assert cursor.fetchone() == (True,), table


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("sqlite:////nonexistent/clinic.sqlite3", "cannot be opened"),
        ("sqlite:///:memory:", "different versions"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_in_one_sentence(new, source, says):
    run = manage(f"sqlite:///{new}", "copy_database", source)
    assert run.returncode == 1
    assert says in run.stderr
    assert "Traceback" not in run.stderr


def test_a_source_that_is_no_address_is_told_too():
    with pytest.raises(CommandError, match="has to begin with"):
        call_command("copy_database", "clinic.sqlite3")


def test_a_row_that_does_not_arrive_stops_the_move_and_nothing_is_copied(old, new):
    with contextlib.closing(sqlite3.connect(new)) as rows:
        rows.execute("CREATE TRIGGER swallow BEFORE INSERT ON booking_message BEGIN SELECT RAISE(IGNORE); END")
        run = manage(f"sqlite:///{new}", "copy_database", old)
        assert run.returncode == 1
        assert "booking_message has" in run.stderr
        assert rows.execute("SELECT count(*) FROM booking_patient").fetchone() == (0,)
