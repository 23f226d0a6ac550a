"""A form of the desk that came after its sign-in had ended: nothing is done, and what was typed can be sent once more.

Two ways lead here. The session is over; or someone has signed in since the form was opened, and the form's token is of
before. Both show what was sent, in words, and a button. Nothing is sent by itself. Only what one of our own pages sent
is shown again: else a stranger's page could put a valid token and a ready button under a clerk's hand.
"""

from functools import wraps

from django.contrib import admin
from django.shortcuts import render

from booking.desk.expired_form_labels import TITLES, readable
from booking.models import Appointment, Event, Message
from booking.models.reference import parse_reference, print_reference

MOST_FIELDS, MOST_LETTERS = 100, 20_000
OF_NUMBER = {"undo": Event, "mark_notified": Message}  # whose number the address has; else an appointment's


def or_sign_in(view):
    """The view; or, for a form that comes when nobody is signed in any more, the page that keeps it."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        signed_out = request.method == "POST" and not admin.site.has_permission(request)
        return (show_again(request) if signed_out else None) or view(request, *args, **kwargs)

    return opened


def show_again(request):
    """The page, or None for what must not be shown again."""
    at = request.resolver_match
    act = TITLES.get(at.url_name) if at and at.namespace == "desk" else None
    fields = _posted(request)
    if act is None or not _is_from_our_own_page(request) or not _may_be_shown(request, fields):
        return None
    me = admin.site.has_permission(request) and (request.user.get_short_name() or request.user.get_username())
    context = {
        "act": act,
        "fields": fields,
        "values": readable(at, request.POST),
        "reference": _reference(at, look_up=bool(me)),
        "me": me,
    }
    return render(request, "booking/desk/expired_form.html", context, status=403)


def _posted(request):
    """As pairs, in the order of the form; without its token, which is of no use any more."""
    lists = request.POST.lists()
    return [(name, value) for name, values in lists if name != "csrfmiddlewaretoken" for value in values]


def _reference(at, *, look_up):
    """The request it is about. An appointment's address has only a number: nobody signed out learns more from it."""
    reference = parse_reference(at.kwargs.get("reference", ""))
    if look_up and "pk" in at.kwargs:
        rows = OF_NUMBER.get(at.url_name, Appointment).objects.filter(pk=at.kwargs["pk"])
        reference = rows.values_list("appointment_request__reference", flat=True).first()
    return print_reference(reference) if reference else ""


def _is_from_our_own_page(request):
    """By what the browser itself says of the page that sent the form; a browser that says nothing is not believed."""
    ours, origin = f"{request.scheme}://{request.get_host()}", request.headers.get("Origin")
    is_ours = origin == ours if origin else request.headers.get("Referer", "").startswith(f"{ours}/")
    return is_ours and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _may_be_shown(request, fields):
    letters = sum(len(name) + len(value) for name, value in fields)
    secret = any("password" in name.lower() for name, _value in fields)
    return not (secret or request.FILES) and len(fields) <= MOST_FIELDS and letters <= MOST_LETTERS
