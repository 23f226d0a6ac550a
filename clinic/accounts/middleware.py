from django.contrib import messages
from django.utils import timezone

from clinic.accounts import sessions

STAFF = "/admin/"


class StaffSessionMiddleware:
    """Ends the sessions of staff that are over, and stamps the others. Elsewhere it reads no session: see `public`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Before any view, that of a failed CSRF check too: it tells who is signed in.
        why = request.path_info.startswith(STAFF) and sessions.end_if_over(request, now=timezone.now())
        if why:
            messages.warning(request, why)
        response = self.get_response(request)
        if request.session.accessed and sessions.is_signed_in(request.session):
            self.stamp_new(request)
        return response

    def stamp_new(self, request):
        """A sign-in is stamped when it happens, whichever view signed the user in."""
        if sessions.STAMPS not in request.session:
            sessions.begin(request.session, request.user, now=timezone.now())

    def process_view(self, request, view, args, kwargs):
        is_there = not getattr(view, "is_polling", False)
        if request.path_info.startswith(STAFF) and is_there and request.user.is_authenticated:
            sessions.touch(request.session, request.user, now=timezone.now())
