"""Every element and claim of the practice's old page has a counterpart on ours, and every link leads to it."""

import re
import tomllib

import pytest

from procedures.loading import CONTENT

pytestmark = pytest.mark.once

ROWS = tomllib.loads((CONTENT / "coverage/kyphoplasty.toml").read_text(encoding="utf-8"))["rows"]
PROCEDURE = "/procedures/kyphoplasty/"


def address(row) -> str:
    if "address" in row:
        return row["address"]
    return PROCEDURE if row["page"] == "overview" else f"{PROCEDURE}{row['page']}/"


def anchors(client, path: str) -> list[str]:
    """The anchors of a page; fails if there is no such page."""
    response = client.get(path)
    assert response.status_code == 200, path
    return re.findall(r' id="([^"]+)"', response.content.decode())


def written_paths(pages) -> list[str]:
    return [
        f"/{page.slug}/"
        if page.kind == "practice"
        else f"/procedures/{page.slug}/{'' if part == 'overview' else part + '/'}"
        for page in pages.values()
        if page.is_shown
        for part in page.versions.get().content["pages"]
    ]


def test_all_60_rows_are_answered_once_and_in_order():
    assert [row["row"] for row in ROWS] == list(range(1, 61))
    assert all(row["element"] and row["how"] for row in ROWS)


def test_each_answer_is_where_the_table_says(client, all_pages):
    found = {path: anchors(client, path) for path in {address(row) for row in ROWS}}
    lost = [row["row"] for row in ROWS if "anchor" in row and row["anchor"] not in found[address(row)]]
    assert lost == []


def test_an_anchor_occurs_once_on_its_page(client, all_pages):
    for path in written_paths(all_pages):
        there = anchors(client, path)
        assert sorted(there) == sorted(set(there)), path


def test_a_link_from_page_to_page_leads_somewhere(client, all_pages):
    lost, known = [], {}
    for page in all_pages.values():
        for section in page.sections.all():
            for path, anchor in re.findall(r"\]\((/[^)#\s]*)#?([^)\s]*)\)", section.body):
                known[path] = known.get(path) or anchors(client, path)
                lost += [f"{page.slug}: {path}#{anchor}"] if anchor and anchor not in known[path] else []
    assert lost == []
