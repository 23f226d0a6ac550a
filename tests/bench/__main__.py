"""Measures the product and a bare Django app side by side, on a durable PostgreSQL that is started for this run.

    python -m tests.bench            everything, with a million past appointments: about a quarter of an hour
    python -m tests.bench --quick    little data, one second per figure: about two minutes

Writes only to a temporary folder. Exits with 1 if a target is missed.
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
        environment = os.environ | {
            "DATABASE_URL": server.url,
            "BENCH_FOLDER": folder,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://127.0.0.1",
            "DEFAULT_FROM_EMAIL": "desk@example.org",
        }
        child = subprocess.Popen([sys.executable, "-m", "tests.bench.measure", *arguments], env=environment)
        signal.signal(signal.SIGINT, lambda *_: None)  # the child got it too: let it finish first
        try:
            return child.wait()
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
