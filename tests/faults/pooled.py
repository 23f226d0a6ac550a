"""The site behind PgBouncer in transaction mode: few connections for many processes, and the role keeps the limits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import errors

from tests.faults.claims import Claim, Size
from tests.faults.mailbox import mailbox
from tests.faults.patients import Load
from tests.faults.pooler import PGBOUNCER, SERVERS, Pooler
from tests.faults.processes import running, seconds_until_back
from tests.faults.site import Site

LIMITS = {  # as docs/operations.md has it
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "1min",
    "join_collapse_limit": "3",
}
ENDED = {
    "statement_timeout": (errors.QueryCanceled, ["SELECT pg_sleep(20)"]),
    "lock_timeout": (errors.LockNotAvailable, ["BEGIN; LOCK TABLE clinic_practice"]),
    "idle_in_transaction_session_timeout": (psycopg2.OperationalError, ["BEGIN", "SELECT 1"]),
}


def pooled(site: Site, size: Size) -> Iterator[Claim]:
    """Requests, the worker and confirmations, all of it through the pooler."""
    if not PGBOUNCER:
        yield Claim("PgBouncer", "not tried: it is not on this machine", True)
        return
    pooler, url = Pooler(site.folder, site.environment["DATABASE_URL"]), site.environment["DATABASE_URL"]
    site.environment |= {"DATABASE_URL": pooler.url, "DATABASE_POOLER": "1"}
    try:
        with running(pooler):
            with limited(pooler, LIMITS):
                yield from _used(site, size, pooler)
            yield from _limits(pooler)
    finally:
        site.environment |= {"DATABASE_URL": url, "DATABASE_POOLER": "0"}


def _used(site: Site, size: Size, pooler: Pooler) -> Iterator[Claim]:
    with mailbox() as box:
        web, worker = site.web(), site.worker(box.url)
        with running(web, worker):
            seconds_until_back(web.port, web.log)
            load = Load(web.port, site.codes, size.clients)
            with load.going_on():
                load.wait_for(size.requests / 2)
                confirmed = site.ask("-m", "tests.faults.inside", "confirm")
                load.wait_for(size.requests)
            yield Claim("what patients saw through the pooler", load.outcomes, "no answer" not in load.outcomes)
            yield Claim("confirmed meanwhile", confirmed[0], int(confirmed[0]) > 0)
            yield Claim(f"of {SERVERS} connections, used", f"{pooler.most_servers()}", pooler.most_servers() <= SERVERS)
            yield from site.kept(load)
            yield from site.mailed(load, box)


@contextmanager
def limited(pooler: Pooler, limits: dict[str, str]) -> Iterator[None]:
    """These are set on the role, as of this database, and taken back."""
    _alter(pooler, *(f"SET {name} = '{value}'" for name, value in limits.items()))
    try:
        yield
    finally:
        _alter(pooler, *(f"RESET {name}" for name in limits))


def _alter(pooler: Pooler, *changes: str) -> None:
    with pooler.connect() as opened, opened.cursor() as cursor:
        for change in changes:
            cursor.execute(f"ALTER ROLE clinic IN DATABASE {pooler.name} {change}")  # other tests use the role too
    pooler.reconnect()


def _limits(pooler: Pooler) -> Iterator[Claim]:
    """First those that we set, then each one as short as a test can wait for."""
    with limited(pooler, LIMITS), pooler.connect() as opened, opened.cursor() as cursor:
        found = {name: _shown(cursor, name) for name in LIMITS}
    yield Claim("the role's limits behind the pooler", ", ".join(found.values()), found == LIMITS)
    for name, (wanted, statements) in ENDED.items():
        with limited(pooler, {name: "300ms"}), _table_locked(pooler):
            ended = _ended_by(pooler, statements)
        yield Claim(f"{name} ends what takes longer", ended.__name__, issubclass(ended, wanted))


def _shown(cursor, name: str) -> str:
    cursor.execute(f"SHOW {name}")
    return cursor.fetchone()[0]


@contextmanager
def _table_locked(pooler: Pooler) -> Iterator[None]:
    with pooler.connect() as opened, opened.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("LOCK TABLE clinic_practice")
        yield
        cursor.execute("ROLLBACK")


def _ended_by(pooler: Pooler, statements: list[str]) -> type[Exception]:
    with pooler.connect() as opened, opened.cursor() as cursor:
        try:
            for statement in statements:
                cursor.execute(statement)
                time.sleep(1)  # in a transaction that was begun, it is idle
        except psycopg2.Error as error:
            return type(error)
    return type(None)
