"""The processes of a site, each ended by its id, and started again as a supervisor would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
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


class Postgres(Process):
    """The server that runs already, which is then ours to end."""

    running = None

    def __init__(self, folder: str | Path, pid: int) -> None:
        self.pid, here = pid, Path(f"/proc/{pid}")
        self.cwd, self.owner = (here / "cwd").resolve().parent, here.stat()  # it has gone into its data
        self.log, self.command = Path(folder) / "postgres.log", here.joinpath("cmdline").read_text().split("\0")[:-1]

    def start(self) -> None:
        who = {"user": self.owner.st_uid, "group": self.owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, cwd=self.cwd, stdout=log, stderr=log, **who)
        self.pid = self.running.pid

    def kill(self) -> None:
        kill(self.processes())
        self.running.wait() if self.running else os.waitpid(self.pid, 0)

    def processes(self) -> list[int]:
        return [self.pid, *map(int, children(self.pid))]


def seconds_until_back(port: int, log: str | Path = os.devnull) -> float:
    began = time.monotonic()
    while not answers(port):
        if time.monotonic() - began > STARTED_WITHIN:
            raise RuntimeError(f"the site did not come back\n{tail(str(log))}")
        time.sleep(0.05)
    return time.monotonic() - began


def answers(port: int) -> bool:
    browser = Browser(port)
    try:
        return browser.get("/").status == 200
    except OSError:
        return False
    finally:
        browser.close()


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it went by itself
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
