"""“Not you? Tell us”: whoever reads our email at an address can stop it, without a word about the patient."""

from django.shortcuts import redirect, render
from django.utils import timezone

from booking import lifecycle
from booking.models import StoppedAddress
from booking.notifications import not_you
from booking.patient_page.private_link import opens_nothing


def tell_us(request, token):
    """One button. After it the page says that emails are stopped, however often it is opened or pressed."""
    now, told = timezone.now(), not_you.opened(token)
    if told is None:
        return opens_nothing(request, now)
    if request.method == "POST":
        lifecycle.disown_email(told, by=lifecycle.SYSTEM, now=now)
        return redirect("patient_page:not_you", token)
    is_stopped = StoppedAddress.objects.filter(fingerprint=told.fingerprint).exists()
    return render(request, "booking/patient_page/not_you.html", {"is_stopped": is_stopped})
