"""Another time for a visit: one page of open times, one button each. Or a request for it, when none fits now."""

import uuid
from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from booking import lifecycle
from booking.desk import labels
from booking.desk.calendar import views
from booking.desk.calendar.reschedule import diary_of, other_times
from booking.desk.day.appointments import find
from booking.desk.decorators import desk, missing, page
from booking.desk.expired_form_labels import readable
from booking.desk.requests.forms import WishForm
from booking.desk.slot_finder import select_options
from booking.desk.slot_finder.forms import BeyondForm, MoveForm, SpecialForm, WindowForm
from booking.lifecycle import AlreadyHandled, NotAllowed, SlotTaken, rebooking
from booking.lifecycle.overrides import is_sooner, obstacle
from booking.models import Event
from booking.models.request import Channel
from booking.roles import may
from booking.scheduling.desk_slots import DAYS, whole_days
from booking.scheduling.slots import slot_of

AT_LEAST = 24


@desk("move")
def move(request, pk):
    visit = find(pk)
    if visit is None:
        return missing(request)
    if request.method != "POST":
        return _page(request, visit)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, notice=form.first_error, status=400)
    by, now = lifecycle.desk(request.user, Channel.PHONE), timezone.now()
    how = {"version": form.cleaned_data["version"], "beyond": _beyond(request)}
    try:
        lifecycle.move_visit(pk, form.cleaned_data["slot"], by=by, now=now, **how)
    except (NotAllowed, SlotTaken) as refusal:
        moved = find(pk)
        is_done = slot_of(moved) == form.cleaned_data["slot"] and labels.own_act(refusal, request.user, "move")
        if not is_done:
            return _page(request, moved, notice=_sentence(refusal, request.user, visit, form), status=409)
    return HttpResponseRedirect(_moved(find(pk), request.POST))


@desk("ask_again")
def ask_again(request, pk):
    """No time fits now: the patient's wish goes into the queue; the visit stays until it is answered."""
    visit = find(pk)
    if visit is None:
        return missing(request)
    if request.method != "POST":
        return redirect("desk:move", pk=pk)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, notice=form.first_error, wish=form, status=400)
    answers = {"note": form.cleaned_data["note"], "wants_call": True}
    how = {"by": lifecycle.desk(request.user, Channel.PHONE), "flow_key": form.cleaned_data["flow_key"]}
    try:
        asked = lifecycle.ask_for_another_time(pk, [], answers, now=timezone.now(), **how)
    except NotAllowed as refusal:
        return _page(request, visit, notice=refusal.sentence, wish=form, status=409)
    return redirect("desk:request", reference=asked.reference)


def _beyond(request):
    form = BeyondForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["why"]:
        return None
    overlap = form.cleaned_data["over"] and may(request.user, "overbook")
    return lifecycle.Beyond(form.cleaned_data["why"], overlap=overlap)


def _moved(visit, posted):
    """Where it stands now, in the calendar if it was moved there; with the bar that takes it back."""
    last = Event.objects.filter(appointment=visit.pk, verb="move").order_by("-pk").values_list("pk", flat=True).first()
    if posted.get("calendar"):
        return views.address(_day(visit), posted, done=last)
    return f"{reverse('desk:day', args=[_day(visit)])}?done={last}"


def _sentence(refusal, user, visit, form):
    if isinstance(refusal, SlotTaken):
        wanted = visit.visit_type.lasting(visit.minutes)
        return obstacle(form.cleaned_data["slot"], wanted, ignoring=Q(pk=visit.pk), now=timezone.now())
    if isinstance(refusal, AlreadyHandled):
        return labels.faster(labels.act_of(refusal.event), user, visit.location.tz)
    return refusal.sentence


def _day(visit):
    return visit.starts_at.astimezone(visit.location.tz).date()


def _page(request, visit, *, notice="", wish=None, status=200):
    window = WindowForm(request.GET)
    window.is_valid()
    context = {"visit": visit, "window": window, "notice": notice, "day": _day(visit).isoformat()}
    context |= _wished(request, visit, wish) | {"kept": views.kept_in_a_form(request.POST)}
    context |= {"calendar": views.address(_day(visit), request.POST, moving=visit.pk)}
    context |= {"beyond": BeyondForm(request.POST or None), "special": _special(request, visit)}
    return page(request, "calendar/reschedule", context | _open_times(visit, window, timezone.now()), status=status)


def _wished(request, visit, wish):
    """What the patient wishes; in words, where no form for it stands there any more."""
    looked_for = rebooking.waiting(visit).first()
    is_lost = wish and (looked_for or visit.status != visit.Status.BOOKED or visit.starts_at <= timezone.now())
    lost = readable(request.resolver_match, request.POST) if is_lost else []
    return {"wish": wish, "flow_key": uuid.uuid4(), "looked_for": looked_for, "lost": lost}


def _special(request, visit):
    """What was typed, or with whom and where the visit is now."""
    now = {"who": visit.practitioner.slug, "where": visit.location.slug}
    form = SpecialForm(request.POST) if request.POST.get("special") else SpecialForm(initial=now)
    form.offer(select_options.team())
    return form


def _open_times(visit, window, now):
    """Open times of the visit's own length, from a day on, with its practitioner or anyone. Three queries."""
    first = window.cleaned_data.get("since") or now.astimezone(visit.location.tz).date()
    last = first + timedelta(days=DAYS - 1)
    diary = diary_of(visit, [first, last], now)
    anyone = window.cleaned_data.get("anyone")
    team = [roster for roster in diary.team if anyone or roster.practitioner.pk == visit.practitioner_id]
    found = other_times(visit, diary, first, last, team)
    shown = whole_days(found, AT_LEAST)
    later = shown[-1].local.date() if len(shown) < len(found) else last
    rows = [(each, is_sooner(each.slot, diary.visit_type, now=now)) for each in shown]
    return {"times": rows, "later": later + timedelta(days=1), "last_day": later, "anyone": anyone}
