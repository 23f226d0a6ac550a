"""The whole suite on SQLite and on PostgreSQL, and the browser tests on SQLite: three runs side by side.

python -m tests.run [pytest's own arguments]
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import IO

from tests.postgres import running_postgres

NO_TEST_CHOSEN = 5  # pytest's exit code for “no tests found”; one run may have none of the requested tests
PYTEST = [sys.executable, "-m", "pytest"]
NOT_PASSED_ON = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")  # without bytecode each program compiles all of ours
IN_TWO = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
RUNS = {  # name: whether it uses PostgreSQL, and which tests it runs
    "SQLite, without the browser tests": (False, "not browser"),
    "PostgreSQL, without the browser tests": (True, "not browser and not once", "--first-inputs"),
    "the browser tests, on SQLite": (False, "browser"),
}


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the default would clean nothing up
    with running_postgres() as server, contextlib.ExitStack() as files:
        say(f"Three runs side by side, PostgreSQL {server.version} among them. The first shows; the others follow it.")
        running = []
        for name, (on_postgres, chosen, *how) in RUNS.items():
            printed = files.enter_context(tempfile.TemporaryFile()) if running else None
            chosen = ["-m", chosen, *how, *IN_TWO, "-o", f"cache_dir=.pytest_cache/{len(running)}"]
            running.append((name, pytest(server.url if on_postgres else None, [*chosen, *arguments], printed), printed))
        codes = [finish(*each) for each in running]
    failed = [code for code in codes if code not in (0, NO_TEST_CHOSEN)]
    return failed[0] if failed else min(codes)


def pytest(database_url: str | None, arguments: list[str], printed: IO[bytes] | None) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    if database_url:
        environment["DATABASE_URL"] = database_url
    return subprocess.Popen([*PYTEST, *arguments], env=environment, stdout=printed, stderr=subprocess.STDOUT)


def finish(name: str, run: subprocess.Popen, printed: IO[bytes] | None) -> int:
    """Wait, and print its output. Ctrl-C reaches this run too: it prints what it has before we go on."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return run.wait()
    finally:
        run.terminate()
        signal.signal(signal.SIGINT, before)
        if printed:
            say(name)
            printed.seek(0)
            shutil.copyfileobj(printed, sys.stdout.buffer)
            sys.stdout.flush()


def say(text: str) -> None:
    print(f"\n{text}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
