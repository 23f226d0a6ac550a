"""Whatever is wrong with DATABASE_URL is told in one sentence, and a right one is understood."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from psycopg2.extensions import parse_dsn

from clinic import database_url

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
NOBODY_LISTENS = "127.0.0.1:9"


def manage(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean | {"DEBUG": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "has to begin with postgres://"),
        ("clinic", "has to begin with postgres://"),
        ("postgress://u:p@db.example.org/clinic", "has to begin with postgres://"),
        ("mysql://u:p@db.example.org/clinic", "has to begin with postgres://"),
        ("http://db.example.org/clinic", "has to begin with postgres://"),
        ("postgres://u:p@db.example.org", "names no database"),
        ("postgres://u:p@db.example.org/", "names no database"),
        ("postgres://u:p@db.example.org:port/clinic", "write / as %2F"),
        ("postgres://u:p/q@db.example.org/clinic", "write / as %2F"),
        ("postgres://u:p#q@db.example.org/clinic", "write / as %2F"),
        ("postgres://u:p?q@db.example.org/clinic", "write / as %2F"),
        ("postgres://u:p@[db/clinic", "write / as %2F"),
    ],
)
def test_a_wrong_address_is_told_in_one_sentence(url, says):
    with pytest.raises(ImproperlyConfigured, match=says):
        database_url.settings_of(url)


def test_a_database_in_memory_is_understood():
    assert database_url.settings_of("sqlite://:memory:")["NAME"] == ":memory:"


@pytest.mark.parametrize("password", ["p@ss", "p%2Fq%23r", "pa$$word", "p%40ss", "ünï"])
def test_a_password_with_signs_is_understood(password):
    found = database_url.settings_of(f"postgres://clerk:{password}@db.example.org:5433/clinic")
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == ("db.example.org", 5433, "clinic", "clerk")
    assert found["PASSWORD"] == parse_dsn(f"postgres://clerk:{password.replace('@', '%40')}@h/clinic")["password"]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ('FATAL:  password authentication failed for user "clinic"', "refuses the user or the password"),
        ("fe_sendauth: no password supplied", "asks for a password"),
        ('FATAL:  role "clinc" does not exist', "does not know the user"),
        ('FATAL:  database "clinc" does not exist', "no database of the name"),
        ('could not translate host name "db.exmple.org" to address', "no host of the name"),
        ('connection to server at "10.0.0.9", port 5432 failed: timeout expired', "No database answers"),
        ('connection to server at "127.0.0.1", port 5 failed: Connection refused', "No database answers"),
        ("no such table: booking_message", "manage.py migrate"),
        ("database disk image is malformed", "The database failed (OperationalError)"),
    ],
)
def test_what_the_driver_says_becomes_a_sentence_without_its_values(said, says):
    sentence = database_url.explain(OperationalError(said))
    assert says in sentence
    assert "clinc" not in sentence


def test_a_database_without_tables_says_to_migrate_on_postgresql_too():
    assert "manage.py migrate" in database_url.explain(ProgrammingError('relation "clinic_practice" does not exist'))


@pytest.mark.parametrize("command", ["migrate", "prepare_demo", "check_integrity"])
def test_a_command_without_its_database_ends_in_one_line(command):
    run = manage(command, DATABASE_URL=f"postgres://u:p@{NOBODY_LISTENS}/clinic")
    assert run.returncode == 1
    assert run.stderr.strip().splitlines()[-1:] == [database_url.UNREACHABLE]
    assert "Traceback" not in run.stderr


def test_a_wrong_setting_ends_a_command_in_one_line():
    run = manage("check", DATABASE_URL="postgress://u:p@db.example.org/clinic")
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1
