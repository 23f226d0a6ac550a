"""“Help us prepare”: what nobody has to answer before sending, asked on the patient’s page."""

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from booking import lifecycle
from booking.models import AppointmentRequest, Patient
from booking.models.appointment_request import YesNo
from booking.patient_page.private_link import by_link, of, refused, to_page
from booking.patient_page.views import with_birth_date
from booking.request_flow.patient_form import PatientForm, radios


class PrepareForm(PatientForm):
    theirs = {
        "scan": _("Have they had a scan or X-ray of their back?"),
        "referral": _("Do they have a letter from their doctor (a referral)?"),
    }
    scan = radios(_("Have you had a scan or X-ray of your back?"), YesNo.choices, required=False)
    referral = radios(_("Do you have a letter from your doctor (a referral)?"), YesNo.choices, required=False)
    best_time = radios(_("Best time to call"), AppointmentRequest.BestTime.choices, required=False)

    def ask_in_writing(self):
        del self.fields["best_time"]


@by_link("GET", "HEAD", "POST")
@with_birth_date
def prepare(request, appointment_request, now):
    if appointment_request.status not in lifecycle.PREPARABLE:
        return refused(request, appointment_request, _("This request has ended, so there is nothing to prepare."))
    form = _form(request, appointment_request)
    if not form.is_valid():
        return render(request, "booking/patient_page/prepare.html", of(appointment_request) | {"form": form})
    answers = {name: value for name, value in form.cleaned_data.items() if value}
    try:
        lifecycle.prepare(appointment_request.pk, answers, by=lifecycle.PATIENT, now=now)
    except lifecycle.NotAllowed as refusal:
        return refused(request, appointment_request, refusal.sentence)
    return to_page(appointment_request)


def _form(request, appointment_request):
    """As answered before, in the words of who asked."""
    said = {name: getattr(appointment_request, name) for name in PrepareForm.base_fields}
    form = PrepareForm(request.POST if request.method == "POST" else None, initial=said)
    if appointment_request.helper_name:
        form.ask_helper()
    if appointment_request.patient.reach_by != Patient.ReachBy.PHONE:
        form.ask_in_writing()
    return form
