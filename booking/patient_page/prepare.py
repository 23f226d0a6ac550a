"""“Help us prepare”: what nobody has to answer before sending, asked on the patient’s page."""

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.patient_page.forms import PrepareForm
from booking.patient_page.private_link import by_link, of, refused, to_page
from booking.patient_page.views import with_birth_date


@by_link("GET", "HEAD", "POST")
@with_birth_date
def prepare(request, appointment_request, now):
    if appointment_request.status not in lifecycle.PREPARABLE:
        return refused(request, appointment_request, _("This request has ended, so there is nothing to prepare."))
    form = PrepareForm.of(appointment_request, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "booking/patient_page/prepare.html", of(appointment_request) | {"form": form})
    answers = {name: value for name, value in form.cleaned_data.items() if value}
    try:
        lifecycle.prepare(appointment_request.pk, answers, by=lifecycle.PATIENT, now=now)
    except lifecycle.NotAllowed as refusal:
        return refused(request, appointment_request, refusal.sentence)
    messages.success(request, _("We saved your answers. Our front desk sees them."))
    return to_page(appointment_request)
