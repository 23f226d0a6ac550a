"""Texts as patients will see them: a whole page, or one part as a small document in a frame beside its form."""

from django.http import Http404
from django.shortcuts import render
from django.template.loader import render_to_string

from procedures.models import Pair, Procedure, PublishedVersion, Section
from procedures.plain_text import Content
from procedures.views import page_context, template


def show(request, version: PublishedVersion, page: str):
    """A page of an old version, or of a draft, which is a version without a key."""
    if page not in version.content["pages"]:
        raise Http404
    return render(request, template(version, page), page_context(version, page) | {"is_preview": True})


def preview(part, content: Content) -> str:
    """The HTML of this part in a snapshot; empty if the snapshot does not have it."""
    context = {"content": content, "language": content["language"], "facts": isinstance(part, Procedure)}
    if isinstance(part, Section):
        context["section"] = _named(_sections(content, part.page), "anchor", part.anchor)
    elif not isinstance(part, Procedure):
        rows = "pairs" if isinstance(part, Pair) else "risks"
        found = _named(content["pages"].get(Section.Page.RISKS, {}).get(rows, []), "name", part.name)
        context["page"] = {rows: [found] if found else []}
    return render_to_string("procedures/preview.html", context)


def _sections(content: Content, page: str) -> list[Content]:
    shown = content["pages"].get(page, {"top": [], "sections": []})
    return shown["top"] + shown["sections"]


def _named(rows: list[Content], name: str, value: str) -> Content | None:
    return next((row for row in rows if row[name] == value), None)
