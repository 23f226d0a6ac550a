"""The public pages: each shows the newest published copy, never the draft."""

from datetime import date

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from clinic.frame import KEEP_SECONDS, frame
from procedures.models import Procedure, PublishedVersion, Section


def public(view):
    """Kept by browsers, asked about each time. The ETag is of the whole page: the phone in its head may change too."""
    return require_safe(cache_control(no_cache=True)(conditional_page(view)))


@public
def procedure_list(request):
    return render(request, "procedures/list.html", {"procedures": Procedure.objects.published()})


@public
def detail(request, slug):
    return _shown(request, slug, "procedures/overview.html", Section.Page.OVERVIEW)


@public
def risks(request, slug):
    return _shown(request, slug, "procedures/risks.html", Section.Page.RISKS)


def _shown(request, slug: str, template: str, page: str) -> HttpResponse:
    """A version never changes and holds nothing personal: its page is made once and kept for ten seconds."""
    newest = PublishedVersion.objects.filter(procedure__slug=slug, procedure__is_shown=True).order_by("-number")
    pk = newest.values_list("pk", flat=True).first()
    if pk is None:
        raise Http404(_("There is no such page."))

    def made():
        version = PublishedVersion.objects.select_related("procedure").get(pk=pk)
        return render_to_string(template, page_context(version, page), request)

    return HttpResponse(cache.get_or_set(f"{page}-{pk}-{frame().stamp}-{get_language()}", made, KEEP_SECONDS))


def page_context(version: PublishedVersion, page: str) -> dict:
    """What both page templates read; the desk and the admin show old versions and drafts with it too."""
    due = version.content["people"]["next_review_on"]
    zone = frame().zone
    return {
        "version": version,
        "procedure": version.procedure,
        "content": version.content,
        "page": version.content["pages"][page],
        "check_is_due": bool(due) and date.fromisoformat(due) <= timezone.localdate(timezone=zone),
        "published_on": version.published_at and version.published_at.astimezone(zone).date(),
    }
