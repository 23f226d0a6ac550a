"""What is sent from a page that none of its forms and links would send. Everything follows from the seed."""

import random
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from tests.builders import taken_back
from tests.fuzz.values import HOSTILE, NAMES, QUERIES, Live
from tests.html_forms import TOKEN, Form, forms_of, links_of

URLENCODED = "application/x-www-form-urlencoded"
OTHER_TYPES = [
    f"{URLENCODED}; charset=utf-16", f"{URLENCODED}; charset=latin-1", "application/json", "text/plain", "text/xml",
    "x", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "image/png",
]  # fmt: skip
Data = list[tuple[str, str]]


class Sent(NamedTuple):
    method: str
    address: str
    body: bytes = b""
    content_type: str = URLENCODED

    def __str__(self):
        return f"{self.method} {self.address[:300]} {self.content_type} {self.body[:1500]!r}"


class Fuzzer:
    """One who opens pages, and sends each kind of form and each parameter with something in it that is not expected."""

    def __init__(self, browser: Client, seed: str, most_fields: int) -> None:
        self.browser, self.random, self.most_fields = browser, random.Random(seed), most_fields  # noqa: S311
        browser.raise_request_exception = False
        self.signed_in_by = {name: cookie.value for name, cookie in browser.cookies.items()}
        self.seen: set[tuple] = set()

    def try_page(self, address: str) -> Iterator[str]:
        """The faults of what comes back."""
        first = Sent("GET", address)
        page = self.ask(first)
        yield from faults(page, first)
        html = page.text if is_page(page) else ""
        for sent in [self.part(address), *self.queries(address, html), *self.forms(address, html)]:
            yield from faults(self.ask(sent), sent)

    def ask(self, sent: Sent):
        self.browser.cookies = SimpleCookie(self.signed_in_by)
        with taken_back():
            answer = self.browser.generic(sent.method, sent.address, sent.body, sent.content_type)
            answer.getvalue()  # a file is read to its end, which closes it
            return answer

    def is_new(self, *what) -> bool:
        is_new = what not in self.seen
        self.seen.add(what)
        return is_new

    def value(self, most: int = 2_000_000) -> str:
        return self.random.choice(HOSTILE)[:most]

    # -- addresses

    def part(self, address: str) -> Sent:
        """One part of the address is something else."""
        parts = address.split("/")
        parts[self.random.randrange(1, len(parts))] = quote(self.value(2000), safe="", errors="surrogatepass")
        return Sent("GET", "/".join(parts)[:4000])

    def queries(self, address: str, html: str) -> Iterator[Sent]:
        """Each parameter that the links of the page have, and two that nobody expects there."""
        yield Sent("GET", f"{address}?{self.random.choice(QUERIES)}")
        yield Sent("GET", f"{address}?{encoded([(self.random.choice(NAMES), self.value(2000))])}")
        for link in links_of(html, address):
            for name, _value in parse_qsl(urlsplit(link).query):
                if self.is_new(kind_of(link), name):
                    yield Sent("GET", f"{link.partition('?')[0]}?{encoded([(name, self.value(2000))])}")

    # -- forms

    def forms(self, address: str, html: str) -> Iterator[Sent]:
        for form in forms_of(html, address):
            for to, fields in form.sent():
                if self.is_new(kind_of(to), *sorted(fields)):
                    yield from self.form(form, to, [(name, str(one)) for name, many in fields.items() for one in many])

    def form(self, form: Form, to: str, data: Data) -> Iterator[Sent]:
        """Each field with something in it; one that is missing, one twice, one renamed; a file; all at once."""
        names = [name for name in dict(data) if name != TOKEN] + form.files
        self.random.shuffle(names)
        changed = [self.with_value(data, [name]) for name in names[: self.most_fields]]
        for name in names[:1]:
            changed += [[each for each in data if each[0] != name], [*data, (name, self.value())]]
            changed += [[(self.random.choice(NAMES) if each[0] == name else each[0], each[1]) for each in data]]
        for each in [*changed, self.with_value(data, names)]:
            yield self.sent(form, to, each)
        yield Sent("POST", to, encoded(data).encode(), self.random.choice(OTHER_TYPES))

    def with_value(self, data: Data, names: list[str]) -> Data:
        return [each for each in data if each[0] not in names] + [(name, self.value()) for name in names]

    def sent(self, form: Form, to: str, data: Data) -> Sent:
        if form.method == "get":
            return Sent("GET", f"{to.partition('?')[0]}?{encoded(data)[:8000]}")
        return self.with_files(to, data) if form.files else Sent("POST", to, encoded(data).encode())

    def with_files(self, to: str, data: Data) -> Sent:
        """As multipart, in which some parts say that they are files."""
        parts = b""
        for name, value in data:
            file = self.random.choice(("", f'; filename="{self.value(200)!a}"'))
            parts += f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'.encode(
                errors="surrogatepass"
            )
        return Sent("POST", to, parts + b"--x--\r\n", "multipart/form-data; boundary=x")


def encoded(data: Data) -> str:
    return urlencode(data, errors="surrogatepass")


def kind_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return address


def is_page(response) -> bool:
    return response.get("Content-Type", "").startswith("text/html") and not response.streaming


def faults(response, sent: Sent) -> Iterator[str]:
    if response.status_code >= 500:
        kind, error, _trace = getattr(response, "exc_info", None) or (None, "", None)
        yield f"{response.status_code} {getattr(kind, '__name__', '')} {str(error)[:200]}: {sent}"
    if "X-Probe" in response or response.get("Location", "/").startswith(("//", "/\\", "http", "javascript")):
        yield f"a header was made: {sent}"
    if is_page(response) and (found := Live(response.text).found):
        yield f"live {found[:3]}: {sent}"
