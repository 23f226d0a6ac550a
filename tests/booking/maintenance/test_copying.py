"""The move to another database: one command, every row, or none."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings

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


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('old')}/clinic.sqlite3"
    assert manage(url, "prepare_demo").returncode == 0
    return url


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The file of a database that has tables and no rows."""
    path = tmp_path_factory.mktemp("migrated") / "clinic.sqlite3"
    assert manage(f"sqlite:///{path}", "migrate", "-v0").returncode == 0
    return path


@pytest.fixture
def new(migrated, tmp_path):
    """A copy of it, which a test may fill."""
    return shutil.copy(migrated, tmp_path / "new.sqlite3")


@pytest.fixture(scope="module")
def server():
    with running_postgres() as server:
        assert manage(server.url, "migrate", "-v0").returncode == 0
        yield server


def test_a_demo_on_sqlite_moves_to_postgresql_and_is_whole_there(old, server):
    run = manage(server.url, "copy_database", old)
    assert run.returncode == 0, run.stderr
    assert "both databases have the same number in every table" in run.stdout
    counts = dict(reversed(line.split()) for line in run.stdout.splitlines()[:-1])
    assert int(counts["booking_appointmentrequest"]) > 10
    assert int(counts["auth_user_groups"]) >= 3
    checked = manage(server.url, "check_integrity")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout == manage(old, "check_integrity").stdout
    assert manage(server.url, "run_worker", "--once").returncode == 0  # new rows find free keys
    again = manage(server.url, "copy_database", old)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("sqlite:////nonexistent/clinic.sqlite3", "cannot be opened"),
        ("clinic.sqlite3", "has to begin with"),
        ("sqlite:///:memory:", "different versions"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_in_one_sentence(new, source, says):
    run = manage(f"sqlite:///{new}", "copy_database", source)
    assert run.returncode == 1
    assert says in run.stderr
    assert "Traceback" not in run.stderr


def test_a_row_that_does_not_arrive_stops_the_move_and_nothing_is_copied(old, new):
    with contextlib.closing(sqlite3.connect(new)) as rows:
        rows.execute("CREATE TRIGGER swallow BEFORE INSERT ON booking_message BEGIN SELECT RAISE(IGNORE); END")
        run = manage(f"sqlite:///{new}", "copy_database", old)
        assert run.returncode == 1
        assert "booking_message has" in run.stderr
        assert rows.execute("SELECT count(*) FROM booking_patient").fetchone() == (0,)
