"""Every public page, for search engines. A treatment page names the day on which it was last published."""

from collections.abc import Iterator

from django.db.models import Max
from django.shortcuts import render

from clinic.jsonld import address
from clinic.public import public
from procedures.models import Procedure

OURS = ("home", "team", "visit_us", "procedures:list")


@public
def sitemap(request):
    context = {"pages": [*((address(name), None) for name in OURS), *_treatments()]}
    return render(request, "procedures/sitemap.xml", context, content_type="application/xml")


def _treatments() -> Iterator[tuple]:
    for procedure in Procedure.objects.published().annotate(published_at=Max("versions__published_at")):
        for name in ("procedures:detail", "procedures:risks"):
            yield address(name, procedure.slug), procedure.published_at
