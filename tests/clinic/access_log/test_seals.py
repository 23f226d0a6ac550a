"""The access log is sealed: whoever changes, removes or adds a row that was sealed is found by a command."""

import multiprocessing
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from clinic.access_log import seals
from clinic.models import AccessLog, AccessSeal
from tests.builders import MONDAY, later

ROW = {"at": MONDAY, "kind": "view", "address": "192.0.2.7", "screen": "desk:queue", "shown": "r1 p1"}


def looked(times=1):
    for _ in range(times):
        AccessLog.objects.create(**ROW)


@pytest.fixture
def sealed(db, at):
    """By day, two seals of three rows each, and one row that none has. At night the worker rewrites the file, too."""
    at("2026-11-24 10:05")
    for _ in range(2):
        looked(3)
        assert seals.seal(now=MONDAY) == 3
    looked()


@contextmanager
def triggers_dropped(engine):
    """What the owner of the database can do. Taken back afterwards."""
    with transaction.atomic():
        for table in ("clinic_accesslog", "clinic_accessseal"):
            if engine == "postgresql":
                run("SET CONSTRAINTS ALL IMMEDIATE")
                run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                for act in ("update", "delete", "insert"):
                    run(f'DROP TRIGGER "{table}_only_added_{act}"')
        yield
        transaction.set_rollback(True)


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def check():
    said = StringIO()
    call_command("check_integrity", stdout=said)
    return said.getvalue()


CHANGES = {  # what is done to a sealed row or seal, and how many seals it no longer fits
    "UPDATE clinic_accesslog SET shown = 'r1' WHERE id = {second}": 1,
    "UPDATE clinic_accesslog SET user_id = NULL, address = '192.0.2.8' WHERE id = {second}": 1,
    "DELETE FROM clinic_accesslog WHERE id = {second}": 1,
    "DELETE FROM clinic_accesslog WHERE id <= {last}": 2,
    "UPDATE clinic_accesslog SET id = -1 WHERE id = {second}": 1,
    "INSERT INTO clinic_accesslog (id, at, kind, address, screen, shown, asked_by) "
    "VALUES (0, '2026-11-23 15:05:00+00', 'view', '192.0.2.7', 'desk:queue', '', '')": 1,
    "UPDATE clinic_accessseal SET digest = 'x' WHERE number = 1": 2,
    "UPDATE clinic_accessseal SET rows = 2, last = {second} WHERE number = 1": 2,
    "DELETE FROM clinic_accessseal WHERE number = 1": 1,
}


def test_every_change_of_a_sealed_row_is_found(sealed, engine):
    assert list(seals.broken()) == []
    ids = list(AccessLog.objects.order_by("pk").values_list("pk", flat=True))
    for change, number in CHANGES.items():
        with triggers_dropped(engine):
            run(change.format(second=ids[1], last=ids[-2]))
            assert len(list(seals.broken())) == number, change
    assert list(seals.broken()) == []


def test_the_command_fails_for_a_changed_row_and_names_ids_alone(sealed, engine):
    first, *_more = ids = list(AccessLog.objects.order_by("pk").values_list("pk", flat=True))
    assert f"access log sealed to row {ids[5]}: seal 2, {AccessSeal.objects.get(number=2).digest}" in check()
    said = StringIO()
    with triggers_dropped(engine):
        run("DELETE FROM clinic_accesslog WHERE id = %s", ids[4])
        with pytest.raises(CommandError, match="1 findings"):
            call_command("check_integrity", stdout=said)
    assert said.getvalue() == f"access log: rows {ids[2] + 1} to {ids[5]} are not those of seal 2\n"


def test_the_worker_seals_each_row_once_in_the_order_of_ids(sealed, caplog):
    call_command("run_worker", "--once")
    assert [made.rows for made in AccessSeal.objects.all()] == [3, 3, 1]
    assert AccessSeal.objects.get(number=3).digest in caplog.text  # outside of the database too
    assert seals.seal(now=timezone.now()) == 0
    assert list(seals.broken()) == []


def test_many_rows_are_sealed_and_read_in_parts(db, monkeypatch):
    monkeypatch.setattr(seals, "MOST", 4)
    monkeypatch.setattr(seals, "BATCH", 3)
    looked(11)
    assert [seals.seal(now=later(minutes=n)) for n in range(4)] == [4, 4, 3, 0]
    assert list(seals.broken()) == []


# -- many processes


def look_and_seal(start, number):
    connection.close()
    start.wait(timeout=20)
    for _ in range(15):
        looked(2)
        if number < 2:
            seals.seal(now=timezone.now())
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_workers_seal_while_others_write_and_no_row_is_lost_or_sealed_twice():
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(4)
    children = [fork.Process(target=look_and_seal, args=(start, number)) for number in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    seals.seal(now=timezone.now())
    assert list(seals.broken()) == []
    assert sum(AccessSeal.objects.values_list("rows", flat=True)) == AccessLog.objects.count() == 120


@pytest.mark.django_db(transaction=True)
def test_a_row_with_a_smaller_id_that_comes_late_is_waited_for(engine):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer: ids come in order")
    late = connection.copy("late")
    try:
        with late.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO clinic_accesslog (at, kind, address, screen, shown, asked_by) "
                "VALUES (now(), 'view', '192.0.2.7', 'desk:queue', '', '')"
            )
            looked()  # has a larger id and is visible
            with pytest.raises(Exception, match="lock timeout"):
                seals.seal(now=MONDAY)
            cursor.execute("COMMIT")
    finally:
        late.close()
    assert seals.seal(now=MONDAY) == 2
