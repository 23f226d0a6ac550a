"""When to call 911 is one list in one wording, wherever people read it."""

from pathlib import Path

import pytest

from clinic.web.danger_signs import DANGER_SIGNS
from procedures.loading import CONTENT, load
from tests.builders import make_practice
from tests.procedures.conftest import LOADED

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]
SAID_IN = ("templates", "booking", "clinic", "procedures")


@pytest.mark.parametrize("path", ["/danger-signs/", "/procedures/kyphoplasty/", "/procedures/kyphoplasty/risks/"])
def test_each_page_shows_the_whole_list(client, db, path):
    make_practice()
    load(CONTENT / "kyphoplasty.toml", now=LOADED, demo=True)
    page = client.get(path).text
    shown = page.partition("<main")[2]
    assert [sign for sign in DANGER_SIGNS if str(sign) not in shown] == []


def test_every_page_leads_to_the_list(client, db):
    make_practice()
    assert '<a class="signs" href="/danger-signs/">' in client.get("/").text


def test_the_signs_are_written_out_in_one_place():
    files = [
        path for folder in SAID_IN for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".html", ".toml"}
    ]
    spelled = {str(path.relative_to(ROOT)) for path in files if "bladder" in path.read_text(encoding="utf-8")}
    assert len(files) > 200
    assert spelled == {"clinic/web/danger_signs.py"}
