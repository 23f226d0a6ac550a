"""The PostgreSQL of the run: the processes that answer, and every message that they get."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from tests.bench.servers import children
from tests.postgres import DATABASE, USER

LOGGED = b"LOG:  statement: "


@dataclass(frozen=True)
class Database:
    pid: int

    def backends(self) -> list[str]:
        """One for each connection. The others, such as autovacuum, work for no page in particular."""
        title = f"postgres: {USER} {DATABASE} ".encode()
        return [pid for pid in children(self.pid) if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(title)]

    def trips(self, send: Callable[[], object], times: int) -> int:
        """The fewest messages of some tries, also BEGIN, COMMIT and Django's check that the connection is alive.

        The fewest, because every ten seconds a page reads the practice's name, hours and closures anew.
        """
        with self._logging(), open(f"/proc/{self.pid}/fd/2", "rb") as log:
            log.seek(0, os.SEEK_END)
            return min((send(), log.read().count(LOGGED))[1] for _n in range(times))

    @contextmanager
    def _logging(self) -> Iterator[None]:
        self._set("ALTER SYSTEM SET log_statement = 'all'")
        try:
            yield
        finally:
            self._set("ALTER SYSTEM RESET log_statement")

    def _set(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        time.sleep(0.2)  # every backend gets a signal
