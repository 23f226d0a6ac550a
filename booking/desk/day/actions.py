"""One visit: the marks of the day sheet, and cancelling."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.day import appointments
from booking.desk.day.appointments import find
from booking.desk.decorators import desk, forbidden, missing, page
from booking.desk.requests.forms import ActForm, CancelForm
from booking.lifecycle import AlreadyHandled, NotAllowed, SlotTaken
from booking.models import Appointment, Event
from booking.models.request import Channel
from booking.notifications.messages import PATIENTS_OWN
from booking.roles import may
from booking.templatetags.desk_format import desk_clock
from clinic.practice_info import frame

# Taking a mark back takes the right to set it.
UNDOES = {
    Appointment.Status.ARRIVED: "check_in", Appointment.Status.NOSHOW: "no_show",
    Appointment.Status.FULFILLED: "fulfil", Appointment.Status.LEFT: "leave",
}  # fmt: skip


def mark(verb):
    """The view that sets one mark of the day sheet."""

    @desk(verb)
    def view(request, pk):
        visit = find(pk)
        if visit is None:
            return missing(request)
        if verb == "step_back" and not may(request.user, UNDOES.get(visit.status, verb)):
            return forbidden(request)
        marked_as = _mark(request, visit, verb) if request.method == "POST" else None
        return redirect(day_of(visit, request.POST, marked=marked_as))

    return view


def _mark(request, visit, verb):
    """Answers the event of the mark, if there is one to show."""
    form = ActForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.first_error)
        return None
    try:
        act = getattr(lifecycle, verb)
        act(visit.pk, by=lifecycle.desk(request.user), now=timezone.now(), version=form.cleaned_data["version"])
    except (AlreadyHandled, NotAllowed, SlotTaken) as refusal:
        if not labels.own_act(refusal, request.user, verb):
            messages.error(request, f"{_named(visit)}: {_sentence(refusal, request.user, visit)}")
            return None
    if verb == "step_back":
        messages.success(request, _("%s: the last mark is taken back.") % _named(visit))
    return undo_bar.last_mark(visit, verb, request.user)


@desk("cancel")
def cancel(request, pk):
    visit = find(pk)
    if visit is None:
        return missing(request)
    form = CancelForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _cancel_page(request, visit, form, status=400 if form.errors else 200)
    code = form.cleaned_data["code"]
    by = lifecycle.desk(request.user, Channel.PHONE if code in PATIENTS_OWN else "")
    try:
        lifecycle.cancel(visit.pk, code, by=by, now=timezone.now(), version=form.cleaned_data["version"])
    except (AlreadyHandled, NotAllowed) as refusal:
        act = labels.own_act(refusal, request.user, "cancel")
        if act is None or act.reason != code:
            notice = _sentence(refusal, request.user, visit)
            return _cancel_page(request, find(pk), form, notice=notice, status=409)
    last = Event.objects.filter(appointment=pk, verb="cancel").order_by("-pk").values_list("pk", flat=True).first()
    return HttpResponseRedirect(day_of(visit, done=last))


def _cancel_page(request, visit, form, *, notice="", status=200):
    context = {"visit": visit, "form": form, "notice": notice, "back": day_of(visit)}
    return page(request, "day/cancel", context, status=status)


def _sentence(refusal, user, visit):
    if isinstance(refusal, SlotTaken):
        return _("someone else has this time by now.")
    if isinstance(refusal, AlreadyHandled):
        return labels.faster(labels.act_of(refusal.event), user, visit.location.tz)
    return refusal.sentence


def _named(visit):
    """“9:20 AM, K7M-4QX-9PTR”: messages lie in a cookie, so they carry no name."""
    return f"{desk_clock(visit.starts_at, visit.location.tz)}, {visit.request}"


def day_of(visit, looked_at=None, **shown):
    """The day of the visit, arranged as it was looked at."""
    day = visit.starts_at.astimezone(frame().zone).date()
    query = urlencode(appointments.arrangement(looked_at or {}) | {name: pk for name, pk in shown.items() if pk})
    return reverse("desk:day", args=[day.isoformat()]) + (f"?{query}" if query else "")
