"""The door of the patient's pages: the private link, the birth date, and what every act there shares."""

from functools import wraps

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from booking import lifecycle
from booking.notifications import links
from clinic.practice_info import frame
from clinic.web import errors

TOLD_VERBS = (  # in the history that the patient reads; each has its sentence in booking/patient_page/_event.html
    "submit", "book", "confirm", "offer", "accept", "refuse_offer", "expire_offer", "waitlist", "decline", "withdraw",
    "close", "reopen", "change_times", "move", "strand", "cancel", "expire",
)  # fmt: skip


def by_link(*methods):
    """The view gets the request of a good link, and the time. Every other link is the same 404."""

    def wrap(view):
        @wraps(view)
        def opened(request, secret):
            now = timezone.now()
            asked = links.opened(secret, now=now)
            if asked is None:
                return _opens_nothing()
            if request.method not in methods:
                return errors.method_not_allowed(request)
            return view(request, asked, now)

        return opened

    return wrap


def _opens_nothing():
    """Cut off, revoked, too old or never ours: nobody learns which."""
    return HttpResponse(render_to_string("booking/patient_page/opens_nothing.html", {"practice": frame()}), status=404)


def once(request, asked, act, is_done):
    """Do it, unless it is done: a double click, or the desk at the same moment, is no error."""
    try:
        if not is_done():
            act()
    except lifecycle.NotAllowed as refusal:
        if not is_done():
            return refused(request, asked, refusal.sentence, getattr(refusal, "event", None))
    return to_page(asked)


def of(asked):
    """What every page of a link needs."""
    return {"asked": asked, "secret": links.secret(asked)}


def refused(request, asked, sentence, event=None):
    context = of(asked) | {"why_not": sentence, "event": event if event and event.verb in TOLD_VERBS else None}
    return render(request, "booking/patient_page/refused.html", context, status=409)


def to_page(asked):
    return redirect("patient_page:page", links.secret(asked))


def shown_version(request):
    """The version that the form showed. A crafted one is no version at all, so it is refused as an old one."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
