from functools import cache

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from booking.scheduling.readiness import takes_requests
from booking.scheduling.response_deadline import response_deadline
from clinic.compiled_query import CompiledQuery
from clinic.practice_info import local_date, practice_info
from clinic.web import jsonld
from clinic.web.decorators import public
from procedures.models import Procedure

CLOSURES_AHEAD = 14  # days
MOST_PAGES = 5  # shown on the page; the list has the rest


@cache
def _published(language: str) -> CompiledQuery:
    """The pages on the site, compiled for a language: `published` reads the one that is active."""
    pages = Procedure.objects.exclude(kind=Procedure.Kind.PRACTICE)
    return CompiledQuery(lambda: pages.published("name", "summary")[:MOST_PAGES])


@public
def home(request):
    now = timezone.now()
    closures = practice_info().closures_ahead(local_date(now), CLOSURES_AHEAD)
    return render(
        request,
        "booking/request_flow/home.html",
        {
            "respond_by": response_deadline(now=now) if takes_requests() else None,
            "zone": practice_info().zone,
            "procedures": list(_published(get_language())()),
            "closures": closures,
            "json_ld": jsonld.clinics(closures),
        },
    )
