"""What a line of the log keeps of an address with a secret in it."""

import logging

import pytest

from clinic.web.logs import ValueFreeFormatter

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "address",
    [
        "/visit/7Q2WAT2K7Q.1~SECRET/",
        "//visit//7Q2WAT2K7Q.1~SECRET/",
        "/%76isit/7Q2WAT2K7Q.1~SECRET/",
        "/visit%2F7Q2WAT2K7Q.1~SECRET/times/",
        "/admin/login/reset/MQ/SECRET/",
        "/admin/login/invitation/MQ/SECRET/",
        "/admin/login/sso/sso-1/callback/?code=SECRET&state=SECRET",
    ],
)
def test_a_logged_address_opens_nothing(address):
    record = logging.LogRecord("", logging.INFO, "", 1, '"GET %s HTTP/1.1" %s', (address, 302), None)
    line = ValueFreeFormatter("%(message)s").format(record)
    assert "SECRET" not in line
    assert line.endswith(' HTTP/1.1" 302')
