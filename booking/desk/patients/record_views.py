"""What a person can ask of us: a copy of what we have about them, and that it is erased. For desk leads."""

import json

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.desk.decorators import desk_view, missing, page
from booking.desk.requests.forms import NOT_LISTED, PlainForm
from booking.lifecycle import NotAllowed
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.records import sessions
from booking.records.erase import erase_person, why_not
from booking.records.export import as_data, as_page, export
from booking.records.people import records_of
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.web.client_address import address_of

ERASED = _("Erased. Only times and counts are left, without a name.")


class ExportForm(PlainForm):
    form = forms.ChoiceField(
        choices=[("html", _("To read and print")), ("json", _("For another system"))],
        error_messages=dict.fromkeys(["required", "invalid_choice"], NOT_LISTED),
    )


class EraseForm(PlainForm):
    sure = forms.BooleanField(error_messages={"required": _("Check the box first. Erasing can’t be undone.")})


@desk_view("export_patient", ExportForm)
def export_patient(request, random_id):
    """GET asks, POST downloads."""
    patient = Patient.objects.filter(random_id=random_id, erased_at=None).first()
    if patient is None:
        return missing(request)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"patient": patient, "notice": form.first_error if form.errors else ""}
        return page(request, "patients/export", context, shows=[patient], status=400 if form.errors else 200)
    records = records_of(patient)
    access_log.shows(request, records, Kind.EXPORT)
    return _file(export(records), form.cleaned_data["form"])


def _file(parts, kind):
    """Its name tells nobody whose it is."""
    html = kind == "html"
    text = as_page(parts, now=timezone.now()) if html else json.dumps(as_data(parts), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="what-we-have.{kind}"'}
    return HttpResponse(text, content_type="text/html" if html else "application/json", headers=headers)


@desk_view("erase_patient", EraseForm)
def erase_patient(request, random_id):
    """GET says what goes and what stays, POST erases."""
    patient = Patient.objects.filter(random_id=random_id).first()
    if patient is None:
        return missing(request)
    if patient.erased_at:  # a second press
        return _done(request)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, patient, form.first_error if form.errors else "", status=400 if form.errors else 200)
    records = records_of(patient)
    sessions.forget_searches(request.session, records)
    try:
        erase_person(records, now=timezone.now(), user=request.user, address=address_of(request))
    except NotAllowed as refusal:
        return _ask(request, patient, refusal.sentence, status=409)
    return _done(request)


def _done(request):
    access_log.leads_on(request)
    messages.success(request, ERASED)
    return redirect("desk:search")


def _ask(request, patient, notice, *, status=200):
    records = records_of(patient)
    requests = AppointmentRequest.objects.filter(patient__in=records)
    context = {
        "patient": patient,
        "records": records,
        "requests": requests.count(),
        "appointments": Appointment.objects.filter(patient__in=records, status__in=Appointment.ON_CALENDAR).count(),
        "events": Event.objects.filter(appointment_request__in=requests).count(),
        "sent": Message.objects.filter(appointment_request__in=requests).count(),
        "why_not": why_not(records, now=timezone.now()),
        "notice": notice,
    }
    return page(request, "patients/erase", context, shows=records, status=status)
