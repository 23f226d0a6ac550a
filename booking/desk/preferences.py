"""Turns keyboard shortcuts on or off, per user."""

from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from booking.desk.decorators import desk_view
from booking.models import ClerkSetting
from clinic.access_log import notes as access_log


class KeysForm(forms.Form):
    on = forms.ChoiceField(label=_("Keyboard shortcuts"), choices=[("1", _("on")), ("0", _("off"))])


@desk_view("see_day", KeysForm)
def keys(request):
    if request.method == "POST":
        access_log.leads_on(request)
        on = request.POST.get("on") == "1"
        ClerkSetting.objects.update_or_create(user=request.user, defaults={"shortcut_keys": on})
    return HttpResponseRedirect(_back(request.POST.get("next", "")))


def _back(address):
    """The desk page where the switch was pressed, with its filters."""
    try:
        place = urlsplit(address)
        is_ours = not place.netloc and resolve(place.path).app_name == "desk"
    except (ValueError, Resolver404):
        return reverse("desk:today")
    return address if is_ours else reverse("desk:today")
