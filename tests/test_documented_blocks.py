"""The commands of docs/operations.md: what is marked `sh run` runs, in order, in a folder with nothing but the site."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.faults import pooled, recovered

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^```(sh(?: run)?)\n(.*?)^```$", OPERATIONS, re.MULTILINE | re.DOTALL)
SITE = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
PRODUCTION = {
    "SECRET_KEY": "test-only-" + "k" * 60,
    "ALLOWED_HOSTS": "clinic.example.org",
    "SITE_URL": "https://clinic.example.org",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example.org",
}


def bash(script, folder, *options):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = PRODUCTION | {"PATH": path, "LANG": "C.UTF-8"}
    command = ["bash", "-euo", "pipefail", *options, "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_what_is_marked_to_run_runs_in_production_with_the_files_of_the_image_alone(tmp_path):
    for name in SITE:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    script = "".join(block for mark, block in BLOCKS if mark == "sh run")
    done = bash(script, tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stdout + done.stderr
    restored = done.stdout.splitlines()[-2:]
    assert restored[0].startswith("Restored ")
    assert restored[1].startswith("ok: ")
    assert (tmp_path / "static" / "errors" / "503.html").exists()


def test_every_block_says_what_it_is_and_so_whether_a_test_runs_it():
    fences = re.findall(r"^ *```(.+)$", OPERATIONS, re.MULTILINE)
    assert len(fences) == OPERATIONS.count("```") / 2 > len(BLOCKS)
    assert set(fences) == {"sh run", "sh", "sql", "yaml"}
    assert [mark for mark, _block in BLOCKS] == [mark for mark in fences if mark.startswith("sh")]


def test_what_is_no_command_is_what_the_tests_of_faults_and_monitors_read():
    for block in re.findall(r"^```yaml\n(.*?)^```$", OPERATIONS, re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(block), dict)
    limits = dict(re.findall(r"^ +ALTER ROLE clinic SET (\w+) = '(\w+)';$", OPERATIONS, re.MULTILINE))
    assert limits == pooled.LIMITS
    archiving = [f"{name} = {value}".format(archive="/archive") for name, value in recovered.ARCHIVING.items()]
    recovery = recovered.RECOVERY.format(archive="/archive", moment="2026-11-30 14:05:00+00").strip().splitlines()
    told = OPERATIONS.replace("'", "")
    assert [line for line in [*archiving, *recovery] if line.replace("'", "") not in told] == []
    assert [line for line in ("pool_mode = transaction", "default_pool_size = 20") if line not in OPERATIONS] == []


def test_what_cannot_run_here_is_at_least_readable_and_names_files_that_are_there(tmp_path):
    others = [block for mark, block in BLOCKS if mark == "sh"]
    assert len(others) > 2
    assert [block for block in others if bash(block, tmp_path, "-n").returncode] == []
    named = {name for block in others for name in re.findall(r"(?<![\w.])(?:/srv/clinic/)?(deploy/[\w./-]+)", block)}
    assert "deploy/compose.yaml" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
