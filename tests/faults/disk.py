"""A full disk below SQLite: a small file system of its own, which only root may mount."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.faults.claims import Claim, Size
from tests.faults.patients import Load
from tests.faults.processes import running
from tests.faults.silent import look, press
from tests.faults.site import Site

ROOM = 4 * 1024 * 1024  # bytes beside the database
READING = ["/", "/procedures/", "/team/", "/visit-us/", "/danger-signs/", "/request/"]


@contextmanager
def small_disk(folder: Path, database: Path) -> Iterator[Path | None]:
    """The database on a disk that has little room left. None: nobody lets us mount one."""
    folder.mkdir()
    size = database.stat().st_size + ROOM
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder]
    if os.geteuid() or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        yield None
        return
    try:
        shutil.copy(database, folder)  # the last command closed it, so it is complete in this one file
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def disk_full(site: Site, size: Size) -> Iterator[Claim]:
    database = Path(site.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    with small_disk(site.folder / "disk", database) as disk:
        if disk is None:
            yield Claim("a full disk", "not tried, because only root may mount a small one", True)
            return
        moved = {"DATABASE_URL": f"sqlite:///{disk}/{database.name}"}
        yield from _filled(replace(site, environment=site.environment | moved), size, disk)


def _filled(site: Site, size: Size, disk: Path) -> Iterator[Claim]:
    web = site.web()
    with running(web):
        load = Load(web.port, site.codes)
        first, *patients = [load.next().ready() for _n in range(size.clients + 1)]
        first.send()
        link = "/visit/" + site.ask("-m", "tests.faults.inside", "private_link")[0]
        filler = fill(disk)
        pressed = [press(patient) for patient in patients]
        refused = [status for status, _took in pressed].count(503)
        seen = {page: look(web.port, page)[0] for page in [*READING, link]}
        receipt = first.once(f"{first.path}/sent/")
        filler.unlink()
        yield Claim(f"{len(pressed)} who send on a full disk: 503, Retry-After, phone", f"{refused}", refused > 0)
        up = list(seen.values()).count(200)
        yield Claim("pages to read stay up", f"{up} of {len(seen)}", up == len(seen))
        yield Claim("so does a receipt", str(receipt and receipt.status), bool(receipt) and receipt.status == 200)
        for patient in patients:
            patient.send()
        yield from site.kept(load)


def fill(disk: Path) -> Path:
    """A file that takes what is left, to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (64 * 1024, 4096, 512, 1):
            fill_with(file, b"x" * size)
    return filler


def fill_with(file, piece: bytes) -> None:
    try:
        while file.write(piece) == len(piece):
            pass
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
