"""What a text as a whole owes its readers: every section, both sides of each number, sources, a review."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.country import by_country
from procedures.models import Procedure
from procedures.plain_text import Content, Part

Found = tuple[str, str, str]

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
        "cost": by_country(lambda here: str(here.funding_words.cost).lower()),
        "call_911": gettext_lazy("when to call for help at once"),
    },
    Procedure.Kind.CONDITION: {
        "summary": gettext_lazy("the panel in short"),
        "no-treatment": gettext_lazy("what happens if one waits"),
        "other": gettext_lazy("what can be done"),
        "call_911": gettext_lazy("when to call for help at once"),
    },
    Procedure.Kind.PRACTICE: {},
}
MISSING = gettext_lazy("Missing section: %s.")
UNSURE = {"en": re.compile(r"do not agree|not (?:know|sure|clear)|no study|no one knows|could be", re.IGNORECASE)}
COUNT = re.compile(r"\d+ of 100 (?:treated bones|people)")
# A company's pages sell. These publish studies, news of guidelines or facts for patients.
PUBLISHERS = {"healthimaging.com", "spine-health.com", "researchsquare.com", "lww.com"}


def findings(content: Content, sections: list[Part], today: date) -> Iterator[Found]:
    yield from (("", "", said) for said in _owed(content, sections))
    if content["kind"] == Procedure.Kind.PROCEDURE:
        yield from (("risks", "pairs", said) for said in _one_sided(content["pages"]))
        yield from _counts_of_their_own(content["pages"], sections)
    if content["kind"] != Procedure.Kind.PRACTICE:
        yield from _sources(content["pages"])
    yield from (("", "", said) for said in _review(content["people"], today))


def missing(content: Content, sections: list[Part]) -> dict[str, str]:
    """The anchor or kind of each section that a page of this kind must have and does not have -> its name."""
    there = {name for part in sections for name in (part.anchor, part.kind)}
    return {name: str(said) for name, said in OWED[content["kind"]].items() if name not in there}


def _owed(content: Content, sections: list[Part]) -> Iterator[str]:
    for words_for_it in missing(content, sections).values():
        yield str(MISSING) % words_for_it
    said = " ".join(text for part in sections for text in part.blocks)
    if content["kind"] == Procedure.Kind.PROCEDURE and not UNSURE[content["language"]].search(said):
        yield _("Nothing says what is still unknown.")


def _one_sided(pages: Content) -> Iterator[str]:
    pairs = pages.get("risks", {}).get("pairs", [])
    if not any(pair["is_gain"] for pair in pairs):
        yield _("No benefit is shown with and without treatment.")
    if all(pair["is_gain"] for pair in pairs):
        yield _("No harm is shown with and without treatment.")
    for pair in pairs:
        if not (pair["compared_with"] and pair["paid_by"]):
            yield _("“%s” does not say what it was compared with and who paid.") % pair["name"]


def _counts_of_their_own(pages: Content, sections: list[Part]) -> Iterator[Found]:
    """One fact has one number: a count stands on the page of benefits and harms too, where it is explained."""
    explained = {count for part in sections if part.page == "risks" for count in _counts(part)}
    for pair in pages.get("risks", {}).get("pairs", []):
        unit = "treated bones" if pair["unit"] == "treated bones" else "people"
        explained |= {f"{pair[side]} of 100 {unit}" for side in ("with_it", "without_it")}
    for part in sections:
        for count in set(_counts(part)) - explained:
            yield part.page, part.anchor, _("“%s” is not on the page of benefits and harms.") % count


def _counts(part: Part) -> list[str]:
    return [count for text in part.blocks for count in COUNT.findall(text)]


def _sources(pages: Content) -> Iterator[Found]:
    cited = {source["key"]: source for shown in pages.values() for source in shown["sources"]}
    for key, source in cited.items():
        if not source["url"]:
            yield "", "", _("Source %s has no web address or DOI.") % key
        elif _is_a_company(source["url"]):
            yield "", "", _("Source %s is a company’s page. Cite a study, an authority or a hospital.") % key
        if not source["opened_on"]:
            yield "", "", _("No one noted when source %s was opened.") % key


def _is_a_company(url: str) -> bool:
    host = urlsplit(url).netloc
    return host.endswith(".com") and ".".join(host.split(".")[-2:]) not in PUBLISHERS


def _review(people: Content, today: date) -> Iterator[str]:
    if not (people["reviewed_on"] and people["next_review_on"]):
        yield _("No one has reviewed this text, or no next review is scheduled.")
    elif date.fromisoformat(people["next_review_on"]) <= today:
        yield _("The review was due by %s.") % people["next_review_on"]
