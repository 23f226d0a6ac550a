"""The switch of the shortcut keys, kept for each person."""

from django.http import HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse

from booking.desk.door import desk
from booking.models import ClerkSetting


@desk("see_day")
def keys(request):
    if request.method == "POST":
        on = request.POST.get("on") == "1"
        ClerkSetting.objects.update_or_create(user=request.user, defaults={"shortcut_keys": on})
    return HttpResponseRedirect(_back(request.POST.get("next", "")))


def _back(path):
    """To the page of the desk where the switch was pressed."""
    try:
        return path if resolve(path).app_name == "desk" else reverse("desk:today")
    except Resolver404:
        return reverse("desk:today")
