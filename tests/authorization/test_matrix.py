"""Who may open and do what, anywhere: every address, everybody who comes, by every method."""

from http.cookies import SimpleCookie

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking import roles
from tests.addresses import names
from tests.authorization.matrix import ROWS, WHO
from tests.builders import make_clerk, taken_back
from tests.whole_database import changed, rows_of_every_table
from tests.whole_practice import signed_in

pytestmark = pytest.mark.once
REFUSED = {403: "f", 404: "n", 405: "m"}
SIGN_IN = "/admin/login/"
OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}  # this machine itself may read the metrics
ADD = "Add it to a row of tests/authorization/matrix.py that is open to the right people, or give it a row of its own"


def outcome(response, *, opened: str, led: str, other: str) -> str:
    """The letter of the table: see tests/authorization/matrix.py. A file is read to its end, which closes it."""
    response.getvalue()
    if response.status_code in (301, 302):
        return "s" if response["Location"].partition("?")[0] == SIGN_IN else led
    if response.status_code >= 500:
        return str(response.status_code)
    return REFUSED.get(response.status_code) or (opened if response.status_code == 200 else other)


def looked(browser: Client, address: str) -> str:
    response = browser.get(address, **OUTSIDE)
    if address.startswith("/admin/desk/"):
        assert "no-store" in response["Cache-Control"], f"browsers keep {address}"
    return outcome(response, opened="o", led=">", other="e")


def posted(browser: Client, address: str) -> str:
    with taken_back():
        return outcome(browser.post(address, {"version": "x"}, **OUTSIDE), opened="+", led="+", other="+")


def asked(browsers: dict[str, Client], ask, address: str) -> list[str]:
    """What each of them gets. Their cookies stay as they were."""
    found = []
    for browser in browsers.values():
        kept = SimpleCookie({name: cookie.value for name, cookie in browser.cookies.items()})
        found.append(ask(browser, address))
        browser.cookies = kept
    return found


def wrong(practice, ask, column: str) -> list[str]:
    """Each cell that is not as the table says."""
    addresses, browsers = practice.addresses(), practice.visitors | practice.staff
    assert list(browsers) == WHO
    return [
        f"{name} for {who}: {was}, not {wanted}"
        for row in ROWS
        for name in row.names
        for who, wanted, was in zip(WHO, getattr(row, column), asked(browsers, ask, addresses[name]), strict=True)
        if wanted != was
    ]


def test_every_address_has_one_row():
    listed = [name for row in ROWS for name in row.names]
    assert set(names()) - set(listed) == set(), ADD
    assert set(listed) - set(names()) == set(), "These addresses are gone: take them out of the matrix"
    assert {name for name in listed if listed.count(name) > 1} == set(), "These have two rows"


def test_a_visitor_opens_only_what_is_public():
    opened = {name for row in ROWS for name in row.names if row.get[0] not in "sn"}
    of_staff = {name for name in opened if name.startswith(("admin", "desk:", "account", "mfa_"))}
    assert of_staff == {
        "account_forgotten", "account_login", "account_new_password", "account:stay", "account:time_left",
        "admin:login", "admin:logout",
    }  # fmt: skip
    assert {row.post[:3] for row in ROWS for name in row.names if name.startswith(("admin", "desk:"))} == {"sss", "+++"}


def test_everybody_opens_what_the_table_says_and_changes_nothing_by_it(undrawn):
    before = rows_of_every_table()
    assert wrong(undrawn, looked, "get") == []
    assert changed(before) == []


def test_everybody_may_post_where_the_table_says(undrawn):
    assert wrong(undrawn, posted, "post") == []


def test_a_user_who_was_deactivated_is_answered_like_a_visitor(undrawn):
    former, addresses = signed_in(make_clerk(roles.LEAD)), undrawn.addresses()
    User.objects.update(is_active=False)
    for row in ROWS:
        for name in row.names:
            found = [letter for ask in (looked, posted) for letter in asked({"": former}, ask, addresses[name])]
            assert found == [row.get[0], row.post[0]], name


def test_no_other_method_is_answered_anywhere(undrawn):
    for name, address in undrawn.addresses().items():
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert undrawn.staff["manager"].generic(method, address).status_code == 405, (method, name)


def test_a_form_without_its_token_is_refused_everywhere_and_changes_nothing(undrawn):
    strict, addresses, before = Client(enforce_csrf_checks=True), undrawn.addresses(), rows_of_every_table()
    strict.cookies = undrawn.staff["manager"].cookies
    for name in (name for row in ROWS if "+" in row.post for name in row.names):
        refused = 410 if name == "request_flow:step" else 403  # a page that keeps what was typed
        assert strict.post(addresses[name], {"version": "x"}).status_code == refused, name
    assert changed(before) == []
