"""Metadata in the head of a page."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import to_locale

register = template.Library()

IN_A_SCRIPT = str.maketrans(
    {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"}
)  # characters that could end the element or start one

register.filter("locale", to_locale)  # “en-us” -> “en_US”


@register.filter
def json_ld(data: dict | None) -> str:
    """A data block that browsers do not execute, so the content security policy allows it."""
    if not data:
        return ""
    text = json.dumps(data, ensure_ascii=False).translate(IN_A_SCRIPT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 escaped just above
