"""An exact, sanitized copy of all that the pages of a procedure show, as JSON."""

from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _

from procedures import citations, rendering
from procedures.models import Pair, Picture, Procedure, Risk, Section, Source

Content = dict[str, Any]
Kind, Page = Section.Kind, Section.Page
TOP = {Kind.SUMMARY, Kind.FIGURE}


class Known(NamedTuple):
    """What a text may refer to: sources by key, drawings and uploaded pictures by name."""

    sources: dict[str, Source]
    drawings: dict[str, Content]


class CannotPublish(Exception):
    """Says what is missing, as a sentence for the editor."""


def snapshot(procedure: Procedure, *, typed: models.Model | None = None) -> Content:
    """Everything the pages show, as JSON: text, risks, sources, people. The HTML is sanitized.

    `typed`: a part as somebody has it in a form, not saved; it stands in the place of the saved one.
    """
    sections = _with(typed, procedure.sections.order_by("order", "pk"))
    counts = {
        "risks": _with(typed, procedure.risks.select_related("source", "part_of").order_by("order", "pk")),
        "pairs": _with(typed, procedure.pairs.select_related("source")),
    }
    known = Known({source.key: source for source in Source.objects.all()}, _drawings(sections))
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
            page: _page(*of_page, known)
            for page in Page.values
            if any(of_page := _parts_of(page, sections, **counts)) or page == Page.OVERVIEW
        },
    }


def picture_files(value: Any) -> set[str]:
    """The uploaded pictures that a snapshot shows, each by the last part of its address."""
    if isinstance(value, list):
        return {file for inner in value for file in picture_files(inner)}
    if not isinstance(value, dict):
        return set()
    own = {value["file"]} if "file" in value else set()
    return own | {file for inner in value.values() for file in picture_files(inner)}


def _drawings(sections: list[Section]) -> dict[str, Content]:
    """Our own drawings, and the pictures in these sections with the address of exactly what was uploaded."""
    ours = {name: {"width": width, "height": height} for name, (width, height) in citations.DRAWINGS.items()}
    names = citations.drawing_names(*(section.body for section in sections)) - ours.keys()
    rows = Picture.objects.filter(name__in=names).defer("content") if names else []
    return ours | {row.name: {"width": row.width, "height": row.height, "file": row.file} for row in rows}


def _with(typed: models.Model | None, saved: models.QuerySet) -> list:
    rows = list(saved)
    if not isinstance(typed, saved.model):
        return rows
    return [typed if row.pk == typed.pk else row for row in rows] + ([] if typed.pk else [typed])


def _parts_of(
    page: str, sections: list[Section], risks: list[Risk], pairs: list[Pair]
) -> tuple[list[Section], list[Risk], list[Pair]]:
    own = [section for section in sections if section.page == page]
    is_paired = page == Page.RISKS or (page == Page.AID and bool(own))
    return own, risks if page == Page.RISKS else [], pairs if is_paired else []


def _page(sections: list[Section], risks: list[Risk], pairs: list[Pair], known: Known) -> Content:
    """One page of the snapshot. Sources are numbered in reading order: the top panel, the numbers, the rest.

    What came later is there only if it is used, so that a text which was reviewed before keeps its fingerprint.
    """
    numbers: rendering.Numbers = {}
    top = [_section(section, numbers, known.drawings) for section in sections if section.kind in TOP]
    paired = [_pair(pair, numbers) for pair in pairs]
    counted = [_risk(risk, numbers) for risk in risks]
    rest = [_section(section, numbers, known.drawings) for section in sections if section.kind not in TOP]
    missing = numbers.keys() - known.sources.keys()
    if missing:
        raise CannotPublish(_("There is no source named %(keys)s.") % {"keys": ", ".join(sorted(missing))})
    shown: Content = {
        "top": top,
        "risks": counted,
        "sections": rest,
        "sources": [_source(known.sources[key], number) for key, number in numbers.items()],
    }
    return shown | ({"pairs": paired} if paired else {})


def _section(section: Section, numbers: rendering.Numbers, drawings: dict[str, Content]) -> Content:
    text, steps = rendering.split_steps(section.body) if section.kind in Section.STEPPED else (section.body, [])
    text, drawing = citations.take_drawing(text, drawings)
    shown: Content = {"kind": section.kind, "anchor": section.anchor, "drawing": drawing}
    shown["heading"] = rendering.with_number(section.heading)
    if section.is_folded:
        shown["is_folded"] = True
    if section.kind in Section.TABLED:
        text, rows = rendering.split_table(text)
        cells = [[rendering.inline_html(cell, numbers) for cell in row] for row in rows]
        shown |= {"head": cells[0] if cells else [], "rows": cells[1:]}
    if section.kind == Kind.QUESTIONS:
        text, items = rendering.split_list(text)
        shown["items"] = [rendering.inline_html(item, numbers) for item in items]
    shown["html"] = rendering.block_html(text, numbers)
    if steps:
        shown["steps"] = [_step(heading, body, numbers, drawings) for heading, body in steps]
    return shown


def _step(heading: str, body: str, numbers: rendering.Numbers, drawings: dict[str, Content]) -> Content:
    text, drawing = citations.take_drawing(body, drawings)
    return {
        "heading": rendering.with_number(heading.strip()),
        "drawing": drawing,
        "html": rendering.block_html(text, numbers),
    }


def _pair(pair: Pair, numbers: rendering.Numbers) -> Content:
    return {
        "name": pair.name,
        "is_gain": pair.is_gain,
        "intro": rendering.inline_html(pair.intro, numbers),
        "starts_at": pair.starts_at,
        "with_it": pair.with_it,
        "without_it": pair.without_it,
        "without_words": pair.without_words,
        "unit": pair.get_unit_display(),
        "meaning": rendering.inline_html(pair.meaning, numbers),
        "compared_with": pair.compared_with,
        "paid_by": pair.paid_by,
        "sureness": pair.sureness,
        "cite": rendering.citation([pair.source.key], numbers),
    }


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
