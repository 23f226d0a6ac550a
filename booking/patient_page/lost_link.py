"""Resends a lost link for a confirmation number and date of birth. The answer never reveals whether they match."""

import time
from datetime import timedelta

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.notifications import messages
from booking.patient_page.forms import LostLinkForm
from clinic import rate_limits
from clinic.web import errors
from clinic.web.client_address import address_of

A_WHILE = timedelta(minutes=15)
SAME_TIME = 0.3  # seconds until the page answers, so that timing does not reveal a match


def lost_link(request):
    """Send the link to the email on file."""
    began, now = time.monotonic(), timezone.now()
    form = LostLinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "booking/patient_page/lost.html", {"form": form})
    wait = rate_limits.hit_all(_limits(request, form.cleaned_data["reference"]), now=now)
    if wait:
        return errors.too_many(request, wait)
    messages.send_lost_link(now=now, **form.cleaned_data)
    time.sleep(max(0, began + SAME_TIME - time.monotonic()))
    return redirect("patient_page:lost_link_sent")


@require_safe
def sent(request):
    return render(request, "booking/patient_page/lost_sent.html")


def _limits(request, reference):
    yield rate_limits.RateLimit(f"lost link from {address_of(request)}", settings.LOST_LINKS_PER_ADDRESS, A_WHILE)
    yield rate_limits.RateLimit(f"lost link of {reference}", settings.LOST_LINKS_PER_REQUEST, timedelta(hours=1))
