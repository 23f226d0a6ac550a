"""The door of the desk: signed in, allowed by the table of roles, and every refusal said in a sentence."""

from datetime import datetime, timedelta
from functools import wraps

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Exists, IntegerField
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.expired_form import or_sign_in
from booking.models import AppointmentRequest, ClerkSetting
from booking.models.bounded_count import CountOf, count_in_words
from booking.roles import may, rights_of
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import practice_info

SEEN_EVERY = timedelta(hours=1)


def desk_view(right, *form_classes):
    """A view of the desk for those who have the right; others get a page that says so.

    `form_classes`: what the view reads of a form; one that comes after its sign-in ended is shown in their words.
    """

    def wrap(view):
        view.form_classes = form_classes

        @wraps(view)
        def checked(request, *args, **kwargs):
            if not may(request.user, right):
                return forbidden(request)
            _stay_signed_in(request.session, timezone.now())
            return view(request, *args, **kwargs)

        guarded = or_sign_in(admin.site.admin_view(checked))
        guarded.right = right
        return guarded

    return wrap


def _stay_signed_in(session, now):
    """The session lasts from when the desk was last used, not from the sign-in: nobody is signed out in mid-form."""
    seen = session.get("desk_seen")
    if seen is None or now - datetime.fromisoformat(seen) > SEEN_EVERY:
        session["desk_seen"] = now.isoformat()


def page(request, name, context, *, status=200):
    """A page of the desk, with what all of them show: who may do what, the clock, how much waits."""
    user = request.user
    everywhere = {
        "may": rights_of(user),
        "me": user.get_short_name() or user.get_username(),
        "now": timezone.now(),
        "zone": practice_info().zone,
    } | _on_every_page(user)
    return render(request, f"booking/desk/{name}.html", everywhere | context, status=status)


def _on_every_page(user):
    """Whether the shortcut keys are on, and how much waits: one query, on every page."""
    off, found = next(BASE_PAGE(user=user.pk))
    return {"keys": not off, "waiting": count_in_words(found)}


def _base_page():
    user = Param("user", IntegerField())
    off = ClerkSetting.objects.filter(user=user, shortcut_keys=False)
    found = CountOf(AppointmentRequest.objects.waiting())
    return get_user_model().objects.filter(pk=user).values_list(Exists(off), found)


BASE_PAGE = CompiledQuery(_base_page)


def refuse(request, status, heading, sentence, more=""):
    return page(request, "refusal", {"heading": heading, "sentence": sentence, "more": more}, status=status)


def forbidden(request):
    more = _("Who may do what is set by the desk lead and the practice manager.")
    return refuse(request, 403, _("This is not yours to do"), _("Your role does not include it."), more)


def missing(request):
    return refuse(request, 404, _("There is nothing here"), _("It may have been mistyped. Look it up in the lists."))
