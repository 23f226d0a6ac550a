"""The arithmetic of the bench, and its client against a server that answers always the same."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.bench.client import Browser, Job, work
from tests.bench.figures import Budget, Load, Table, merged

pytestmark = pytest.mark.once


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802 - the server's own name
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args):
        """Nothing."""


@pytest.fixture
def port():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("floor", "allowed"), [(0.002, "8.0"), (0.003, "12.0"), (0.001, "4.0")])
def test_a_budget_grows_and_shrinks_with_the_floor(floor, allowed):
    assert Budget(8).verdict(0.004, floor) == (allowed, "met")


def test_a_missed_budget_fails_the_run_and_a_page_without_one_does_not():
    table, load, floor = Table(), Load(10, [0.1, 0.1], 0.009), Load(10, [0.1, 0.1], 0.002)
    table.page("search", load, floor, 3)
    assert table.missed == []
    table.page("queue", load, floor, 3, Budget(8))
    assert table.missed == ["queue"]


def test_of_the_rounds_the_median_counts():
    rounds = [Load(rate, [rate], rate / 1000) for rate in (1, 100, 3)]
    assert merged(rounds) == Load(3, [1, 100, 3], 0.003)


def test_a_client_sends_each_request_and_times_its_answer(port):
    requests = [Browser(port).raw(path, None) for path in ("/a", "/b")]
    now = time.monotonic()
    done, took = work(Job(port, requests, 200, now, now + 60, once=True))
    assert len(took) == 2
    assert done > now


def test_a_client_refuses_an_answer_that_it_does_not_expect(port):
    now = time.monotonic()
    with pytest.raises(RuntimeError, match="200, not 302"):
        work(Job(port, [Browser(port).raw("/a", None)], 302, now, now + 60))
