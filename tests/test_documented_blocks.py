"""The commands of docs/operations.md: what is marked `sh run` runs, in order, in a folder with nothing but the site."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(
    r"^```(sh(?: run)?)\n(.*?)^```$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE | re.DOTALL
)
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


def test_what_cannot_run_here_is_at_least_readable_and_names_files_that_are_there(tmp_path):
    others = [block for mark, block in BLOCKS if mark == "sh"]
    assert len(others) > 2
    assert [block for block in others if bash(block, tmp_path, "-n").returncode] == []
    named = {name for block in others for name in re.findall(r"(?<![\w.])(?:/srv/clinic/)?(deploy/[\w./-]+)", block)}
    assert "deploy/compose.yaml" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
