"""The next open times for other sites, as JSON and as a piece of HTML: for anybody, and without cookies."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.request_flow.website.open_times import KEPT_SECONDS, next_open


@require_safe
def as_json(request):
    return _for_other_sites(JsonResponse(next_open(request.GET, now=timezone.now())))


@require_safe
def as_html(request):
    found = next_open(request.GET, now=timezone.now())
    return _for_other_sites(render(request, "booking/request_flow/open_times.html", {"found": found}))


def _for_other_sites(response: HttpResponse) -> HttpResponse:
    """With “*” browsers send no cookies along."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response
