"""PgBouncer in transaction mode before a PostgreSQL of ours, on loopback."""

import shutil
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2

from tests.bench.client import connect
from tests.bench.servers import free_port, tail
from tests.faults.processes import STARTED_WITHIN, Process

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
SERVERS = 4  # connections to PostgreSQL, for all processes together
# As docs/operations.md has it, but for who may come in.
CONFIG = """
[databases]
{name} = host={host} dbname={name} user=clinic
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
admin_users = clinic
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 200
"""


class Pooler(Process):
    def __init__(self, folder: Path, url: str) -> None:
        self.port, parts = free_port(), urlsplit(url)
        self.host, self.name = Path(parse_qs(parts.query)["host"][0]), parts.path.strip("/")
        config = self.host / f"pgbouncer-{self.port}.ini"  # which PostgreSQL's user may read; it is not for root
        config.write_text(CONFIG.format(name=self.name, host=self.host, port=self.port, servers=SERVERS))
        self.url = f"postgres://clinic@127.0.0.1:{self.port}/{self.name}"
        super().__init__(folder, "pgbouncer", PGBOUNCER, "-u", self.host.owner(), config)
        self._wait_until_it_listens()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + STARTED_WITHIN
        while True:
            try:
                return connect(self.port).close()
            except OSError:
                if self.running.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(tail(str(self.log))) from None
                time.sleep(0.05)

    def connect(self) -> closing:
        """A connection as the site makes one, in autocommit mode."""
        opened = psycopg2.connect(self.url)
        opened.autocommit = True
        return closing(opened)

    def reconnect(self) -> None:
        """What was set on the role holds for connections that begin after it."""
        self._console("RECONNECT")

    def most_servers(self) -> int:
        """How many connections to PostgreSQL there are: it closes none within the minutes of a run."""
        return sum(1 for row in self._console("SHOW SERVERS") if row[1] == "clinic")

    def _console(self, command: str) -> list[tuple]:
        with closing(psycopg2.connect(f"postgres://clinic@127.0.0.1:{self.port}/pgbouncer")) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                cursor.execute(command)
                return cursor.fetchall() if cursor.description else []
