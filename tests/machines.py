"""How a search engine reads our pages."""

import json
import re
from html import unescape
from html.parser import HTMLParser


class Head(HTMLParser):
    """The metadata of a page: meta elements, canonical URL, structured data."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.canonical = self.title = ""
        self.data: list[dict] = []
        self.now = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.now = attrs.get("type", "") if tag == "script" else tag
        if tag == "meta":
            self.meta[attrs.get("name") or attrs.get("property") or ""] = attrs.get("content", "")
        if tag == "link" and attrs.get("rel") == "canonical":
            self.canonical = attrs["href"]

    def handle_endtag(self, tag):
        self.now = ""

    def handle_data(self, text):
        if self.now == "title":
            self.title += text
        if self.now == "application/ld+json":
            self.data.append(json.loads(text))


def listed(sitemap: str, site: str) -> list[str]:
    """The paths of all public pages."""
    return re.findall(rf"<loc>{re.escape(site)}([^<]+)", sitemap)


def words(html: str) -> str:
    """The text that a person reads on it, in one line."""
    main = re.search(r"<main.*?</main>", html, re.DOTALL)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
