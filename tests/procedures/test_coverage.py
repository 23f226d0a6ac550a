"""Every element and claim of the practice's old page has its answer on ours."""

import re
from pathlib import Path

import pytest

from procedures.loading import CONTENT
from tests.procedures.written import FILES, PAGES, Page, read

TEMPLATES = Path(__file__).parents[2] / "templates"
FRAME = [*TEMPLATES.glob("procedures/*.html"), TEMPLATES / "base.html"]
ROWS = read(CONTENT / "coverage.toml")["rows"]
BY_PATH = {page.path: page for page in PAGES}


def frame_anchors() -> set[str]:
    """What every page has around its sections: who checked it, its sources, the numbers of the risks."""
    return {name for path in FRAME for name in re.findall(r'id="([a-z-]+)"', path.read_text())}


def anchors(page: Page) -> set[str]:
    return {section["anchor"] for section in page.sections} | frame_anchors()


def test_all_60_rows_are_answered_once_and_in_order():
    assert [row["row"] for row in ROWS] == list(range(1, 61))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['row']} {row['element']}")
def test_the_answer_is_where_the_table_says(row):
    page = BY_PATH.get(row["address"]) if "address" in row else Page("kyphoplasty", row["page"])
    if page:
        assert page in PAGES
        assert row.get("anchor", "sources") in anchors(page)
    else:
        assert row["address"] in {"/team/", "/procedures/"}  # no text of ours: a list the site makes
    assert row["how"]


@pytest.mark.parametrize("part", PAGES, ids="/".join)
def test_an_anchor_stands_once_on_a_page_and_is_not_one_of_the_frame(part):
    written = [section["anchor"] for section in part.sections]
    assert len(written) == len(set(written))
    assert not set(written) & frame_anchors()


def test_a_link_from_page_to_page_leads_somewhere():
    lost = []
    for slug, data in FILES.items():
        for section in data["sections"]:
            for path, anchor in re.findall(r"\]\((/[^)#\s]*)#?([^)\s]*)\)", section["body"]):
                page = BY_PATH.get(path)
                known = path in {"/request/", "/visit/"} or page and (not anchor or anchor in anchors(page))
                lost += [] if known else [f"{slug}: {path}#{anchor}"]
    assert lost == []
