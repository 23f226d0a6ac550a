"""A plausible practice on a live server, and pages that report what no page of ours may do."""

import io
import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator

from clinic import practice_info
from tests.browser import faces, presses

PASSWORD = "correct horse battery staple"
FRESH = timedelta(minutes=5)  # how old the demo may be when a test starts
STILL = {"reduced_motion": "reduce"}
PRESSES = ("check", "click", "press", "select_option")


def pytest_terminal_summary(terminalreporter):
    """Report the fonts in which the layout was measured, and how many presses the desk's acts took."""
    for face, px in faces.measured.values():
        terminalreporter.write_line(f"layout measured with {face}: “{faces.WORDS}” takes {px:.0f} px")
    reports = [report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, [])]
    for line in presses.table(reports):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, tmp_path_factory):
    """Every browser test sees only the fonts that we bring, whatever the machine has."""
    config = faces.only_these(tmp_path_factory.mktemp("faces"))
    return browser_type_launch_args | {"env": os.environ | {"FONTCONFIG_FILE": config}}


@pytest.fixture(scope="session", autouse=True)
def whole_pages():
    """A press ends when the page that it opens is whole. Playwright's own ends with the page's first byte."""

    def pressing(press):
        def pressed(self, *args, **kwargs):
            press(self, *args, **kwargs)
            self.page.wait_for_load_state()

        return pressed

    with pytest.MonkeyPatch.context() as patch:
        for name in PRESSES:
            patch.setattr(Locator, name, pressing(getattr(Locator, name)))
        yield


@pytest.fixture
def wednesday(time_machine):
    """The Wednesday after next, 10:36 in Brooklyn, when the demo practice is open. Must be the first fixture."""
    now = datetime.now(ZoneInfo("America/New_York"))
    day = now + timedelta(days=(2 - now.weekday()) % 7 + 7)
    time_machine.move_to(day.replace(hour=10, minute=36, second=0, microsecond=0), tick=True)


class Demos:
    """The demo practice, loaded once for all tests that start at about the same moment. Copied on SQLite only."""

    def __init__(self, folder):
        self.folder, self.moments = folder, []

    def load(self, now):
        now = now.replace(second=0, microsecond=0)
        loaded = next((moment for moment in self.moments if moment <= now < moment + FRESH), None)
        if loaded:
            connection.ensure_connection()
            with closing(sqlite3.connect(self.file_of(loaded))) as kept:
                kept.backup(connection.connection)
            ContentType.objects.clear_cache()  # the rows have new primary keys now
        else:
            call_command("load_demo", verbosity=0, stdout=io.StringIO())
            self.keep(now)

    def keep(self, now):
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self.file_of(now))) as kept:
                connection.connection.backup(kept)
            self.moments.append(now)

    def file_of(self, moment):
        return self.folder / f"{moment:%Y%m%d%H%M%S%f}.sqlite3"


@pytest.fixture(scope="session")
def demos(tmp_path_factory):
    return Demos(tmp_path_factory.mktemp("demos"))


@pytest.fixture
def site(wednesday, live_server, settings, transactional_db, demos):
    """The demo practice on a live server, on a day of many open times; returns its URL."""
    settings.SITE_URL = live_server.url
    demos.load(timezone.now())
    practice_info.forget()
    return live_server.url


@pytest.fixture
def clerk(site):
    user = User.objects.create_user("dmitri", password=PASSWORD, is_staff=True, first_name="Dmitri")
    user.groups.add(Group.objects.get(name="Front desk"))
    return user


class Watch:
    """What a page did that it must not: requests to other sites, refused scripts and styles, errors."""

    def __init__(self, page, site):
        self.faults = []
        page.on("request", lambda request: self.request(request.url, site))
        page.on("console", lambda message: self.console(message, page))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("response", self.response)

    def console(self, message, page):
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{page.url}: {message.text}")

    def response(self, response):
        """A page may answer 404 or 410; what it loads may not."""
        loaded = response.request.resource_type != "document"
        if response.status >= 500 or (loaded and response.status >= 400):
            self.faults.append(f"{response.status} {response.url}")

    def request(self, url, site):
        if not url.startswith((site, "data:")):
            self.faults.append(url)


@pytest.fixture
def open_page(browser, site):
    """`page = open_page(width, scripts=False)`. After the test, fails if a page did what no page may do.

    Without motion, as some prefer it: otherwise a test may look while colors are still changing.
    """
    watched, contexts = [], []

    def opened(width=1280, *, scripts=True, **prefers):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts, **STILL | prefers
        )
        contexts.append(context)
        page = context.new_page()
        watched.append(Watch(page, site))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [fault for watch in watched for fault in watch.faults] == []


@pytest.fixture
def sign_in(site):
    """`sign_in(page, user)`, without the pages of the sign-in: it gives the browser the cookie of a session."""

    def signed_in(page, user):
        client = Client()
        client.force_login(user)
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])

    return signed_in


@pytest.fixture
def desk_page(open_page, site, clerk, sign_in):
    """Signed in to the admin, on the desk's first page."""

    def signed_in(width=1280, *, scripts=True, **prefers):
        page = open_page(width, scripts=scripts, **prefers)
        sign_in(page, clerk)
        page.goto(f"{site}/admin/desk/")
        return page

    return signed_in
