"""The other calendars of providers, whose busy times we read. An address is a secret: it is typed, and never shown."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk.decorators import desk_view, page
from booking.desk.undo_bar import key_in
from booking.exchange.feeds import state
from booking.exchange.feeds.failed import FeedFailed
from booking.exchange.feeds.place import LONGEST, place_of
from booking.form_fields import TextField
from clinic.models import BusyFeed, Practitioner


class FeedForm(forms.Form):
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True),
        label=gettext_lazy("Provider"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    # Without a label it is no answer that the page for an expired form would show again.
    address = TextField(
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_address(self):
        typed = self.cleaned_data["address"]
        address = "https://" + typed.removeprefix("webcal://") if typed.startswith("webcal://") else typed
        try:
            place_of(address)
        except FeedFailed:
            says = _("Enter an address that begins with https://, without a name and password in it.")
            raise forms.ValidationError(says) from None
        return address


@desk_view("set_up", FeedForm)
def feeds(request):
    if request.method != "POST":
        return _page(request, FeedForm())
    if "remove" in request.POST:
        if state.remove(key_in(request.POST, "remove") or 0):
            messages.success(request, _("Removed. The times it blocked are open again."))
        return HttpResponseRedirect(reverse("desk:feeds"))
    form = FeedForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    state.choose(form.cleaned_data["practitioner"], form.cleaned_data["address"])
    messages.success(request, _("Saved. We’ll read it within a minute. Refresh this page then."))
    return HttpResponseRedirect(reverse("desk:feeds"))


def _page(request, form, *, status=200):
    found = BusyFeed.objects.select_related("practitioner").order_by("practitioner__order", "practitioner__name")
    return page(request, "exchange/feeds", {"form": form, "feeds": found}, shows=(), status=status)
