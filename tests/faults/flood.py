"""Floods the front door of a real server with two web processes, and sees who gets in.

    python -m tests.faults.flood     on SQLite and on PostgreSQL, about a minute each

Exits with 1 if a claim does not hold. The figures in SECURITY.md are from here.
"""

import os
import subprocess
import sys
import tempfile

from tests.postgres import running_postgres

SERVED = {
    "DEBUG": "1",
    "DJANGO_SETTINGS_MODULE": "clinic.settings",
    "TRUSTED_PROXIES": "1",  # so that one machine can be many
    "SHORTEST_REQUEST_SECONDS": "0",
    "RUSH_AT_LEAST": "150",
    "RUSH_TIMES": "1",  # the demo has busy hours
}


def main() -> int:
    with running_postgres() as server, tempfile.TemporaryDirectory(prefix="clinic-flood-") as folder:
        engines = {"SQLite": f"sqlite:///{folder}/flood.sqlite3", f"PostgreSQL {server.version}": server.url}
        return max(flooded(name, url, folder) for name, url in engines.items())


def flooded(name: str, url: str, folder: str) -> int:
    """The exit code of the attack on a new demo in this database."""
    print(f"\n{name}, two web processes", flush=True)  # noqa: T201
    environment = os.environ | SERVED | {"DATABASE_URL": url}
    for command in (["migrate", "--verbosity=0"], ["load_demo"]):
        subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True, stdout=subprocess.DEVNULL)
    attack = [sys.executable, "-m", "tests.faults.attack", folder]
    return subprocess.run(attack, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
