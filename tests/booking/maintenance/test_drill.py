"""The drill: a backup while people write, the way back into another database, and from SQLite on to PostgreSQL."""

import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from itertools import islice

import psycopg2

from tests.postgres import running_postgres
from tests.spare import Spare, spare_database

KEY = "k" * 32
REFERENCES = "SELECT reference FROM booking_appointmentrequest"


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_and_goes_back_whole(demo, engine, tmp_path):
    with ExitStack() as stack:
        busy = stack.enter_context(spare_database(tmp_path, like=demo))
        new = stack.enter_context(spare_database(tmp_path))
        with writing(busy) as acknowledged:
            before = list(islice(acknowledged, 10))
            file = backed_up(busy, tmp_path / "backups")
            assert next(acknowledged), "the writer went on meanwhile"
        chain = succeed(busy.manage("check_integrity")).splitlines()[-1]
        restored = succeed(new.manage("restore", file, BACKUP_KEY=KEY))
        assert "ok: " in restored  # check_integrity
        assert chain.startswith("access log sealed to row 1: seal 1, ")
        assert restored.splitlines()[-1] == chain
        assert {(reference,) for reference in before} <= set(new.sql(REFERENCES)) <= set(busy.sql(REFERENCES))
        assert len(new.sql(REFERENCES)) > len(demo.sql(REFERENCES))
        assert new.columns() == busy.columns()
        last = new.sql("SELECT max(id) FROM auth_group")[0][0]
        assert new.sql("INSERT INTO auth_group (name) VALUES ('a new one') RETURNING id") == [(last + 1,)]

        kept = new.contents()
        refused = new.manage("restore", file, BACKUP_KEY=KEY)
        assert (refused.returncode, new.contents()) == (1, kept)
        assert refused.stderr.splitlines()[-1].startswith("CommandError: Nothing was restored. The database has rows.")
        assert succeed(new.manage("restore", file, "--replace", BACKUP_KEY=KEY)) == restored
        assert new.sql("SELECT count(*) FROM auth_group WHERE name = 'a new one'") == [(0,)]

        assert len(busy.sql("SELECT taken_at FROM booking_lastbackup")) == 1
        busy.sql("DROP TABLE booking_lastbackup")  # a database of before it was there is backed up, too
        assert backed_up(busy, tmp_path / "of-before")
        if engine == "sqlite":
            with running_postgres() as server:
                assert_all_of_it_moves(new, Spare(server.url))


@contextmanager
def writing(spare):
    """The confirmation numbers of a writer, as it goes on."""
    environment = spare.environment()
    command = [sys.executable, "-m", "tests.booking.maintenance.writer"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as writer:
        try:
            yield map(str.strip, writer.stdout)
        finally:
            writer.terminate()


def backed_up(spare, folder):
    said = succeed(spare.manage("backup", "--folder", str(folder), BACKUP_KEY=KEY))
    [file] = folder.iterdir()
    assert said.startswith(f"{file}: ")
    assert file.stat().st_mode & 0o077 == 0
    return str(file)


def succeed(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_all_of_it_moves(old, new):
    """The number of rows, their checksums and the chain of the access log are the same on PostgreSQL."""
    succeed(new.manage("migrate", "-v0"))
    copied = succeed(new.manage("copy_database", old.url))
    assert "both databases have the same number in every table" in copied
    counts = dict(reversed(line.split()) for line in copied.splitlines()[:-1])
    assert int(counts["booking_appointmentrequest"]) > 10
    assert int(counts["auth_user_groups"]) >= 3
    assert checksums(new) == checksums(old)
    assert succeed(new.manage("check_integrity")) == succeed(old.manage("check_integrity"))
    assert_new_rows_find_free_keys(new)
    again = new.manage("copy_database", old.url)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert "Traceback" not in again.stderr


def checksums(spare):
    found = succeed(spare.python("-m", "tests.booking.maintenance.checksums")).splitlines()
    assert len(found) > 40
    return found


def assert_new_rows_find_free_keys(moved):
    with closing(psycopg2.connect(moved.url)) as opened, opened.cursor() as cursor:
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
