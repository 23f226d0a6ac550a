"""Every command that the documents name runs as a person runs it: in a process of its own."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = sorted({name for file in DOCUMENTS for name in re.findall(r"manage\.py ([a-z_]+)", file.read_text())})
OURS = {name: app for name, app in get_commands().items() if app in ("booking", "clinic", "procedures")}
# Wait for an answer, or need two databases (test_drill.py), a patient (test_commands.py), a file (test_diary.py,
# test_lists.py) or a
# folder (test_deploy.py, test_documented_blocks.py).
ELSEWHERE = {
    "createsuperuser", "copy_database", "export_patient", "erase_patient", "write_error_pages", "import_diary",
    "import_list", "backup", "restore",
}  # fmt: skip
ARGUMENTS = {
    "run_worker": ["--once"],
    "makemigrations": ["--check"],
    "collectstatic": ["--dry-run", "--no-input"],
}
FINDS = {"check_content"}  # exits 1: the first texts wait for a reviewer


def manage(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment | {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{folder}/clinic.sqlite3"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("deployed")


@pytest.fixture(scope="module")
def deployed(folder):
    """How the deployment steps ended, on the database in this folder."""
    return {command: manage(folder, command) for command in ("migrate", "sync_roles", "load_content")}


@pytest.mark.parametrize("command", [name for name in NAMED if name not in ELSEWHERE])
def test_a_documented_command_runs(folder, deployed, command):
    run = deployed.get(command) or manage(folder, command, *ARGUMENTS.get(command, []))
    assert "Traceback" not in run.stderr, run.stderr
    assert run.returncode == (1 if command in FINDS else 0), run.stderr


def test_a_new_site_has_no_account(folder, deployed):
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM auth_user").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM auth_group").fetchone() > (0,)


def test_every_command_of_ours_is_documented():
    assert set(OURS) - set(NAMED) == {"load_demo", "prepare_demo"}  # what make run calls


def test_no_command_of_ours_hides_a_method_of_djangos():
    for name, app in OURS.items():
        own = {key for key in vars(type(load_command_class(app, name))) if not key.startswith("_")}
        assert own & set(vars(BaseCommand)) <= {"handle", "help", "add_arguments", "requires_system_checks"}, name
