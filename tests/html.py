"""Checks every kind of page of the demo with vnu, the W3C's HTML checker.

Not part of `make test`: `make html` fetches vnu and then runs this file.
"""

import io
import json
import re
import subprocess
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from booking.models import AppointmentRequest
from booking.notifications import links
from tests.booking.request_flow.walk import ANSWERS, ASK_FOR_A_CALL, HELPED, Walker
from tests.machines import listed

VNU = Path(__file__).resolve().parent.parent / "node_modules/vnu-jar/build/dist/vnu.jar"
OF_EACH_KIND = 3  # pages per view: a table has many rows, and their pages are alike
PUBLIC = ["/request/", "/request/stop/", "/visit/", "/nowhere/"]
STAFF = ["/admin/", "/admin/desk/", "/admin/desk/day/", "/admin/desk/book/"]
NOT_OURS = "admin/auth/"  # Django's own account pages, which have two faults of their own

Pages = Iterator[tuple[str, str]]  # URL and HTML


@pytest.fixture
def demo(db, settings):
    settings.SITE_URL = "http://testserver"
    call_command("load_demo", verbosity=0, stdout=io.StringIO())


def test_every_page_is_valid_html(demo, admin_client, tmp_path):
    pages = [
        *crawl(Client(), [*PUBLIC, *listed(Client().get("/sitemap.xml").text, "http://testserver")]),
        *patients_pages(),
        *request_pages(),
        *crawl(admin_client, STAFF),
    ]
    for number, (_address, html) in enumerate(pages):
        (tmp_path / f"{number}.html").write_text(html)
    faults = check(tmp_path)
    for fault in faults:
        say(pages[int(Path(fault["url"]).stem)][0], fault)
    print(f"\n{len(pages)} pages, {len(faults)} errors")  # noqa: T201
    assert len(pages) > 90, "most were never reached"
    assert not faults


def check(folder: Path) -> list[dict]:
    command = ["java", "-jar", VNU, "--format", "json", "--stdout", "--errors-only", "--exit-zero-always", folder]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(printed)["messages"]


def say(address: str, fault: dict) -> None:
    print(f"{address} line {fault.get('lastLine')}: {fault['message']} {fault.get('extract', '')!r}")  # noqa: T201


# -- where the pages come from


def crawl(client: Client, starts: list[str]) -> Pages:
    """Follow the links of these pages: a few pages of each view. A GET changes nothing, so all may be opened."""
    seen, of_kind, queue = set(starts), Counter(), deque(starts)
    while queue:
        address = queue.popleft()
        answer = client.get(address)
        kind = answer.resolver_match.route if answer.resolver_match else address
        enough = of_kind[kind] >= OF_EACH_KIND and address not in starts
        is_page = answer.get("Content-Type", "").startswith("text/html") and answer.status_code not in (301, 302)
        if enough or not is_page or kind.startswith(NOT_OURS):
            continue
        of_kind[kind] += 1
        yield address, answer.text
        new = [link for link in links_of(answer.text, address) if link not in seen]
        seen |= set(new)
        queue += new


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs).get("href") or "")


def links_of(html: str, address: str) -> list[str]:
    found = dict.fromkeys(urldefrag(urljoin(address, link)).url for link in Links(html).found)
    return [link for link in found if link.startswith("/") and not link.startswith(("//", "/static/"))]


def request_pages() -> Pages:
    """Each step of a request, first empty and then with errors because nothing was answered."""
    yield from steps("request", {"times": ASK_FOR_A_CALL})
    yield from steps("request for someone", HELPED)


def steps(name: str, instead: dict) -> Pages:
    walker = Walker(Client())
    walker.start()
    for step, answers in (ANSWERS | instead).items():
        yield f"{name}, {step}", walker.get(step).text
        yield f"{name}, {step}, left empty", walker.client.post(walker.url(step), {}, follow=True).text
        walker.post(step, answers or {"add": an_open_time(walker)})
        if not answers:
            yield f"{name}, {step}, one chosen", walker.get(step).text
            walker.post(step, {"go": "1"})
    yield f"{name}, check", walker.get("check").text
    yield f"{name}, sent", walker.client.post(walker.url("check"), {}, follow=True).text


def an_open_time(walker: Walker) -> str:
    return re.search(r'name="add"\s+value="([^"]+)"', walker.get("times").text)[1]


def patients_pages() -> Pages:
    """A request in each status, as the link alone shows it and as it looks after the date of birth; then its links."""
    coming = AppointmentRequest.objects.filter(
        appointments__status="booked", appointments__starts_at__gt=timezone.now()
    )
    for status in AppointmentRequest.Status:
        of_status = AppointmentRequest.objects.filter(status=status).select_related("patient")
        appointment_request = of_status.filter(pk__in=coming).first() or of_status.first()
        client, born = Client(), appointment_request.patient.birth_date
        address = f"/visit/{links.secret(appointment_request)}/"
        yield f"appointment, {status}", client.get(address).text
        date = {"birth_date_month": born.month, "birth_date_day": born.day, "birth_date_year": born.year}
        opened = client.post(f"{address}birth-date/", date, follow=True).text
        yield f"appointment, {status}, opened", opened
        for link in links_of(opened, address):
            act = link.removeprefix(address)
            if link.startswith(address) and act.endswith("/"):
                yield f"appointment, {status}, {act}", client.get(link, follow=True).text
