"""The visitor's address, read from our own proxies and from nobody else."""

import pytest
from django.test import RequestFactory

from clinic.web.client_address import address_of, network_of, origin_of

pytestmark = pytest.mark.once


def from_(address, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 198.51.100.2,203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),  # past the outer proxy: the inner one heard it directly
        (3, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, None, "10.0.0.1"),
        (1, "198.51.100.1, nonsense", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)  # fmt: skip
def test_only_what_our_own_proxies_add_counts(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    assert address_of(from_("10.0.0.1", forwarded)) == address


@pytest.mark.parametrize(
    ("said", "address", "network"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.9:51234", "203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:2ff::/64", "2001:db8:1:200::/56"),
        ("[2001:db8:1:2ff:3::4]:443", "2001:db8:1:2ff::/64", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/56"),
        ("", "unknown", "unknown"),
        ("unix:", "unknown", "unknown"),
    ],
)
def test_an_address_belongs_to_a_network(said, address, network):
    assert (address_of(from_(said)), network_of(from_(said))) == (address, network)


def test_an_origin_tells_networks_apart_and_names_none(settings):
    one, neighbor, other = (origin_of(from_(address)) for address in ("203.0.113.9", "203.0.113.77", "198.51.100.1"))
    assert one == neighbor != other
    assert len(one) == 32
    settings.SECRET_KEY = "another " * 9
    assert origin_of(from_("203.0.113.9")) != one
