"""`make run` on a database of an older version: a demo is created again, and data that may be real is never touched."""

import shutil
from pathlib import Path

import pytest

from booking.demo.older_version import holds_real_data, is_older
from tests.spare import ROOT, spare_database

ANEW = "The demo was made by an older version: creating it again ..."
REFUSED = "CommandError: This database was made by another version of the site"
UNKNOWN_MIGRATION = (
    "INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '0000_gone', CURRENT_TIMESTAMP)"
)
OTHER_COLUMN = "ALTER TABLE clinic_location RENAME COLUMN parking TO car_park"
OTHER_TABLE = "ALTER TABLE booking_reason RENAME TO booking_why"
REAL = "UPDATE clinic_practice SET is_demo = FALSE"
LATER_MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "LATEST")]
    operations = [migrations.AddField("location", "added", models.TextField(null=True))]
"""


@pytest.fixture
def spare(demo, tmp_path):
    """A copy of the demo that may be changed."""
    with spare_database(tmp_path, like=demo) as spare:
        yield spare


# -- what the user sees


def test_an_empty_database_is_filled(demo):
    assert demo.sql("SELECT is_demo FROM clinic_practice") == [(True,)]
    assert demo.sql("SELECT count(*) FROM booking_appointmentrequest") > [(100,)]


def test_a_demo_of_an_older_version_is_created_again(demo, spare):
    spare.sql(UNKNOWN_MIGRATION, OTHER_COLUMN, OTHER_TABLE)
    done = spare.manage("prepare_demo")
    assert done.stdout.splitlines()[0] == ANEW, done.stderr
    assert done.returncode == 0, done.stderr
    assert spare.columns() == demo.columns()
    for rows in ("SELECT app, name FROM django_migrations", "SELECT count(*) FROM booking_appointment"):
        assert spare.sql(rows) == demo.sql(rows)


def test_a_real_practice_of_an_older_version_is_refused_in_one_sentence_and_not_changed(spare):
    spare.sql(REAL, UNKNOWN_MIGRATION, OTHER_TABLE)
    before = spare.contents()
    done = spare.manage("prepare_demo")
    assert done.returncode == 1
    assert done.stderr.startswith(REFUSED)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert spare.contents() == before


def test_a_demo_of_this_version_is_not_changed(demo, spare):
    done = spare.manage("prepare_demo")
    assert done.stdout.startswith("The demo practice already exists. What you did in it is kept.")
    assert spare.contents() == demo.contents()


def test_a_real_practice_of_this_version_is_not_changed(spare):
    spare.sql(REAL)
    before = spare.contents()
    done = spare.manage("prepare_demo")
    assert done.returncode == 1
    assert "holds data of a real practice" in done.stderr
    assert spare.contents() == before


def test_a_later_version_that_only_adds_migrations_keeps_the_rows(demo, spare, tmp_path):
    settings = later_version(tmp_path)
    done = spare.manage("prepare_demo", PYTHONPATH=f"{tmp_path}:{ROOT}", DJANGO_SETTINGS_MODULE=settings)
    assert done.stdout.startswith("The demo practice already exists. What you did in it is kept."), done.stderr
    assert spare.columns() - demo.columns() == {("clinic_location", "added")}
    references = "SELECT id, reference FROM booking_appointmentrequest ORDER BY id"
    assert spare.sql(references) == demo.sql(references)


def later_version(folder: Path) -> str:
    """Settings in which the clinic app has one more migration."""
    shutil.copytree(ROOT / "clinic" / "migrations", folder / "later_migrations")
    latest = max(path.stem for path in (folder / "later_migrations").glob("0*.py"))
    (folder / "later_migrations" / "0999_added.py").write_text(LATER_MIGRATION.replace("LATEST", latest))
    modules = {"clinic": "later_migrations"}
    (folder / "later.py").write_text(f"from tests.settings import *\n\nMIGRATION_MODULES = {modules}\n")
    return "later"


# -- how it recognizes one


@pytest.fixture
def ask(spare, django_db_blocker):
    """`ask(question, statement, ...)`: the answer for the demo after these statements."""

    def ask(question, *statements):
        spare.sql(*statements)
        with django_db_blocker.unblock(), spare.django() as connection:
            return question(connection)

    return ask


@pytest.mark.parametrize("change", [UNKNOWN_MIGRATION, OTHER_COLUMN, OTHER_TABLE])
def test_any_single_sign_of_an_older_version_is_enough(ask, change):
    assert ask(is_older, change)


OTHER_DIFFERENCES = [
    "ALTER TABLE clinic_location ADD COLUMN more integer",
    "DELETE FROM django_migrations WHERE app = 'booking'",  # as if never migrated: `migrate` reports what is wrong
    "INSERT INTO django_migrations (app, name, applied) VALUES ('elsewhere', '0001_initial', CURRENT_TIMESTAMP)",
]


def test_other_differences_do_not_make_it_an_older_version(ask):
    assert not ask(is_older, *OTHER_DIFFERENCES)


def test_an_empty_database_is_not_an_older_version_and_holds_no_data(tmp_path, django_db_blocker):
    with spare_database(tmp_path) as spare, django_db_blocker.unblock(), spare.django() as connection:
        assert not is_older(connection)
        assert not holds_real_data(connection)


def test_the_data_of_a_demo_practice_is_not_real(ask):
    assert not ask(holds_real_data)


@pytest.mark.parametrize(
    "change",
    [
        REAL,
        "DELETE FROM clinic_practice",  # offices, patients and requests without a practice
        "ALTER TABLE clinic_practice RENAME COLUMN is_demo TO made_up",
        "ALTER TABLE clinic_practice RENAME TO clinic_clinic",
    ],
)
def test_without_a_demo_practice_all_data_counts_as_real(ask, change):
    assert ask(holds_real_data, change)
