"""A treatment page at a glance: its parts in order, what is new in each, and what to fix in each."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.practice_info import local_date, practice_info
from procedures.editing.changes import Part
from procedures.editing.kinds import Place, kind_of, place_of
from procedures.lint import findings, whole
from procedures.models import Procedure, Section
from procedures.plain_text import FACTS, MARK, PAIR, RISK, Content, parts
from procedures.publishing import unfinished

OF_FACTS: Place = ("", FACTS)
Found = dict[Place, list[str]]


@dataclass
class Row:
    """A part in the outline."""

    kind: str
    pk: int
    name: str
    layout: str
    place: Place
    state: str = ""
    findings: list[str] = field(default_factory=list)


@dataclass
class Group:
    """Parts that stand one below the other. `new`: what a new part among them has, as the query of its form."""

    label: str
    place: Place
    kind: str
    new: str
    rows: list[Row]
    findings: list[str] = field(default_factory=list)


def outline(procedure: Procedure, content: Content | None, found: Found) -> list[Group]:
    """The groups of a page in reading order, with states if there is a snapshot of it, and with what to fix."""
    newest = procedure.versions.order_by("-number").first()
    then, now = (_texts(version) for version in (newest and newest.content, content if newest else None))
    made = list(_groups(procedure))
    for group in made:
        group.findings = found.get(group.place, [])
        for row in group.rows:
            row.findings = found.get(row.place, [])
            row.state = _state(then.get(row.place), now.get(row.place))
    return made


def rows_of(groups: Iterable[Group]) -> list[Row]:
    return [row for group in groups for row in group.rows]


def by_place(content: Content) -> Found:
    """What to fix in this text, part by part. What must be settled comes first: it blocks the review."""
    found: Found = defaultdict(list)
    left = [] if practice_info().is_demo else unfinished(content)
    for page, anchor, sentence in [*left, *findings(content, today=local_date(timezone.now()))]:
        place = ("" if "/" in anchor else page, anchor)
        if sentence not in found[place]:
            found[place].append(sentence)
    return found


def about_the_whole(content: Content, found: Found, groups: list[Group]) -> list[tuple[str, str]]:
    """(what to fix that belongs to no part in the outline, the query of the form that adds what is missing)"""
    placed = {row.place for row in rows_of(groups)} | {group.place for group in groups} | {OF_FACTS}
    owed = whole.missing(content, list(parts(content)))
    adds = {str(whole.MISSING) % label: _query(name) for name, label in owed.items()}
    return [(said, adds.get(said, "")) for place, all_said in found.items() if place not in placed for said in all_said]


def _query(name: str) -> str:
    """What a section has that is owed under this name, which is a kind or an anchor."""
    return f"kind={name}" if name in Section.Kind.values else f"anchor={name}"


def _groups(procedure: Procedure) -> Iterator[Group]:
    sections = list(procedure.sections.order_by("order", "pk"))
    is_counted = procedure.kind == Procedure.Kind.PROCEDURE
    for page in Section.Page:
        own = [_row(section) for section in sections if section.page == page]
        if own or page == Section.Page.OVERVIEW or (is_counted and page == Section.Page.RISKS):
            yield Group(str(page.label), (page.value, ""), "section", f"page={page.value}", own)
        if is_counted and page == Section.Page.RISKS:
            yield from _counted(procedure)


def _counted(procedure: Procedure) -> Iterator[Group]:
    pairs, page = list(procedure.pairs.order_by("order", "pk")), Section.Page.RISKS.value
    gains, harms = ([_row(pair) for pair in pairs if pair.is_gain == is_gain] for is_gain in (True, False))
    yield Group(_("Benefits in pairs"), (page, "pairs"), "pair", "is_gain=on", gains)
    yield Group(_("Harms in pairs"), (page, "harms"), "pair", "", harms)
    risks = [_row(risk) for risk in procedure.risks.order_by("order", "pk")]
    yield Group(_("Risks in words"), (page, "numbers"), "risk", "", risks)


def _row(part: Part) -> Row:
    layout = part.get_kind_display().partition(":")[0] if isinstance(part, Section) else ""
    return Row(kind_of(part).name, part.pk, str(part), layout, place_of(part))


def _texts(content: Content | None) -> dict[Place, str]:
    """The text of each part without source numbers, which change when a source is cited before them."""
    texts = {}
    for page, shown in (content or {"pages": {}})["pages"].items():
        texts |= {(page, section["anchor"]): _text(section) for section in shown["top"] + shown["sections"]}
        texts |= {("", PAIR + pair["name"]): _text(pair) for pair in shown.get("pairs", [])}
        texts |= {("", RISK + risk["name"]): _text(risk) for risk in shown["risks"]}
    return texts


def _text(shown: Content) -> str:
    return MARK.sub("", json.dumps(shown, sort_keys=True, ensure_ascii=False).replace('\\"', '"'))


def _state(then: str | None, now: str | None) -> str:
    if now is None or then == now:
        return ""
    return _("Changed since it was published") if then else _("New")
