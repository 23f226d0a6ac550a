"""Sources gathered at the end of a text: one link for a reader's Tab key, not one for every sentence."""

import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from procedures.plain_text import MARK

register = template.Library()

NUMBER = re.compile(r'href="#s(\d+)"')
LAST_PARAGRAPH = re.compile(r"</p>\s*$")


@register.filter
def unmarked(html: str) -> SafeString:
    """The text without its source numbers."""
    return mark_safe(MARK.sub("", html))  # noqa: S308 sanitized when it was published


@register.simple_tag
def sources_of(*parts: Any) -> SafeString:
    """“Sources 2, 17” for all marks in these parts of a page, as one link; nothing if there are none."""
    numbers = sorted({int(number) for part in parts for text in _texts(part) for number in NUMBER.findall(text)})
    if not numbers:
        return SafeString()
    label = ngettext("Source %s", "Sources %s", len(numbers)) % ", ".join(map(str, numbers))
    return format_html('<a class="src" href="#sources">{}</a>', label)


@register.simple_tag
def with_sources(section: dict) -> SafeString:
    """The text of a section, and the sources of the whole section at its end."""
    html, link = unmarked(section["html"]), sources_of(section)
    if not link or LAST_PARAGRAPH.search(html):
        return mark_safe(LAST_PARAGRAPH.sub(f" {link}</p>" if link else "</p>", html))  # noqa: S308 as above
    return format_html('{}<p class="src-line">{}</p>', html, link)


def _texts(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [text for value in inner for text in _texts(value)]
