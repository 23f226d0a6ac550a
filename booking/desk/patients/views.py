"""Editing patient details."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import lifecycle
from booking.desk import labels
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.patients.forms import CorrectForm
from booking.desk.requests import duplicates
from booking.desk.requests.views import find
from booking.lifecycle import NotAllowed
from clinic.access_log import notes as access_log
from clinic.practice_info import zone_of


@desk_view("correct_patient", CorrectForm)
def correct_patient(request, reference):
    appointment_request = find(reference)
    if appointment_request is None:
        return missing(request)
    access_log.shows(request, [appointment_request])
    others = duplicates.open_of_the_same(appointment_request, request.user, timezone.now())
    form = (
        CorrectForm(request.POST, others=others)
        if request.method == "POST"
        else CorrectForm(initial=CorrectForm.of(appointment_request), others=others)
    )
    if request.method != "POST" or not form.is_valid():
        return _page(request, appointment_request, form, status=400 if form.errors else 200)
    by = lifecycle.staff(request.user, form_key=form_key(request, CorrectForm))
    version = form.cleaned_data["version"]
    try:
        corrected = lifecycle.correct_patient(
            appointment_request.pk, form.patient(), by=by, now=timezone.now(), version=version,
            email_also_on=form.cleaned_data["email_also_on"],
        )  # fmt: skip
    except NotAllowed as refusal:
        if not is_repeated(by, refusal):
            return _page(
                request,
                find(reference),
                form,
                notice=labels.refused(refusal, request.user, zone_of(appointment_request.location)),
                status=409,
            )
    else:
        messages.success(request, _said(appointment_request, corrected))
        if corrected.patient.email != appointment_request.patient.email and form.cleaned_data["email_also_on"]:
            messages.success(request, _also_said(len(form.cleaned_data["email_also_on"])))
    if _came_from_the_patient(request):
        return redirect("desk:patient", random_id=appointment_request.patient.random_id)
    return redirect("desk:request", reference=appointment_request.reference)


def _came_from_the_patient(request):
    return (request.POST or request.GET).get("back") == "patient"


def _said(before, corrected):
    if corrected.version == before.version:
        return _("No changes to save.")
    if corrected.link_version == before.link_version:
        return _("Saved.")
    if not corrected.patient.email:
        return _("Saved. Links sent to the old email no longer work.")
    return _("Saved. Links sent to the old email no longer work. Send a new one.")


def _also_said(number):
    return ngettext(
        "The email was also changed on %d other request.", "The email was also changed on %d other requests.", number
    ) % number  # fmt: skip


def _page(request, appointment_request, form, *, notice="", status=200):
    return page(
        request,
        "patients/correct",
        {
            "appointment_request": appointment_request,
            "form": form,
            "notice": notice,
            "to_patient": _came_from_the_patient(request),
        },
        shows=[appointment_request],
        status=status,
    )
