"""What an editor is told about a text before it is published: hard to read, unsourced, or a word we do not use.

The lint checks a snapshot, so that it sees the text as it will be shown. Rules that depend on a language are in tables
by language; for a language without rules there is a finding. Limits: GOV.UK and NHS style, the AMA's grade 6 to 8.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.models import Procedure, Section
from procedures.plain_text import Content, Part, claims, parts, plain_text
from procedures.readability import flesch_kincaid, sentences, smog, words

MOST_GRADE, MOST_SMOG = 8, 9
MOST_WORDS, MOST_WORDS_ON_AVERAGE = 25, 20
ENOUGH_WORDS, ENOUGH_SENTENCES = (
    40,
    8,
)  # with fewer words a grade says nothing; such a section still counts for its page
ASKING = {Section.Kind.QUESTIONS}  # they make no claims
MEASURES = {"en": (flesch_kincaid, smog)}
BANNED = {
    "en": re.compile(
        r"\b(rare|rarely|laparoscopic|safe hands|best|top|leading|guarantee\w*|cures?|cured|pain-free|miracles?|"
        r"testimonials?|should|dries|state[- ]of[- ]the[- ]art|live longer)\b",
        re.IGNORECASE,
    )
}
OTHER_DENOMINATORS = re.compile(
    r"\d ?(?:%|percent\b|per cent\b)|\b(?:\d+|one) (?:in|out of) (?:\d+|ten|a hundred)\b"
    r"|\b\d[\d,]* (?:of|per) (?:every )?(?!1,000\b)\d[\d,]*\b"
    r"|\b(?:of|per) (?:every )?(?:100|1000)\b(?![.,]\d)|\bper 1,000\b"
    r"|\b(?:half|a third|a quarter|two thirds|three quarters|one fifth) of (?:the |all )?(?:people|bones|patients)\b",
    re.IGNORECASE,
)
OF_NOTHING = re.compile(r"of 1,000(?! (?:treated bones|people|marks)\b)")
NUMBER = re.compile(r"(?<![A-Za-z])\d")
NO_CLAIM = re.compile(r"\b911\b|\(\d{3}\) \d{3}-\d{4}|\bT\d+|\bL\d+|\b1,000 marks\b")

# Sections that a page about a treatment or a condition must have: anchor or kind -> its name.
OWED = {
    Procedure.Kind.PROCEDURE: {
        "summary": gettext_lazy("the panel in short"),
        "who-may": gettext_lazy("who it may help"),
        "who-not": gettext_lazy("who it is not for"),
        "no-treatment": gettext_lazy("what happens if one waits"),
        "before": gettext_lazy("before the day"),
        "how": gettext_lazy("how it is done"),
        "after": gettext_lazy("the days after"),
        "benefits": gettext_lazy("how well it works"),
        "other": gettext_lazy("other choices"),
        "questions": gettext_lazy("questions to ask"),
        "cost": gettext_lazy("cost and insurance"),
        "call_911": gettext_lazy("when to call 911"),
    },
    Procedure.Kind.CONDITION: {
        "summary": gettext_lazy("the panel in short"),
        "no-treatment": gettext_lazy("what happens if one waits"),
        "other": gettext_lazy("what can be done"),
        "call_911": gettext_lazy("when to call 911"),
    },
    Procedure.Kind.PRACTICE: {},
}
UNSURE = {"en": re.compile(r"do not agree|not (?:know|sure|clear)|no study|unsure|could be", re.IGNORECASE)}


class Finding(NamedTuple):
    """Something to fix. `page` and `anchor` say where; both are empty if it concerns the whole text."""

    page: str
    anchor: str
    sentence: str


def findings(content: Content, *, today: date) -> Iterator[Finding]:
    """What to fix in a snapshot, in the order of its pages."""
    if content["language"] not in MEASURES:
        yield Finding("", "", _("There are no rules for this language yet."))
        return
    sections = list(parts(content))
    for page in content["pages"]:
        yield from _page(page, [part for part in sections if part.page == page], content["language"])
    for part in sections:
        yield from _section(part, content)
    yield from _whole(content, sections, today)


def _page(page: str, sections: list[Part], language: str) -> Iterator[Finding]:
    yield from (Finding(page, "", said) for said in _too_hard([b for part in sections for b in part.blocks], language))


def _too_hard(blocks: list[str], language: str) -> Iterator[str]:
    said = sentences(blocks)
    count = sum(len(words(sentence)) for sentence in said)
    if said and count / len(said) > MOST_WORDS_ON_AVERAGE:
        yield _("Sentences average more than %d words.") % MOST_WORDS_ON_AVERAGE
    if count < ENOUGH_WORDS or len(said) < ENOUGH_SENTENCES:
        return
    for measure, most, name in zip(
        MEASURES[language], (MOST_GRADE, MOST_SMOG), ("Flesch-Kincaid", "SMOG"), strict=True
    ):
        if (grade := measure(blocks)) > most:
            yield _("Hard to read: %(name)s %(grade).1f, at most %(most)d.") % {
                "name": name,
                "grade": grade,
                "most": most,
            }


def _section(part: Part, content: Content) -> Iterator[Finding]:
    about_us = content["kind"] == Procedure.Kind.PRACTICE
    said = [*_too_hard(part.blocks, content["language"]), *_too_long(part)]
    if not about_us:
        said += [*_banned(part, content["language"]), *_denominators(part), *_unsourced(part)]
    yield from (Finding(part.page, part.anchor, sentence) for sentence in said)


def _too_long(part: Part) -> Iterator[str]:
    for sentence in sentences(part.blocks):
        if len(words(sentence)) > MOST_WORDS:
            yield _("Sentence with %(count)d words: “%(begin)s ...”") % {
                "count": len(words(sentence)),
                "begin": " ".join(sentence.split()[:6]),
            }


def _banned(part: Part, language: str) -> Iterator[str]:
    for text in part.blocks:
        for found in BANNED[language].finditer(text):
            yield _("Don’t use this word: “%s”.") % found[0]


def _denominators(part: Part) -> Iterator[str]:
    for text in part.blocks:
        if found := OTHER_DENOMINATORS.search(text):
            yield _("Give counts out of 1,000, not “%s”.") % found[0]
        if OF_NOTHING.search(text):
            yield _("Say 1,000 of what, treated bones or people: “%s”") % text


def _unsourced(part: Part) -> Iterator[str]:
    if part.kind in {*ASKING, "risks"}:  # a risk has its source in its own field
        return
    for claim in (claim for html in part.html for claim in claims(html)):
        text = NO_CLAIM.sub("", " ".join(plain_text(claim)))
        if NUMBER.search(text) and 'class="cite"' not in claim:
            yield _("Number without a source: “%s ...”") % " ".join(text.split()[:8])


def _whole(content: Content, sections: list[Part], today: date) -> Iterator[Finding]:
    there = {name for part in sections for name in (part.anchor, part.kind)}
    for name, words_for_it in OWED[content["kind"]].items():
        if name not in there:
            yield Finding("", "", _("Missing section: %s.") % words_for_it)
    said = " ".join(text for part in sections for text in part.blocks)
    if content["kind"] == Procedure.Kind.PROCEDURE and not UNSURE[content["language"]].search(said):
        yield Finding("", "", _("Nothing says what is still unknown."))
    yield from _review(content["people"], today)


def _review(people: Content, today: date) -> Iterator[Finding]:
    if not (people["reviewed_on"] and people["next_review_on"]):
        yield Finding("", "", _("No one has reviewed this text, or no next review is scheduled."))
    elif date.fromisoformat(people["next_review_on"]) <= today:
        yield Finding("", "", _("The review was due by %s.") % people["next_review_on"])
