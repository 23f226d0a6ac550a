"""PostgreSQL on two machines, as far as one machine can be two: the first one goes, the second takes its place."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

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
        program = Path(primary.command[0]).with_name("pg_basebackup")
        self.command = [program, "-h", self.cwd, "-U", "clinic", "-D", COPY, "--write-recovery-conf", "--no-sync"]
        self.command += ["--checkpoint=fast"]
        self.start()
        if self.running.wait():
            raise RuntimeError(self.log.read_text())
        where = f"unix_socket_directories={self.cwd}"
        changed = {"data": COPY, where: f"{where}/{COPY}"}
        self.command = [changed.get(part, part) for part in primary.command]
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
    while not ask(url, question)[0]:
        if time.monotonic() > deadline:
            raise RuntimeError("the standby does not follow the primary")
        time.sleep(0.05)


def ask(url: str, *statements: str) -> tuple:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchone()
