"""A desk form posted after the session expired: nothing is done, and the values can be sent again.

This happens when the session is over, or when someone has signed in since the form was opened and its CSRF token is
old. In both cases a page shows what was sent, as text, with a button. Nothing is sent automatically. Only a form sent
from one of our own pages is shown: otherwise another site could place a valid token and a ready-made button in front of
a clerk.
"""

from functools import wraps

from django.contrib import admin
from django.shortcuts import render

from booking.desk.expired_form_labels import TITLES, readable
from booking.models import Appointment, Event, Message
from booking.models.reference import parse_reference, print_reference
from booking.roles import may
from clinic.web.own_page import is_from_our_own_page

MOST_FIELDS, MOST_LETTERS = 500, 20_000  # a week of hours has eight fields a row
OF_NUMBER = {"appointments": Appointment, "messages": Message, "notes": Event, "undo": Event}  # .../<int:pk>/


def or_sign_in(view):
    """Wrap the view: a form posted while signed out is shown again instead of being lost."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        signed_out = request.method == "POST" and not admin.site.has_permission(request)
        return (show_again(request) if signed_out else None) or view(request, *args, **kwargs)

    return opened


def show_again(request):
    """The page with the form's values, or None if they must not be shown."""
    at = request.resolver_match
    act = TITLES.get(at.url_name) if at and at.namespace == "desk" else None
    fields = _posted(request)
    if act is None or not is_from_our_own_page(request) or not _may_be_shown(request, fields):
        return None
    me = admin.site.has_permission(request) and (request.user.get_short_name() or request.user.get_username())
    context = {
        "act": act,
        "fields": fields,
        "values": readable(at, request.POST),
        "reference": _reference(at, look_up=bool(me) and may(request.user, at.func.right)),
        "me": me,
    }
    return render(request, "booking/desk/expired_form.html", context, status=403)


def _posted(request):
    """Pairs in the order of the form, without the CSRF token, which is no longer valid."""
    lists = request.POST.lists()
    return [(name, value) for name, values in lists if name != "csrfmiddlewaretoken" for value in values]


def _reference(at, *, look_up):
    """The request's confirmation number. Looked up by pk only for whoever may send the form: others must learn
    nothing from it.
    """
    reference = parse_reference(at.kwargs.get("reference", ""))
    model = OF_NUMBER.get(at.route.partition("/<int:pk>")[0].rpartition("/")[2])
    if look_up and model:
        rows = model.objects.filter(pk=at.kwargs["pk"])
        reference = rows.values_list("appointment_request__reference", flat=True).first()
    return print_reference(reference) if reference else ""


def _may_be_shown(request, fields):
    letters = sum(len(name) + len(value) for name, value in fields)
    secret = any("password" in name.lower() for name, _value in fields)
    return not (secret or request.FILES) and len(fields) <= MOST_FIELDS and letters <= MOST_LETTERS
