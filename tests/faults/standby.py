"""PostgreSQL on two machines, as far as one machine can be two: the first one goes, the second takes its place."""

import time
from collections.abc import Iterator
from contextlib import closing, suppress

import psycopg2

from tests.faults.claims import Claim, Size
from tests.faults.patients import Load
from tests.faults.processes import STARTED_WITHIN, Postgres, running, seconds_until_back
from tests.faults.site import Site

COPY = "copy"  # the folder of the standby, beside that of the primary
STREAMING = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"


class Standby(Postgres):
    """A copy that follows the primary."""

    def __init__(self, primary: Postgres) -> None:
        self.cwd, self.owner, self.log = primary.cwd, primary.owner, primary.log.with_name("standby.log")
        primary.base_backup(COPY, "--write-recovery-conf")
        self.command = primary.beside(COPY)
        self.start()


def standby_promoted(site: Site, size: Size) -> Iterator[Claim]:
    """What a patient was told is on both machines: the primary is lost, and nothing is lost with it."""
    primary, url = site.postgres, site.environment["DATABASE_URL"]
    standby_url = url.replace(str(primary.cwd), f"{primary.cwd}/{COPY}")
    standby = Standby(primary)
    try:
        wait_for(url, STREAMING)
        answered_by_both(url, True)
        web = site.web()
        with running(web):
            load = Load(web.port, site.codes, size.clients)
            with load.going_on():
                load.wait_for(size.requests / 2)
                primary.kill()
                began = time.monotonic()
                ask(standby_url, "SELECT pg_promote()")
                web.kill()
                web.environment |= {"DATABASE_URL": standby_url}
                web.start()
                seconds_until_back(web.port, web.log)
                back = time.monotonic() - began
                load.wait_for(size.requests)
        yield Claim("the primary is lost, the standby promoted: back after", f"{back:.1f} s", True)
        site.environment |= {"DATABASE_URL": standby_url}
        yield from site.kept(load)
    finally:
        site.environment |= {"DATABASE_URL": url}
        standby.kill()
        site.start_postgres()
        answered_by_both(url, False)


def answered_by_both(url: str, wanted: bool) -> None:
    """Whether the primary waits for the standby before it says that a row is written."""
    ask(url, f"ALTER SYSTEM SET synchronous_standby_names = '{'*' if wanted else ''}'", "SELECT pg_reload_conf()")


def wait_for(url: str, question: str) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while not _is_so(url, question):
        if time.monotonic() > deadline:
            raise RuntimeError(f"it never was so: {question}")
        time.sleep(0.05)


def _is_so(url: str, question: str) -> bool:
    """Not while the server is still starting."""
    with suppress(psycopg2.OperationalError):
        return bool(ask(url, question)[0])
    return False


def ask(url: str, *statements: str) -> tuple:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchone()
