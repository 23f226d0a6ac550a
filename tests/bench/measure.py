"""The measurements. `python -m tests.bench` starts this module with a database and the production settings."""

import argparse
import itertools
import multiprocessing
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing.pool import Pool
from statistics import median
from zoneinfo import ZoneInfo

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from booking.models import Appointment, AppointmentRequest  # noqa: E402
from booking.roles import DESK  # noqa: E402
from booking.scheduling.availability import WeeklyHours, open_slots  # noqa: E402
from booking.scheduling.response_deadline import response_deadline  # noqa: E402
from booking.scheduling.slots import Rules, Slot, open_times  # noqa: E402
from clinic.models import AppointmentType  # noqa: E402
from tests.bench import scale  # noqa: E402
from tests.bench.client import Browser, Job, connect, read, work  # noqa: E402
from tests.bench.figures import Load, Table, merged, say  # noqa: E402
from tests.bench.servers import THREADS, WORKERS, Server, serving  # noqa: E402
from tests.bench.walk import ANSWERS, Lost, Patient, prepare, walk_all  # noqa: E402

CLIENTS = 4  # as many as the server has threads
NEW_PATIENT = "new-patient"
TREATMENT = "/procedures/kyphoplasty/"
Requests = list[list[bytes]]  # the requests that each client sends


class Bench:
    """Two servers, a pool of clients, and the times that are still open."""

    def __init__(self, options: argparse.Namespace, pool: Pool, floor: Server, product: Server) -> None:
        self.options, self.pool, self.servers = options, pool, {server.port: server for server in (floor, product)}
        self.floor, self.product = floor.port, product.port
        self.table, self.codes = Table(), free_codes()
        self.minutes = itertools.count(0, 20)
        self.visitor = Browser(self.floor)
        self.visitor.get("/list20")

    def fire(self, port: int, requests: Requests, expect: int, once: bool = False) -> Load:
        """Start all clients at the same moment, each with its own requests: in a loop for a while, or each once."""
        begins = time.monotonic() + 0.1
        ends = begins + (600 if once else self.options.seconds)
        jobs = [Job(port, mine, expect, begins, ends, once) for mine in requests]
        spent = self.servers[port].cpu_seconds()
        done = self.pool.map(work, jobs, chunksize=1)
        took = [each for _end, mine in done for each in mine]
        spent = self.servers[port].cpu_seconds() - spent
        return Load(len(took) / (max(end for end, _mine in done) - begins), took, spent / len(took))

    def list20(self) -> Load:
        return self.fire(self.floor, [[self.visitor.raw("/list20", None)]] * CLIENTS, 200)

    def floor_book(self, each: int) -> Load:
        requests = [
            [
                self.visitor.raw("/book", {"practitioner": 100 + client, "minute": next(self.minutes)})
                for _n in range(each)
            ]
            for client in range(CLIENTS)
        ]
        return self.fire(self.floor, requests, 302, once=True)

    def beside_list20(self, requests: Requests, expect: int) -> tuple[Load, float]:
        """Measure the page and the floor in turn, so that both run under the same conditions; the median ratio."""
        self.fire(self.product, requests, expect)  # until every worker is warm
        pairs = [(self.list20(), self.fire(self.product, requests, expect)) for _n in range(self.options.rounds)]
        return merged([page for _floor, page in pairs]), median(page.rate / floor.rate for floor, page in pairs)

    def page(self, name: str, requests: Requests, least: float, *, expect: int = 200, most: int | None = None) -> float:
        queries = self.queries(requests[0][0])
        load, ratio = self.beside_list20(requests, expect)
        target = f">= {least:.0%} of list20" + (f", <= {most} SQL" if most else "")
        met = ratio >= least and (most is None or queries <= most)
        self.table.add(name, f"{ratio:.0%} of list20", target=target, met=met, load=load, queries=queries)
        return ratio

    def queries(self, raw: bytes, times: int = 4) -> int:
        """The lowest count of several tries: every ten seconds a page also reloads what we know about the practice."""
        head, _, body = raw.partition(b"\r\n\r\n")
        counted = head + b"\r\nX-Bench: 1\r\n\r\n" + body
        return min(int(Browser(self.product).send(counted).header("X-Bench-Queries")) for _n in range(times))

    def attempt(self, group: Callable[..., None], *arguments: object) -> None:
        """Measure a page. If that fails, the page misses its target, and the others are still measured."""
        try:
            group(self, *arguments)
        except (Lost, RuntimeError, OSError) as error:
            self.table.add(group.__name__, str(error)[:200], met=False)

    def take(self, number: int) -> list[str]:
        found = list(itertools.islice(self.codes, number))
        if len(found) < number:
            raise RuntimeError("no open times are left to ask for")
        return found


def free_codes() -> Iterator[str]:
    """Open times for a first visit, spread over all days and practitioners: the holds per day are limited."""
    now = timezone.now()
    kind = AppointmentType.objects.get(slug=NEW_PATIENT)
    rules = Rules.public(kind, response_deadline(now=now) + timedelta(hours=2))
    today = now.date()
    found = open_times(kind, rules, now=now, first_day=today, last_day=today + timedelta(days=kind.horizon))
    random.Random(1).shuffle(found)
    return (slot.code for slot in found)


def everyone(raw: bytes) -> Requests:
    return [[raw]] * CLIENTS


# -- one function for each group of figures


def the_floor(bench: Bench) -> None:
    hello = bench.fire(bench.floor, everyone(bench.visitor.raw("/hello", None)), 200)
    bench.table.add("floor: hello (the clients' ceiling too)", load=hello)
    bench.table.add("floor: list20", load=bench.list20(), queries=1)
    bench.floor_book(50)
    bench.table.add("floor: book", load=bench.floor_book(bench.options.books), queries=1)


def public_pages(bench: Bench) -> None:
    browser = Browser(bench.product)
    bench.page("treatment page", everyone(browser.raw(TREATMENT, None)), 0.8)
    bench.page("treatment page, its risks", everyone(browser.raw(f"{TREATMENT}risks/", None)), 0.5)
    bench.page("home", everyone(browser.raw("/", None)), 0.5)


def open_times_pages(bench: Bench, patients: list[Patient], when: str) -> list[float]:
    """The times page for one practitioner and for any; the ratios show whether a long history slows it down."""
    return [
        bench.page(
            f"open times, {who}, {when}",
            [[patient.browser.raw(patient.url("times") + query, None)] for patient in patients],
            least,
            most=6,
        )
        for who, query, least in (("1 practitioner", "?doctor=dr-ellison", 0.4), ("any of 50", "?doctor=", 0.15))
    ]


def flatness(bench: Bench, before: list[float], after: list[float]) -> None:
    for who, empty, full in zip(("1 practitioner", "any of 50"), before, after, strict=True):
        slower = empty / full
        name = f"open times, {who}, 0 to {bench.options.past:,}"
        bench.table.add(name, f"{slower:.2f} times as long", target="<= 1.2 times", met=slower <= 1.2)


def steps(bench: Bench, patients: list[Patient]) -> None:
    fresh = Browser(bench.product)
    bench.page("start, GET", everyone(fresh.raw("/request/", None)), 0.5)
    fresh.get("/request/")
    bench.page("start, POST", everyone(fresh.raw("/request/", {})), 0.5, expect=302)
    for step, answers in ANSWERS.items():
        if step != "times":
            bench.page(f"{step}, GET", [[p.browser.raw(p.url(step), None)] for p in patients], 0.5)
            bench.page(f"{step}, POST", [[p.browser.raw(p.url(step), answers)] for p in patients], 0.5, expect=302)
    presses = [add_and_remove(patient, code) for patient, code in zip(patients, bench.take(CLIENTS), strict=True)]
    bench.page("open times, POST (add, remove)", presses, 0.5, expect=302)
    bench.page("check your answers, GET", [[p.browser.raw(p.url("check"), None)] for p in patients], 0.5)


def add_and_remove(patient: Patient, code: str) -> list[bytes]:
    """Add and remove the second choice in turn."""
    return [patient.browser.raw(patient.url("times"), data) for data in ({"add": code}, {"remove": "2"})]


def receipt(bench: Bench, patients: list[Patient]) -> None:
    for patient in patients:
        patient.press(patient.url("check"), {})
    bench.page("receipt, GET", [[p.browser.raw(p.url("sent"), None)] for p in patients], 0.5)


def sending(bench: Bench) -> None:
    """The last button: this many patients are ready and press it at the same moment."""
    ready = bench.options.submits // CLIENTS
    tasks = [(bench.product, bench.take(ready)) for _client in range(CLIENTS)]
    requests = bench.pool.map(prepare, tasks, chunksize=1)
    spare = Patient(bench.product).ready(bench.take(1)[0])
    queries = bench.queries(spare.browser.raw(spare.url("check"), {}), times=1)
    size = ready // bench.options.rounds
    pairs = [
        (bench.floor_book(size), bench.fire(bench.product, [mine[first:][:size] for mine in requests], 302, once=True))
        for first in range(0, size * bench.options.rounds, size)
    ]
    ratio = median(sent.rate / floor.rate for floor, sent in pairs)
    bench.table.add(
        "send, POST", f"{ratio:.0%} of book", target=">= 30% of book", met=ratio >= 0.3,
        load=merged([sent for _floor, sent in pairs]), queries=queries,
    )  # fmt: skip


def whole_walks(bench: Bench) -> None:
    """Measure whole requests, from the start page to the receipt, one patient after another."""
    before = bench.floor_book(bench.options.books)
    begins = time.monotonic() + 0.1
    ends = begins + 2 * bench.options.seconds
    done = bench.pool.map(
        walk_all, [(bench.product, bench.take(200), begins, ends) for _client in range(CLIENTS)], chunksize=1
    )
    walks = [walk for _end, mine in done for walk in mine]
    rate = len(walks) / (max(end for end, _mine in done) - begins)
    after = bench.floor_book(bench.options.books)
    ratio = rate / ((before.rate + after.rate) / 2)
    bench.table.add(
        f"whole request ({len(walks[0])} pages and POSTs)", f"{ratio:.1%} of book", target=">= 3% of book",
        met=ratio >= 0.03, load=Load(rate, [sum(walk) for walk in walks], 0),
    )  # fmt: skip


def desk_pages(bench: Bench) -> None:
    """The pages a clerk looks at all day, with many open requests and years of past appointments."""
    browser = clerk(bench.product)
    browser.get("/admin/desk/")
    waiting = AppointmentRequest.objects.filter(status=AppointmentRequest.Status.NEW).count()
    for name, path, data in (
        (f"desk, {waiting:,} waiting", "/admin/desk/", None),
        ("desk, all that is open", "/admin/desk/?view=all", None),
        ("desk, to call", "/admin/desk/?view=to-call", None),
        ("desk, answered", "/admin/desk/?view=answered", None),
        ("desk, today, of one practitioner", "/admin/desk/day/?with=dr-ellison", None),
        ("desk, the sound of a name", looked_up(browser, "vis dem 15"), None),
        ("desk, last four of a phone", looked_up(browser, "0150"), None),
        ("desk, a birth date", looked_up(browser, "3/9/1951"), None),
        ("desk, slot finder", "/admin/desk/book/?reason=broken-bone", None),
        ("desk, slot finder, a patient", "/admin/desk/book/", {"reason": "broken-bone", "q": "vis 0150", "find": "1"}),
    ):
        bench.page(name, everyone(browser.raw(path, data)), 0.25, most=14)


def looked_up(browser: Browser, typed: str) -> str:
    """Search for this text and return the URL of the results."""
    return browser.post("/admin/desk/search/", {"q": typed}).header("Location")


def clerk(port: int) -> Browser:
    """A front desk clerk, signed in."""
    user, _is_new = User.objects.get_or_create(username="bench-clerk", is_staff=True)
    user.groups.add(Group.objects.get(name=DESK))
    signed_in = Client()
    signed_in.force_login(user)
    return Browser(port, {settings.SESSION_COOKIE_NAME: signed_in.cookies[settings.SESSION_COOKIE_NAME].value})


def all_at_once(bench: Bench, people: int = 50) -> None:
    """Let fifty patients want one time: all press the button before the first answer is read."""
    code = bench.take(1)[0]
    before = AppointmentRequest.objects.count()
    patients = [Patient(bench.product).ready(code) for _n in range(people)]
    buttons = [patient.browser.raw(patient.url("check"), {}) for patient in patients]
    for patient in patients:
        patient.browser.close()
    sockets = [connect(bench.product) for _n in range(people)]
    for socket, button in zip(sockets, buttons, strict=True):
        socket.sendall(button)
    answers = [read(socket) for socket in sockets]
    for socket in sockets:
        socket.close()
    polite = sum(is_polite(patient) for patient, a in zip(patients, answers, strict=True) if a.status == 302)
    rows = AppointmentRequest.objects.count() - before
    held = holds_of(Slot.parse(code))
    met = (rows, held, polite) == (1, 1, people - 1)
    value = f"{rows} row, {polite} polite pages"
    bench.table.add("50 people at one time", value, target="1 row, 49 polite pages", met=met and held == 1)


def is_polite(patient: Patient) -> bool:
    """Whether the patient who lost was sent back to the times and told that somebody was faster. The winner was not."""
    answer = patient.browser.get(patient.url("times"))
    patient.browser.close()
    return answer.status == 200 and b'class="err-box"' in answer.body


def holds_of(slot: Slot) -> int:
    return Appointment.objects.filter(
        practitioner=slot.practitioner_id, starts_at=slot.starts_at, status__in=Appointment.HOLDING
    ).count()


def engine(bench: Bench) -> None:
    """Interval arithmetic without a database: 60 days, 20 practitioners, 2,000 busy intervals each."""
    rng, zone, now = random.Random(1), ZoneInfo("America/New_York"), datetime(2026, 11, 23, 15, tzinfo=UTC)
    weekly = [WeeklyHours(day, *span) for day in range(5) for span in ((540, 720), (780, 1020))]
    calendars = [[busy_interval(now, rng) for _n in range(2000)] for _practitioner in range(20)]
    began, found = time.process_time(), 0
    for busy in calendars:
        found += len(
            open_slots(
                zone=zone, weekly=weekly, exceptions=[], busy=busy, length=20, buffer_before=0, buffer_after=0,
                step=20, notice=1440, horizon=60, now=now, first_day=date(2026, 11, 23),
                last_day=date(2027, 1, 22),
            )
        )  # fmt: skip
    took = (time.process_time() - began) * 1000
    name = "engine, 60 days, 20 x 2,000 busy intervals"
    bench.table.add(name, f"{took:.0f} ms, {took / 20:.1f} each", target="milliseconds", met=took / 20 < 20)


def busy_interval(now: datetime, rng: random.Random) -> tuple[datetime, datetime]:
    start = now + timedelta(minutes=rng.randrange(60 * 1440))
    return start, start + timedelta(minutes=rng.choice((10, 20)))


# -- the run


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
    the_floor(bench)
    engine(bench)
    public_pages(bench)
    patients = [Patient(bench.product).ready(code) for code in bench.take(CLIENTS)]
    before = open_times_pages(bench, patients, "no history")
    grow(bench.options)
    after = open_times_pages(bench, patients, "history")
    flatness(bench, before, after)
    for group in (steps, receipt):
        bench.attempt(group, patients)
    for group in (sending, whole_walks, all_at_once, desk_pages):
        bench.attempt(group)


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, one round of a second for each figure")
    parser.add_argument("--past", type=int, help="past appointments")
    parser.add_argument("--waiting", type=int, help="requests that wait for an answer")
    given = parser.parse_args(arguments)
    quick = {"past": 20_000, "waiting": 5_000, "seconds": 0.7, "rounds": 2, "submits": 80, "books": 200}
    full = {"past": 1_000_000, "waiting": 100_000, "seconds": 1, "rounds": 5, "submits": 480, "books": 500}
    chosen = (quick if given.quick else full) | {name: value for name, value in vars(given).items() if value}
    return argparse.Namespace(**chosen)


def main(arguments: list[str]) -> int:
    chosen, folder = options(arguments), os.environ["BENCH_FOLDER"]
    began = time.monotonic()
    say(
        f"Python {platform.python_version()}, Django {django.__version__}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; gunicorn with {WORKERS} workers of {THREADS} threads, {CLIENTS} clients"
    )
    load_data(folder)
    with (
        multiprocessing.get_context("fork").Pool(CLIENTS) as pool,
        serving("tests.bench.floor:application", folder, "/hello") as floor,
        serving("clinic.wsgi:application", folder, "/healthz") as product,
    ):
        bench = Bench(chosen, pool, floor, product)
        run(bench)
    say(f"\n{len(bench.table.missed)} missed; {time.monotonic() - began:.0f} s")
    return 1 if bench.table.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
