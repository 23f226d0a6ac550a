"""What every test can use: a clock that can be stopped, a clinic, a browser; a header that names the database."""

import gc
import logging
import os
import platform
import sqlite3
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import django
import psycopg2
import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from booking.roles import sync_roles
from clinic import practice_info
from tests import only_added
from tests.builders import Clinic, make_clerk
from tests.chromium import CHROMIUM, CHROMIUM_ARGS
from tests.whole_practice import WholePractice

TESTS = Path(__file__).parent
DATABASE_RULES = {"models", "lifecycle", "scheduling", "maintenance", "upgrade"}  # folders
LONG = {"demo", "maintenance", "upgrade", "faults"}  # folders whose tests start programs


def pytest_report_header() -> str:
    return f"python {platform.python_version()}, django {django.__version__}, {_database()}, {_browser()}"


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"sqlite {sqlite3.sqlite_version}"
    # Not Django's connection: pytest-django keeps that one shut outside of tests.
    server = psycopg2.connect(**connection.get_connection_params())
    try:
        return f"postgresql {server.get_parameter_status('server_version')}"
    finally:
        server.close()


def _browser() -> str:
    if not CHROMIUM:
        return "no chromium"
    return subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, check=False).stdout.strip().lower()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--first-inputs", action="store_true", help="of a page's tests, only the first inputs of each")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the browser tests alone does not import the others, which takes each of its processes ten seconds."""
    others = collection_path.parent == TESTS and collection_path.name != "browser"
    return True if others and config.option.markexpr == "browser" else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    for item in filter(_drives_a_browser, items):
        item.add_marker("browser")
        if not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))
    if config.getoption("--first-inputs"):
        more = _more_inputs(items)
        config.hook.pytest_deselected(items=more)
        items[:] = [item for item in items if item not in set(more)]
    yield
    # Long ones first: at the end of a run one process would wait for the other. Browser tests come last: Playwright
    # leaves an event loop running in this thread, and Django then refuses to use the database in every later test.
    items.sort(key=lambda item: (_drives_a_browser(item), not _is_long(item)))


def _is_long(item: pytest.Item) -> bool:
    return item.path.parent == TESTS or bool(LONG & set(item.path.parts))


def _more_inputs(items: list[pytest.Item]) -> list[pytest.Item]:
    """Cases that repeat a test with other inputs, but for the packages whose rules the database itself keeps."""
    tests = defaultdict(list)
    for item in items:
        if not DATABASE_RULES & set(item.path.parts):
            tests[item.nodeid.partition("[")[0]].append(item)
    return [item for _first, *more in tests.values() for item in more]


def pytest_collection_finish() -> None:
    gc.freeze()  # what is there now stays
    gc.set_threshold(200_000, 50, 1000)  # looking for cycles as often as usual takes a seventh of the whole run


def _drives_a_browser(item: pytest.Item) -> bool:
    return "browser" in item.path.parts


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser"):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """The roles with all their rights, created once: creating them for every clerk would slow down most tests."""
    with django_db_blocker.unblock():
        sync_roles()
    only_added.let_flush_empty_them()


@pytest.fixture
def at(time_machine):
    """Stops the clock: `now = at("2026-11-24 09:00")`, in the practice's local time."""

    def stop(moment: str, zone: str = "America/New_York") -> datetime:
        now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
        time_machine.move_to(now, tick=False)
        return now

    return stop


@pytest.fixture
def clinic(db, at):
    """A practice on Monday, November 23, 2026, at 10:05 am."""
    at("2026-11-23 10:05")
    return Clinic()


@pytest.fixture
def whole_practice(clinic, settings):
    """A practice with a row of every kind, on Monday, November 23, 2026, at 10:05 am. No session is stored."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    logging.disable()
    yield WholePractice(clinic)
    logging.disable(logging.NOTSET)


@pytest.fixture
def manager(client, clinic):
    """A manager, signed in."""
    user = make_clerk("Manager")
    client.force_login(user)
    return user


@pytest.fixture
def engine() -> str:
    """The database engine of this run: `sqlite` or `postgresql`."""
    return connection.vendor


@pytest.fixture(autouse=True)
def _nothing_kept_from_another_test() -> None:
    timezone.deactivate()  # a page of the admin leaves the practice's zone
    practice_info.forget()
    cache.clear()
