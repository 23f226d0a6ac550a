"""Signing in as staff do: the second step at the first sign-in and after it, a passkey, and a user's own pages."""

import re
from contextlib import closing
from datetime import UTC

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, User
from django.core import mail
from django.utils import timezone
from time_machine import escape_hatch

from booking.notifications import outbox
from booking.roles import DESK
from clinic.models import StaffMessage
from tests import oidc
from tests.browser.checks import check
from tests.browser.conftest import PASSWORD
from tests.clinic.accounts.signing_in import code

WIDTHS = (390, 1440)
NEW_PASSWORD = "eleven herons wait at dusk"


@pytest.fixture(autouse=True)
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def real_time(wednesday, time_machine):
    """What another process signs is of its own time."""
    time_machine.move_to(escape_hatch.datetime.datetime.now(UTC))


def type_password(page, site, user):
    page.goto(f"{site}/admin/desk/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def type_code(page, code, button):
    page.get_by_label("6-digit code").fill(code)
    page.get_by_role("button", name=button).click()


def set_up(page, checked=False):
    """Returns the key of the app."""
    key = re.sub(r"\s", "", page.locator(".setup-key").inner_text())
    type_code(page, code(key), "Continue")
    if checked:
        check(page, WIDTHS)
    page.get_by_role("button", name="I have them on paper").click()
    return key


def test_a_receptionist_sets_up_the_second_step_without_a_script(site, open_page, clerk):
    page = open_page(scripts=False)
    type_password(page, site, clerk)
    assert page.locator("h1").inner_text() == "Set up your second step"
    type_code(page, "000000", "Continue")
    assert "That code did not match." in page.get_by_role("alert").inner_text()
    key = set_up(page)
    assert page.url == f"{site}/admin/desk/"
    page.get_by_role("button", name="Sign out").click()
    type_password(page, site, clerk)
    type_code(page, code(key, steps=1), "Sign in")
    assert page.url == f"{site}/admin/desk/"


def test_every_page_of_the_sign_in_is_accessible(site, open_page, clerk):
    page = open_page()
    type_password(page, site, clerk)
    check(page, WIDTHS)
    key = set_up(page, checked=True)
    page.get_by_role("button", name="Sign out").click()
    type_password(page, site, clerk)
    type_code(page, "000000", "Sign in")
    check(page, WIDTHS)
    type_code(page, code(key, steps=1), "Sign in")
    page.goto(f"{site}/admin/account/app/remove/")
    check(page, WIDTHS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    for path in ("app/remove/", "second-step/", "codes/", "codes/new/", "passkeys/add/"):
        page.goto(f"{site}/admin/account/{path}")
        check(page, WIDTHS)
    Authenticator.objects.filter(type="totp").delete()
    page.goto(f"{site}/admin/account/app/")
    check(page, WIDTHS)


def test_the_pages_of_a_forgotten_password_are_accessible(site, open_page, clerk, settings):
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.org", "Example"
    User.objects.filter(pk=clerk.pk).update(email="dmitri@example.org")
    page = open_page()
    page.goto(f"{site}/admin/login/")
    assert page.get_by_role("link", name="Sign in with Example").is_visible()
    check(page, WIDTHS)
    page.get_by_role("link", name="Forgot your password?").click()
    check(page, WIDTHS)
    page.get_by_label("Username or email").fill("dmitri")
    page.get_by_role("button", name="Email me a link").click()
    check(page, WIDTHS)
    outbox.deliver_due(clock=timezone.now, rows=StaffMessage.objects.all())
    link = re.search(r"http\S+", mail.outbox[-1].body)[0]
    page.goto(link)
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("confirmation").fill("another")
    page.get_by_role("button", name="Save").click()
    check(page, WIDTHS)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("confirmation").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save").click()
    assert "Your new password is saved." in page.get_by_role("status").inner_text()
    page.goto(link)
    assert "This link no longer works" in page.locator("h1").inner_text()
    check(page, WIDTHS)


def with_virtual_authenticator(page):
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_then_signs_in_alone(site, open_page, clerk, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    page = open_page()
    with_virtual_authenticator(page)
    type_password(page, site, clerk)
    page.goto(f"{site}/admin/account/passkeys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/account/codes/")
    page.goto(f"{site}/admin/account/second-step/")
    check(page, WIDTHS)
    page.goto(f"{site}/admin/desk/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/admin/desk/")
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url(f"{site}/admin/desk/")
    page.get_by_role("button", name="Sign out").click()
    type_password(page, site, clerk)
    check(page, WIDTHS)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{site}/admin/desk/")


def test_at_a_bare_ip_address_no_passkey_is_offered(site, open_page, clerk, settings):
    settings.ALLOWED_HOSTS = ["*"]
    bare = site.replace("localhost", "127.0.0.1")
    page = open_page()
    page.goto(f"{site}/admin/login/")
    assert page.get_by_role("button", name="passkey").is_visible()
    assert "passkey" not in page.request.get(f"{bare}/admin/login/").text()
    assert page.request.get(f"{bare}/admin/login/passkey/").status == 404


@pytest.fixture
def lena(db):
    """Invited, with no password yet. Returns the link in her mail."""
    user = User.objects.create(username="lena", email="lena@example.org", is_staff=True, password="!")
    user.groups.add(Group.objects.get(name=DESK))
    StaffMessage.objects.create(user=user, kind=StaffMessage.Kind.INVITATION, due_at=timezone.now())
    outbox.deliver_due(clock=timezone.now, rows=StaffMessage.objects.all())
    return re.search(r"http\S+", mail.outbox[-1].body)[0]


def test_an_invited_receptionist_chooses_a_password_and_lands_on_the_desk(site, open_page, clerk, lena):
    page = open_page(390, scripts=False)
    page.goto(lena)
    assert "Your username is lena" in page.locator("main").inner_text()
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("confirmation").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Username").fill("lena")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    set_up(page)
    assert page.url == f"{site}/admin/"


def test_an_invited_receptionist_comes_from_the_single_sign_on_and_later_signs_in_there(
    real_time, site, browser, clerk, lena, settings
):
    with oidc.running_provider() as provider, closing(browser.new_context()) as there_and_back:
        oidc.set_up(settings, provider)
        page = there_and_back.new_page()
        for start in (lena, f"{site}/admin/desk/"):
            page.goto(start)
            page.get_by_role("link", name="Sign in with Example").click()
            page.get_by_placeholder("sub").fill("subject-1")
            page.get_by_role("button", name="Authorize", exact=True).click()
            page.wait_for_url(f"{site}/admin/**")
            page.get_by_role("button", name="Sign out").click()
    assert SocialAccount.objects.get().user.username == "lena"
