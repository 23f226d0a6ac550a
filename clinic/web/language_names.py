"""Names of languages in their own script or spelling, which a screen reader must say in that language."""

import re
from collections.abc import Iterable, Iterator

from django.conf.locale import LANG_INFO
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

OWN_NAMES = {
    "Español": "es", "Русский": "ru", "中文": "zh", "普通话": "zh", "廣東話": "yue", "Français": "fr", "Deutsch": "de",
    "Italiano": "it", "Português": "pt", "Polski": "pl", "Українська": "uk", "Ελληνικά": "el", "العربية": "ar",
    "اردو": "ur", "עברית": "he", "ייִדיש": "yi", "हिन्दी": "hi", "বাংলা": "bn", "한국어": "ko", "日本語": "ja",
    "Tiếng Việt": "vi", "Română": "ro", "ਪੰਜਾਬੀ": "pa", "Cymraeg": "cy", "Kreyòl ayisyen": "ht",
}  # fmt: skip
ALSO = {
    "Chinese": "中文",
    "Mandarin": "普通话",
    "Cantonese": "廣東話",
    "Yiddish": "ייִדיש",
    "Haitian Creole": "Kreyòl ayisyen",
}
_BY_ENGLISH_NAME = {info["name"]: (code, info["name_local"]) for code, info in LANG_INFO.items() if "name" in info}
_ANY = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in OWN_NAMES))


def language_of(text: str) -> str:
    """The code of the language that this text names in its own way; empty for any other text."""
    return OWN_NAMES.get(text, "")


def own_names(spoken: Iterable[str]) -> dict[str, str]:
    """How these languages call themselves, by code, but for English: “English, Spanish” -> {"es": "Español"}."""
    names = dict.fromkeys(name.strip() for names in spoken for name in names.split(","))
    return {code: own[0].upper() + own[1:] for code, own in _own(names) if code != "en"}


def _own(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        own = ALSO.get(name, name)
        if own in OWN_NAMES:
            yield OWN_NAMES[own], own
        elif name in _BY_ENGLISH_NAME:
            yield _BY_ENGLISH_NAME[name]


def mark_languages(text: object) -> SafeString:
    """The text, with each such name in an element that says its language."""
    return mark_safe(_ANY.sub(_marked, conditional_escape(text)))  # noqa: S308 - escaped just above


def _marked(found: re.Match[str]) -> str:
    return format_html('<span lang="{}">{}</span>', OWN_NAMES[found[0]], found[0])
