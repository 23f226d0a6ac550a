"""Reads an address within ten seconds and two megabytes, from the very addresses that were checked."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urljoin

from booking.exchange.feeds.failed import Failure, FeedFailed
from booking.exchange.feeds.place import Place, addresses_of, place_of

SECONDS, MOST_BYTES, MOST_REDIRECTS = 10.0, 2_000_000, 3
MOVED = {301, 302, 303, 307, 308}
HEADERS = {
    "Accept": "text/calendar", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "clinic-busy-times",
}  # fmt: skip


class Fetched(NamedTuple):
    content: bytes
    etag: str
    last_modified: str


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.end = monotonic() + seconds

    @property
    def left(self) -> float:
        """FeedFailed: nothing is."""
        seconds = self.end - monotonic()
        if seconds <= 0:
            raise FeedFailed(Failure.SLOW)
        return seconds


class TimedSocket(ssl.SSLSocket):
    """Every read has what is left of the whole time: a site that drips must not get ten seconds for each byte."""

    deadline: Deadline

    def recv_into(self, *args: Any, **how: Any) -> int:
        self.settimeout(self.deadline.left)
        return super().recv_into(*args, **how)


def fetch(address: str, *, etag: str = "", last_modified: str = "") -> Fetched | None:
    """None: it has not changed since. FeedFailed: it could not be read."""
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = HEADERS | {name: value for name, value in known.items() if value}
    deadline = Deadline(SECONDS)
    for _redirect in range(MOST_REDIRECTS + 1):
        try:
            with _answer(place_of(address), headers, deadline) as answer:
                if answer.status not in MOVED:
                    return _read(answer)
                address = urljoin(address, answer.headers.get("Location", ""))
        except TimeoutError:
            raise FeedFailed(Failure.SLOW) from None
        except (OSError, HTTPException, ValueError):
            raise FeedFailed(Failure.UNREACHABLE) from None
    raise FeedFailed(Failure.BROKEN)


@contextmanager
def _answer(place: Place, headers: dict[str, str], deadline: Deadline) -> Iterator[HTTPResponse]:
    """An open answer of the site."""
    with _connected(place, deadline) as secure, closing(HTTPSConnection(place.host, place.port)) as connection:
        connection.sock = secure
        connection.request("GET", place.path, headers=headers)
        with connection.getresponse() as answer:
            yield answer


def _connected(place: Place, deadline: Deadline) -> TimedSocket:
    """To an address that was checked, so that no second answer of the name server can lead elsewhere."""
    refused: OSError | None = None
    for address in addresses_of(place, deadline.left):
        try:
            plain = socket.create_connection((address, place.port), timeout=deadline.left)
        except OSError as error:
            refused = error
            continue
        return _encrypted(plain, place, deadline)
    raise refused or FeedFailed(Failure.UNREACHABLE)


def _encrypted(plain: socket.socket, place: Place, deadline: Deadline) -> TimedSocket:
    context = ssl.create_default_context()
    context.sslsocket_class = TimedSocket
    plain.settimeout(deadline.left)
    try:
        secure = context.wrap_socket(plain, server_hostname=place.host)
    except BaseException:
        plain.close()
        raise
    assert isinstance(secure, TimedSocket)
    secure.deadline = deadline
    return secure


def _read(answer: HTTPResponse) -> Fetched | None:
    """Compressed data is refused: we did not ask for it, and a few bytes may become any number."""
    if answer.status == 304:
        return None
    if 400 <= answer.status < 500:
        raise FeedFailed(Failure.REFUSED)
    if answer.status != 200:
        raise FeedFailed(Failure.BROKEN)
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise FeedFailed(Failure.NO_CALENDAR)
    content = b"" if (answer.length or 0) > MOST_BYTES else answer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES or (answer.length or 0) > MOST_BYTES:
        raise FeedFailed(Failure.LARGE)
    etag, moment = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    return Fetched(content, etag if len(etag) <= 200 else "", moment if len(moment) <= 80 else "")
