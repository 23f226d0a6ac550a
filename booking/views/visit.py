"""The patient's own page: the private link shows where things stand; the birth date shows the rest and lets one act."""

import time
from datetime import timedelta
from functools import partial, wraps

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import ics, lifecycle, limits, links, messages
from booking.models import Appointment, AppointmentRequest
from booking.visit_forms import BirthDateForm, LostLinkForm
from clinic import errors
from clinic.frame import frame

Asked, Visit = AppointmentRequest.Status, Appointment.Status
OPEN = {Asked.NEW, Asked.OFFERED, Asked.WAITLISTED}
TOLD_VERBS = ("submit", "book", "confirm", "decline", "withdraw", "cancel", "expire")
SAME_TIME = 0.3  # seconds until the lost-link page answers, whether it found something to send or not


def by_link(*methods):
    """The view gets the request of a good link, and the time. Every other link is the same 404."""

    def wrap(view):
        @wraps(view)
        def opened(request, secret):
            now = timezone.now()
            asked = links.opened(secret, now=now)
            if asked is None:
                return errors.page_not_found(request)
            if request.method not in methods:
                return errors.method_not_allowed(request)
            return view(request, asked, now)

        return opened

    return wrap


@by_link("GET", "HEAD")
def page(request, asked, now):
    return _page(request, asked, now)


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
        return _to_page(asked)
    form = BirthDateForm(request.POST)
    if form.is_valid() and links.try_birth_date(asked, form.cleaned_data["birth_date"], now=now):
        links.remember_birth_date(request.session, asked, now=now)
        return _to_page(asked)
    wait = links.until_next_try(asked, now=now)
    if form.is_valid():
        form.add_wrong(wait, frame().phone_display)
    answer = _page(request, asked, now, form=form, status=429 if wait else 200)
    if wait:
        answer["Retry-After"] = int(wait.total_seconds()) + 1
    return answer


@by_link("GET", "HEAD", "POST")
def withdraw(request, asked, now):
    if not links.birth_date_known(request.session, asked, now=now):
        return _ask_birth_date(request, asked, now)
    if request.method == "POST":
        act = partial(lifecycle.withdraw, asked.pk, by=lifecycle.PATIENT, now=now, version=_version(request))
        return _once(request, asked, act, AppointmentRequest.objects.filter(pk=asked.pk, status=Asked.WITHDRAWN))
    why_not = "" if asked.status in OPEN else _("You can take back a request only while it waits for our answer.")
    return render(request, "booking/visit/withdraw.html", _act(asked, why_not))


@by_link("GET", "HEAD", "POST")
def cancel(request, asked, now):
    if not links.birth_date_known(request.session, asked, now=now):
        return _ask_birth_date(request, asked, now)
    visit = links.visit_of(asked)
    why_not = _why_not_cancel(visit, now)
    if request.method != "POST":
        return render(request, "booking/visit/cancel.html", _act(asked, why_not) | {"visit": visit})
    if why_not and (visit is None or visit.status != Visit.CANCELLED):
        return _refused(request, asked, why_not)
    how = {"code": Appointment.CancelCode.PATIENT, "by": lifecycle.PATIENT, "version": _version(request)}
    act = partial(lifecycle.cancel, visit.pk, now=now, **how)
    return _once(request, asked, act, Appointment.objects.filter(pk=visit.pk, status=Visit.CANCELLED))


def lost_link(request):
    """Reference and birth date: the link goes again to the e-mail on file. The answer tells nobody what we have."""
    began, now = time.monotonic(), timezone.now()
    form = LostLinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "booking/visit/lost.html", {"form": form})
    wait = limits.hit_all(_lost_link_limits(request, form.cleaned_data["reference"]), now=now)
    if wait:
        return errors.too_many(request, int(wait.total_seconds()) + 1)
    messages.send_lost_link(now=now, **form.cleaned_data)
    time.sleep(max(0, began + SAME_TIME - time.monotonic()))
    return render(request, "booking/visit/lost_sent.html")


def _lost_link_limits(request, reference):
    # Not X-Forwarded-For: whoever guesses could write a new address into each try.
    yield limits.Most(f"lost link from {request.META.get('REMOTE_ADDR')}", 20, timedelta(minutes=15))
    yield limits.Most(f"lost link of {reference}", 3, timedelta(hours=1))


def _page(request, asked, now, *, form=None, note="", status=200):
    known = links.birth_date_known(request.session, asked, now=now)
    visit = links.visit_of(asked)
    context = _act(asked, _why_not_cancel(visit, now)) | {
        "standing": f"booking/visit/_is_{_standing(asked, visit, now)}.html",
        "visit": visit,
        "zone": visit.location.tz if visit else (asked.location.tz if asked.location else frame().zone),
        "arrive_at": visit.starts_at - messages.ARRIVE_EARLY if visit else None,
        "now": now,
        "may_withdraw": asked.status in OPEN,
        "known": known,
        "form": form or BirthDateForm(),
        "note": note,
    }
    return render(request, "booking/visit/page.html", context | (_known(asked, now) if known else {}), status=status)


def _known(asked, now):
    """What only the birth date shows."""
    holds = asked.appointments.filter(status=Visit.HELD, held_until__gt=now).select_related("location", "practitioner")
    return {
        "hold": holds.first(),
        "times": asked.requested_times.select_related("location", "practitioner"),
        "history": asked.events.filter(cause=None, undone=False, verb__in=TOLD_VERBS),
    }


def _standing(asked, visit, now):
    """Where it stands, as the name of the template that says it."""
    if asked.status != Asked.CONFIRMED or visit is None:
        return asked.status
    if visit.status in (Visit.CANCELLED, Visit.ARRIVED):
        return visit.status
    return "booked" if visit.status == Visit.BOOKED and now < visit.ends_at else "past"


def _why_not_cancel(visit, now):
    if visit is None or visit.status == Visit.CANCELLED:
        return _("There is no visit to cancel any more.")
    if visit.status != Visit.BOOKED or visit.starts_at <= now:
        return _("This visit cannot be cancelled any more: it has begun, or it is over.")
    if visit.starts_at - timedelta(hours=frame().cancel_notice_hours) <= now:
        return _("Your visit is too near to cancel it here. Call us at %s.") % frame().phone_display
    return ""


def _once(request, asked, act, done):
    """Do it, unless it is done: a double click, or the desk at the same moment, is no error."""
    try:
        if not done.exists():
            act()
    except lifecycle.NotAllowed as error:
        if not done.exists():
            return _refused(request, asked, error.sentence, getattr(error, "event", None))
    return _to_page(asked)


def _act(asked, why_not):
    return {"asked": asked, "secret": links.secret(asked), "why_not": why_not}


def _refused(request, asked, sentence, event=None):
    context = _act(asked, sentence) | {"event": event if event and event.verb in TOLD_VERBS else None}
    return render(request, "booking/visit/refused.html", context, status=409)


def _ask_birth_date(request, asked, now):
    if request.method != "POST":
        return _to_page(asked)
    return _page(request, asked, now, note=_("Nothing has changed. Give the birth date once more."), status=403)


def _to_page(asked):
    return redirect("booking:visit", links.secret(asked))


def _version(request):
    """The version that the form showed. A crafted one is no version at all, so it is refused as an old one."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
