"""A disk that takes nothing more, as SQLite sees it. On a real one, PostgreSQL too: `make faults`."""

import itertools

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.utils import timezone

from tests.builders import Clinic
from tests.faults.patients import PHONE

pytestmark = pytest.mark.once  # a full disk stops PostgreSQL itself, so there is nothing to read
READING = ["/", "/procedures/", "/team/", "/visit-us/", "/danger-signs/", "/request/"]


@pytest.fixture
def full(transactional_db, engine):
    if engine != "sqlite":
        pytest.skip("only SQLite has a limit that a test can set")
    Clinic()
    limit_pages(pages())
    with pytest.raises(OperationalError, match="full"):
        write_for_ever()
    yield
    limit_pages(10**9)


def write_for_ever():
    for n in itertools.count():
        Session.objects.create(session_key=f"k{n}", session_data="x" * 2000, expire_date=timezone.now())


def limit_pages(number):
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA max_page_count = {number}").fetchone()[0]


def pages():
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA page_count").fetchone()[0]


def test_a_full_disk_leaves_pages_up_refuses_what_is_sent_and_recovers_alone(full, client):
    client.raise_request_exception = False
    assert {page: client.get(page).status_code for page in READING} == dict.fromkeys(READING, 200)
    refused = client.post("/request/")
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert PHONE in refused.text
    limit_pages(10**9)
    assert client.post("/request/").status_code == 302
