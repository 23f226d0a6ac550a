"""Compares two requests side by side: are they from the same person?"""

from django.utils import timezone

from booking import lifecycle
from booking.desk import labels
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.requests.actions import to_queue
from booking.desk.requests.forms import MergeForm
from booking.desk.requests.views import find
from booking.lifecycle import NotAllowed
from booking.lifecycle.patients import why_not_merge
from clinic.access_log import notes as access_log
from clinic.practice_info import zone_of


@desk_view("merge", MergeForm)
def merge(request, reference, other):
    """Close the first request and keep the other one."""
    appointment_request, kept = find(reference), find(other)
    if appointment_request is None or kept is None or appointment_request == kept:
        return missing(request)
    access_log.shows(request, [appointment_request, kept])
    form = MergeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, appointment_request, kept, form, status=400 if form.errors else 200)
    data = form.cleaned_data
    closed, stays = (kept, appointment_request) if data["keep"] == "this" else (appointment_request, kept)
    by = lifecycle.staff(request.user, form_key=form_key(request, MergeForm))
    how = {"by": by, "now": timezone.now(), "version": data[f"version_{data['keep']}"]}
    try:
        lifecycle.merge(closed.pk, stays.pk, data["why"], **how)
    except NotAllowed as refusal:
        if is_repeated(by, refusal):
            return to_queue(closed.pk, "merge")
        notice = labels.refused(refusal, request.user, zone_of(closed.location))
        return _page(request, find(reference), find(other), form, notice=notice, status=409)
    return to_queue(closed.pk, "merge")


def _page(request, appointment_request, kept, form, *, notice="", status=200):
    sides = [(appointment_request, "this", kept), (kept, "other", appointment_request)]
    pair = [(side, labels.needs(side.patient), which, why_not_merge(other, side)) for side, which, other in sides]
    context = {
        "pair": pair,
        "appointment_request": appointment_request,
        "kept": kept,
        "why_not": pair[0][-1] if pair[0][-1] == pair[1][-1] else "",
        "may_merge": [which for _side, _needs, which, why_not in pair if not why_not],
        "differs": _differences(appointment_request.patient, kept.patient),
    }
    context |= {"form": form, "notice": notice}
    return page(request, "requests/merge", context, shows=[appointment_request, kept], status=status)


def _differences(one, other):
    return [name for name in ("name", "birth_date", "phone", "email") if getattr(one, name) != getattr(other, name)]
