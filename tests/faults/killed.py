"""kill -9 of a part of the site, again and again, while patients send requests."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

from tests.bench.client import Browser
from tests.faults.claims import Claim, Size
from tests.faults.mailbox import mailbox
from tests.faults.patients import Load, check
from tests.faults.processes import STARTED_WITHIN, Process, Web, running, seconds_until_back
from tests.faults.site import Site


def web_killed(site: Site, size: Size) -> Iterator[Claim]:
    """The processes that answer, and every fifth time the one above them too."""
    turns = itertools.count(1)

    def kill(web: Web, _worker: Process) -> None:
        if next(turns) % 5:
            web.kill_workers()
        else:
            web.kill()
            web.start()

    yield from _killed(site, size, "the web processes", kill)


def worker_killed(site: Site, size: Size) -> Iterator[Claim]:
    def kill(_web: Web, worker: Process) -> None:
        worker.kill()
        worker.start()

    yield from _killed(site, size, "the worker", kill)


def postgres_killed(site: Site, size: Size) -> Iterator[Claim]:
    """Its own recovery depends on the disk and on its settings: the site is to be back once it accepts connections."""
    yield from _killed(site, size, "PostgreSQL", lambda *_: site.restart_postgres())


def all_killed(site: Site, size: Size) -> Iterator[Claim]:
    """As when the power fails."""

    def kill(web: Web, worker: Process) -> None:
        web.kill()
        worker.kill()
        site.restart_postgres()
        web.start()
        worker.start()

    yield from _killed(site, size, "all at once", kill)


def started_first(site: Site, size: Size) -> Iterator[Claim]:
    """The site and its worker are there before the database."""
    site.postgres.kill()
    with mailbox() as box:
        web, worker = Web(site.folder, **site.environment), site.worker(box.url)
        with running(web, worker):
            early = first_answer(web.port)
            site.start_postgres()
            back = seconds_until_back(web.port, web.log)
            load = Load(web.port, site.codes)
            load.next().ready().send()
            yield Claim("before its database the site answers", f"{early}", early == 503)
            yield Claim("after it, it is there within", f"{back:.1f} s", back < size.in_time)
            yield from site.kept(load)
            yield from site.mailed(load, box)


def first_answer(port: int) -> int:
    end = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < end:
        with suppress(OSError), closing(Browser(port)) as browser:
            return check(browser.get("/")).status
        time.sleep(0.05)
    return 0


def _killed(site: Site, size: Size, what: str, kill: Callable[[Web, Process], None]) -> Iterator[Claim]:
    """Evenly over the requests."""
    with mailbox() as box:
        web, worker = site.web(), site.worker(box.url)
        with running(web, worker):
            load, back = Load(web.port, site.codes, size.clients), []
            with load.going_on():
                for n in range(size.kills):
                    load.wait_for(size.requests * n / size.kills)
                    kill(web, worker)
                    back.append(seconds_until_back(web.port, web.log))
                load.wait_for(size.requests)
            words, half = f"{size.kills} times kill -9 of {what}: back after at most", sorted(back)[len(back) // 2]
            yield Claim(words, f"{max(back):.1f} s, half of the times {half:.1f} s", max(back) < size.in_time)
            yield Claim("what patients saw meanwhile", load.outcomes, True)
            yield from site.kept(load)
            yield from site.mailed(load, box)
