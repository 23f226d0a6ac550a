"""What stands still, and the visitors who take for ever."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from tests.bench.client import Browser, connect
from tests.faults.claims import Claim, Size
from tests.faults.mailbox import hung, mailbox
from tests.faults.patients import Load, Patient, at_once, check
from tests.faults.processes import frozen, running, seconds_until_back
from tests.faults.proxy import NGINX, Proxy
from tests.faults.site import Site

PAGES = ["/", "/procedures/", "/team/", "/danger-signs/", "/request/", "/admin/login/", "/healthz"]
SLOW = 120


def database_frozen(site: Site, size: Size) -> Iterator[Claim]:
    """It takes connections and statements, and answers nothing: on open connections and on new ones."""
    web = site.web()
    with running(web):
        load = Load(web.port, site.codes)
        patients = at_once([lambda: load.next().ready()] * size.clients)
        with frozen(site.postgres.processes()):
            presses = [lambda patient=patient: press(patient) for patient in patients]
            looks = [lambda page=page: look(web.port, page) for page in PAGES * 2]
            answers = at_once(presses + looks)
        back = seconds_until_back(web.port, web.log)
        pressed = [status for status, _took in answers[: len(patients)]]
        slowest = max(took for _status, took in answers)
        yield Claim(f"{len(answers)} visitors, of whom {len(pressed)} send", f"{slowest:.1f} s", slowest < size.in_time)
        yield Claim("who sends gets 503, Retry-After, phone", f"{pressed.count(503)}", set(pressed) == {503})
        yield Claim("back after", f"{back:.1f} s", back < size.in_time)
        at_once([patient.send for patient in patients])
        yield from site.kept(load)


def press(patient: Patient) -> tuple[int, float]:
    """The last button, once."""
    began = time.monotonic()
    answer = patient.once(f"{patient.path}/check/", {})
    return answer.status if answer else 0, time.monotonic() - began


def look(port: int, page: str) -> tuple[int, float]:
    began = time.monotonic()
    with closing(Browser(port)) as browser:
        return check(browser.get(page)).status, time.monotonic() - began


def mail_hung(site: Site, size: Size) -> Iterator[Claim]:
    """The mail server takes the connection and says nothing. Later another one is in its place."""
    with hung() as port:
        web, worker = site.web(), site.worker(f"smtp://127.0.0.1:{port}")
        with running(web, worker):
            load = Load(web.port, site.codes)
            pressed = [press(load.next().ready()) for _n in range(size.kills)]
            at_once([patient.send for patient in load.patients])
    slowest, told = max(took for _status, took in pressed), [status for status, _took in pressed].count(302)
    yield Claim(f"of {len(pressed)} requests, acknowledged at once", f"{told}", told == len(pressed))
    yield Claim("the slowest acknowledgement", f"{slowest:.1f} s", slowest < size.in_time)
    yield from site.kept(load)
    with mailbox(port) as box, running(site.worker(box.url)):
        yield from site.mailed(load, box)


def slow_visitors(site: Site, size: Size) -> Iterator[Claim]:
    """Behind the proxy that we ship: half of them never finish their headers, half never their form."""
    if not NGINX:
        yield Claim("slow visitors", "not tried, because this machine has no nginx", True)
        return
    web = site.web()
    proxy = Proxy(site.folder, web.port)
    with running(web, proxy):
        proxy.wait_until_it_listens()
        with dripping(proxy.port) as held:
            load = Load(proxy.port, site.codes, 1)
            took = [took for _n in range(size.kills) for took in pages_of(load.next())]
            yield Claim(f"{held()} of {SLOW} slow connections are held open", f"{held()}", held() == SLOW)
        yield Claim(
            f"{len(took)} pages of patients meanwhile, the slowest", f"{max(took):.1f} s", max(took) < size.in_time
        )
        yield from site.kept(load)


def pages_of(patient: Patient) -> list[float]:
    patient.ready().send()
    return [patient.slowest]


@contextmanager
def dripping(port: int) -> Iterator[Callable[[], int]]:
    """Slow connections, each opened again when the server has had enough of it. Yields how many are open."""
    slow = [Slow(port, is_form=bool(n % 2)) for n in range(SLOW)]
    is_over = threading.Event()
    thread = threading.Thread(target=lambda: keep_on(slow, is_over))
    thread.start()
    try:
        yield lambda: sum(each.is_open for each in slow)
    finally:
        is_over.set()
        thread.join()
        for each in slow:
            each.connection.close()


def keep_on(slow: list["Slow"], is_over: threading.Event) -> None:
    while not is_over.wait(0.5):
        for each in slow:
            each.drip()


class Slow:
    HEADERS = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
    FORM = b"POST /visit/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"

    def __init__(self, port: int, *, is_form: bool) -> None:
        self.port, self.begins_with = port, self.FORM if is_form else self.HEADERS
        self.open()

    def open(self) -> None:
        self.connection, self.is_open = connect(self.port), True
        self.connection.sendall(self.begins_with)

    def drip(self) -> None:
        with suppress(OSError):
            self.connection.send(b"x")
            if not self.has_hung_up():
                return
        self.connection.close()
        self.open()

    def has_hung_up(self) -> bool:
        self.connection.setblocking(False)
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
