"""Words, numbers and warnings: what a page about health may not say, or may not say alone."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from clinic.country import COUNTRIES, country
from clinic.web.danger_signs import DANGER_SIGNS
from procedures.lint.reading import ASKING
from procedures.models import Section
from procedures.plain_text import Part, claims, plain_text

SOURCED = {"risks", "pairs"}  # these have their source in a field of their own
BANNED = {
    "en": re.compile(
        r"\b(rare|rarely|laparoscopic|safe hands|best|top|leading|miracles?|testimonials?|should|dries|"
        r"state[- ]of[- ]the[- ]art|live longer|sleep medicine)\b",
        re.IGNORECASE,
    )
}
# No treatment keeps these, so none may be said of one; “is not completely safe” may.
PROMISES = {
    "en": re.compile(
        r"\b(?:(?:completely|totally|entirely|perfectly|absolutely|fully|utterly|very|extremely|always|100 ?%|"
        r"(?:100|one hundred) percent) (?:safe|harmless|effective|successful)|"
        r"(?:no|zero|without(?: any)?)[ -](?:(?:known|serious|possible|real|major) )?"
        r"(?:risks?(?! factors?\b)|side effects?|complications?|danger)|(?:risk|complication)-free|"
        r"free (?:of|from) (?:risks?|side effects|complications|danger)|guarantee\w*|cur(?:es?|ed)|"
        r"pain(?:less|lessly|-free)|(?:always|never) (?:works|fails|helps)|(?:works for|helps) everyone|"
        r"works every time)\b",
        re.IGNORECASE,
    )
}
NEGATED = {
    "en": re.compile(
        r"(?:\b(?:not(?! only\b)|never|cannot|nothing|none|neither|nor|no(?! (?:doubt|question|wonder)\b))|n[’']t)"
        r"(?: (?!(?:and|but|or|so|because|which)\b)[\w’'-]+){0,4} $",
        re.IGNORECASE,
    )
}
OTHER_DENOMINATORS = re.compile(
    r"\d[\d,.]* ?(?:%|percent\b|per cent\b)|\b(?:1|one) (?:in|out of) (?:\d+|ten|a hundred)\b"
    r"|\b\d[\d,]* (?:in|of|per|out of) (?:every )?(?!100\b(?!,\d)|10\b)\d[\d,]*\b|\bper (?:100|1,?000)\b|\bof 1,?000\b"
    r"|\b\d[\d,]* (?:per|out of) (?:every )?100\b"
    r"|\b(?:half|a third|a quarter|two thirds|three quarters|one fifth) of (?:the |all )?(?:people|bones|patients)\b",
    re.IGNORECASE,
)
OF_NOTHING = re.compile(r"\d+ of 100(?! (?:treated bones|people)\b)(?!\d|,\d)")
NUMBER = re.compile(r"(?<![A-Za-z])\d")
EMERGENCY = "|".join(each.emergency for each in COUNTRIES.values())
CALLED = re.compile(rf"\b(?:call|dial|ring|phone)\s+({EMERGENCY})\b", re.IGNORECASE)
NO_CLAIM = re.compile(rf"\b(?:{EMERGENCY}|111)\b|\(\d{3}\) \d{3}-\d{4}|\bT\d+|\bL\d+")


def of_section(part: Part, language: str) -> Iterator[str]:
    yield from _banned(part, language)
    yield from promises(part, language)
    yield from _denominators(part)
    yield from _unsourced(part)
    if part.kind == Section.Kind.CALL_911:
        yield from _danger_signs(part)


def of_another_country(part: Part) -> Iterator[str]:
    """A number to call, or a word, that is another country's."""
    own = country().emergency
    for found in {found for text in part.blocks for found in CALLED.findall(text)} - {own}:
        yield _("The emergency number here is %(own)s, not %(found)s. Write [emergency number].") % {
            "own": own, "found": found,
        }  # fmt: skip
    foreign = [word for here in COUNTRIES.values() if here is not country() for word in here.own_words]
    for word in foreign:
        if any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for text in part.blocks):
            yield _("“%(word)s” is not used in this country (%(country)s).") % {"word": word, "country": country().name}


def _banned(part: Part, language: str) -> Iterator[str]:
    for text in part.blocks:
        for found in BANNED[language].finditer(text):
            yield _("Don’t use this word: “%s”.") % found[0]


def promises(part: Part, language: str) -> Iterator[str]:
    """What is promised and not denied in the same breath."""
    for text in (" ".join(block.split()) for block in part.blocks):
        for found in PROMISES[language].finditer(text):
            if not NEGATED[language].search(text[: found.start()]):
                yield _("“%s” promises too much. Say how often it helps and what can go wrong.") % found[0]


def _denominators(part: Part) -> Iterator[str]:
    for text in part.blocks:
        if found := OTHER_DENOMINATORS.search(text):
            yield _("Give counts out of 100, not “%s”.") % found[0]
        if OF_NOTHING.search(text):
            yield _("Say 100 of what, treated bones or people: “%s”") % text


def _unsourced(part: Part) -> Iterator[str]:
    if part.kind in ASKING | SOURCED:  # who asks claims nothing
        return
    for claim in (claim for html in part.html for claim in claims(html)):
        text = NO_CLAIM.sub("", " ".join(plain_text(claim)))
        if NUMBER.search(text) and 'class="cite"' not in claim:
            yield _("Number without a source: “%s ...”") % " ".join(text.split()[:8])


def _danger_signs(part: Part) -> Iterator[str]:
    said = [text.removeprefix("[to check] ") for text in part.blocks]
    if missing := [str(sign) for sign in DANGER_SIGNS if sign not in said]:
        yield _("The danger signs differ from the rest of the site: “%s” is missing.") % missing[0]
