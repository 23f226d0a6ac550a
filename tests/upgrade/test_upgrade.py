"""A database filled by an earlier version is upgraded to this one: rows, rules and pages still work."""

import gzip
import subprocess
import sys
from dataclasses import dataclass

import pytest
from django.core.management import call_command

from booking.demo.older_version import is_older
from tests.spare import ROOT, Spare, spare_database
from tests.upgrade import dump

DUMPS = sorted(dump.FOLDER.glob("*.sql.gz"))
MOST_BYTES = 300_000


@pytest.fixture(scope="module", params=DUMPS, ids=lambda path: path.name.partition(".")[0])
def loaded(request, tmp_path_factory, django_db_blocker):
    """The demo of an earlier version: copy it, do not change it."""
    with spare_database(tmp_path_factory.mktemp("loaded")) as spare:
        with django_db_blocker.unblock():
            dump.load(request.param, spare)
        yield spare


@pytest.fixture(scope="module")
def upgraded(loaded, tmp_path_factory):
    """The demo, with patients who are in two places at one time if its version let them, in this version."""
    with spare_database(tmp_path_factory.mktemp("upgraded"), like=loaded) as spare:
        if lets_patients_be_in_two_places(spare):
            book_twice(spare)
        said = succeed(spare.manage("migrate"))
        yield Upgraded(spare.url, said)


@dataclass(frozen=True)
class Upgraded(Spare):
    said: str


def lets_patients_be_in_two_places(spare):
    return ("booking_appointment", "patient_id") not in spare.columns()


def book_twice(spare):
    for status in ("booked", "fulfilled"):
        [(_one, request, patient)] = spare.sql(TWO_AT_ONE_TIME.format(status))
        spare.sql(f"UPDATE booking_appointmentrequest SET patient_id = {patient} WHERE id = {request}")


TWO_AT_ONE_TIME = """
    SELECT one.id, other.appointment_request_id, first.patient_id
    FROM booking_appointment AS one
    JOIN booking_appointment AS other ON other.starts_at = one.starts_at AND other.id > one.id
    JOIN booking_appointmentrequest AS first ON first.id = one.appointment_request_id
    WHERE one.status = '{0}' AND other.status = '{0}' ORDER BY one.id LIMIT 1
"""


def succeed(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rows_still_pass_the_integrity_check(upgraded):
    requests = upgraded.sql("SELECT count(*) FROM booking_appointmentrequest")[0][0]
    assert requests > 500
    assert f"ok: {requests} requests" in succeed(upgraded.manage("check_integrity"))


def test_an_upgrade_that_was_killed_twice_goes_on_where_it_was(loaded, upgraded, tmp_path):
    with spare_database(tmp_path, like=loaded) as spare:
        applied = [kill_while(spare, f"Applying booking.{number}") for number in ("0005", "0018")]
        assert 0 < applied[0] < applied[1]
        succeed(spare.manage("migrate"))
        assert spare.columns() == upgraded.columns()
        assert spare.sql(APPLIED) == upgraded.sql(APPLIED)
        succeed(spare.manage("check_integrity"))


APPLIED = "SELECT app, name FROM django_migrations ORDER BY 1, 2"


def kill_while(spare, words):
    """Kill the upgrade, as a power cut would, once it says so. Returns how many migrations it had applied by then."""
    command, said = [sys.executable, "manage.py", "migrate"], b""
    with subprocess.Popen(command, cwd=ROOT, env=spare.environment(), stdout=subprocess.PIPE, bufsize=0) as migrate:
        while words.encode() not in said:
            part = migrate.stdout.read(100)
            assert part, said.decode()
            said += part
        migrate.kill()
    return len(spare.sql(APPLIED))


@pytest.mark.django_db
def test_the_migrations_create_what_the_models_define():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_pages_open_for_a_visitor_and_for_a_clerk_of_the_demo(upgraded):
    printed = succeed(upgraded.python("-m", "tests.upgrade.pages", DJANGO_SETTINGS_MODULE="clinic.settings"))
    opened = [line.split() for line in printed.splitlines()]
    assert len(opened) > 5
    assert [page for status, page in opened if status != "200"] == []


def test_a_new_row_gets_a_new_primary_key(upgraded):
    last = upgraded.sql("SELECT max(id) FROM auth_group")[0][0]
    assert upgraded.sql("INSERT INTO auth_group (name) VALUES ('a new one') RETURNING id") == [(last + 1,)]


def test_the_worker_goes_on_with_what_was_waiting(upgraded):
    due = "SELECT id FROM booking_message WHERE status = 'queued' AND due_at < CURRENT_TIMESTAMP"
    waiting = set(upgraded.sql(due))
    assert waiting
    succeed(upgraded.manage("run_worker", "--once"))
    assert not waiting & set(upgraded.sql(due))  # a reminder that it has just written is sent in the next round


def test_a_patient_who_was_booked_twice_at_one_time_does_not_stop_the_upgrade(loaded, upgraded):
    if not lets_patients_be_in_two_places(loaded):
        pytest.skip("this version has refused it already")
    flagged = upgraded.sql("SELECT in_two_places_reason FROM booking_appointment WHERE in_two_places")
    assert flagged == [("Both were booked before the system checked for this.",)] * 2
    assert "2 appointments overlap another one of the same patient and were flagged." in upgraded.said


def test_make_run_keeps_the_demo(loaded, upgraded, tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), loaded.django() as connection:
        assert not is_older(connection)
    with spare_database(tmp_path, like=upgraded) as spare:
        assert succeed(spare.manage("prepare_demo")).startswith("The demo practice already exists")


# -- the dumps themselves


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.name)
def test_a_dump_is_small_and_contains_no_session_and_no_machine_name(path):
    assert path.stat().st_size < MOST_BYTES
    text = gzip.decompress(path.read_bytes()).decode()
    assert 'INSERT INTO "django_session"' not in text
    assert not [word for word in ("/tmp/", "/home/", "/root/", "OWNER TO") if word in text]


def test_there_is_a_dump():
    assert DUMPS
