"""Our own error pages, each with the clinic's phone number."""

import logging
import sys

from django.http import HttpResponse
from django.template.loader import render_to_string

from clinic.database.lost import is_lost
from clinic.practice_info import practice_info

log = logging.getLogger(__name__)


def page(status, template, request, headers=None, **context):
    # No request in the template: context processors would read the session, and so the database.
    html = render_to_string(template, {"practice": practice_info(), "path": request.path, **context})
    return HttpResponse(html, status=status, headers=headers)


def bad_request(request, exception=None):
    """The 400 page. Django also asks for it when the database fails while an old session is saved."""
    if is_lost(exception):
        return unavailable(request, exception)
    return page(400, "400.html", request)


def permission_denied(request, exception=None):
    return page(403, "403.html", request)


def page_not_found(request, exception=None):
    return page(404, "404.html", request)


def method_not_allowed(request):
    return page(405, "405.html", request, {"Allow": "GET, HEAD, POST"})


def too_large(request):
    return page(413, "413.html", request)


def unsupported_type(request):
    return page(415, "415.html", request)


def too_many(request, wait, template="429.html", **context):
    """`wait`: until the next try is allowed."""
    seconds = int(wait.total_seconds()) + 1
    minutes = -(-seconds // 60)
    hours = round(minutes / 60) if minutes > 90 else 0
    return page(429, template, request, {"Retry-After": str(seconds)}, minutes=minutes, hours=hours, **context)


def server_error(request):
    """The 500 page. Also used when the database fails outside a view, for example while the session is saved."""
    if is_lost(sys.exc_info()[1]):
        return unavailable(request, sys.exc_info()[1])
    return page(500, "500.html", request)


def unavailable(request, exception=None):
    log.error("the database did not answer: %s", type(exception).__name__)
    return page(503, "503.html", request, {"Retry-After": "60"})


def csrf_failure(request, reason=""):
    return page(403, "csrf.html", request)
