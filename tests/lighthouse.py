"""Lighthouse's scores of a treatment page on a simulated phone; exits with 1 if one is too low.

python -m tests.lighthouse [path ...]      `make lighthouse` fetches Lighthouse first
"""

import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from tests.bench.servers import free_port, serving
from tests.chromium import CHROMIUM, CHROMIUM_ARGS

LIGHTHOUSE = Path("node_modules/.bin/lighthouse")
LEAST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
MOST = {"total-byte-weight": 120 * 1024, "cumulative-layout-shift": 0}
PAGES = ["/procedures/kyphoplasty/"]


def main(paths: list[str]) -> int:
    if not CHROMIUM:
        sys.exit("make lighthouse needs Chromium.")
    with tempfile.TemporaryDirectory(prefix="clinic-lighthouse-") as folder, demo(folder) as site:
        good = [measure(site + path) for path in paths or PAGES]
    return 0 if all(good) else 1


@contextmanager
def demo(folder: str) -> Iterator[str]:
    """The demo with production settings, over plain HTTP; yields its URL."""
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "BENCH_FOLDER": folder,
        "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "https://127.0.0.1",
        "SERVED_AT": site,
        "DEFAULT_FROM_EMAIL": "desk@example.org",
    }
    django.setup()
    for command in ("migrate", "load_demo"):
        call_command(command, verbosity=0, stdout=io.StringIO())
    call_command("collectstatic", verbosity=0, interactive=False)
    with serving("clinic.wsgi:application", folder, "/healthz", port):
        yield site


def measure(address: str) -> bool:
    report = lighthouse(address)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in LEAST}
    numbers = {name: report["audits"][name]["numericValue"] for name in MOST}
    say(
        address,
        *(f"{name} {score}" for name, score in scores.items()),
        *(f"{name} {n:g}" for name, n in numbers.items()),
    )
    for name, score in scores.items():
        if score < 100:
            say(f"  {name}:", *shortfalls(report, name))
    return all(scores[name] >= LEAST[name] for name in LEAST) and all(numbers[name] <= MOST[name] for name in MOST)


def lighthouse(address: str) -> dict:
    command = [
        LIGHTHOUSE, address, "--quiet", "--output=json", f"--only-categories={','.join(LEAST)}",
        f"--chrome-flags=--headless=new {' '.join(CHROMIUM_ARGS)}",
    ]  # fmt: skip
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ | {"CHROME_PATH": CHROMIUM})
    return json.loads(printed.stdout)


def shortfalls(report: dict, category: str) -> list[str]:
    """The audits that lowered the score."""
    weighed = [each["id"] for each in report["categories"][category]["auditRefs"] if each["weight"]]
    return [name for name in weighed if (report["audits"][name]["score"] or 0) < 1]


def say(*words: str) -> None:
    print(*words, sep="  ", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
