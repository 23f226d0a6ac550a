"""Converts an editor's Markdown to public HTML: [KEY] becomes a numbered source; unlisted elements are removed."""

import re

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from clinic.country import country
from clinic.templatetags.clinic_format import glue
from procedures import citations

MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False}).disable(["image", "code", "fence"])
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3"}
OPEN, CLOSE = "\ue000", "\ue001"  # private-use characters: editors do not type them, and we strip them if they do
HELD = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")

EMERGENCY_NUMBER = "[emergency number]"
Numbers = dict[str, int]  # source key -> number on this page, in order of first mention


def with_number(text: str) -> str:
    """The text with the number to call in an emergency, which differs by country."""
    return text.replace(EMERGENCY_NUMBER, country().emergency)


def block_html(text: str, numbers: Numbers) -> SafeString:
    return _cite(_clean(MARKDOWN.render(_hold_marks(text))), numbers)


def inline_html(text: str, numbers: Numbers) -> SafeString:
    return _cite(_clean(MARKDOWN.renderInline(_hold_marks(text.strip()))), numbers)


def citation(keys: list[str], numbers: Numbers) -> SafeString:
    """“[1] [2]” as links to the list of sources at the bottom of the page."""
    links = []
    for key in keys:
        number = numbers.setdefault(key, len(numbers) + 1)
        label = _("Source %(number)s") % {"number": number}
        links.append(format_html('<a href="#s{0}" aria-label="{1}">[{0}]</a>', number, label))
    # the word joiner keeps the number on the same line as its word
    return format_html('\u2060<sup class="cite">{}</sup>', mark_safe(" ".join(links)))  # noqa: S308 made just above


def _hold_marks(text: str) -> str:
    """Replace citations by placeholders before Markdown and the sanitizer run; they are restored at the end."""
    text = glue(re.sub(f"[{OPEN}{CLOSE}]", "", with_number(text)))
    return citations.CITATION.sub(lambda found: f"{OPEN}{found[1]}{CLOSE}", text)


def _clean(html: str) -> str:
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto", "tel"})


def _cite(html: str, numbers: Numbers) -> SafeString:
    cited = HELD.sub(lambda found: citation(citations.split_keys(found[1]), numbers), html)
    return mark_safe(re.sub(" +(?=\u2060<sup)", "", cited).strip())  # noqa: S308 cleaned above


def split_steps(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Returns (the text before the first ### heading, [(heading, its text), ...])."""
    before, *rest = re.split(r"^###[ \t]+(.+)$", text, flags=re.MULTILINE)
    return before, list(zip(rest[::2], rest[1::2], strict=True))


def split_table(text: str) -> tuple[str, list[list[str]]]:
    """Returns (the text around the one Markdown table, its rows with the header first)."""
    lines = text.splitlines()
    rows = [line for line in lines if line.lstrip().startswith("|") and not re.fullmatch(r"[|\s:-]+", line)]
    around = "\n".join(line for line in lines if not line.lstrip().startswith("|"))
    return around, [_cells(row) for row in rows]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def split_list(text: str) -> tuple[str, list[str]]:
    """Returns (the text around the one Markdown list, its items)."""
    lines = text.splitlines()
    around = "\n".join(line for line in lines if not line.startswith("- "))
    return around, [line[2:] for line in lines if line.startswith("- ")]
