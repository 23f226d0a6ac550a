"""After an erasure not even the file of SQLite holds what was erased."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from booking import lifecycle
from booking.maintenance import free_pages
from tests.builders import MONDAY, local

NOTE = "zqcanary of the free pages"


def bytes_of_the_file():
    files = [Path(str(connection.settings_dict["NAME"]) + ending) for ending in ("", "-wal", "-journal")]
    return b"".join(file.read_bytes() for file in files if file.exists())


@pytest.mark.django_db(transaction=True)
def test_the_command_leaves_nothing_of_an_erased_person_in_the_file_of_sqlite(clinic, by, engine):
    if engine != "sqlite":
        pytest.skip("PostgreSQL overwrites old rows in its own time")
    for n in range(30):  # rows of others around it, and pages that split
        clinic.appointment_request(patient={"name": f"Person {n}", "email": f"{n}@example.org"}, note="x" * 190)
    asked = clinic.appointment_request(patient={"email": "zqcanary@example.org"}, note=NOTE)
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    assert NOTE.encode() in bytes_of_the_file()
    call_command("erase_patient", asked.reference, "--yes")
    assert b"zqcanary" not in bytes_of_the_file()
    assert b"29@example.org" in bytes_of_the_file()


def test_at_night_the_file_is_written_anew_and_at_no_other_hour(clinic, monkeypatch):
    monkeypatch.setattr(free_pages, "wipe", lambda: 1)
    hours = [hour for hour in range(24) if free_pages.wipe_at_night(now=local(2026, 11, 24, hour))]
    assert hours == [3]
