"""No header of a request gives a server error, whatever it says."""

import os
import random

import pytest

from tests.fuzz.tries import Sent, faults
from tests.fuzz.values import HOSTILE

pytestmark = pytest.mark.once
HEADERS = [
    "HTTP_COOKIE", "HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_REFERER",
    "HTTP_ORIGIN", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO", "HTTP_X_CSRFTOKEN", "HTTP_USER_AGENT", "CONTENT_TYPE", "CONTENT_LENGTH", "QUERY_STRING",
]  # fmt: skip
COOKIES = ["sessionid={}", "csrftoken={}", "messages={}", "{}={}", "sessionid={}; sessionid={}"]
TRIES = min(int(os.environ.get("FUZZ_PAGES", "50")) * 5, 2000)
PAGES = ["/team/", "/visit/", "/admin/login/"]


def as_sent(value: str) -> str:
    """As a server hands on what came over the wire."""
    return value[:4000].encode(errors="surrogatepass").decode("latin-1")


def headers():
    for value in map(as_sent, HOSTILE):
        yield from ({name: value} for name in HEADERS)
        yield from ({"HTTP_COOKIE": cookie.format(value, value)} for cookie in COOKIES)


def test_no_header_is_a_server_error(client, clinic):
    client.raise_request_exception = False
    found = []
    for number, more in enumerate(random.Random(1).sample(list(headers()), TRIES)):  # noqa: S311
        method, page = ("GET", "POST")[number % 2], PAGES[number % 3]
        found += [f"{more}: {each}" for each in faults(client.generic(method, page, **more), Sent(method, page))]
    assert found == []
