"""One patient's way through the request flow, as in a browser without scripts."""

import time
from collections.abc import Iterator

from tests.bench.client import Answer, Browser

CONTACT = {"phone": "718 555 0167", "may_leave_message": "on", "email": "june@example.org"}
ANSWERS = {
    "reason": {"for_whom": "me", "returning": "no", "reason": "broken-bone", "note": "Fell in the kitchen."},
    "times": {"go": "1"},
    "you": {"name": "June Demo", "birth_date_month": "3", "birth_date_day": "9", "birth_date_year": "1951"},
    "contact": CONTACT,
    "needs": {"wants_help": "yes", "needs": ["walker"], "insurance": "medicare"},
}


class Lost(Exception):
    """A page answered differently than expected."""


class Patient:
    """Goes through the pages with GET and POST as a person would, or by POST alone to save time."""

    def __init__(self, port: int) -> None:
        self.browser, self.key, self.took = Browser(port), "", []

    def start(self) -> None:
        self.page("/request/")
        answer = self.press("/request/", {})
        self.key = answer.header("Location").split("/")[2]

    def url(self, step: str) -> str:
        return f"/request/{self.key}/{step}/"

    def page(self, path: str) -> Answer:
        return self._timed(self.browser.raw(path, None), 200)

    def press(self, path: str, data: dict) -> Answer:
        return self._timed(self.browser.raw(path, data), 302)

    def _timed(self, raw: bytes, expect: int) -> Answer:
        began = time.monotonic()
        answer = self.browser.send(raw)
        self.took.append(time.monotonic() - began)
        if answer.status != expect:
            raise Lost(f"{answer.status}, not {expect}, to {raw[:70]!r}")
        return answer

    def ready(self, code: str) -> "Patient":
        """Answer every page with this time, up to the last button."""
        self.start()
        for step, answers in ANSWERS.items():
            if step == "times":
                self.press(self.url(step), {"add": code})
            self.press(self.url(step), answers)
        return self

    def whole(self, code: str) -> None:
        """Open every page, from the first one to the receipt."""
        self.start()
        for step, answers in ANSWERS.items():
            self.page(self.url(step))
            if step == "times":
                added = self.press(self.url(step), {"add": code})
                self.page(added.header("Location").split("#")[0])
            self.press(self.url(step), answers)
        self.page(self.url("check"))
        sent = self.press(self.url("check"), {})
        if not sent.header("Location").endswith("/sent/"):
            raise Lost(f"sending led to {sent.header('Location')}")
        self.page(sent.header("Location"))
        self.browser.close()


def walk_all(task: tuple[int, list[str], float]) -> tuple[float, list[float]]:
    """One client process: send a whole request for each time. Returns when it finished, and how long each took."""
    port, codes, begins = task
    time.sleep(max(0, begins - time.monotonic()))
    walks = []
    for code in codes:
        patient = Patient(port)
        patient.whole(code)
        walks.append(sum(patient.took))
    return time.monotonic(), walks


def prepare(task: tuple[int, list[str]]) -> list[bytes]:
    """Bring each patient to the last button. Returns, for each of them, the request that presses it."""
    port, codes = task
    return list(_last_buttons(port, codes))


def _last_buttons(port: int, codes: list[str]) -> Iterator[bytes]:
    for code in codes:
        patient = Patient(port).ready(code)
        patient.browser.close()
        yield patient.browser.raw(patient.url("check"), {})
