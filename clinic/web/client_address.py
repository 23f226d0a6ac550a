"""Where a request comes from, as our own proxies say it: what visitors write into X-Forwarded-For changes nothing."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.utils.crypto import salted_hmac

UNKNOWN = "unknown"
ONE_DEVICE = 64  # bits: an IPv6 device picks any address in its /64
NETWORK_BITS = {4: 24, 6: 56}
LOOPBACK = {"127.0.0.1", "::1"}
ADDED_BY_PROXIES = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA"}


def is_this_machine(request) -> bool:
    """Whether it comes from this machine itself, and not through a proxy on it."""
    return request.META["REMOTE_ADDR"] in LOOPBACK and ADDED_BY_PROXIES.isdisjoint(request.META)


def address_of(request) -> str:
    """The visitor's address, to count by: an IPv4 address, or the /64 of a device with IPv6."""
    address = _client(request)
    if isinstance(address, IPv6Address):
        return _network(address, ONE_DEVICE)
    return str(address or UNKNOWN)


def network_of(request) -> str:
    """The network that the address belongs to: a /24, with IPv6 a /56."""
    address = _client(request)
    return _network(address, NETWORK_BITS[address.version]) if address else UNKNOWN


def origin_of(request) -> str:
    """A keyed hash of the network: it tells whether two requests came from one place, and not from where."""
    return salted_hmac("clinic.origin", network_of(request), algorithm="sha256").hexdigest()[:32]


def _network(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network(f"{address}/{bits}", strict=False))


def _client(request) -> IPv4Address | IPv6Address | None:
    """Each proxy of ours adds one address on the right, that of whom it heard. What is further left may be forged."""
    heard = [request.META.get("REMOTE_ADDR", "")]
    if count := settings.TRUSTED_PROXIES:
        heard = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", count)[-count:] + heard
    return next(filter(None, map(_parsed, heard)), None)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies add the port."""
    text = text.strip()
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
