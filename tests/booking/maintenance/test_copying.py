"""The move to another database: one command, every row, or none. That all arrive is in test_drill.py."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

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
