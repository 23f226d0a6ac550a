"""gunicorn with two workers, as in production. Each server stops at the end of its `with` block, by process id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.client import Browser

WORKERS, THREADS = 2, 2
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def workers(self) -> list[str]:
        return children(self.pid)


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def spent(pids: Iterable[str]) -> dict[str, float]:
    """The processor time that each has used so far, in seconds, without that of other programs."""
    return {pid: _spent(pid) for pid in pids}


def _spent(pid: str) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


@contextmanager
def serving(application: str, folder: str, ready: str, port: int | None = None) -> Iterator[Server]:
    """gunicorn with this WSGI application; its output goes to a file in the folder."""
    port = port or free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
        "--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "75", "--log-level", "warning",
        application,
    ]  # fmt: skip
    path = f"{folder}/{application.split(':')[0]}.log"
    with open(path, "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=os.environ)
    try:
        wait_until(port, ready, server, path)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(port: int, path: str, server: subprocess.Popen, log: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            browser = Browser(port)
            status = browser.get(path).status
            browser.close()
            if status == 200:
                return
            raise RuntimeError(f"{path} answers {status}; see\n{tail(log)}")
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"gunicorn did not start\n{tail(log)}") from None
            time.sleep(0.1)


def tail(log: str) -> str:
    with open(log, errors="replace") as lines:
        return "".join(lines.readlines()[-40:])
