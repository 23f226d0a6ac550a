from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error, connection
from django.utils import timezone

from clinic.access_log.notes import Kind, note_of
from clinic.database.statement_limit import statement_limit
from clinic.models import AccessLog
from clinic.web import errors
from clinic.web.client_address import address_of

STAFF = "/admin/"


class AccessLogMiddleware:
    """Writes one row for each page of staff, after it is made and before it is sent: what cannot be logged is not sent.

    It is the one thing that a GET may write. Must be listed before the middleware that signs users out.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        is_staff_page = request.path_info.startswith(STAFF)
        before = request.session.get(SESSION_KEY) if is_staff_page else None
        response = self.get_response(request)
        if not is_staff_page:
            if not note_of(request).shown or not request.session.get(SESSION_KEY):
                return response  # a page of the site, or a patient's own, which the patient opened
            before = request.session[SESSION_KEY]
        kind, user_id = _what_happened(request, response, before, request.session.get(SESSION_KEY))
        if not kind:
            return response
        try:
            _write(request, kind, user_id)
        except Error as error:
            request.session.modified = False  # nobody is signed in unlogged, and nothing waits for the database again
            return errors.unavailable(request, error)
        return response


def _what_happened(request, response, before, after):
    """The kind of access and the user's key; no kind if it is none."""
    note = note_of(request)
    if before != after:
        return (Kind.SIGN_IN, after) if after else (Kind.SIGN_OUT, before)
    if note.kind == Kind.FAILED_SIGN_IN:
        return note.kind, note.user_id
    if not after or response.status_code == 403 or response.status_code >= 500:
        return "", None
    is_sent = request.method == "POST" and 300 <= response.status_code < 400 and not note.leads_on
    return note.kind or (Kind.CHANGE if is_sent else Kind.VIEW if note.shown else ""), after


def _write(request, kind, user_id):
    note = note_of(request)
    with statement_limit(connection, settings.ACCESS_LOG_SECONDS):
        AccessLog.objects.create(
            at=timezone.now(), kind=kind, user_id=user_id, address=address_of(request), screen=_screen(request),
            shown=" ".join(note.shown), asked_by=note.asked_by, hits=note.hits,
        )  # fmt: skip


def _screen(request):
    """The name of the address, never the address: it may hold what somebody typed."""
    return request.resolver_match.view_name[:80] if request.resolver_match else ""
