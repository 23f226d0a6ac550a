"""Breaks a site in every way that we promise to survive, and prints what held.

    make faults                       all, on SQLite and on PostgreSQL: about twenty minutes
    make smoke                        a few of them, and fewer times, in about a minute and a half
    python -m tests.faults web disk   some of them

Everything listens on this machine alone, and writes to a temporary folder. Exits with 1 if a claim does not hold.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from tests.faults import disk, killed, nodes, pooled, recovered, silent, standby
from tests.faults.claims import Size, show
from tests.faults.processes import ROOT, Postgres
from tests.faults.site import Site
from tests.postgres import running_postgres

WHOLE, SMOKE = Size(requests=200, kills=10), Size(requests=8, kills=2, in_time=15)
IN_SMOKE = ("disk", "power", "frozen", "nodes")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "DEBUG": "1"}
SQLITE = {"web": killed.web_killed, "mail": silent.mail_hung, "slow": silent.slow_visitors, "disk": disk.disk_full}
POSTGRESQL = {
    "full": disk.postgres_disk_full,
    "frozen": silent.database_frozen,
    "web": killed.web_killed,
    "worker": killed.worker_killed,
    "postgres": killed.postgres_killed,
    "power": killed.all_killed,
    "early": killed.started_first,
    "nodes": nodes.node_killed,
    "pooler": pooled.pooled,
    "recovery": recovered.put_back,
    "standby": standby.standby_promoted,
}


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    size = SMOKE if "--smoke" in arguments else WHOLE
    named = [name for name in arguments if not name.startswith("-")]
    names = named or (IN_SMOKE if size == SMOKE else [*SQLITE, *POSTGRESQL])
    with tempfile.TemporaryDirectory(prefix="clinic-faults-") as folder:
        sites = [(on_sqlite, SQLITE), (on_postgresql, POSTGRESQL)]
        held = [run(site, faults, names, size, Path(folder)) for site, faults in sites]
    return 0 if all(held) else 1


def run(site, faults: dict, names: list[str], size: Size, folder: Path) -> bool:
    """Whether all claims of the faults of these names hold on this engine."""
    chosen = [name for name in faults if name in names]
    if not chosen:
        return True
    with site(folder, size) as broken:
        held = [_tried(name, broken, faults[name], size) for name in chosen]
    return all(held)


def _tried(name: str, site: Site, fault: Callable, size: Size) -> bool:
    began = time.monotonic()
    print(f" {name}", flush=True)  # noqa: T201
    site.codes = iter(site.ask("-m", "tests.faults.inside", "codes"))
    held = show(fault(site, size))
    print(f"  {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    return held


@contextmanager
def on_sqlite(folder: Path, size: Size) -> Iterator[Site]:
    print("\nSQLite", flush=True)  # noqa: T201
    yield prepared(folder, size, f"sqlite:///{folder}/clinic.sqlite3")


@contextmanager
def on_postgresql(folder: Path, size: Size) -> Iterator[Site]:
    with running_postgres(durable=True) as server:
        print(f"\nPostgreSQL {server.version}, fsync on", flush=True)  # noqa: T201
        postgres = Postgres(folder, server.pid)
        try:
            site = prepared(folder, size, server.url, postgres)
            checkpoint(server.url)
            yield site
        finally:
            postgres.kill()


def checkpoint(url: str) -> None:
    """Or the first recovery would redo the first loading."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("CHECKPOINT")


def prepared(folder: Path, size: Size, url: str, postgres: Postgres | None = None) -> Site:
    """A demo; for a short run a practice of one provider, which is made sooner."""
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}  # as in our image
    environment = os.environ | SETTINGS | compiled | {"DATABASE_URL": url}
    hasty = environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"}  # without fsync: nothing is killed yet
    filled = ["manage.py", "load_demo"] if size == WHOLE else ["-m", "tests.faults.inside", "small_practice"]
    for command in (["manage.py", "migrate", "--verbosity=0"], filled):
        subprocess.run([sys.executable, *command], env=hasty, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Site(folder, environment, iter(()), postgres)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
