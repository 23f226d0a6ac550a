"""The instrument: two servers, a database, a pool of clients, and the times that are still open."""

import argparse
import itertools
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.pool import Pool
from typing import Any

from django.utils import timezone

from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.slots import Rules, open_times
from clinic.models import AppointmentType
from tests.bench.client import Browser, Job, work
from tests.bench.database import Database
from tests.bench.figures import Budget, Load, Table, merged
from tests.bench.servers import Server, spent
from tests.bench.walk import Lost

CLIENTS = 4  # as many as the server has threads
NEW_PATIENT = "new-patient"
Requests = list[list[bytes]]  # the requests that each client sends


class Bench:
    def __init__(
        self, options: argparse.Namespace, pool: Pool, floor: Server, product: Server, database: Database
    ) -> None:
        self.options, self.pool, self.database, self.servers = options, pool, database, (floor, product)
        self.floor, self.product = floor.port, product.port
        self.table, self.codes = Table(), free_codes()
        self.visitor = Browser(self.floor)

    def all_clients(self, work_of_one: Callable[[Any], tuple[float, list]], jobs: list, begins: float) -> Load:
        """The work of all clients at one moment, and the processor time that servers and database spent on it."""
        before = self._spent()
        done = self.pool.map(work_of_one, jobs, chunksize=1)
        seconds = sum(now - before.get(pid, 0) for pid, now in self._spent().items())
        took = [each for _end, mine in done for each in mine]
        return Load(len(took) / (max(end for end, _mine in done) - begins), took, seconds / len(took))

    def _spent(self) -> dict[str, float]:
        return spent([pid for server in self.servers for pid in server.workers()] + self.database.backends())

    def fire(self, port: int, requests: Requests, expect: int, once: bool = False) -> Load:
        """Each client sends its own requests, over and over for a while, or each once."""
        begins = time.monotonic() + 0.1
        ends = begins + (600 if once else self.options.seconds)
        return self.all_clients(work, [Job(port, mine, expect, begins, ends, once) for mine in requests], begins)

    def list20(self) -> Load:
        return self.fire(self.floor, everyone(self.visitor.raw("/list20", None)), 200)

    def in_turn(self, rounds: list[Callable[[], Load]]) -> tuple[Load, Load]:
        """The medians of page and floor, measured in turn, so that both run under the same conditions."""
        pairs = [(self.list20(), measure()) for measure in rounds]
        return merged([page for _floor, page in pairs]), merged([floor for floor, _page in pairs])

    def page(self, name: str, requests: Requests, budget: Budget | None, *, expect: int = 200) -> tuple[Load, Load]:
        browser = Browser(self.product)
        trips = self.database.trips(lambda: browser.send(requests[0][0]), times=4)
        browser.close()
        self.fire(self.product, requests, expect)  # until every worker is warm
        load, floor = self.in_turn([lambda: self.fire(self.product, requests, expect)] * self.options.rounds)
        self.table.page(name, load, floor, trips, budget)
        return load, floor

    def attempt(self, group: Callable[..., None], *arguments: object) -> None:
        """Measure a group. If that fails, it misses its budget, and the others are still measured."""
        try:
            group(self, *arguments)
        except (Lost, RuntimeError, OSError) as error:
            self.table.fact(group.__name__, str(error)[:200], "an answer", met=False)

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
