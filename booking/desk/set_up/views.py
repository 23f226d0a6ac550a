"""The presses of the set-up checklist, which the start page shows to a manager. Each leads back there."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk.decorators import desk_view
from booking.set_up import backups, mail
from booking.set_up.switch import switch_off, switch_on


@desk_view("set_up")
def test_email(request):
    if request.method == "POST":
        mail.send_test(request.user, now=timezone.now())
        messages.success(request, _("A test email is on its way to you. Refresh this page to see whether it left."))
    return HttpResponseRedirect(reverse("admin:index"))


@desk_view("set_up")
def host_backup(request):
    if request.method == "POST" and request.POST.get("is_so") in ("yes", "no"):
        backups.say(request.user, is_so=request.POST["is_so"] == "yes", now=timezone.now())
    return HttpResponseRedirect(reverse("admin:index"))


@desk_view("set_up")
def switch(request):
    if request.method == "POST":
        _switch(request)
    return HttpResponseRedirect(reverse("admin:index"))


def _switch(request):
    if request.POST.get("to") != "on":
        switch_off()
        messages.success(request, _("The site is off: patients are asked to call."))
        return
    try:
        switch_on(now=timezone.now())
    except lifecycle.NotAllowed as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("The site is on: patients can request appointments."))
