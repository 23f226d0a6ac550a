"""A full disk below the database: a small file system of its own, which only root may mount."""

import errno
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg2

from tests.faults.claims import Claim, Size
from tests.faults.patients import Load, Patient, at_once
from tests.faults.processes import STARTED_WITHIN, running, seconds_until_back
from tests.faults.silent import look, press
from tests.faults.site import Site
from tests.postgres import output_of

ROOM, ROOM_FOR_LOG = 4 * 2**20, 64 * 2**20  # bytes beside the database; a piece of PostgreSQL's log has 16 MB
NOT_TRIED = Claim("a full disk", "not tried, because only root may mount a small one", True)
READING = ["/", "/procedures/", "/team/", "/visit-us/", "/danger-signs/", "/request/"]


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[bool]:
    """A disk of that many bytes in this empty folder, of the folder's owner. False: nobody lets us mount one."""
    owner = folder.stat()
    options = f"size={size},mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    if os.geteuid() or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # who was killed may not be gone yet


def disk_full(site: Site, size: Size) -> Iterator[Claim]:
    """Below SQLite: the database on a disk that has little room left."""
    database = Path(site.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    disk = site.folder / "disk"
    disk.mkdir()
    with mounted(disk, database.stat().st_size + ROOM) as is_mounted:
        if not is_mounted:
            yield NOT_TRIED
            return
        shutil.copy(database, disk)  # the last command closed it, so it is complete in this one file
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
        sent = Counter(status for status, _took in pressed)
        seen = {page: look(web.port, page)[0] for page in [*READING, link]}
        receipt = first.once(f"{first.path}/sent/")
        filler.unlink()
        refused, told = sent[503], f"{sent[302]} acknowledged, {sent[503]} get 503, Retry-After, phone"
        yield Claim("of those who send on a full disk", told, refused > 0 and refused + sent[302] == len(patients))
        up = list(seen.values()).count(200)
        yield Claim("pages to read stay up", f"{up} of {len(seen)}", up == len(seen))
        yield Claim("so does a receipt", str(receipt and receipt.status), bool(receipt) and receipt.status == 200)
        for patient in patients:
            patient.send()
        yield from site.kept(load)


def postgres_disk_full(site: Site, size: Size) -> Iterator[Claim]:
    """Below PostgreSQL: first its tables cannot grow, then its log cannot, and it goes."""
    with on_small_disk(site) as disk:
        if disk is None:
            yield NOT_TRIED
            return
        web = site.web()
        with running(web):
            load = Load(web.port, site.codes)
            load.next().ready().send()
            early, late = ([load.next().ready() for _n in range(size.clients)] for _half in range(2))
            filler, url = fill(disk), site.environment["DATABASE_URL"]
            until_full(url, "INSERT INTO django_session VALUES (gen_random_uuid(), repeat('x', 2000), now())")
            yield from _on_full(web.port, early, size, "its tables cannot grow", up=True)
            end = time.monotonic() + STARTED_WITHIN
            while not site.postgres.is_gone() and time.monotonic() < end:
                until_full(url, "SELECT pg_switch_wal(), pg_logical_emit_message(false, 'full', 'x')")
                time.sleep(0.05)
            yield from _on_full(web.port, late, size, "its log cannot, and it is gone", up=False)
            filler.unlink()
            site.start_postgres()  # as its supervisor does
            back = seconds_until_back(web.port, web.log)
            yield Claim("there is room again: back after", f"{back:.1f} s", back < size.in_time)
            at_once([patient.send for patient in early + late])
            yield from site.kept(load)


@contextmanager
def on_small_disk(site: Site) -> Iterator[Path | None]:
    """Its data on a disk that has little room left; afterwards its own data again."""
    data, aside = site.postgres.cwd / "data", site.postgres.cwd / "aside"
    site.postgres.kill()
    data.rename(aside)
    data.mkdir()
    os.chown(data, site.postgres.owner.st_uid, site.postgres.owner.st_gid)
    try:
        with mounted(data, int(output_of("du", "-sb", aside).split()[0]) + ROOM_FOR_LOG) as is_mounted:
            if is_mounted:
                subprocess.run(["cp", "-a", f"{aside}/.", data], check=True)
                site.start_postgres()
            try:
                yield data if is_mounted else None
            finally:
                site.postgres.kill()
    finally:
        data.rmdir()
        aside.rename(data)
        site.start_postgres()


def _on_full(port: int, patients: list[Patient], size: Size, what: str, *, up: bool) -> Iterator[Claim]:
    """Nobody waits: who sends gets a receipt that is true or a 503 with the phone, and so does who reads."""
    pressed, seen = [press(patient) for patient in patients], [look(port, page) for page in READING]
    sent, shown = (Counter(status for status, _took in answers) for answers in (pressed, seen))
    slowest = max(took for _status, took in pressed + seen)
    told = f"{sent[302]} acknowledged, {sent[503]} get 503, Retry-After, phone"
    yield Claim(f"{what}: of those who send", told, sent[503] + (sent[302] if up else 0) == len(patients))
    yield Claim("pages to read", f"{shown[200]} are there, {shown[503]} say 503", not up or shown[200] == len(seen))
    yield Claim("the slowest answer", f"{slowest:.1f} s", slowest < size.in_time)


def until_full(url: str, statement: str) -> None:
    """Again and again, until it is refused for want of room, or the server is gone."""
    with suppress(psycopg2.OperationalError), closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        while True:
            connection.cursor().execute(statement)


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
