"""A small HTTP client on raw sockets: a full client library would use half of the two cores that are measured."""

import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: ([^=]+)=([^;\r]*)", re.IGNORECASE)
LAST_CHUNK = b"0\r\n\r\n"
SHORT = 60  # seconds; a server that is silent for longer counts as failed
KEPT = 30  # idle seconds after which to reconnect: the server may be about to close the old connection


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        found = re.search(rb"\r\n%s: ([^\r]*)" % name.encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SHORT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read(connection: socket.socket) -> Answer:
    data = _more(connection)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    if length is None:  # sent in chunks, as the health check is
        while not body.endswith(LAST_CHUNK):
            body += _more(connection)
        return Answer(int(head[9:12]), head, body)
    missing = int(length[1]) - len(body)
    parts = [body]
    while missing > 0:
        parts.append(_more(connection, min(missing, 1 << 20)))
        missing -= len(parts[-1])
    return Answer(int(head[9:12]), head, b"".join(parts))


def _more(connection: socket.socket, most: int = 65536) -> bytes:
    data = connection.recv(most)
    if not data:
        raise ConnectionError("the server hung up")
    return data


@dataclass
class Browser:
    """One user with cookies, on one persistent connection."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: socket.socket | None = None
    used: float = 0

    def get(self, path: str, **headers: str) -> Answer:
        return self.send(self.raw(path, None, **headers))

    def post(self, path: str, data: dict | None = None, **headers: str) -> Answer:
        return self.send(self.raw(path, data or {}, **headers))

    def raw(self, path: str, data: dict | None, **headers: str) -> bytes:
        """The bytes of a request with this user's cookies; a POST if there is data, even if it is empty."""
        lines = [f"{'GET' if data is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        body = ""
        if data is not None:
            body = urlencode({"csrfmiddlewaretoken": self.token} | data, doseq=True)
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    @property
    def token(self) -> str:
        return next((value for name, value in self.cookies.items() if "csrf" in name), "")

    def send(self, raw: bytes) -> Answer:
        if time.monotonic() - self.used > KEPT:
            self.close()
        self.connection = self.connection or connect(self.port)
        self.connection.sendall(raw)
        answer = read(self.connection)
        for name, value in COOKIE.findall(answer.head):
            self.cookies[name.decode()] = value.decode()
        self.used = time.monotonic()
        return answer

    def close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None


@dataclass(frozen=True)
class Job:
    """What one client process does between two moments: send these requests in a loop, or each of them once."""

    port: int
    requests: list[bytes]
    expect: int
    begins: float
    ends: float
    once: bool = False


def work(job: Job) -> tuple[float, list[float]]:
    """Send the requests. Returns when it finished, and how many seconds each answer took."""
    took: list[float] = []
    with connect(job.port) as connection:
        time.sleep(max(0, job.begins - time.monotonic()))
        while not job.once or not took:
            for raw in job.requests:
                began = time.monotonic()
                connection.sendall(raw)
                answer = read(connection)
                now = time.monotonic()
                if answer.status != job.expect:
                    raise RuntimeError(f"{answer.status}, not {job.expect}, to {raw[:80]!r}: {answer.head!r}")
                took.append(now - began)
                if now > job.ends:
                    return now, took
    return time.monotonic(), took
