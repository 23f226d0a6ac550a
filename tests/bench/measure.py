"""The measurements. `python -m tests.bench` starts this module with a database and the production settings."""

import argparse
import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.bench import pages, proofs, scale  # noqa: E402
from tests.bench.bench import CLIENTS, Bench  # noqa: E402
from tests.bench.database import Database  # noqa: E402
from tests.bench.figures import say  # noqa: E402
from tests.bench.imports import ten_thousand_rows  # noqa: E402
from tests.bench.servers import THREADS, WORKERS, serving  # noqa: E402
from tests.bench.walk import Patient  # noqa: E402


def load_data(folder: str) -> None:
    say("Making the demo practice, with 50 practitioners for a first visit ...")
    with open(f"{folder}/load.log", "w") as log:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("load_demo", stdout=log)
    list(scale.grow(practitioners=51, now=timezone.now()))
    connection.close()
    subprocess.run([sys.executable, "-m", "tests.bench.floor"], check=True)


def grow(options: argparse.Namespace) -> None:
    began = time.monotonic()
    say(f"Adding {options.past:,} past appointments and {options.waiting:,} waiting requests ...")
    list(scale.grow(appointments=options.past, waiting=options.waiting, now=timezone.now()))
    connection.close()
    say(f"  ... took {time.monotonic() - began:.0f} s")


def run(bench: Bench) -> None:
    bench.table.head()
    floor = bench.list20()
    trips = bench.database.trips(lambda: bench.visitor.get("/list20"), times=4)
    bench.table.page("floor: list20", floor, floor, trips)
    if bench.options.desk:
        grow(bench.options)
        return bench.attempt(pages.desk_pages)
    proofs.engine(bench)
    pages.public_pages(bench)
    patients = [Patient(bench.product).ready(code) for code in bench.take(CLIENTS)]
    before = pages.open_times_pages(bench, patients, "no history")
    grow(bench.options)
    after = pages.open_times_pages(bench, patients, "history")
    pages.flatness(bench, before, after)
    for group in (pages.steps, pages.receipt):
        bench.attempt(group, patients)
    for group in (pages.sending, pages.whole_requests, proofs.all_at_once, pages.desk_pages, ten_thousand_rows):
        bench.attempt(group)


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, two short rounds for each figure")
    parser.add_argument("--desk", action="store_true", help="the desk's pages alone")
    parser.add_argument("--past", type=int, help="past appointments")
    parser.add_argument("--waiting", type=int, help="requests that wait for an answer")
    given = parser.parse_args(arguments)
    quick = {"past": 20_000, "waiting": 5_000, "seconds": 0.7, "rounds": 2, "submits": 80, "walks": 3}
    full = {"past": 1_000_000, "waiting": 100_000, "seconds": 1, "rounds": 5, "submits": 480, "walks": 5}
    sizes = {name: value for name, value in vars(given).items() if value}
    chosen = {"desk": False} | (quick if given.quick else full) | sizes
    return argparse.Namespace(**chosen)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends the servers too
    chosen, folder = options(arguments), os.environ["BENCH_FOLDER"]
    began = time.monotonic()
    say(
        f"Python {platform.python_version()}, Django {django.__version__}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; gunicorn with {WORKERS} workers of {THREADS} threads, {CLIENTS} clients"
    )
    load_data(folder)
    at_once = signal.signal, (signal.SIGTERM, signal.SIG_DFL)  # a client with our handler may wait for its lock forever
    with (
        multiprocessing.get_context("fork").Pool(CLIENTS, *at_once) as pool,
        serving("tests.bench.floor:application", folder, "/list20") as floor,
        serving("clinic.wsgi:application", folder, "/healthz") as product,
    ):
        bench = Bench(chosen, pool, floor, product, Database(int(os.environ["BENCH_POSTGRES"])))
        run(bench)
    say(f"\n{len(bench.table.missed)} missed, load {os.getloadavg()[0]:.1f}; {time.monotonic() - began:.0f} s")
    return 1 if bench.table.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
