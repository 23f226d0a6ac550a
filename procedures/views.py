"""The public pages: each shows the newest published copy, never the draft."""

import functools
from datetime import date

from django.core.cache import cache
from django.db.models import SlugField
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import KEEP_SECONDS, local_date, practice_info
from clinic.web.decorators import public
from procedures import jsonld
from procedures.models import Procedure, PublishedVersion, Section

Kind, Page = Procedure.Kind, Section.Page
TREATMENT = (Kind.PROCEDURE, Kind.CONDITION)


@public
def procedure_list(request):
    pages = Procedure.objects.published("name", "summary", "risks_summary", "pages")
    context = {
        "procedures": [page for page in pages if page.kind == Kind.PROCEDURE],
        "conditions": [page for page in pages if page.kind == Kind.CONDITION],
    }
    return render(request, "procedures/list.html", context)


@public
def detail(request, slug):
    return _shown(request, slug, Page.OVERVIEW, TREATMENT)


@public
def page(request, slug, page):
    """One of the subpages. The overview has no second URL."""
    if page not in Page.values or page == Page.OVERVIEW:
        raise Http404(_("There is no such page."))
    return _shown(request, slug, page, TREATMENT)


@public
def practice_page(request, slug):
    return _shown(request, slug, Page.OVERVIEW, (Kind.PRACTICE,))


@functools.cache
def _newest(language: str, kinds: tuple[str, ...]) -> CompiledQuery:
    """The key of a page's newest version, compiled for a language: `spoken` reads the one that is active."""
    slug = Param("slug", SlugField())
    shown = Procedure.objects.spoken().filter(is_shown=True, slug=slug, kind__in=kinds)
    newest = PublishedVersion.objects.filter(procedure__in=shown).order_by("-number")
    return CompiledQuery(lambda: newest.values_list("pk", flat=True)[:1])


def _shown(request, slug: str, page: str, kinds: tuple[str, ...]) -> HttpResponse:
    """The page of a published version, cached for ten seconds: it never changes and contains nothing personal."""
    pk = next(_newest(get_language(), kinds)(slug=slug), None)
    if pk is None:
        raise Http404(_("There is no such page."))

    def made():
        version = PublishedVersion.objects.select_related("procedure").get(pk=pk)
        if page not in version.content["pages"]:
            raise Http404(_("There is no such page."))
        context = page_context(version, page)
        return render_to_string(template(version, page), context | {"json_ld": jsonld.page(context)}, request)

    return HttpResponse(cache.get_or_set(f"{page}-{pk}-{practice_info().stamp}-{get_language()}", made, KEEP_SECONDS))


def template(version: PublishedVersion, page: str) -> str:
    if version.content["kind"] == Kind.PRACTICE:
        return "procedures/practice.html"
    own = {page: f"procedures/{page}.html" for page in (Page.OVERVIEW, Page.RISKS, Page.AID)}
    return own.get(page, "procedures/page.html")


def page_context(version: PublishedVersion, page: str) -> dict:
    """The context of all page templates, also used by the desk and the admin for old versions and drafts."""
    due = version.content["people"]["next_review_on"]
    zone = practice_info().zone
    return {
        "version": version,
        "procedure": version.procedure,
        "content": version.content,
        "page": version.content["pages"][page],
        "here": Page(page),
        "title": title(version.content, page),
        "description": description(version.content, page),
        "pages": [other for other in Page if other in version.content["pages"]],
        "check_is_due": not due or date.fromisoformat(due) <= local_date(timezone.now(), zone),
        "published_on": version.published_at and local_date(version.published_at, zone),
    }


def title(content: dict, page: str) -> str:
    """“Balloon kyphoplasty”; “Balloon kyphoplasty: benefits and harms”."""
    if page == Page.OVERVIEW:
        return content["name"]
    return _("%(name)s: %(what)s") % {"name": content["name"], "what": str(Page(page).label).lower()}


def description(content: dict, page: str) -> str:
    """The description of a page for search engines: each page of a treatment has its own."""
    if page == Page.RISKS and content["risks_summary"]:
        return content["risks_summary"]
    return content["summary"] if page == Page.OVERVIEW else f"{Page(page).label}. {content['summary']}"
