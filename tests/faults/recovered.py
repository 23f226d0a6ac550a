"""PostgreSQL archives its log, and is put back to a moment between two acknowledged requests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.faults.claims import Claim, Size
from tests.faults.patients import Load
from tests.faults.processes import Postgres, running
from tests.faults.site import Site
from tests.faults.standby import ask, wait_for

BASE, ARCHIVE = "base", "archive"  # folders beside that of the server
# As docs/operations.md has it.
ARCHIVING = {"archive_mode": "on", "archive_command": "test ! -f {archive}/%f && cp %p {archive}/%f"}
RECOVERY = """
restore_command = 'cp {archive}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
"""
ARCHIVED = "SELECT last_archived_wal >= '{}' FROM pg_stat_archiver"
RECOVERED = "SELECT NOT pg_is_in_recovery()"


class Recovered(Postgres):
    """What the server was at that moment, from the base backup and the archived log."""

    def __init__(self, lost: Postgres, moment: datetime) -> None:
        self.cwd, self.owner, self.log = lost.cwd, lost.owner, lost.log.with_name("recovered.log")
        base = self.cwd / BASE
        with (base / "postgresql.auto.conf").open("a") as conf:
            conf.write(RECOVERY.format(archive=self.cwd / ARCHIVE, moment=moment))
        signal = base / "recovery.signal"
        signal.touch()
        lost.give(signal)
        self.command = lost.beside(BASE)
        self.start()


def put_back(site: Site, size: Size) -> Iterator[Claim]:
    """Requests before a moment and after it: the former are there again, the latter are not."""
    url = site.environment["DATABASE_URL"]
    with archiving(site) as archive:
        began = time.monotonic()
        site.postgres.base_backup(BASE)
        base = f"{time.monotonic() - began:.1f} s, {_megabytes(site.postgres.cwd / BASE)} MB"
        yield Claim("a base backup takes", base, True)
        before = sent(site, size)
        [moment] = ask(url, "SELECT clock_timestamp()")
        after = sent(site, size)
        [last] = ask(url, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_for(url, ARCHIVED.format(last))
        log = f"{len(list(archive.iterdir()))} files, {_megabytes(archive)} MB"
        yield Claim(f"the archived log of {len(before.acknowledged + after.acknowledged)} requests", log, True)
        site.postgres.kill()
        yield from _put_back(site, url, moment, before, after)


def _put_back(site: Site, url: str, moment: datetime, before: Load, after: Load) -> Iterator[Claim]:
    began, recovered = time.monotonic(), Recovered(site.postgres, moment)
    try:
        site.environment |= {"DATABASE_URL": url.replace(str(recovered.cwd), f"{recovered.cwd}/{BASE}")}
        wait_for(site.environment["DATABASE_URL"], RECOVERED)
        yield Claim("back at that moment after", f"{time.monotonic() - began:.1f} s", True)
        yield from site.kept(before)
        later = set(after.acknowledged) & set(site.ask("manage.py", "references"))
        yield Claim(f"of {len(after.acknowledged)} sent after that moment, there", f"{len(later)}", not later)
    finally:
        site.environment |= {"DATABASE_URL": url}
        recovered.kill()
        site.start_postgres()


@contextmanager
def archiving(site: Site) -> Iterator[Path]:
    """The server begins again, and archives its log from then on."""
    postgres, usual = site.postgres, site.postgres.command
    archive = postgres.cwd / ARCHIVE
    archive.mkdir()
    options = [f"{name}={value.format(archive=archive)}" for name, value in ARCHIVING.items()]
    postgres.command = usual + [part for option in options for part in ("-c", option)]
    postgres.give(archive)
    site.restart_postgres()
    try:
        yield archive
    finally:
        postgres.kill()
        postgres.command = usual
        site.start_postgres()


def sent(site: Site, size: Size) -> Load:
    web = site.web()
    with running(web):
        load = Load(web.port, site.codes, size.clients)
        with load.going_on():
            load.wait_for(size.requests / 2)
    return load


def _megabytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000
