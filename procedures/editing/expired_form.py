"""A form of a treatment page that was posted after the session ended: nothing is saved, and nothing typed is lost.

A page holds what was typed and shows the form with it again, once somebody has signed in. As at the desk, only a form
that one of our own pages sent is held: another site could place words and a ready-made button in front of an editor.
"""

from functools import wraps

from django.contrib import admin
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinic.web.own_page import is_from_our_own_page

FORMS = {"procedures_procedure_facts", "procedures_procedure_part", "procedures_procedure_add_part"}
BUTTONS = {"csrfmiddlewaretoken", "save", "next", "preview", "upload", "more"}


def or_sign_in(view):
    """Wrap the view: a form posted while signed out is held instead of being lost."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        signed_out = request.method == "POST" and not admin.site.has_permission(request)
        return (show_again(request) if signed_out else None) or view(request, *args, **kwargs)

    return opened


def show_again(request):
    """The page that holds what was typed, or None if it must not."""
    at = request.resolver_match
    if not (at and at.url_name in FORMS and is_from_our_own_page(request)):
        return None
    lists = request.POST.lists()
    context = admin.site.each_context(request) | {
        "title": _("Nothing was lost"),
        "is_signed_in": admin.site.has_permission(request),
        "typed": [(name, value) for name, values in lists if name not in BUTTONS for value in values],
    }
    return render(request, "admin/procedures/procedure/expired_form.html", context, status=403)
