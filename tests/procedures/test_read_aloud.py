"""The public pages make sense when they are read aloud: landmarks, order, headings, and the language of each word."""

import re
from html.parser import HTMLParser

import pytest

from clinic import practice_info
from clinic.models import Practice, Practitioner
from clinic.web.language_names import OWN_NAMES
from tests.builders import Clinic
from tests.machines import listed

pytestmark = pytest.mark.once

SITE = "https://clinic.example.org"
FORMS = ["/request/", "/request/stop/", "/visit/", "/nowhere/"]
EMPTY = {"meta", "link", "img", "br", "hr", "input", "source", "wbr"}
IN_ORDER = ["skip link", "emergency", "header", "main", "footer"]
FOREIGN = re.compile("|".join([r"[\u0370-\u1fff\u2c00-\ud7ff]", *(rf"\b{re.escape(name)}\b" for name in OWN_NAMES)]))


class Heard(HTMLParser):
    """What a screen reader finds on a page, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict]] = []
        self.order: list[str] = []
        self.headings: list[int] = []
        self.named: list[tuple[str, str]] = []  # parts that are landmarks only by a name, and what gives the name
        self.ids: list[str] = []
        self.unmarked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.note(tag, attrs)
        if tag not in EMPTY:
            self.open.append((tag, attrs))

    def note(self, tag, attrs):
        if tag in ("nav", "aside", "section", "article"):
            self.named.append((tag, attrs.get("aria-label") or f"#{attrs.get('aria-labelledby', '')}"))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        part = {"aside": "emergency", "a": "skip link"}.get(tag, tag)
        if part in IN_ORDER and (tag != "a" or attrs.get("class") == "skip"):
            self.order.append(part)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if FOREIGN.search(text) and self.language() == "en-us" and self.open[-1][0] != "script":
            self.unmarked.append(text.strip())

    def language(self):
        return next((attrs["lang"] for _tag, attrs in reversed(self.open) if "lang" in attrs), "")


@pytest.fixture
def pages(client, settings, at, all_pages) -> dict[str, Heard]:
    """Every page of the sitemap and the first pages of the forms, in a practice that speaks many languages."""
    settings.SITE_URL = SITE
    at("2026-11-23 10:05")
    Clinic()
    Practice.objects.update(language_help="Español, Русский, 中文: free help, also on the phone.")
    Practitioner.objects.update(languages="English, Hindi, Tamil, Haitian Creole, Tiếng Việt")
    practice_info.forget()
    paths = [*listed(client.get("/sitemap.xml").text, SITE), *FORMS]
    assert len(paths) > 20
    return {path: Heard(client.get(path).text) for path in paths}


def test_public_pages_make_sense_when_they_are_read_aloud(pages):
    for path, heard in pages.items():
        assert [part for part in heard.order if part in IN_ORDER] == IN_ORDER, path
        assert heard.headings[0] == 1, path
        assert heard.headings.count(1) == 1, path
        skipped = [pair for pair in zip(heard.headings, heard.headings[1:], strict=False) if pair[1] > pair[0] + 1]
        assert skipped == [], f"{path}: a level of headings is left out"
        nameless = [part for part in heard.named if part[1].startswith("#") and part[1][1:] not in heard.ids]
        assert nameless == [], f"{path}: a landmark without a name"
        names = [name for tag, name in heard.named if tag in ("nav", "aside")]
        assert len(names) == len(set(names)), f"{path}: two landmarks of one name"
        assert len(heard.ids) == len(set(heard.ids)), f"{path}: two elements of one id"


def test_each_foreign_word_of_the_public_pages_says_its_language(pages):
    assert {path: heard.unmarked for path, heard in pages.items() if heard.unmarked} == {}


def test_a_foreign_word_without_its_language_would_be_found():
    assert Heard('<html lang="en-us"><p>Ask in Español</p><p>Или так</p>').unmarked == ["Ask in Español", "Или так"]
    assert Heard('<html lang="en-us"><p>Ask in <i lang="es">Español</i></p>').unmarked == []
