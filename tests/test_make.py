"""What goes wrong with `make` is one sentence that says what to do; the next right try works; no data is lost."""

import os
import pty
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from clinic.web.free_port import why_not

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[1]
PYTHON = getattr(sys, "_base_executable", sys.executable)
NO_NETWORK = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_TIMEOUT": "1"}
RUNS = "import sys; print('manage', *sys.argv[1:])"  # in the place of manage.py: the site itself is not the question


@pytest.fixture
def site(tmp_path):
    return lay_out(tmp_path)


def lay_out(folder):
    """A copy of what `make run` begins with; nothing is to be installed."""
    (folder / "clinic" / "web").mkdir(parents=True)
    for package in ("clinic", "clinic/web"):
        (folder / package / "__init__.py").touch()
    for name in ("Makefile", "clinic/web/free_port.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.txt").touch()
    os.utime(folder / "requirements.txt", (0, 0))  # older than any environment
    (folder / "manage.py").write_text(RUNS)
    return folder


def make(site, *arguments, stdin=subprocess.DEVNULL, **environment):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(site), "LANG": "C.UTF-8", "PYTHON": PYTHON} | environment
    return subprocess.run(
        ["make", *arguments], cwd=site, env=environment, stdin=stdin, capture_output=True, text=True, check=False
    )


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def assert_refused(run, *said):
    assert run.returncode != 0
    everything = run.stdout + run.stderr
    assert "Traceback" not in everything
    for words in said:
        assert words in everything


def assert_runs(site, **environment):
    run = make(site, "run", f"PORT={free_port()}", **environment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "manage prepare_demo" in run.stdout


def stub(site, body, name="stub-python"):
    path = site / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """An environment that `make` has made, to be copied: making one takes seconds."""
    folder = lay_out(tmp_path_factory.mktemp("ready"))
    assert_runs(folder)
    assert (folder / ".venv" / "run").exists()
    return folder / ".venv"


@pytest.fixture
def made(site, ready):
    """The same with its environment."""
    shutil.copytree(ready, site / ".venv", symlinks=True, copy_function=os.link)
    return site


@pytest.fixture
def linked(site, ready):
    """The same with a link to it, which is quicker: for what does not change it."""
    (site / ".venv").symlink_to(ready)
    return site


@pytest.fixture
def quick(site, ready):
    """A Python that has an environment ready."""
    return stub(site, f'if [ "$1 $2" = "-m venv" ]; then cp -al {ready} .venv; else exec {PYTHON} "$@"; fi')


# -- the port

IMPOSSIBLE = "PORT must be a number from 1 to 65535, for example: make run PORT=8123"


@pytest.mark.parametrize("port", ["", "80 00"])  # what a shell would take apart
def test_an_impossible_port_is_one_sentence(linked, port):
    run = make(linked, "run", f"PORT={port}")
    assert_refused(run, IMPOSSIBLE)
    assert "manage" not in run.stdout


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "abc", "8000x", "٨٠٠٠"])
def test_so_is_any_other_impossible_port(port):
    assert why_not("127.0.0.1", port) == IMPOSSIBLE


def test_a_port_that_is_taken_is_one_sentence(linked):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = make(linked, "run", f"PORT={port}")
        assert_refused(run, f"Port {port} is already in use: stop what uses it, or choose another one")
        assert "manage" not in run.stdout
    assert_runs(linked)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0"])  # noqa: S104 - in a test
def test_it_is_taken_whatever_address_it_is_taken_for(host):
    with socket.create_server((host, 0)) as taken:
        port = str(taken.getsockname()[1])
        assert why_not("127.0.0.1", port).startswith(f"Port {port} is already in use: stop what uses it")


def test_an_address_that_is_not_ours_is_one_sentence(linked):
    run = make(linked, "run", f"PORT={free_port()}", "HOST=192.0.2.1")
    assert_refused(run, "HOST=192.0.2.1 is not an address")


@pytest.mark.parametrize("host", ["nowhere.invalid", "256.1.1.1"])
def test_so_is_what_is_no_address(host):
    assert why_not(host, free_port()).startswith(f"HOST={host} is not an address")


# -- Python and its environment


OLD = ["3.10", "3.6", "2.7", "2"]


@pytest.mark.parametrize("version", OLD)
def test_an_old_python_is_one_sentence(site, version):
    old = stub(site, f"case \"$2\" in *version_info*) exit 1;; esac; echo 'Python {version}'")
    assert_refused(make(site, "run", PYTHON=old), "This needs Python 3.11 or newer: install it, or name it")
    assert not (site / ".venv").exists()


def test_without_any_python_it_is_the_same_sentence(site):
    assert_refused(make(site, "run", PYTHON="python-that-is-not-there"), "This needs Python 3.11 or newer")


def test_a_python_without_venv_is_one_sentence(site):
    bare = stub(site, f'case "$2" in *ensurepip*) exit 1;; esac; exec {PYTHON} "$@"')
    assert_refused(make(site, "run", PYTHON=bare), "install its venv package")
    assert not (site / ".venv").exists()


HALVES = {
    "empty": lambda venv: shutil.rmtree(venv) or venv.mkdir(),
    "no pip": lambda venv: [shutil.rmtree(pip) for pip in venv.glob("lib/python*/site-packages/pip")],
    "its python is gone": lambda venv: [file.unlink() for file in (venv / "bin").glob("python*")],
    "its python moved": lambda venv: [
        (venv / "bin/python").unlink(),
        (venv / "bin/python").symlink_to("/nowhere/python"),
    ],
    "its python is old": lambda venv: [(venv / "bin/python").unlink(), stub(venv / "bin", "exit 1", "python")],
    "a file": lambda venv: shutil.rmtree(venv) or venv.write_text("not a folder"),
}


@pytest.mark.parametrize("half", HALVES)
def test_a_half_made_environment_is_made_again(made, ready, quick, half):
    HALVES[half](made / ".venv")
    assert_runs(made, PYTHON=quick)
    assert (made / ".venv/bin/python").resolve() == (ready / "bin/python").resolve()


def test_after_a_failed_environment_the_next_try_works(site, quick):
    dies = stub(
        site, f'case "$1" in -m) mkdir -p .venv/bin; touch .venv/bin/python; exit 1;; esac; exec {PYTHON} "$@"', "dies"
    )
    assert_refused(make(site, "run", PYTHON=dies), "Making .venv failed: see above, then run this again.")
    assert_runs(site, PYTHON=quick)


# -- the network


def test_without_a_network_it_is_one_sentence_and_the_next_try_works(made):
    (made / ".venv" / "run").unlink()
    for wanted in ("segno==1.6.6", "pip @ http://127.0.0.1:9/p", "x>2"):
        (made / "requirements.txt").write_text(f"{wanted}\n")
        run = make(made, "run", **NO_NETWORK)
        assert_refused(run, "Not all could be fetched: check the network, then run this again.")
        assert "manage" not in run.stdout
    (made / "requirements.txt").write_text("")
    assert_runs(made)


# -- the data


@pytest.mark.parametrize("name", ["clinic.sqlite3", "clinic.sqlite3-wal", "backup.dump", "deep/file", ".hidden"])
def test_without_a_terminal_clean_keeps_the_data_and_says_so(linked, name):
    path = linked / "var" / name
    path.parent.mkdir(parents=True)
    path.write_text("data")
    run = make(linked, "clean")
    assert run.returncode == 0
    assert "Kept the data in var/. To delete it: rm -r var" in run.stdout
    assert path.read_text() == "data"
    assert not (linked / ".venv").exists()


@pytest.mark.parametrize(("answer", "kept"), [("yes", False), ("no", True), ("", True), ("y", True), ("YES", True)])
def test_at_a_terminal_clean_asks_first(site, answer, kept):
    (site / "var").mkdir()
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    run = make(site, "clean", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert "Delete the data in var/ too?" in run.stdout
    assert (site / "var").exists() == kept


def test_clean_without_data_asks_nothing(site):
    run = make(site, "clean")
    assert run.returncode == 0
    assert "var" not in run.stdout


def test_what_the_tests_run_with_is_what_the_site_runs_with():
    site, development = (
        {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert site - development == set()
