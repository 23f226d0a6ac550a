"""Processes that act at the same moment, each with its own connection. Threads would hide a race: they take turns.

They are forked from the test's own process: starting forty interpreters that import Django would take a minute.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, connections

from booking.models import Appointment

FORK = multiprocessing.get_context("fork")
PATIENCE = 60  # seconds for all of it
CONSTRAINT = Appointment.NO_DOUBLE_BOOKING


class Outcome(NamedTuple):
    """How an attempt ended: "done" and its result, or the name of the exception and its text."""

    end: str
    value: Any


def race(processes: int, act: Callable[[int, int], Any], rounds: int = 1) -> list[list[Outcome]]:
    """Run `act(process, round)` in that many processes; all start each round together. Returns [round][process].

    The result of `act` must be picklable.
    """
    connections.close_all()  # or the processes would share our socket
    gate = FORK.Barrier(processes)
    pipes = [FORK.Pipe(duplex=False) for _ in range(processes)]
    running = [
        FORK.Process(target=_run, args=(act, n, rounds, gate, answer), daemon=True)
        for n, (_, answer) in enumerate(pipes)
    ]
    for process in running:
        process.start()
    try:
        answers = [answer.recv() if answer.poll(PATIENCE) else None for answer, _ in pipes]
    finally:
        for process in running:
            process.join(timeout=1)
            process.kill()
    assert None not in answers, "a process did not answer"
    return [list(outcomes) for outcomes in zip(*answers, strict=True)]


def _run(act, n, rounds, gate, answer):
    _wait_for_locks()
    outcomes = []
    for round_ in range(rounds):
        gate.wait(PATIENCE)
        outcomes.append(_try(act, n, round_))
    connections.close_all()
    answer.send(outcomes)


def _wait_for_locks():
    """As long as it takes: the last of forty may wait longer than a page would, on a machine that does other things."""
    if connection.vendor == "sqlite":
        _execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    else:
        _execute(f"SET lock_timeout = '{PATIENCE}s'", f"SET statement_timeout = '{PATIENCE}s'")


def _try(act, n, round_):
    try:
        return Outcome("done", act(n, round_))
    except Exception as error:  # noqa: BLE001 - the test judges what may happen
        return Outcome(type(error).__name__, str(error)[:300])


def ends(outcomes: list[Outcome]) -> Counter:
    return Counter(outcome.end for outcome in outcomes)


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """Drop the table's constraint, for a control test. All appointments are deleted before it is added again."""
    restore = _drop_on_postgres() if connection.vendor == "postgresql" else _drop_on_sqlite()
    try:
        yield
    finally:
        Appointment.objects.all().delete()
        _execute(*restore)


def _drop_on_postgres() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CONSTRAINT])
        definition = cursor.fetchone()[0]
    _execute(f"ALTER TABLE booking_appointment DROP CONSTRAINT {CONSTRAINT}")
    return [f"ALTER TABLE booking_appointment ADD CONSTRAINT {CONSTRAINT} {definition}"]


def _drop_on_sqlite() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{CONSTRAINT}%"]
        )
        triggers = cursor.fetchall()
    assert triggers
    _execute(*(f'DROP TRIGGER "{name}"' for name, _ in triggers))
    return [sql for _, sql in triggers]


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
