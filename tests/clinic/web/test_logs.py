"""What a line of the log keeps of an address with a secret in it."""

import json
import logging
import sys

import pytest

from clinic.web.logs import JsonFormatter, ValueFreeFormatter

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
        "/admin/desk/patients/?q=SECRET",
    ],
)
def test_a_logged_address_opens_nothing(address):
    record = logging.LogRecord("", logging.INFO, "", 1, '"GET %s HTTP/1.1" %s', (address, 302), None)
    line = ValueFreeFormatter("%(message)s").format(record)
    assert "SECRET" not in line
    assert line.endswith(' HTTP/1.1" 302')


def test_as_json_a_record_is_one_line_that_says_where_it_failed_and_no_value():
    try:
        int("June Demo")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("clinic", logging.ERROR, "", 1, 'GET "%s" failed', ("/visit/7Q2.1~SECRET/",), error)
    [line] = JsonFormatter().format(record).splitlines()
    read = json.loads(line)
    assert (read["level"], read["logger"], read["message"]) == ("ERROR", "clinic", 'GET "/visit/.../" failed')
    assert read["at"].endswith("+00:00")
    assert "test_logs.py" in read["where"][0]
    assert read["where"][-1] == "ValueError"
    assert "June" not in line
