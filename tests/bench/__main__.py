"""Measures what each page costs beside a lean floor, on a durable PostgreSQL that lives for this run.

    python -m tests.bench            everything, with a million past appointments: about half an hour
    python -m tests.bench --quick    little data, a second for each figure: about four minutes
    python -m tests.bench --desk     the desk's pages alone, with all the data
    python -m tests.bench search     the search among 300,000 patients, on SQLite and on PostgreSQL

Writes only to a temporary folder. Exits with 1 if a budget is missed.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile

from tests.postgres import running_postgres


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with running_postgres(durable=True) as server, tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        print(f"PostgreSQL {server.version}, fsync on", flush=True)  # noqa: T201
        databases = {"DATABASE_URL": server.url, "BENCH_POSTGRES": str(server.pid)}
        if arguments != ["search"]:
            return run("tests.bench.measure", arguments, folder, databases)
        sqlite = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        return max(run("tests.bench.search", [], folder, databases | url) for url in (sqlite, {}))


def run(module: str, arguments: list[str], folder: str, databases: dict[str, str]) -> int:
    """The module with the settings of production; its exit code."""
    environment = (
        os.environ
        | databases
        | {
            "BENCH_FOLDER": folder,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://127.0.0.1",
            "DEFAULT_FROM_EMAIL": "desk@example.org",
        }
    )
    child = subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment)
    signal.signal(signal.SIGINT, lambda *_: None)  # the child got it too: let it finish first
    try:
        return child.wait()
    finally:
        child.terminate()
        child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
