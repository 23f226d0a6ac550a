"""The public pages: each shows the newest published copy, never the draft."""

from datetime import date

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from clinic.frame import frame
from procedures.models import Procedure, PublishedVersion, Section


def public(view):
    """Kept by browsers, asked about each time. The ETag is of the whole page: the phone in its head may change too."""
    return require_safe(cache_control(no_cache=True)(conditional_page(view)))


@public
def procedure_list(request):
    return render(request, "procedures/list.html", {"procedures": Procedure.objects.published()})


@public
def detail(request, slug):
    return render(request, "procedures/overview.html", page_context(_newest(slug), Section.Page.OVERVIEW))


@public
def risks(request, slug):
    return render(request, "procedures/risks.html", page_context(_newest(slug), Section.Page.RISKS))


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


def _newest(slug: str) -> PublishedVersion:
    versions = PublishedVersion.objects.select_related("procedure").order_by("-number")
    version = versions.filter(procedure__slug=slug, procedure__is_shown=True).first()
    if not version:
        raise Http404(_("There is no such page."))
    return version
