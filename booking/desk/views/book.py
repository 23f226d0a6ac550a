"""Booking for someone on the phone or at the counter: one page, one act."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk.diary import DAYS, Diary, whole_days
from booking.desk.door import desk, page
from booking.desk.forms import BookForm, CriteriaForm, PatientForm, as_typed
from booking.lifecycle import Draft, SlotTaken

AT_LEAST = 24  # open times on one page, and the rest of the last day


@desk("book")
def book(request):
    if request.method == "POST":
        return _book(request) if "book" in request.POST else _look(request)
    criteria = CriteriaForm(request.GET) if request.GET.get("reason") else CriteriaForm(initial=request.GET.dict())
    patient = PatientForm(initial={"channel": request.GET.get("channel", "")})
    return _page(request, criteria, patient)


def _look(request):
    """Other open times: what was typed about the patient stays, and is not judged yet."""
    return _page(request, CriteriaForm(request.POST), as_typed(PatientForm, request.POST), _key(request))


def _book(request):
    criteria, patient, time = CriteriaForm(request.POST), PatientForm(request.POST), BookForm(request.POST)
    if not all([criteria.is_valid(), patient.is_valid(), time.is_valid()]):
        return _page(request, criteria, patient, _key(request), time=time, status=400)
    now = timezone.now()
    by = lifecycle.desk(request.user, patient.cleaned_data["channel"])
    try:
        asked = lifecycle.book(_draft(criteria, patient, time), time.cleaned_data["slot"], by=by, now=now)
    except SlotTaken:
        notice = _("This time is not open any more. Nothing was booked. Choose another one.")
        return _page(request, criteria, patient, _key(request), notice=notice, status=409)
    if asked.submitted_at != now:
        messages.warning(request, _("This was booked before: nothing was booked twice. For another visit, begin anew."))
    return redirect("desk:request", reference=asked.reference)


def _draft(criteria, patient, time):
    answers = {
        "reason": criteria.cleaned_data["reason"],
        "visit_type": criteria.visit_type(),
        "returning": criteria.cleaned_data["returning"] == "yes",
        "note": patient.cleaned_data["note"],
    }
    return Draft(patient.patient(), answers, [], time.cleaned_data["flow_key"])


def _page(request, criteria, patient, key=None, *, time=None, notice="", status=200):
    context = {
        "criteria": criteria,
        "patient": patient,
        "time": time,
        "chosen": request.POST.get("slot", ""),
        "flow_key": key or uuid.uuid4(),
        "notice": notice,
    }
    if criteria.is_bound and criteria.is_valid():
        context |= _open_times(criteria)
    return page(request, "book", context, status=status)


def _open_times(criteria):
    """The open times from a day on that fit, some whole days of them. Three queries."""
    data, first = criteria.cleaned_data, criteria.cleaned_data["since"]
    last = first + timedelta(days=DAYS - 1)
    diary = Diary(criteria.visit_type(), now=timezone.now(), days=[first, last])
    team = [
        roster
        for roster in diary.team
        if data["place"] in (None, roster.location) and data["practitioner"] in (None, roster.practitioner)
    ]
    found = diary.between(first, last, team)
    shown = whole_days(found, AT_LEAST)
    later = shown[-1].local.date() if len(shown) < len(found) else last
    return {"times": shown, "visit_type": criteria.visit_type(), "last_day": later, "later": later + timedelta(days=1)}


def _key(request):
    form = BookForm(request.POST)
    form.is_valid()
    return form.cleaned_data.get("flow_key")
