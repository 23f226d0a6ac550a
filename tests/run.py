"""The whole suite on SQLite and on PostgreSQL, side by side; browser tests once, on SQLite.

python -m tests.run [pytest's own arguments]
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

from tests.postgres import running_postgres

NO_TEST_CHOSEN = 5  # pytest's exit code; one engine may have none of the tests that were asked for
PYTEST = [sys.executable, "-m", "pytest"]
NOT_TWICE = ["-m", "not browser", "-o", "cache_dir=.pytest_cache/postgres"]


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # not the default, which cleans nothing up
    with running_postgres() as server, tempfile.TemporaryFile() as printed:
        on_postgres = pytest(server.url, [*NOT_TWICE, *arguments], stdout=printed, stderr=subprocess.STDOUT)
        headline("SQLite, with the browser tests; PostgreSQL runs beside it and is printed below")
        on_sqlite = pytest(None, arguments)
        codes = [finish(on_sqlite), finish(on_postgres)]
        headline(f"PostgreSQL {server.version}, without the browser tests")
        printed.seek(0)
        shutil.copyfileobj(printed, sys.stdout.buffer)
        sys.stdout.flush()
    failed = [code for code in codes if code not in (0, NO_TEST_CHOSEN)]
    return failed[0] if failed else min(codes)


def pytest(database_url: str | None, arguments: list[str], **popen) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if database_url:
        environment["DATABASE_URL"] = database_url
    return subprocess.Popen([*PYTEST, *arguments], env=environment, **popen)


def finish(run: subprocess.Popen) -> int:
    """Ctrl-C reaches the run too: it prints what it has, and only then do we go on."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return run.wait()
    finally:
        run.terminate()
        signal.signal(signal.SIGINT, before)


def headline(text: str) -> None:
    print(f"\n{text}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
