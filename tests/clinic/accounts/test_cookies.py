"""The cookies of a production site, and signing in and out with them."""

import json
import os
import subprocess
import sys

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.builders import make_clerk

pytestmark = [pytest.mark.once, pytest.mark.django_db]
PASSWORD = "correct horse battery staple"
NAMES = [
    f"{kind}_COOKIE_{name}"
    for kind in ("SESSION", "CSRF")
    for name in ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "DOMAIN", "PATH")
]
PRODUCTION = {
    "SECRET_KEY": "s3cret" * 10,
    "ALLOWED_HOSTS": "clinic.example.org",
    "SITE_URL": "https://clinic.example.org",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example.org",
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_SETTINGS_MODULE": "clinic.settings",
}


@pytest.fixture(scope="module")
def production():
    """The settings of cookies as a new process without DEBUG has them."""
    values = f"{{name: getattr(settings, name) for name in {NAMES}}}"
    code = f"import json; from django.conf import settings; print(json.dumps({values}))"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": os.defpath} | PRODUCTION, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


@pytest.fixture
def rosa(clinic, settings, production):
    for name, value in production.items():
        setattr(settings, name, value)
    user = make_clerk(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(browser):
    return browser.post("/admin/login/", {"username": "rosa", "password": PASSWORD}, secure=True)


def test_every_cookie_of_the_staff_site_is_bound_to_this_host_and_hidden_from_scripts(rosa):
    browser = Client()
    pages = [browser.get("/admin/login/", secure=True), sign_in(browser)]
    pages += [browser.get(path, secure=True) for path in ("/admin/", "/admin/desk/", "/admin/account/")]
    pages += [browser.post("/admin/account/end-other-sessions/", secure=True), browser.post("/request/", secure=True)]
    cookies = [cookie for page in pages for cookie in page.cookies.values()]
    assert {cookie.key for cookie in cookies} == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in cookies:
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_signing_in_gives_the_session_a_new_id_and_the_old_one_opens_nothing(rosa):
    browser, thief = Client(), Client()
    browser.post("/request/", secure=True)
    before = browser.cookies["__Host-sessionid"].value
    sign_in(browser)
    assert browser.cookies["__Host-sessionid"].value != before
    thief.cookies["__Host-sessionid"] = before
    assert thief.get("/admin/desk/", secure=True).status_code == 302
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_takes_a_post_and_ends_the_session_on_the_server(rosa):
    browser = Client()
    sign_in(browser)
    kept = browser.cookies["__Host-sessionid"].value
    assert browser.get("/admin/logout/", secure=True).status_code == 405
    assert browser.get("/admin/desk/", secure=True).status_code == 200
    browser.post("/admin/logout/", secure=True)
    browser.cookies["__Host-sessionid"] = kept
    assert browser.get("/admin/desk/", secure=True).status_code == 302
    assert not Session.objects.filter(session_key=kept).exists()
