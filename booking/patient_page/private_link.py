"""Access to the patient's pages: the private link, the date of birth, and what all actions share."""

import re
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from booking import lifecycle
from booking.lifecycle.verbs import patient_words
from booking.notifications import links
from booking.request_flow.patient_form import whom
from clinic.access_log import notes as access_log
from clinic.practice_info import practice_info
from clinic.rate_limits import RateLimit, hit_together
from clinic.web import errors
from clinic.web.client_address import address_of

A_WHILE = timedelta(minutes=15)
LINK = re.compile(r"\w{10}\.\d+~[\w-]{43}", re.ASCII)  # as links.secret writes it


def by_link(*methods):
    """The view gets the request of a valid link, and the time. Any other link is the same 404."""

    def wrap(view):
        @wraps(view)
        def opened(request, secret):
            now = timezone.now()
            appointment_request = links.opened(secret, now=now)
            if appointment_request is None:
                return opens_nothing(request, now) if LINK.fullmatch(secret) else without_sentence(request, secret)
            if request.method not in methods:
                return errors.method_not_allowed(request)
            access_log.shows(request, [appointment_request])  # logged only if somebody of the staff is signed in
            return view(request, appointment_request, now)

        return opened

    return wrap


def without_sentence(request, secret):
    """A link copied with the end of its sentence leads to its page."""
    link, now = LINK.search(secret), timezone.now()
    may_open = link and request.method in ("GET", "HEAD")
    appointment_request = links.opened(link[0], now=now) if may_open else None
    return to_page(appointment_request) if appointment_request else opens_nothing(request, now)


def opens_nothing(request, now):
    """The page for a link that is truncated, revoked, expired or never was ours. It does not say which.

    It is counted: whoever tries many has to wait. A link that opens something always does.
    """
    tries = RateLimit(f"wrong links from {address_of(request)}", settings.WRONG_LINKS_PER_ADDRESS, A_WHILE)
    if wait := hit_together(tries, now=now):
        return errors.too_many(request, wait)
    return HttpResponse(
        render_to_string("booking/patient_page/opens_nothing.html", {"practice": practice_info()}), status=404
    )


def idempotent(request, appointment_request, act, is_done):
    """Run the action unless it is already done: a double click, or the desk at the same moment, is not an error."""
    try:
        if not is_done():
            act()
    except lifecycle.NotAllowed as refusal:
        if not is_done():
            return refused(request, appointment_request, refusal.sentence, getattr(refusal, "event", None))
    return to_page(appointment_request)


def of(appointment_request):
    """The context that every page of a link needs."""
    return {
        "appointment_request": appointment_request,
        "secret": links.secret(appointment_request),
        "whom": whom(appointment_request),
    }


def refused(request, appointment_request, sentence, event=None):
    context = of(appointment_request) | {
        "why_not": sentence,
        "event": event,
        "happened": patient_words(event) if event else "",
    }
    return render(request, "booking/patient_page/refused.html", context, status=409)


def to_page(appointment_request):
    return redirect("patient_page:page", links.secret(appointment_request))


def shown_version(request):
    """The version that the form showed. An invalid one is treated as an old one and refused."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
