"""The text of a snapshot without markup, for readability and lint."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

Content = dict[str, Any]
MARK = re.compile(r"\u2060?<sup class=\"cite\">.*?</sup>", re.DOTALL)
BLOCK_END = re.compile(r"</?(?:p|li|ul|ol|h3|br)\b[^>]*>")
UNIT = re.compile(r"<(p|ul|ol)\b.*?</\1>", re.DOTALL)


FACTS, PAIR, RISK = "facts/", "pair/", "risk/"  # how the place of what is no section begins: no anchor has a slash


class Part(NamedTuple):
    """One section of one page: its headings, and the blocks of `html` under them."""

    page: str
    anchor: str
    kind: str
    headings: list[str]
    html: list[str]
    is_folded: bool = False

    @property
    def blocks(self) -> list[str]:
        return [text for block in self.headings + self.html for text in plain_text(block)]

    @property
    def running(self) -> list[str]:
        """The blocks that are sentences: no headings, no list items without a period."""
        return [text for block in self.html for text in plain_text(block) if text.endswith((".", "?", "!"))]

    @property
    def open_blocks(self) -> list[str]:
        """The blocks that show before anything is pressed."""
        if self.is_folded:
            return self.headings[:1]
        return self.headings if self.kind == "answers" else self.blocks


def parts(content: Content) -> Iterator[Part]:
    """Everything the pages say, section by section. Summaries, pairs and risks are parts of their own."""
    yield Part("overview", FACTS, "lead", [content["name"], content["also_called"]], [content["summary"]])
    if content["risks_summary"]:
        yield Part("risks", FACTS, "lead", [], [content["risks_summary"]])
    for page, shown in content["pages"].items():
        for section in shown["top"] + shown["sections"]:
            headings = [section["heading"], *(step["heading"] for step in section.get("steps", []))]
            folded = section.get("is_folded", False)
            yield Part(page, section["anchor"], section["kind"], headings, list(_blocks_of(section)), folded)
        for pair in shown.get("pairs", []):
            yield Part(page, PAIR + pair["name"], "pairs", [pair["name"]], list(_of_pair(pair)))
        for risk in shown["risks"]:
            yield Part(page, RISK + risk["name"], "risks", [risk["name"]], list(_of_risk(risk)))


def every_text(value: Any) -> Iterator[str]:
    """The text blocks of everything in a snapshot, wherever it stands: also who paid, and what a drawing shows."""
    if isinstance(value, str):
        yield from plain_text(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from every_text(inner)


def plain_text(html: str) -> list[str]:
    """The text blocks of a piece of HTML, without source numbers."""
    blocks = BLOCK_END.split(MARK.sub("", html))
    cleaned = [unescape(re.sub(r"<[^>]+>", "", block)).replace("\u2060", "").strip() for block in blocks]
    return [block for block in cleaned if block]


def claims(html: str) -> Iterator[str]:
    """Blocks that need a source of their own: a paragraph, or a list item together with the list's introduction."""
    opening = ""
    for unit in UNIT.finditer(html):
        if unit[1] == "p":
            opening = unit[0]
            yield unit[0]
        else:
            yield from (opening + item for item in re.findall(r"<li>.*?</li>", unit[0], re.DOTALL))
    if not UNIT.search(html):
        yield html


def _blocks_of(section: Content) -> Iterator[str]:
    yield section["html"]
    yield from (drawing["caption"] for drawing in _drawings(section) if drawing)
    yield from (step["html"] for step in section.get("steps", []))
    yield from section.get("head", [])
    for row in section.get("rows", []):
        yield from row
    yield from section.get("items", [])


def _drawings(section: Content) -> Iterator[Content | None]:
    yield section["drawing"]
    yield from (step["drawing"] for step in section.get("steps", []))


def _of_pair(pair: Content) -> Iterator[str]:
    yield from (pair["intro"], pair["meaning"], pair["without_words"])


def _of_risk(risk: Content) -> Iterator[str]:
    yield from (risk["count_words"], risk["how_bad"], risk["what_we_do"])
