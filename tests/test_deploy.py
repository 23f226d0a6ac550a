"""The files that we ship for gunicorn and nginx, as they run: what they log, limit, pass on and say themselves."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen

import pytest
from django.core.management import call_command
from prometheus_client.parser import text_string_to_metric_families

from tests.bench.client import Browser, connect, read
from tests.bench.servers import free_port
from tests.faults import silent
from tests.faults.processes import ROOT, Web, running, seconds_until_back
from tests.faults.proxy import NGINX, Proxy
from tests.spare import url_of_test_database

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),  # the site is a process of its own, and counts wrong links
    pytest.mark.skipif(not NGINX, reason="no nginx on this machine: the proxy's settings are not tried"),
]
PHONE = "(718)\u00a0555-0142"
TOKEN = "monitors-only-" + "k" * 32
SECRET = "K7M4QX9PTR.1~SECRET"
ADDRESSES = {  # and how the proxy logs them
    f"/visit/{SECRET}/": "/visit/.../",
    f"/visit/{SECRET}/times/check/?a={SECRET}": "/visit/.../times/check/",
    f"/%76isit/{SECRET}/": "(encoded)",
    f"//visit//{SECRET}/": "//visit//...",
    "/admin/login/reset/MQ/SECRET/": "/admin/login/reset/MQ/.../",
    "/admin/login/invitation/MQ/SECRET/": "/admin/login/invitation/MQ/.../",
    "/admin/login/sso/sso-1/callback/?code=SECRET&state=SECRET": "/admin/login/sso/sso-1/callback/",
}
UNREADABLE = {
    "letters that are not encoded": "GET /admin/desk/?q=Quetzal\u00e9 HTTP/1.1",
    "a header with a control character": "GET / HTTP/1.1\r\nX-Name: Quetzal\x01",
    "a method of one letter": "Q / HTTP/1.1",
    "more headers than anybody sends": "GET / HTTP/1.1" + "".join(f"\r\nX-{n}: 1" for n in range(150)),
}
UNREADABLE_BY_THE_PROXY = {
    "a very long address": f"GET /{'x' * 20_000} HTTP/1.1",
    "NUL": "GET /procedures/\x00 HTTP/1.1",
    "no request": "NO / / / HTTP/1.1",
    "a method that nginx refuses": "TRACE / HTTP/1.1",
    "a form to a file": "POST /static/errors/400.html HTTP/1.1\r\nContent-Length: 0",
    "another version": "GET / HTTP/3.0",
    "another encoding": "POST /request/ HTTP/1.1\r\nTransfer-Encoding: gzip",
    "a file that has changed": 'GET /static/errors/400.html HTTP/1.1\r\nIf-Match: "x"',
    "far more headers than anybody sends": "GET / HTTP/1.1" + "".join(f"\r\nX-{n}: 1" for n in range(2000)),
}
OF_THE_SITE = ["Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options"]
OF_THE_SITE += ["X-Frame-Options", "Cross-Origin-Opener-Policy"]


@pytest.fixture(scope="module")
def site(django_db_setup, tmp_path_factory):
    """The site behind the proxy."""
    folder = tmp_path_factory.mktemp("site")
    environment = {"DATABASE_URL": url_of_test_database(), "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    web = Web(folder, DEBUG="1", WEB_CONCURRENCY="2", METRICS_TOKEN=TOKEN, **environment)
    with running(web):
        seconds_until_back(web.port, web.log)
        with behind_proxy(folder, web.port) as proxy:
            yield web, proxy


@contextmanager
def behind_proxy(folder, port):
    proxy = Proxy(folder, port)
    with running(proxy):
        proxy.wait_until_it_listens()
        yield proxy


@pytest.fixture
def error_pages(site, settings):
    settings.STATIC_ROOT = site[1].folder / "static"
    settings.PRACTICE_PHONE = "+17185550142"
    call_command("write_error_pages", stdout=io.StringIO())


def test_the_site_is_loaded_before_its_processes_part_and_opens_no_database_by_then():
    loaded = "import clinic.wsgi, clinic.urls; from django.db import connection as c; print(c.connection)"
    ours = os.environ | {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    run = subprocess.run([sys.executable, "-c", loaded], env=ours, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "None\n"


def test_no_log_keeps_what_opens_a_private_page(site):
    web, proxy = site
    with closing(Browser(proxy.port)) as browser:
        for address in [*ADDRESSES, "/danger-signs/"]:
            browser.get(address, Referer=f"https://clinic.example.org/visit/{SECRET}/")
    logged = once_it_holds(proxy.access_log, "/danger-signs/")
    assert [masked for masked in ADDRESSES.values() if f'"GET {masked}' not in logged] == []
    assert '"GET /visit/.../times/check/" 404' in once_it_holds(web.log, '"GET /danger-signs/')
    assert "SECRET" not in "".join(path.read_text() for path in proxy.folder.glob("*.log"))


def test_the_metrics_are_those_of_all_processes_and_the_proxy_hands_out_none(site):
    web, proxy = site
    before = answered(web)
    for _n in range(10):
        with closing(Browser(proxy.port)) as browser:
            assert browser.get("/danger-signs/").status == 200
    assert [answered(web) - before for _n in range(6)] == [10] * 6, "whichever process is asked"
    families = list(text_string_to_metric_families(scraped(web)))
    assert len({family.name for family in families}) == len(families) > 5
    assert not [sample for family in families for sample in family.samples if "pid" in sample.labels]
    with closing(Browser(proxy.port)) as browser:
        for address in ("/metrics", "//metrics", "/%6detrics", "/static/../metrics", "/metrics?x=1"):
            assert browser.get(address, Authorization=f"Bearer {TOKEN}").status == 404, address


def answered(web):
    """How many public pages the site says it showed."""
    return float(re.search(r'^clinic_responses_total{kind="public",status="200"} (\S+)$', scraped(web), re.M)[1])


def scraped(web):
    with urlopen(f"http://127.0.0.1:{web.port}/metrics") as answer:
        return answer.read().decode()


def once_it_holds(log, words):
    """Both servers write a line after the answer."""
    for _try in range(1000):
        if words in (text := log.read_text()):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{log} never held {words}")


def test_what_is_too_large_for_the_proxy_gets_our_page_with_our_headers(site, error_pages):
    _web, proxy = site
    with closing(Browser(proxy.port)) as browser:
        ours = browser.get("/danger-signs/")
        of_the_site = browser.post("/request/", {"note": "x" * 1_000_000})
        answer = browser.post("/request/", {"note": "x" * 3_000_000})
    assert (answer.status, of_the_site.status) == (413, 413)
    for page in (answer, of_the_site):
        assert PHONE in page.body.decode()
        assert "no-store" in page.header("Cache-Control")
    assert headers(answer) == headers(ours)


def headers(answer):
    """Those that every page has. The parts of a policy come in any order."""
    return {name: sorted(answer.header(name).split("; ")) for name in OF_THE_SITE}


def test_what_the_site_or_the_proxy_cannot_read_gets_our_page_with_our_headers_and_is_not_quoted_in_a_log(
    site, error_pages
):
    web, proxy = site
    with closing(Browser(web.port)) as browser:
        ours = headers(browser.get("/danger-signs/"))
    for by, unreadable in (web, UNREADABLE), (proxy, UNREADABLE | UNREADABLE_BY_THE_PROXY):
        for what, sent in unreadable.items():
            answer = answer_to(sent, by.port)
            assert answer.status == 400, what
            assert PHONE in answer.body.decode(), what
            assert "no-store" in answer.header("Cache-Control"), what
            assert headers(answer) == ours, what
    with closing(Browser(proxy.port)) as browser:
        assert browser.get(f"/danger-signs/?pasted={'x' * 7000}").status == 200
        assert browser.get("/static/errors/400.html", Range="bytes=999999-").status == 200
    assert "Quetzal" not in once_it_holds(web.log, "cannot be read: LimitRequestHeaders")


def answer_to(sent, port):
    with closing(connect(port)) as connection:
        connection.sendall(sent.encode() + b"\r\nHost: 127.0.0.1\r\n\r\n")
        return read(connection)


def test_while_the_site_is_away_the_proxy_says_503_with_our_phone(site, error_pages, tmp_path):
    with behind_proxy(tmp_path, free_port()) as proxy, closing(Browser(proxy.port)) as browser:
        (tmp_path / "static").symlink_to(site[1].folder / "static")
        answers = [browser.get("/"), browser.post("/request/", {})]
    for answer in answers:
        assert (answer.status, answer.header("Retry-After")) == (503, "60")
        assert PHONE in answer.body.decode()
        assert "no-store" in answer.header("Cache-Control")


def test_slow_visitors_are_held_open_and_keep_nobody_waiting(site):
    _web, proxy = site
    with silent.dripping(proxy.port) as held, closing(Browser(proxy.port)) as browser:
        assert browser.get("/danger-signs/").status == 200
        assert held() == silent.SLOW


def test_the_health_check_of_the_proxy_passes_whatever_the_site_is_called(site, error_pages):
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    [path] = re.findall(r'"https://127\.0\.0\.1(/[^"]*)"', compose)
    by_address = Request(f"http://127.0.0.1:{site[1].port}{path}", headers={"Host": "10.0.0.1"})
    with urlopen(by_address) as answer:
        assert answer.status == 200


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802 - the name that http.server asks for
        said = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    """The port of a site that answers with the headers it got."""
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_what_a_visitor_writes_about_where_it_comes_from_is_replaced(echo, tmp_path):
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.7"}
    forged |= {"X-Forwarded-Host": "evil.example"}
    with behind_proxy(tmp_path, echo) as proxy, closing(Browser(proxy.port)) as browser:
        got = json.loads(browser.get("/", **forged).body)
    assert got.pop("X-Forwarded-For") == "127.0.0.1"
    assert got.pop("X-Forwarded-Proto") == "http"
    assert not set(got.values()) & set(forged.values())
