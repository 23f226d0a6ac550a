"""The processes of a site, each ended by its id, and started again as a supervisor would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.client import Browser
from tests.bench.servers import children, free_port, tail

ROOT = Path(__file__).resolve().parents[2]
STARTED_WITHIN = 60  # seconds


class Process:
    """A command that goes on until it is ended. Its output goes to a file in the folder."""

    def __init__(self, folder: str | Path, name: str, *command: str | Path, **environment: str) -> None:
        self.log, self.command, self.environment = Path(folder) / f"{name}.log", command, os.environ | environment
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        """As a power cut would, with everything below it."""
        kill([self.running.pid, *self.children()])
        self.running.wait()

    def children(self) -> list[int]:
        return [int(pid) for pid in children(self.running.pid)]

    def end(self) -> None:
        self.running.terminate()
        try:
            self.running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()


class Web(Process):
    """gunicorn with the settings that we ship."""

    def __init__(self, folder: str | Path, **environment: str) -> None:
        self.port = free_port()
        gunicorn = (sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "clinic.wsgi")
        super().__init__(folder, "web", *gunicorn, "--bind", f"127.0.0.1:{self.port}", **environment)

    def kill_workers(self) -> None:
        kill(self.children())

    def seconds_until_back(self) -> float:
        began = time.monotonic()
        while not answers(self.port):
            if time.monotonic() - began > STARTED_WITHIN:
                raise RuntimeError(f"the site did not come back\n{tail(str(self.log))}")
            time.sleep(0.05)
        return time.monotonic() - began


def answers(port: int) -> bool:
    browser = Browser(port)
    try:
        return browser.get("/healthz").status == 200
    except OSError:
        return False
    finally:
        browser.close()


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """These processes stand still: they take what is sent, and answer nothing."""
    pids = list(pids)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.end()
