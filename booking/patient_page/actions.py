"""What a patient can do on the page: cancel a request or an appointment, answer an offer. One button each, by POST."""

from functools import partial

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import links
from booking.patient_page.deadlines import why_not_another_time, why_not_cancel
from booking.patient_page.forms import OfferForm
from booking.patient_page.private_link import by_link, idempotent, of, refused, shown_version, to_page
from booking.patient_page.views import another_of, show, with_birth_date
from booking.scheduling.slots import slot_of

RequestStatus, AppointmentStatus = AppointmentRequest.Status, Appointment.Status


@by_link("GET", "HEAD", "POST")
@with_birth_date
def withdraw(request, appointment_request, now):
    if request.method == "POST":
        act = partial(
            lifecycle.withdraw, appointment_request.pk, by=lifecycle.PATIENT, now=now, version=shown_version(request)
        )
        return idempotent(
            request,
            appointment_request,
            act,
            AppointmentRequest.objects.filter(pk=appointment_request.pk, status=RequestStatus.WITHDRAWN).exists,
        )
    why_not = (
        ""
        if appointment_request.status in AppointmentRequest.OPEN
        else _("You can cancel a request only while it waits for our answer.")
    )
    context = of(appointment_request) | {
        "why_not": why_not,
        "kept": links.kept_appointment(appointment_request, now=now),
    }
    return render(request, "booking/patient_page/withdraw.html", context)


@by_link("GET", "HEAD", "POST")
@with_birth_date
def cancel(request, appointment_request, now):
    appointment = links.appointment_of(appointment_request)
    why_not = why_not_cancel(appointment, now)
    if request.method != "POST":
        context = of(appointment_request) | {
            "why_not": why_not,
            "appointment": appointment,
            "another": another_of(appointment),
            "why_not_another_time": why_not_another_time(appointment, now),
        }
        return render(request, "booking/patient_page/cancel.html", context)
    if why_not and (appointment is None or appointment.status != AppointmentStatus.CANCELLED):
        return refused(request, appointment_request, why_not)
    how = {"code": Appointment.CancelCode.PATIENT, "by": lifecycle.PATIENT, "version": shown_version(request)}
    act = partial(lifecycle.cancel, appointment.pk, now=now, **how)
    return idempotent(
        request,
        appointment_request,
        act,
        Appointment.objects.filter(pk=appointment.pk, status=AppointmentStatus.CANCELLED).exists,
    )


@by_link("GET", "HEAD", "POST")
@with_birth_date
def answer(request, appointment_request, now):
    """Accept one of the offered times, or none of them. The buttons are on the page itself."""
    if request.method != "POST":
        return to_page(appointment_request)
    held = appointment_request.appointments.filter(status=AppointmentStatus.HELD, held_until__gt=now).select_related(
        "location", "practitioner"
    )
    form = OfferForm(list(held.order_by("starts_at")), request.POST)
    if form.is_nothing_chosen() and appointment_request.status == RequestStatus.OFFERED:
        if not held.exists():
            return to_page(appointment_request)  # the offer has expired: the page says so
        return show(request, appointment_request, now, offer_form=form)
    how = {"by": lifecycle.PATIENT, "now": now, "version": shown_version(request)}
    if form.is_none_of_them():
        act = partial(lifecycle.refuse_offer, appointment_request.pk, **how)
        return idempotent(request, appointment_request, act, partial(_is_refused, appointment_request))
    return _accept(request, appointment_request, form.slot(), how)


def _accept(request, appointment_request, slot, how):
    gone = _("This time is no longer offered. Nothing was booked.")
    if slot is None:
        return refused(request, appointment_request, gone)
    act = partial(lifecycle.accept_offer, appointment_request.pk, slot, **how)
    try:
        return idempotent(request, appointment_request, act, partial(_has, appointment_request, slot))
    except lifecycle.SlotTaken:
        return refused(request, appointment_request, gone)


@by_link("GET", "HEAD", "POST")
@with_birth_date
def reminders(request, appointment_request, now):
    """Turn them off or on. The buttons are on the page itself."""
    if request.method == "POST":
        wanted = request.POST.get("wanted") != "no"
        lifecycle.choose_reminders(appointment_request.pk, wanted=wanted, by=lifecycle.PATIENT, now=now)
        messages.success(request, _("Reminders are on.") if wanted else _("Reminders are off."))
    return to_page(appointment_request)


def _is_refused(appointment_request):
    refused_offers = {"status": RequestStatus.NEW, "returned": AppointmentRequest.Returned.REFUSED}
    return AppointmentRequest.objects.filter(pk=appointment_request.pk, **refused_offers).exists()


def _has(appointment_request, slot):
    """Whether the patient already has this time: then a second press changes nothing."""
    appointment_request.refresh_from_db(fields=["status"])
    appointment = links.appointment_of(appointment_request)
    return appointment is not None and appointment.status == AppointmentStatus.BOOKED and slot_of(appointment) == slot
