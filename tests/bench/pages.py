"""Each page and its budget, one function for each group."""

import time

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client

from booking.models import AppointmentRequest
from booking.roles import DESK
from tests.bench.bench import CLIENTS, Bench, everyone
from tests.bench.client import Browser
from tests.bench.figures import Budget, Load
from tests.bench.walk import ANSWERS, Patient, prepare, walk_all

TREATMENT, HOME, STEP, SEND, QUEUE, DAY, SLOT_FINDER = map(Budget, (2, 4, 3.5, 12, 8, 8, 18))
TIMES_OF_ONE, TIMES_OF_ANY, CHECK, WHOLE = map(Budget, (7, 15, 5, 70))
SEARCH_P95 = 300  # ms
TREATMENT_PAGE = "/procedures/kyphoplasty/"


def public_pages(bench: Bench) -> None:
    browser = Browser(bench.product)
    bench.page("treatment page", everyone(browser.raw(TREATMENT_PAGE, None)), TREATMENT)
    bench.page("treatment page, its risks", everyone(browser.raw(f"{TREATMENT_PAGE}risks/", None)), TREATMENT)
    bench.page("home", everyone(browser.raw("/", None)), HOME)


def open_times_pages(bench: Bench, patients: list[Patient], when: str) -> list[float]:
    """The times page for one practitioner and for any; the costs show whether a long history slows it down."""
    return [
        in_floors(
            bench.page(
                f"open times, {who}, {when}",
                [[patient.browser.raw(patient.url("times") + query, None)] for patient in patients],
                budget,
            )
        )
        for who, query, budget in (
            ("1 practitioner", "?doctor=dr-ellison", TIMES_OF_ONE),
            ("any of 50", "?doctor=", TIMES_OF_ANY),
        )
    ]


def in_floors(loads: tuple[Load, Load]) -> float:
    page, floor = loads
    return page.cpu / floor.cpu


def flatness(bench: Bench, before: list[float], after: list[float]) -> None:
    for who, empty, full in zip(("1 practitioner", "any of 50"), before, after, strict=True):
        slower = full / empty
        name = f"open times, {who}, 0 to {bench.options.past:,}"
        bench.table.fact(name, f"{slower:.2f} times the processor time", "<= 1.2", met=slower <= 1.2)


def steps(bench: Bench, patients: list[Patient]) -> None:
    fresh = Browser(bench.product)
    bench.page("start, GET", everyone(fresh.raw("/request/", None)), STEP)
    fresh.get("/request/")
    bench.page("start, POST", everyone(fresh.raw("/request/", {})), STEP, expect=302)
    for step, answers in ANSWERS.items():
        if step != "times":
            bench.page(f"{step}, GET", [[p.browser.raw(p.url(step), None)] for p in patients], STEP)
            bench.page(f"{step}, POST", [[p.browser.raw(p.url(step), answers)] for p in patients], STEP, expect=302)
    presses = [add_and_remove(patient, code) for patient, code in zip(patients, bench.take(CLIENTS), strict=True)]
    bench.page("open times, POST (add, remove)", presses, STEP, expect=302)
    bench.page("check your answers, GET", [[p.browser.raw(p.url("check"), None)] for p in patients], CHECK)


def add_and_remove(patient: Patient, code: str) -> list[bytes]:
    """Add and remove the second choice in turn."""
    return [patient.browser.raw(patient.url("times"), data) for data in ({"add": code}, {"remove": "2"})]


def receipt(bench: Bench, patients: list[Patient]) -> None:
    for patient in patients:
        patient.press(patient.url("check"), {})
    bench.page("receipt, GET", [[p.browser.raw(p.url("sent"), None)] for p in patients], STEP)


def sending(bench: Bench) -> None:
    """The last button: this many patients are ready and press it at the same moment."""
    ready, rounds = bench.options.submits // CLIENTS, bench.options.rounds
    tasks = [(bench.product, bench.take(ready)) for _client in range(CLIENTS)]
    requests = bench.pool.map(prepare, tasks, chunksize=1)
    spare = Patient(bench.product).ready(bench.take(1)[0])
    trips = bench.database.trips(lambda: spare.press(spare.url("check"), {}), times=1)
    size = ready // rounds
    batches = [[mine[first:][:size] for mine in requests] for first in range(0, size * rounds, size)]
    sends = [lambda batch=batch: bench.fire(bench.product, batch, 302, once=True) for batch in batches]
    bench.table.page("send, POST", *bench.in_turn(sends), trips, SEND)


def whole_requests(bench: Bench) -> None:
    """Measure whole requests, from the start page to the receipt, one patient after another."""
    code = bench.take(1)[0]
    trips = bench.database.trips(lambda: Patient(bench.product).whole(code), times=1)
    load, floor = bench.in_turn([lambda: _walks(bench)] * bench.options.rounds)
    bench.table.page("whole request", load, floor, trips, WHOLE)


def _walks(bench: Bench) -> Load:
    begins = time.monotonic() + 0.1
    jobs = [(bench.product, bench.take(bench.options.walks), begins) for _client in range(CLIENTS)]
    return bench.all_clients(walk_all, jobs, begins)


def desk_pages(bench: Bench) -> None:
    """The pages a clerk looks at all day, with many open requests and years of past appointments."""
    browser = clerk(bench.product)
    browser.get("/admin/desk/")
    waiting = AppointmentRequest.objects.filter(status=AppointmentRequest.Status.NEW).count()
    newest = AppointmentRequest.objects.latest("pk")
    for name, path, data, budget in (
        (f"queue, {waiting:,} waiting", "/admin/desk/", None, QUEUE),
        ("queue, all that is open", "/admin/desk/?view=all", None, QUEUE),
        ("queue, to call", "/admin/desk/?view=to-call", None, QUEUE),
        ("queue, answered", "/admin/desk/?view=answered", None, QUEUE),
        ("day, of one practitioner", "/admin/desk/day/?with=dr-ellison", None, DAY),
        ("calendar, a week of one practitioner", "/admin/desk/calendar/?span=week&with=dr-ellison", None, DAY),
        ("person", f"/admin/desk/patients/{newest.patient.random_id}/", None, DAY),
        ("slot finder", "/admin/desk/book/?reason=broken-bone", None, SLOT_FINDER),
        (
            "slot finder, a patient looked up",
            "/admin/desk/book/",
            {"reason": "broken-bone", "q": "vis 0150", "find": "1"},
            SLOT_FINDER,
        ),
    ):
        bench.page(name, everyone(browser.raw(path, data)), budget)
    search_pages(bench, browser)


def search_pages(bench: Bench, browser: Browser) -> None:
    for name, typed in (
        ("search, three common beginnings of a name", "vis dem 15"),
        ("search, last four of a phone", "0150"),
        ("search, a birth date", "3/9/1951"),
    ):
        load, _floor = bench.page(name, everyone(browser.raw(looked_up(browser, typed), None)), None)
        bench.table.fact(f"{name}, p95", f"{load.p95 * 1000:.0f} ms", f"{SEARCH_P95} ms", load.p95 * 1000 <= SEARCH_P95)


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
