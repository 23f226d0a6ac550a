"""The waves of a flood, against the server that it starts on the database of this process."""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import django

if __name__ == "__main__":
    django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from booking.models import Appointment, AppointmentRequest, Message, Reason  # noqa: E402
from booking.scheduling.response_deadline import response_deadline  # noqa: E402
from booking.scheduling.slots import Rules, open_times  # noqa: E402
from tests.bench.client import Browser  # noqa: E402
from tests.bench.servers import serving  # noqa: E402
from tests.bench.walk import ANSWERS  # noqa: E402
from tests.faults.claims import Claim, show  # noqa: E402

CLIENTS = 4
REASON = "broken-bone"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Wave(NamedTuple):
    """How many of each: the numbers of a whole run, or fewer for a quick look."""

    family: int = 6
    home: int = 10
    identical: int = 40
    one_address: int = 150
    one_network: int = 166
    elsewhere: int = 15


class Sender:
    """One browser at an address behind our proxy, with a person's answers."""

    def __init__(self, port: int, address: str, name: str) -> None:
        self.browser, self.address, self.name, self.key = Browser(port), address, name, ""

    def get(self, path: str):
        return self.browser.get(path, X_Forwarded_For=f"198.18.0.1, {self.address}")

    def post(self, path: str, data: dict):
        return self.browser.post(path, data, X_Forwarded_For=f"198.18.0.1, {self.address}")

    def ready(self, code: str) -> "Sender":
        """Answer every page with this time, up to the last button."""
        self.get("/request/")
        self.key = self.post("/request/", {}).header("Location").split("/")[2]
        for step, answers in ANSWERS.items():
            if step == "times":
                self.post(self.url(step), {"add": code})
            self.post(self.url(step), answers | ({"name": self.name} if step == "you" else {}))
        return self

    def url(self, step: str) -> str:
        return f"/request/{self.key}/{step}/"

    def send(self) -> int:
        """429, or 302 to the receipt. Another answer is no answer."""
        answer = self.post(self.url("check"), {})
        if answer.status == 302 and not answer.header("Location").endswith("/sent/"):
            raise RuntimeError(f"sending led to {answer.header('Location')}")
        return answer.status

    def receipt(self) -> str:
        """Its words, without what differs from request to request."""
        text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", self.get(self.url("sent")).body.decode(), flags=re.DOTALL)
        varying = r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{4}\b|\w+, \w+ \d+|\w+ \d+|\d+:\d\d.[ap]m"
        return " ".join(re.sub(varying, "…", text.replace("\xa0", " ")).split())


class Attack:
    """Each wave is from networks of its own. `times`: open ones, none used twice."""

    def __init__(self, port: int, times: Iterable[str], wave: Wave) -> None:
        self.port, self.times, self.wave, self.senders = port, iter(times), wave, []

    def run(self) -> list[Claim]:
        try:
            return list(self.claims())
        finally:
            for sender in self.senders:
                sender.browser.close()

    def claims(self) -> Iterator[Claim]:
        yield from self.household("a family", self.wave.family, "203.0.113.6", is_held=True)
        yield from self.household("a care home", self.wave.home, "203.0.112.10", is_held=True)
        yield from self.identical(self.wave.identical)
        yield from self.one_address(self.wave.one_address)
        yield from self.one_network(self.wave.one_network)
        yield from self.elsewhere(self.wave.elsewhere)
        yield from self.household("a family after the flood", self.wave.family, "203.0.111.6", is_held=False)

    def household(self, who: str, number: int, address: str, *, is_held: bool) -> Iterator[Claim]:
        senders = self.ready([address] * number, prefix=who)
        taken = _all(Sender.send, senders).count(302)
        yield Claim(f"{who} of {number}: all are taken", f"{taken} of {number}", taken == number)
        if is_held:
            held = self.held(senders)
            yield Claim(f"{who} of {number}: all hold a time", f"{held} of {number}", held == number)

    def identical(self, number: int) -> Iterator[Claim]:
        senders = self.ready([f"10.1.{n % 5}.1" for n in range(number)], name="June Flood")
        taken = _all(Sender.send, senders).count(302)
        yield Claim(f"{number} identical requests: all are taken", f"{taken}", taken == number)
        held, shown = self.held(senders), AppointmentRequest.objects.waiting().filter(flow_key__in=_keys(senders))
        yield Claim("times that they hold", f"{held}", held == settings.OPEN_REQUESTS_PER_PERSON)
        mails = Message.objects.filter(appointment_request__flow_key__in=_keys(senders), status__in=("queued", "sent"))
        yield Claim("mails that go out", f"{mails.count()}", mails.count() <= 3)
        yield Claim("rows in the queue", f"{shown.count()}", shown.count() == settings.OPEN_REQUESTS_PER_PERSON)
        receipts = set(_all(Sender.receipt, senders))
        yield Claim("different receipts", f"{len(receipts)}", len(receipts) == 1)

    def one_address(self, number: int) -> Iterator[Claim]:
        most = min(settings.REQUESTS_PER_ADDRESS_AN_HOUR, number)
        senders = self.ready(["10.2.0.1"] * most)
        answers = _all(Sender.send, senders) + _all(Sender.send, self.ready(["10.2.0.1"]) * (number - most))
        yield self.taken(f"{number} from one address: taken within the hour", answers, most)

    def one_network(self, number: int) -> Iterator[Claim]:
        began, most = time.monotonic(), min(settings.REQUESTS_PER_NETWORK_AN_HOUR, number)
        senders = self.ready([f"10.3.0.{n % 10}" for n in range(most)])
        answers = _all(Sender.send, senders) + _all(Sender.send, self.ready(["10.3.0.99"]) * (number - most))
        took = time.monotonic() - began
        yield self.taken(f"{number} holds from one network, in {took:.0f} s: taken within the hour", answers, most)
        held, left = self.held(senders), len(open_codes())
        yield Claim(
            "times that they hold", f"{held}, and {left} are open", held <= max(settings.HOLDS_PER_NETWORK, left // 10)
        )

    def elsewhere(self, number: int) -> Iterator[Claim]:
        senders = self.ready([f"10.4.{n}.1" for n in range(number)])
        taken = _all(Sender.send, senders).count(302)
        yield Claim(f"{number} more from everywhere: all are taken", f"{taken}", taken == number)
        last = self.ready(["10.5.0.1"])
        _all(Sender.send, last)
        yield Claim("above the rate of the whole site, a request holds", f"{self.held(last)}", not self.held(last))

    def taken(self, words: str, answers: list[int], most: int) -> Claim:
        taken, refused = answers.count(302), answers.count(429)
        return Claim(words, f"{taken}, and {refused} times 429", (taken, taken + refused) == (most, len(answers)))

    def ready(self, addresses: list[str], name: str = "", prefix: str = "Person") -> list[Sender]:
        """One sender for each address, at the last button."""
        names = [name or f"{prefix} {LETTERS[n // 26]}{LETTERS[n % 26]} {from_}" for n, from_ in enumerate(addresses)]
        senders = [Sender(self.port, from_, each) for from_, each in zip(addresses, names, strict=True)]
        self.senders += senders
        return _all(lambda pair: pair[0].ready(pair[1]), list(zip(senders, self.times, strict=False)))

    def held(self, senders: list[Sender]) -> int:
        rows = Appointment.objects.filter(status=Appointment.Status.HELD)
        return rows.filter(appointment_request__flow_key__in=_keys(senders)).count()


def _keys(senders: list[Sender]) -> list[str]:
    return [sender.key for sender in senders]


def _all(act: Callable, things: list) -> list:
    """Several clients at a time; one sender is used by one client."""
    if len(set(map(id, things))) < len(things):
        return [act(thing) for thing in things]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(act, things))


def open_codes() -> list[str]:
    """The open times of the next weeks, one of each day after the other: a day holds few for unanswered requests."""
    now, wanted = timezone.now(), Reason.objects.get(slug=REASON).appointment_type_new
    rules = Rules.public(wanted, response_deadline(now=now))
    window = {"first_day": now.date(), "last_day": now.date() + timedelta(days=wanted.horizon)}
    found = open_times(wanted, rules, now=now, **window)
    days: dict = {}
    for slot in found:
        days.setdefault((slot.starts_at.date(), slot.practitioner_id), []).append(slot)
    ranked = [(rank, slot) for slots in days.values() for rank, slot in enumerate(slots)]
    return [slot.code for _rank, slot in sorted(ranked, key=lambda pair: (pair[0], pair[1].starts_at))]


def attack(folder: str, wave: Wave) -> list[Claim]:
    with serving("clinic.wsgi:application", folder, "/healthz") as server:
        return Attack(server.port, open_codes(), wave).run()


def main(folder: str) -> int:
    began = time.monotonic()
    is_kept = show(attack(folder, Wave()))
    print(f"  {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
