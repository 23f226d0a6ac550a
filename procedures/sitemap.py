"""All public pages, for search engines. A treatment page has the day when it was last published."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Max
from django.shortcuts import render

from clinic.web.decorators import public
from clinic.web.jsonld import address
from procedures.models import Procedure

OURS = ("home", "team", "visit_us", "danger_signs", "procedures:list")


@public
def sitemap(request):
    context = {"pages": [*((address(name), None) for name in OURS), *_treatments()]}
    return render(request, "procedures/sitemap.xml", context, content_type="application/xml")


def _treatments() -> Iterator[tuple]:
    shown = Procedure.objects.published("pages").annotate(published_at=Max("versions__published_at"))
    for procedure in shown.order_by("slug"):
        for page in procedure.content["pages"]:
            yield settings.SITE_URL + procedure.path(page), procedure.published_at
