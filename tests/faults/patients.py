"""Patients who press again until their request is acknowledged, whatever breaks meanwhile."""

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.bench.client import Answer, Browser
from tests.bench.walk import ANSWERS

PHONE = "(718)\u00a0555-0142"
REFERENCE = re.compile(r"\b([0-9A-Z]{3})-([0-9A-Z]{3})-([0-9A-Z]{4})\b")
GIVES_UP = 60  # seconds
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NUMBERS = itertools.count()  # no two patients of a run have one name


class Wrong(Exception):
    """An answer that no fault excuses."""


def check(answer: Answer) -> Answer:
    """A page, a redirect, or an honest 503."""
    if answer.status == 503 and not (answer.header("Retry-After") and PHONE in answer.body.decode()):
        raise Wrong("a 503 without Retry-After or the phone number")
    if answer.status not in (200, 302, 503):
        raise Wrong(f"status {answer.status}")
    return answer


class Patient:
    def __init__(self, port: int, number: int, code: str, is_over: threading.Event) -> None:
        self.browser, self.code, self.reference, self.path = Browser(port), code, "", ""
        self.is_over = is_over
        letters = "".join(LETTERS[number // place % 26] for place in (676, 26, 1))
        self.name = f"June {letters.title()}"
        mine = {"you": {"name": self.name}, "contact": {"email": f"june.{letters}@example.org"}}
        self.answers = {step: given | mine.get(step, {}) for step, given in ANSWERS.items()}
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0

    def ready(self) -> "Patient":
        """Answer every page, up to the last button."""
        self.insist("/request/")
        self.path = "/request/" + self.insist("/request/", {}).header("Location").split("/")[2]
        for step, given in self.answers.items():
            if step == "times":
                self.insist(f"{self.path}/{step}/", {"add": self.code})
            self.insist(f"{self.path}/{step}/", given)
        return self

    def send(self) -> str:
        """Press the last button until we have it in writing."""
        location = self.insist(f"{self.path}/check/", {}).header("Location")
        if not location.endswith("/sent/"):
            raise Wrong(f"sending led to {location}")
        self.reference = "".join(REFERENCE.search(self.insist(location).body.decode()).groups())
        self.browser.close()
        return self.reference

    def insist(self, path: str, data: dict | None = None) -> Answer:
        began = time.monotonic()
        while time.monotonic() - began < GIVES_UP and not self.is_over.is_set():
            answer = self.once(path, data)
            if answer and answer.status != 503:
                return answer
            time.sleep(0.1)
        raise Wrong(f"no answer to {path.split('/')[-2]} in {GIVES_UP} seconds")

    def once(self, path: str, data: dict | None = None) -> Answer | None:
        """None: the server hung up, or nobody listened."""
        began = time.monotonic()
        try:
            answer = check(self.browser.send(self.browser.raw(path, data)))
        except OSError:
            self.browser.close()
            answer = None
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.outcomes[str(answer.status) if answer else "no answer"] += 1
        return answer


class Load:
    """Several patients at a time, one after the other, until it is enough."""

    def __init__(self, port: int, codes: Iterable[str], clients: int = 4) -> None:
        self.port, self.clients = port, clients
        self._codes, self._lock = zip(NUMBERS, codes, strict=False), threading.Lock()
        self._is_enough, self._is_over = threading.Event(), threading.Event()
        self.patients: list[Patient] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        with ThreadPoolExecutor(self.clients) as pool:
            self._running = [pool.submit(self._go_on) for _n in range(self.clients)]
            try:
                yield
            except BaseException:
                self._is_over.set()  # nobody waits for a site that may be gone
                raise
            finally:
                self._is_enough.set()
            self._raise_what_was_wrong()

    def _go_on(self) -> None:
        while not self._is_enough.is_set():
            self.next().ready().send()

    def next(self) -> Patient:
        with self._lock:
            patient = Patient(self.port, *next(self._codes), self._is_over)
            self.patients.append(patient)
            return patient

    @property
    def acknowledged(self) -> list[str]:
        return [patient.reference for patient in self.patients if patient.reference]

    @property
    def outcomes(self) -> str:
        total = sum((patient.outcomes for patient in self.patients), Counter())
        return ", ".join(f"{number} times {what}" for what, number in sorted(total.items()))

    def wait_for(self, number: float) -> None:
        while len(self.acknowledged) < number:
            self._raise_what_was_wrong()
            time.sleep(0.05)

    def _raise_what_was_wrong(self) -> None:
        for client in self._running:
            if client.done() or self._is_enough.is_set():
                client.result()


def at_once(acts: list[Callable]) -> list:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(act) for act in acts]]
