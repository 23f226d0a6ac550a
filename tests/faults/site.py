"""A site on a database of its own, and what it has stored at the end."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.bench.servers import tail
from tests.faults.claims import Claim
from tests.faults.mailbox import Mailbox
from tests.faults.patients import Load
from tests.faults.processes import ROOT, STARTED_WITHIN, Postgres, Process, Web, seconds_until_back

MAILED_WITHIN = 60  # seconds


@dataclass
class Site:
    folder: Path
    environment: dict[str, str]
    codes: Iterator[str]  # of open times, each used once
    postgres: Postgres | None = None

    def web(self) -> Web:
        """Two web processes that answer."""
        web = Web(self.folder, **self.environment)
        seconds_until_back(web.port, web.log)
        return web

    def worker(self, mail: str) -> Process:
        command = (sys.executable, "manage.py", "run_worker")
        return Process(self.folder, "worker", *command, **self.environment, EMAIL_URL=mail)

    def restart_postgres(self) -> None:
        if self.postgres:
            self.postgres.kill()
            self.start_postgres()

    def start_postgres(self) -> None:
        """And wait until it accepts connections: only then is it our turn."""
        self.postgres.start()
        end = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < end:
            with suppress(psycopg2.OperationalError):
                return psycopg2.connect(self.environment["DATABASE_URL"]).close()
            if (
                self.postgres.is_gone()
            ):  # a session that began during the kill held its memory: a supervisor tries again
                self.postgres.start()
            time.sleep(0.02)
        raise RuntimeError(tail(str(self.postgres.log)))

    def ask(self, *command: str) -> list[str]:
        """The lines that a command of the site prints. Raises if it fails."""
        how = {"env": self.environment, "cwd": ROOT, "check": True, "stdout": subprocess.PIPE, "text": True}
        return subprocess.run([sys.executable, *command], **how).stdout.splitlines()

    def kept(self, load: Load) -> Iterator[Claim]:
        """Each acknowledged request is there, once."""
        stored, acknowledged = Counter(self.ask("manage.py", "references")), load.acknowledged
        lost = [reference for reference in acknowledged if reference not in stored]
        people = Counter(self.ask("-m", "tests.faults.inside", "people"))
        doubled = [patient.name for patient in load.patients if people[patient.name] > 1]
        shared = len(acknowledged) - len(set(acknowledged))
        yield Claim(f"of {len(acknowledged)} acknowledged requests, lost", f"{len(lost)}", not lost)
        yield Claim("doubled", f"{len(doubled) + shared}", not doubled and not shared)
        yield self._is_whole()

    def _is_whole(self) -> Claim:
        try:
            return Claim("check_integrity", self.ask("manage.py", "check_integrity")[-1], True)
        except subprocess.CalledProcessError as error:
            return Claim("check_integrity", error.stdout[-500:], False)

    def mailed(self, load: Load, box: Mailbox) -> Iterator[Claim]:
        """Each acknowledged request is mailed at least once, and no message more than twice."""
        self.ask("-m", "tests.faults.inside", "end_leases")
        missing, began = set(load.acknowledged), time.monotonic()
        while missing and time.monotonic() - began < MAILED_WITHIN:
            time.sleep(0.2)
            missing = set(load.acknowledged) - set(box.copies())
        copies = [n for messages in box.copies().values() for n in messages.values()]
        yield Claim("acknowledged, but not mailed", f"{len(missing)}", not missing)
        twice = f"{copies.count(2)} twice, {sum(n > 2 for n in copies)} more often"
        yield Claim(f"of {len(copies)} messages, mailed", twice, max(copies, default=0) <= 2)
