"""The practice's own pages: the offices, the danger signs, and robots.txt."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.practice_info import local_date, practice_info
from clinic.web import jsonld
from clinic.web.decorators import public
from clinic.web.middleware import PERSONAL

CLOSURES_AHEAD = 92  # days


@public
def visit_us(request):
    today = local_date(timezone.now())
    closures = practice_info().closures_ahead(today, CLOSURES_AHEAD)
    return render(request, "clinic/visit_us.html", {"closures": closures, "json_ld": jsonld.clinics(closures)})


@public
def danger_signs(request):
    return render(request, "clinic/danger_signs.html")


@public
def robots(request):
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PERSONAL),
        "",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
