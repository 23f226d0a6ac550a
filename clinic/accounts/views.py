"""The user's own account: what is signed in, and for how long."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.accounts import sessions


@admin.site.admin_view
def account(request):
    context = admin.site.each_context(request) | {"title": _("My account")}
    return render(request, "admin/account/account.html", context)


@admin.site.admin_view
@require_POST
def end_other_sessions(request):
    sessions.end_others(request.session, request.user)
    messages.success(request, _("You are signed out everywhere else."))
    return HttpResponseRedirect(reverse("account:account"))


@require_GET
@sessions.polling
def time_left(request):
    """For the page's script: how long the sign-in lasts if nothing more happens."""
    return _time_left(request)


@require_POST
def stay(request):
    """Somebody is there: the middleware has just noted it."""
    return _time_left(request)


def _time_left(request):
    """`token`: signing in made that of the page's forms worthless. `who`: perhaps another person has signed in."""
    seconds = sessions.seconds_left(request.session, now=timezone.now())
    return JsonResponse({"seconds": seconds, "who": str(request.user.pk or ""), "token": get_token(request)})
