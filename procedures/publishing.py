"""The only way from a draft to the public: an exact, sanitized, fingerprinted copy of the pages."""

import hashlib
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.practice_info import local_date
from procedures import citations, rendering
from procedures.models import Procedure, PublishedVersion, Risk, Section, Source
from procedures.plain_text import parts

Content = dict[str, Any]
TOP = {Section.Kind.SUMMARY, Section.Kind.FIGURE}
LONGEST_NAME = Procedure._meta.get_field("reviewed_by").max_length
UNFINISHED = re.compile(
    r"\[to do\]|\b(?:clinician|lawyer) has yet to check\b|\bthis is a demo\b|\bpractice is made up\b", re.IGNORECASE
)
CHECKED_FOR = timedelta(days=365)


class CannotPublish(Exception):
    """Says what is missing, as a sentence for the editor."""


@transaction.atomic
def publish(
    procedure: Procedure, *, by: AbstractBaseUser | None, now: datetime, is_demo: bool = False
) -> PublishedVersion:
    """Publish this draft. If nothing changed since the newest version, return that one.

    Raises CannotPublish if nobody has reviewed exactly this text, a cited source is missing, or something is left to
    fill in, which only a demo shows.
    """
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)  # two publishers must take turns
    if not (procedure.reviewed_by and procedure.reviewed_on and procedure.next_review_on):
        raise CannotPublish(_("No one has reviewed this page yet."))
    if procedure.next_review_on <= local_date(now):
        raise CannotPublish(_("The review is out of date. Have the page reviewed again first."))
    content = snapshot(procedure)
    if procedure.reviewed_sha256 != text_fingerprint(content):
        raise CannotPublish(_("The text has changed since it was reviewed. Have it reviewed again first."))
    if not is_demo and (left := unfinished(content)):
        raise CannotPublish(left[0])
    Procedure.objects.filter(pk=procedure.pk).update(stage=Procedure.Stage.PUBLISHED)
    sha256 = fingerprint(content)
    newest = procedure.versions.order_by("-number").first()
    if newest and newest.sha256 == sha256:
        return newest
    return procedure.versions.create(
        number=newest.number + 1 if newest else 1,
        published_at=now,
        published_by=by,
        content=content,
        sha256=sha256,
    )


@transaction.atomic
def sign(
    procedure: Procedure, *, reviewer: str, on: date, next_on: date | None = None, text: str | None = None
) -> None:
    """Record that `reviewer`, a name with its profession, has reviewed the text. The next review is due in a year.

    `text`: the fingerprint of the text that was read. Raises CannotPublish if the text has changed since, or without a
    name.
    """
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)
    now = text_fingerprint(snapshot(procedure))
    if not 0 < len(reviewer.strip()) <= LONGEST_NAME:
        raise CannotPublish(_("Enter the reviewer’s name and profession."))
    if text not in (None, now):
        raise CannotPublish(_("The text changed while you were reading it. Please read it again."))
    procedure.reviewed_by, procedure.reviewed_on, procedure.reviewed_sha256 = reviewer.strip(), on, now
    procedure.next_review_on, procedure.stage = next_on or on + CHECKED_FOR, Procedure.Stage.REVIEW
    procedure.save()


def unfinished(content: Content) -> list[str]:
    """A sentence for each text that a clinician, a lawyer or the practice still has to check or to write."""
    texts = [text for part in parts(content) for text in part.blocks]
    says = _("Not ready for patients: “%s”. Settle it and reword or delete it, then have the page reviewed again.")
    return [says % text.rstrip(".") for text in texts if UNFINISHED.search(text)]


def text_fingerprint(content: Content) -> str:
    """The fingerprint of what a reviewer answers for: everything but the authors, reviewers, sponsors and dates."""
    return fingerprint({name: value for name, value in content.items() if name != "people"})


def fingerprint(content: Content) -> str:
    """The same for the same content on every database, whatever the order of keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def snapshot(procedure: Procedure) -> Content:
    """Everything the pages show, as JSON: text, risks, sources, people. The HTML is sanitized."""
    sections = list(procedure.sections.order_by("order", "pk"))
    risks = list(procedure.risks.select_related("source", "part_of").order_by("order", "pk"))
    sources = {source.key: source for source in Source.objects.all()}
    return {
        "kind": procedure.kind,
        "language": procedure.language,
        "name": procedure.name,
        "also_called": procedure.also_called,
        "summary": procedure.summary,
        "risks_summary": procedure.risks_summary,
        "people": {
            "written_by": procedure.written_by,
            "reviewed_by": procedure.reviewed_by,
            "reviewed_on": _iso(procedure.reviewed_on),
            "next_review_on": _iso(procedure.next_review_on),
            "paid_for_by": procedure.paid_for_by,
        },
        "pages": {
            page: _page(*of_page, sources)
            for page in Section.Page.values
            if any(of_page := _parts_of(page, sections, risks)) or page == Section.Page.OVERVIEW
        },
    }


def _parts_of(page: str, sections: list[Section], risks: list[Risk]) -> tuple[list[Section], list[Risk]]:
    return [s for s in sections if s.page == page], risks if page == Section.Page.RISKS else []


def _page(sections: list[Section], risks: list[Risk], sources: dict[str, Source]) -> Content:
    """One page of the snapshot. Sources are numbered in reading order: the top panel, the numbers, the rest."""
    numbers: rendering.Numbers = {}
    top = [_section(section, numbers) for section in sections if section.kind in TOP]
    counted = [_risk(risk, numbers) for risk in risks]
    rest = [_section(section, numbers) for section in sections if section.kind not in TOP]
    missing = numbers.keys() - sources.keys()
    if missing:
        raise CannotPublish(_("There is no source named %(keys)s.") % {"keys": ", ".join(sorted(missing))})
    return {
        "top": top,
        "risks": counted,
        "sections": rest,
        "sources": [_source(sources[key], number) for key, number in numbers.items()],
    }


def _section(section: Section, numbers: rendering.Numbers) -> Content:
    text, steps = rendering.split_steps(section.body) if section.kind in Section.STEPPED else (section.body, [])
    text, drawing = citations.take_drawing(text)
    shown: Content = {"kind": section.kind, "anchor": section.anchor, "heading": section.heading, "drawing": drawing}
    if section.kind == Section.Kind.TABLE:
        text, rows = rendering.split_table(text)
        cells = [[rendering.inline_html(cell, numbers) for cell in row] for row in rows]
        shown |= {"head": cells[0] if cells else [], "rows": cells[1:]}
    if section.kind == Section.Kind.QUESTIONS:
        text, items = rendering.split_list(text)
        shown["items"] = [rendering.inline_html(item, numbers) for item in items]
    shown["html"] = rendering.block_html(text, numbers)
    if steps:
        shown["steps"] = [_step(heading, body, numbers) for heading, body in steps]
    return shown


def _step(heading: str, body: str, numbers: rendering.Numbers) -> Content:
    text, drawing = citations.take_drawing(body)
    return {"heading": heading.strip(), "drawing": drawing, "html": rendering.block_html(text, numbers)}


def _risk(risk: Risk, numbers: rendering.Numbers) -> Content:
    return {
        "name": risk.name,
        "per_1000": risk.per_1000,
        "low": risk.low,
        "high": risk.high,
        "unit": risk.get_unit_display(),
        "count_words": risk.count_words,
        "cite": rendering.citation([risk.source.key], numbers),
        "how_bad": rendering.inline_html(risk.how_bad, numbers),
        "what_we_do": rendering.inline_html(risk.what_we_do, numbers),
        "sureness": risk.sureness,
        "is_pictured": risk.is_pictured,
        "part_of": risk.part_of_id and risk.part_of.name,
    }


def _source(source: Source, number: int) -> Content:
    return {
        "number": number,
        "key": source.key,
        "citation": source.citation,
        "year": source.year,
        "url": source.url,
        "opened_on": _iso(source.opened_on),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
