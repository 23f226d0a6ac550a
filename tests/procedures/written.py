"""The pages as they are written: the content files, read without a database."""

import re
import tomllib
from html import unescape
from typing import NamedTuple

from procedures import marks, rendering
from procedures.loading import CONTENT

BESIDE_THE_PAGES = {"coverage"}  # data about the pages; it lies in the same folder
STEPPED = {"steps", "days"}
TO_CHECK = "A clinician has yet to check"


def read(path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


FILES = {path.stem: read(path) for path in sorted(CONTENT.glob("*.toml")) if path.stem not in BESIDE_THE_PAGES}


class Page(NamedTuple):
    slug: str
    page: str

    @property
    def sections(self) -> list[dict]:
        return [section for section in FILES[self.slug]["sections"] if section["page"] == self.page]

    @property
    def risks(self) -> list[dict]:
        return FILES[self.slug].get("risks", []) if self.page == "risks" else []

    @property
    def path(self) -> str:
        if FILES[self.slug]["kind"] == "practice":
            return f"/{self.slug}/"
        return f"/procedures/{self.slug}/" + (f"{self.page}/" if self.page != "overview" else "")

    @property
    def texts(self) -> list[str]:
        """Every block of the page, as a reader meets it."""
        data = FILES[self.slug]
        lead = {"overview": data["summary"], "risks": data["risks_summary"]}.get(self.page, "")
        blocks = [lead] + [text for section in self.sections for text in blocks_of(section)]
        return [text for text in [*blocks, *(text for risk in self.risks for text in blocks_of_risk(risk))] if text]


PAGES = sorted({Page(slug, section["page"]) for slug, data in FILES.items() for section in data["sections"]})


def blocks_of(section: dict) -> list[str]:
    return [section["heading"], *(text for piece in pieces(section) for text in plain(piece))]


def blocks_of_risk(risk: dict) -> list[str]:
    texts = (risk["name"], risk.get("count_words", ""), risk["how_bad"], risk.get("what_we_do", ""))
    return [block for text in texts for block in plain(rendering.inline_html(text, {}))]


def pieces(section: dict) -> list[str]:
    """The section as the pieces of HTML it is shown in: text, headings, cells, questions, words of drawings."""
    kind, body = section["kind"], section["body"]
    before, steps = rendering.split_steps(body) if kind in STEPPED else (body, [])
    cells, items = [], []
    if kind == "table":
        before, rows = rendering.split_table(before)
        cells = [cell for row in rows for cell in row]
    if kind == "questions":
        before, items = rendering.split_list(before)
    said = [part for heading, text in steps for part in (heading, *_with_drawing(text))]
    return [*_with_drawing(before), *said, *(rendering.inline_html(text, {}) for text in cells + items)]


def _with_drawing(text: str) -> list[str]:
    text, drawing = marks.take_drawing(text)
    return [rendering.block_html(text, {}), *([drawing["alt"], drawing["caption"]] if drawing else [])]


def plain(html: str) -> list[str]:
    """The blocks of text in a piece of HTML, without the numbers of sources."""
    html = re.sub(r"<sup.*?</sup>", "", html)
    blocks = re.split(r"</?(?:p|li|ul|ol|h3|br)\b[^>]*>", html)
    cleaned = [unescape(re.sub(r"<[^>]+>", "", block)).replace("\u2060", "").strip() for block in blocks]
    return [block for block in cleaned if block]
