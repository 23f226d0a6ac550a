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
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, cwd=self.cwd, stdout=log, stderr=log, **self._who())
        self.pid = self.running.pid

    def base_backup(self, folder: str, *options: str) -> None:
        """A copy of this server's files, in a folder beside them."""
        program = Path(self.command[0]).with_name("pg_basebackup")
        command = [program, "-h", self.cwd, "-U", "clinic", "-D", folder, "--no-sync", "--checkpoint=fast", *options]
        with self.log.open("ab") as log:
            subprocess.run(command, cwd=self.cwd, stdout=log, stderr=log, check=True, **self._who())

    def beside(self, folder: str) -> list[str]:
        """The command that runs the server on that copy, with a socket of its own."""
        where = f"unix_socket_directories={self.cwd}"
        changed = {"data": folder, where: f"{where}/{folder}"}
        return [changed.get(part, part) for part in self.command]

    def give(self, path: Path) -> None:
        os.chown(path, self.owner.st_uid, self.owner.st_gid)

    def _who(self) -> dict:
        return {"user": self.owner.st_uid, "group": self.owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}

    def kill(self) -> None:
        if self.is_gone():
            return
        kill(self.processes())
        self.running.wait() if self.running else os.waitpid(self.pid, 0)

    def is_gone(self) -> bool:
        """By itself, as when its disk is full."""
        return self.running is not None and self.running.poll() is not None

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
