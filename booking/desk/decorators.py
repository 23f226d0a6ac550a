"""Access to the desk: sign-in, the roles table, and an explanation for every refusal."""

from functools import wraps

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Exists, IntegerField
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.expired_form import or_sign_in
from booking.models import AppointmentRequest, ClerkSetting, Message
from booking.models.bounded_count import CountOf, count_in_words
from booking.roles import may, rights_of
from clinic.access_log import notes as access_log
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import practice_info


def desk_view(right, *form_classes):
    """A view of the desk for users who have the right; others get a page that explains why not.

    `form_classes`: the forms that the view reads, so that one posted after the session expired can be shown again.
    """

    def wrap(view):
        view.form_classes = form_classes

        @wraps(view)
        def checked(request, *args, **kwargs):
            if not may(request.user, right):
                is_door = request.resolver_match.url_name == "queue" and request.method == "GET"
                return HttpResponseRedirect(first_page(request.user)) if is_door else forbidden(request)
            return view(request, *args, **kwargs)

        guarded = or_sign_in(admin.site.admin_view(checked))
        guarded.right = right
        return guarded

    return wrap


def first_page(user):
    """The first page that this user may see: the desk's own address never greets anybody with a refusal."""
    own = getattr(user, "practitioner", None)
    if may(user, "see_day"):
        return reverse("desk:my_day" if own else "desk:today")
    return reverse("admin:index")


def page(request, name, context, *, shows, kind="", status=200):
    """Render a page of the desk with what all of them show: the user's rights, the time, the count of open requests.

    `shows`: the patients, requests and appointments on it, for the access log; () if there are none.
    """
    bars = [context[name].event for name in ("undo_bar", "mark_bar") if context.get(name)]
    access_log.shows(request, [*shows, *bars], kind)
    user = request.user
    everywhere = {
        "may": rights_of(user),
        "me": user.get_short_name() or user.get_username(),
        "now": timezone.now(),
        "zone": practice_info().zone,
    } | _on_every_page(user)
    return render(request, f"booking/desk/{name}.html", everywhere | context, status=status)


def _on_every_page(user):
    """Whether shortcut keys are on, how many requests and calls wait, and whether the user is a provider. One query."""
    off, found, calls, own = next(BASE_PAGE(user=user.pk))
    return {
        "keys": not off,
        "waiting": count_in_words(found),
        "calls_waiting": count_in_words(calls),
        "has_own_day": own is not None,
    }


def _base_page():
    user = Param("user", IntegerField())
    off = ClerkSetting.objects.filter(user=user, shortcut_keys=False)
    found = CountOf(AppointmentRequest.objects.waiting())
    calls = CountOf(Message.objects.to_tell())
    return get_user_model().objects.filter(pk=user).values_list(Exists(off), found, calls, "practitioner")


BASE_PAGE = CompiledQuery(_base_page)


def refuse(request, status, heading, sentence, more=""):
    return page(request, "refusal", {"heading": heading, "sentence": sentence, "more": more}, shows=(), status=status)


def forbidden(request):
    more = _("To get access, ask your desk lead or practice manager.")
    return refuse(request, 403, _("You don’t have access to this"), _("Your role doesn’t include it."), more)


def missing(request):
    return refuse(request, 404, _("Page not found"), _("Check the address, or find it in the lists below."))
