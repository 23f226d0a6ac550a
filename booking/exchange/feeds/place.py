"""Where a feed may be read from: a public site with https. No address that is typed makes us read our own network."""

import socket
from ipaddress import IPv6Address, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

from booking.exchange.feeds.failed import Failure, FeedFailed

LONGEST = 2000
HTTPS = 443


class Place(NamedTuple):
    host: str
    port: int
    path: str


def place_of(address: str) -> Place:
    """FeedFailed: it is no address with https, or has a name and password in it."""
    try:
        parts = urlsplit(iri_to_uri(address.strip()))
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or HTTPS
    except ValueError:
        raise FeedFailed(Failure.ADDRESS) from None
    if parts.scheme != "https" or not host or parts.username or parts.password or len(address) > LONGEST:
        raise FeedFailed(Failure.ADDRESS)
    return Place(host, port, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")


def addresses_of(place: Place, seconds: float) -> list[str]:
    """What the host’s name leads to. FeedFailed: to nothing, or one of them is not public."""
    found = list(dict.fromkeys(_resolved(place, seconds)))
    if not found:
        raise FeedFailed(Failure.UNREACHABLE)
    if not settings.FEEDS_FROM_PRIVATE_ADDRESSES and not all(map(is_public, found)):
        raise FeedFailed(Failure.ADDRESS)
    return found


def is_public(address: str) -> bool:
    """Neither private, loopback, link-local, multicast nor reserved; nor one of these inside an IPv6 address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_private)


def _resolved(place: Place, seconds: float) -> list[str]:
    """In a thread: a name server that does not answer keeps the system’s call for longer than we may wait."""
    answer: SimpleQueue[list[str]] = SimpleQueue()
    Thread(target=lambda: answer.put(_looked_up(place)), daemon=True).start()
    try:
        return answer.get(timeout=max(seconds, 0))
    except Empty:
        raise FeedFailed(Failure.SLOW) from None


def _looked_up(place: Place) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError, OverflowError):
        return []
