"""Middleware for what no view should have to handle."""

import re

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.urls import resolve
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from clinic.database.lost import is_lost
from clinic.metrics.scraping import may_scrape
from clinic.practice_info import practice_info
from clinic.web import errors
from clinic.web.client_address import is_this_machine

HEALTH = "/healthz"
METRICS = "/metrics"
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
FORM_TYPES = {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
PERSONAL = ("/request/", "/visit/", "/admin/")
NUL = re.compile(r"\x00|%00")


class EdgeMiddleware:
    """Refuses input that Django would answer with a plain 500, and keeps personal pages out of caches.

    Must be listed after SecurityMiddleware and the CSP, so that its own responses get their headers too.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        timezone.activate(practice_info().zone) if request.path_info.startswith("/admin/") else timezone.deactivate()
        response = self.refusal(request) or self.for_monitors(request) or self.get_response(request)
        if response.status_code == 405 and not response.content:
            response = errors.method_not_allowed(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if request.path_info.startswith(PERSONAL) or response.status_code >= 400:
            add_never_cache_headers(response)
        return response

    def for_monitors(self, request):
        """They may ask by any name of the host: ALLOWED_HOSTS holds the public ones."""
        path = request.path_info
        is_known = {HEALTH: is_this_machine, METRICS: may_scrape}.get(path)
        return resolve(path).func(request) if is_known and is_known(request) else None

    def refusal(self, request):
        if request.method not in METHODS:
            return errors.method_not_allowed(request)
        charset = request.content_params.get("charset", "utf-8").lower()
        # A form in UTF-16 makes the 400 page itself fail, because rendering it reads the form again.
        if charset not in {"utf-8", "utf8"} or request.content_type not in FORM_TYPES:
            return errors.unsupported_type(request)
        # PostgreSQL cannot store NUL, and the stock admin answers a NUL in a filter with a 500.
        if NUL.search(request.META.get("QUERY_STRING", "")) or "\x00" in request.path_info + "".join(
            request.COOKIES.values()
        ):
            return errors.bad_request(request)
        if request.method == "POST":
            # A redirect that adds the slash would lose what was typed.
            return self.form_refusal(request) if request.path_info.endswith("/") else errors.page_not_found(request)
        return None

    def form_refusal(self, request):
        try:
            names = "".join(request.POST)
        except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
            return errors.too_large(request)
        except (SuspiciousOperation, MultiPartParserError):
            return errors.bad_request(request)
        if "\x00" in names:
            return errors.bad_request(request)
        self.take_out_nul(request)
        return None

    def take_out_nul(self, request):
        """Takes NUL out of what was typed, as forms do with other control characters."""
        typed = dict(request.POST.lists())
        if any("\x00" in value for values in typed.values() for value in values):
            request.POST = request.POST.copy()
            for name, values in typed.items():
                request.POST.setlist(name, [value.replace("\x00", "") for value in values])

    def process_exception(self, request, exception):
        if isinstance(exception, Http404):  # ours in the demo too, where Django would list the site's URLs
            return errors.page_not_found(request)
        if is_lost(exception):
            return errors.unavailable(request, exception)
        if isinstance(exception, DataError | OverflowError) and request.path_info.startswith("/admin/"):
            return errors.bad_request(request, exception)
        return None
