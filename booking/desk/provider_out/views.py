"""Provider out: who is affected, which times each of them is offered, and one button that does it all."""

import uuid
from collections import Counter

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import lifecycle
from booking.desk import undo_bar
from booking.desk.decorators import desk_view, forbidden, page
from booking.desk.double_submit import form_key
from booking.desk.provider_out.forms import OutForm
from booking.desk.provider_out.impact import as_posted, impact_of
from booking.desk.requests.forms import MomentField, PlainForm
from booking.lifecycle import NotAllowed, SlotTaken
from booking.lifecycle.time_off.closure import absences, called_off_by
from booking.models import Message
from booking.notifications.messages import UNDO_TIME
from booking.roles import may_take_time_off
from booking.scheduling.response_deadline import desk_day_ends
from clinic.models import ScheduleException
from clinic.practice_info import local_date

Kind, Told = Message.Kind, Message.Status
HELD_FOR = 2  # desk days that the offered times are held
MOST_LISTED = 20
TAKEN = gettext_lazy("One of these times was just taken. Check the times again; nothing was saved or sent.")


@desk_view("time_off", OutForm)
def provider_out(request):
    now = timezone.now()
    is_act = request.method == "POST" and not request.POST.keys().isdisjoint(("act", "call_all"))
    asked = request.POST if request.method == "POST" else request.GET
    form = OutForm(asked if "first" in asked else None, user=request.user)
    if not form.is_valid():
        return _page(request, form, now, status=400 if form.is_bound else 200)
    if not is_act:
        return _page(request, form, now)
    try:
        closure = _close(request, form, now)
    except (NotAllowed, SlotTaken) as refusal:
        notice = TAKEN if isinstance(refusal, SlotTaken) else refusal.sentence
        return _page(request, form, now, posted=request.POST, notice=notice, status=409)
    return HttpResponseRedirect(f"{reverse('desk:provider_out')}?done={closure.pk}")


def _close(request, form, now):
    data = form.cleaned_data
    seen = as_posted(request.POST, data["until"], call_all="call_all" in request.POST)
    by = lifecycle.staff(request.user, form_key=form_key(request, OutForm))
    return lifecycle.close_time(form.closing(), seen, private_reason=data["reason"], note=data["note"], by=by, now=now)


def _page(request, form, now, *, posted=None, notice="", status=200):
    is_asked = form.is_bound and form.is_valid()
    until = desk_day_ends(now=now, location_id=None, number=HELD_FOR)[-1]
    context = {
        "form": form,
        "impact": impact_of(form.closing(), posted, now=now) if is_asked else None,
        "until": until,
        "until_code": MomentField.code(until),
        "key": uuid.uuid4(),
        "notice": notice,
        "today": local_date(now),
        "out": _out(request.user, local_date(now)),
        "done": None if request.method == "POST" else _done(request, now),
    }
    impact = context["impact"]
    affected = [*(row.appointment for row in impact.rows), *impact.here, *impact.held] if impact else []
    return page(request, "provider_out/provider_out", context, shows=affected, status=status)


def _out(user, today):
    """Who is out now and in the days to come, each with whether this user may end it."""
    ahead = absences(today).select_related("practitioner").order_by("first_day", "pk")[:MOST_LISTED]
    return [(each, _may_end(user, each, today)) for each in ahead]


def _may_end(user, absence, today):
    return may_take_time_off(user, max(absence.first_day, today), absence.last_day, today)


def _done(request, now):
    """What the user has just closed, named by `?done=`: the messages that it wrote, and until when it can be undone."""
    pk = undo_bar.key_in(request.GET, "done")
    mine = ScheduleException.objects.select_related("practitioner").filter(pk=pk, made_by=request.user)
    closure = mine.first() if pk else None
    if closure is None or closure.made_at is None:
        return None
    told = Counter(Message.objects.filter(event__in=called_off_by(closure)).values_list("kind", "status"))
    return {
        "closure": closure,
        "offers": told[Kind.OFFERED, Told.QUEUED],
        "others": told[Kind.NEEDS_REBOOKING, Told.QUEUED],
        "calls": told[Kind.OFFERED, Told.TO_CALL] + told[Kind.NEEDS_REBOOKING, Told.TO_CALL],
        "until": closure.made_at + UNDO_TIME if now < closure.made_at + UNDO_TIME else None,
    }


@desk_view("time_off", PlainForm)
def undo(request, pk):
    if request.method == "POST":
        try:
            lifecycle.undo_closure(pk, user=request.user, now=timezone.now())
        except (NotAllowed, SlotTaken) as refusal:
            sentence = getattr(refusal, "sentence", _("Not undone. Someone else has one of these times now."))
            messages.error(request, sentence)
        else:
            messages.success(request, _("Undone. No one was notified, and every appointment is back."))
    return HttpResponseRedirect(reverse("desk:provider_out"))


@desk_view("time_off", PlainForm)
def back(request, pk):
    """The provider is back earlier."""
    now, today = timezone.now(), local_date(timezone.now())
    absence = absences(today).filter(pk=pk).first()
    if absence and not _may_end(request.user, absence, today):
        return forbidden(request)
    if request.method == "POST":
        try:
            who = lifecycle.end_absence(pk, now=now).practitioner
        except NotAllowed as refusal:
            messages.error(request, refusal.sentence)
        else:
            words = _("%s is back, and can be booked again. Patients who were called off still need a new time.")
            messages.success(request, words % who)
    return HttpResponseRedirect(reverse("desk:provider_out"))
