"""The page with links and buttons for the clinic's own website, ready to copy."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view, page
from booking.desk.links.forms import LinkNamesForm
from booking.models import AppointmentRequest
from booking.request_flow.website.open_times import KNOWN, Wanted
from clinic import practice_info
from clinic.models import Practice

COUNTED = timedelta(days=90)
PINE = "#0b5c5a"  # of a site without a color of its own


@desk_view("set_up", LinkNamesForm)
def links(request):
    names = practice_info.practice_info().links_from
    form = LinkNamesForm(request.POST or None, initial={"names": "\n".join(names.values())})
    if request.method == "POST" and form.is_valid():
        Practice.objects.update(link_names=form.cleaned_data["names"])
        practice_info.forget()
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("desk:links"))
    stands = request.GET.get("from", "")
    stands = stands if stands in names else next(iter(names), "")
    context = {"form": form, "names": names, "stands": stands, "groups": _groups(stands), "counts": _counts(names)}
    return page(request, "links/links", context, shows=(), status=400 if form.errors else 200)


def _groups(stands):
    """Heading -> (what it leads to, the address, the button)."""
    found = {_("Any appointment"): [_link(_("Request an appointment"), stands)]}
    headings = {"reason": _("For a reason"), "provider": _("For a provider"), "office": _("For an office")}
    for name, heading in headings.items():
        rows = KNOWN[name].objects.filter(is_active=True)
        found[heading] = [_link(str(row), stands, **{name: row}) for row in rows]
    return found


def _link(label, stands, **row):
    url = Wanted(**dict.fromkeys(KNOWN) | row, link=stands).request_url
    button = render_to_string("booking/desk/links/button.txt", {"url": url, "color": _color()})
    return {"label": label, "url": url, "button": button.strip()}


def _color():
    return practice_info.practice_info().accent or PINE


def _counts(names):
    """Where the requests of the last 90 days came from. One query."""
    sent = AppointmentRequest.objects.exclude(came_from="").filter(submitted_at__gte=timezone.now() - COUNTED)
    rows = sent.order_by().values_list("came_from").annotate(number=Count("pk")).order_by("-number", "came_from")
    return [(names.get(code, code), number) for code, number in rows]
