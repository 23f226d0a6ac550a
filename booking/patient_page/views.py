"""The patient's own page: the private link shows where things stand; the birth date shows the rest and lets one act."""

from functools import wraps

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import emails, ics, links
from booking.patient_page.deadlines import OPEN, why_not_another_time, why_not_cancel
from booking.patient_page.forms import BirthDateForm, OfferForm
from booking.patient_page.private_link import TOLD_VERBS, by_link, of, to_page
from clinic.practice_info import frame
from clinic.web import errors

Asked, Visit = AppointmentRequest.Status, Appointment.Status
BY_ANOTHER = Q(cause=None) | Q(verb__in=("move", "strand"))  # a visit may be moved by the request that replaces it


@by_link("GET", "HEAD")
def page(request, asked, now):
    return show(request, asked, now)


@by_link("GET", "HEAD")
def calendar(request, asked, now):
    """The visit as a calendar file. It says no more than the mail did, so the link alone is enough."""
    visit = links.visit_of(asked)
    if visit is None or visit.status != Visit.BOOKED:
        return errors.page_not_found(request)
    headers = {"Content-Disposition": 'attachment; filename="visit.ics"'}
    return HttpResponse(ics.entry(visit, now=now), content_type="text/calendar; charset=utf-8", headers=headers)


@by_link("GET", "HEAD", "POST")
def birth_date(request, asked, now):
    if request.method != "POST":
        return to_page(asked)
    form = BirthDateForm(request.POST)
    if form.is_valid() and links.try_birth_date(asked, form.cleaned_data["birth_date"], now=now):
        links.remember_birth_date(request.session, asked, now=now)
        return to_page(asked)
    wait = links.until_next_try(asked, now=now)
    if form.is_valid():
        form.add_wrong(wait, frame().phone_display)
    answer = show(request, asked, now, form=form, status=429 if wait else 200)
    if wait:
        answer["Retry-After"] = int(wait.total_seconds()) + 1
    return answer


def with_birth_date(view):
    """The view behind the birth date. Who posts without it is told that nothing has changed."""

    @wraps(view)
    def known(request, asked, now):
        if links.birth_date_known(request.session, asked, now=now):
            return view(request, asked, now)
        if request.method != "POST":
            return to_page(asked)
        return show(request, asked, now, note=_("Nothing has changed. Give the birth date once more."), status=403)

    return known


def show(request, asked, now, *, form=None, offer_form=None, note="", status=200):
    known = links.birth_date_known(request.session, asked, now=now)
    visit = links.visit_of(asked)
    context = of(asked) | {
        "standing": f"booking/patient_page/_is_{standing(asked, visit, now)}.html",
        "visit": visit,
        "kept": links.kept_visit(asked, now=now),
        "stranded": asked.stranded_visit(),
        "zone": visit.location.tz if visit else (asked.location.tz if asked.location else frame().zone),
        "early": emails.ARRIVE_EARLY,
        "now": now,
        "is_open": asked.status in OPEN,
        "known": known,
        "form": form or BirthDateForm(),
        "note": note,
    }
    if known:
        context |= _known(asked, visit, now, offer_form)
    return render(request, "booking/patient_page/page.html", context, status=status)


def _known(asked, visit, now, offer_form):
    """What only the birth date shows."""
    held = asked.appointments.filter(status=Visit.HELD, held_until__gt=now).select_related("location", "practitioner")
    holds = list(held.order_by("starts_at"))
    is_offered = asked.status == Asked.OFFERED
    another = another_of(visit)
    return {
        "hold": holds[0] if holds and not is_offered else None,
        "offer_form": offer_form or (OfferForm(holds) if holds and is_offered else None),
        "times": asked.requested_times.select_related("location", "practitioner"),
        "history": asked.events.filter(BY_ANOTHER, undone=False, verb__in=TOLD_VERBS),
        "may_change_times": asked.status in lifecycle.CHANGEABLE,
        "another": another,
        "another_secret": links.secret(another) if another else "",
        "why_not_cancel": why_not_cancel(visit, now),
        "why_not_another_time": why_not_another_time(visit, now),
    }


def another_of(visit):
    """The request for another time that waits for this visit."""
    return visit and visit.replaced_by_requests.filter(status__in=OPEN).first()


def standing(asked, visit, now):
    """Where it stands, as the name of the template that says it."""
    if asked.status == Asked.OFFERED and asked.offer_until <= now:
        return "offer_ended"
    if asked.status != Asked.CONFIRMED or visit is None:
        return asked.status
    if visit.status in (Visit.CANCELLED, Visit.ARRIVED):
        return visit.status
    if visit.status != Visit.BOOKED or visit.ends_at <= now:
        return "past"
    return "stranded" if visit.needs_rebooking_since else "booked"
