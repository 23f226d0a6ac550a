"""What a patient does on the page: take a request back, cancel a visit, answer an offer. A button each, by POST."""

from functools import partial

from django.shortcuts import render
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import links
from booking.patient_page.deadlines import OPEN, why_not_cancel
from booking.patient_page.forms import OfferForm
from booking.patient_page.private_link import by_link, of, once, refused, shown_version, to_page
from booking.patient_page.views import another_of, show, with_birth_date
from booking.scheduling.slots import slot_of

Asked, Visit = AppointmentRequest.Status, Appointment.Status


@by_link("GET", "HEAD", "POST")
@with_birth_date
def withdraw(request, asked, now):
    if request.method == "POST":
        act = partial(lifecycle.withdraw, asked.pk, by=lifecycle.PATIENT, now=now, version=shown_version(request))
        return once(request, asked, act, AppointmentRequest.objects.filter(pk=asked.pk, status=Asked.WITHDRAWN).exists)
    why_not = "" if asked.status in OPEN else _("You can take back a request only while it waits for our answer.")
    context = of(asked) | {"why_not": why_not, "kept": links.kept_visit(asked, now=now)}
    return render(request, "booking/patient_page/withdraw.html", context)


@by_link("GET", "HEAD", "POST")
@with_birth_date
def cancel(request, asked, now):
    visit = links.visit_of(asked)
    why_not = why_not_cancel(visit, now)
    if request.method != "POST":
        context = of(asked) | {"why_not": why_not, "visit": visit, "another": another_of(visit)}
        return render(request, "booking/patient_page/cancel.html", context)
    if why_not and (visit is None or visit.status != Visit.CANCELLED):
        return refused(request, asked, why_not)
    how = {"code": Appointment.CancelCode.PATIENT, "by": lifecycle.PATIENT, "version": shown_version(request)}
    act = partial(lifecycle.cancel, visit.pk, now=now, **how)
    return once(request, asked, act, Appointment.objects.filter(pk=visit.pk, status=Visit.CANCELLED).exists)


@by_link("GET", "HEAD", "POST")
@with_birth_date
def answer(request, asked, now):
    """Take one of the offered times, or none of them. The buttons stand on the page itself."""
    if request.method != "POST":
        return to_page(asked)
    held = asked.appointments.filter(status=Visit.HELD, held_until__gt=now).select_related("location", "practitioner")
    form = OfferForm(list(held.order_by("starts_at")), request.POST)
    if form.is_nothing_chosen() and asked.status == Asked.OFFERED:
        if not held.exists():
            return to_page(asked)  # the offer has run out: its page says so
        return show(request, asked, now, offer_form=form)
    how = {"by": lifecycle.PATIENT, "now": now, "version": shown_version(request)}
    if form.is_none_of_them():
        act = partial(lifecycle.refuse_offer, asked.pk, **how)
        return once(request, asked, act, partial(_is_refused, asked))
    return _accept(request, asked, form.slot(), how)


def _accept(request, asked, slot, how):
    gone = _("This time is not offered any more. Nothing was booked.")
    if slot is None:
        return refused(request, asked, gone)
    act = partial(lifecycle.accept_offer, asked.pk, slot, **how)
    try:
        return once(request, asked, act, partial(_has, asked, slot))
    except lifecycle.SlotTaken:
        return refused(request, asked, gone)


def _is_refused(asked):
    refused_offers = {"status": Asked.NEW, "returned": AppointmentRequest.Returned.REFUSED}
    return AppointmentRequest.objects.filter(pk=asked.pk, **refused_offers).exists()


def _has(asked, slot):
    """Whether this very time is the patient's by now: a second press changes nothing."""
    asked.refresh_from_db(fields=["status"])
    visit = links.visit_of(asked)
    return visit is not None and visit.status == Visit.BOOKED and slot_of(visit) == slot
