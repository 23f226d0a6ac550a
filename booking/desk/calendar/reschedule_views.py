"""Reschedule an appointment from a list of open times, or add a request to the queue if no time works now."""

import uuid
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.calendar import origin, views
from booking.desk.calendar.reschedule import availability_for, other_times
from booking.desk.day.appointments import find
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.expired_form_labels import readable
from booking.desk.requests.forms import AskAgainForm
from booking.desk.slot_finder import select_options
from booking.desk.slot_finder.forms import OverrideForm, RescheduleForm, SpecialForm, WindowForm
from booking.lifecycle import NotAllowed, SlotTaken, rebooking
from booking.lifecycle.errors import NeedsReason
from booking.lifecycle.overrides import WITH_REASON, obstacle
from booking.lifecycle.reschedule import has_begun
from booking.models.appointment_request import Channel
from booking.scheduling.desk_slots import DAYS, suits, whole_days
from booking.scheduling.slots import Slot
from booking.scheduling.suggestions import by_notice, suggested, through
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date

AT_LEAST, SOONEST = 24, 6
LONGEST = 40  # letters of a slot’s code


@desk_view("reschedule", RescheduleForm, SpecialForm, OverrideForm)
def reschedule(request, pk):
    appointment = find(pk)
    if appointment is None:
        return missing(request)
    access_log.shows(request, [appointment])
    if request.method != "POST":
        return _page(request, appointment)
    form = RescheduleForm(request.POST)
    if not form.is_valid():
        return _page(request, appointment, notice=form.first_error, status=400)
    by = lifecycle.staff(request.user, "", form_key(request, RescheduleForm))  # the patient may not know of it yet
    now = timezone.now()
    how = {"version": form.cleaned_data["version"], "override": OverrideForm(request.POST).override(request.user)}
    try:
        lifecycle.reschedule(pk, form.cleaned_data["slot"], by=by, now=now, **how)
    except (NotAllowed, SlotTaken) as refusal:
        if not is_repeated(by, refusal):
            return _page(request, find(pk), **_refused(refusal, request.user, appointment, form), status=409)
    return HttpResponseRedirect(_rescheduled(request, find(pk)))


@desk_view("ask_again", AskAgainForm)
def ask_again(request, pk):
    """Add a request for another time to the queue. The appointment stays until the request is answered."""
    appointment = find(pk)
    if appointment is None:
        return missing(request)
    access_log.shows(request, [appointment])
    if request.method != "POST":
        return redirect("desk:reschedule", pk=pk)
    form = AskAgainForm(request.POST)
    if not form.is_valid():
        return _page(request, appointment, notice=form.first_error, ask_again_form=form, status=400)
    answers = {"note": form.cleaned_data["note"], "wants_call": True}
    how = {"by": lifecycle.staff(request.user, Channel.PHONE), "flow_key": form.cleaned_data["flow_key"]}
    try:
        appointment_request = lifecycle.ask_for_another_time(pk, [], answers, now=timezone.now(), **how)
    except NotAllowed as refusal:
        return _page(request, appointment, notice=refusal.sentence, ask_again_form=form, status=409)
    return redirect("desk:request", reference=appointment_request.reference)


def _rescheduled(request, appointment):
    """The page where the move began, else the day of the new time; with the undo bar, which names it."""
    last = undo_bar.last_id("reschedule", appointment=appointment.pk)
    return origin.address(origin.of(request), _day(appointment), undo=last)


def _refused(refusal, user, appointment, form):
    """What the page says: at the box of the reason if only that is missing, else above."""
    sentence, slot = _sentence(refusal, user, appointment, form), form.cleaned_data["slot"]
    if isinstance(refusal, NeedsReason) or str(WITH_REASON) in sentence:
        return {"why_missing": sentence, "chosen": slot}
    return {"notice": sentence, "elsewhere": labels.elsewhere(refusal), "chosen": slot}


def _sentence(refusal, user, appointment, form):
    if isinstance(refusal, SlotTaken):
        wanted = appointment.appointment_type.lasting(appointment.minutes)
        return obstacle(form.cleaned_data["slot"], wanted, ignoring=Q(pk=appointment.pk), now=timezone.now())
    return labels.refused(refusal, user, appointment.location.tz)


def _day(appointment):
    return local_date(appointment.starts_at, appointment.location.tz)


def _page(request, appointment, *, ask_again_form=None, chosen=None, why_missing="", status=200, **said):
    """`chosen`: the slot that was pressed here or on the calendar; `said`: a notice, and what is elsewhere."""
    window, began = WindowForm(request.GET), origin.of(request)
    window.is_valid()
    chosen = chosen or Slot.parse(request.GET.get("slot", "")[:LONGEST])
    context = {"appointment": appointment, "window": window, "has_begun": has_begun(appointment, timezone.now())}
    context |= said | _asked_again(request, appointment, ask_again_form) | _ways_back(appointment, began)
    context |= {"override": _override(request, why_missing), "special": _special(request, appointment)}
    context |= _open_times(appointment, window, chosen, timezone.now())
    context["later_query"] = urlencode(_window_query(context) | began)
    context["asks_why"] = (why_missing and not context["special"].is_bound) or any(
        context[name] for name in ("has_begun", "chosen", "puts_sooner_first")
    )
    return page(request, "calendar/reschedule", context, shows=[appointment], status=status)


def _window_query(shown):
    """The page of the times after those shown."""
    return {"since": shown["later"].isoformat()} | ({"anyone": "1"} if shown["anyone"] else {})


def _ways_back(appointment, began):
    day = _day(appointment)
    on_calendar = date.fromisoformat(began["day"]) if origin.CALENDAR in began and "day" in began else day
    return {
        "kept": began,
        "back": origin.address(began, day),
        "calendar": views.address(on_calendar, began, rescheduling=appointment.pk),
    }


def _override(request, why_missing):
    form = OverrideForm(request.POST or None)
    if why_missing:
        form.add_error("why", why_missing)
        form.fields["why"].widget.attrs["autofocus"] = True
    return form


def _asked_again(request, appointment, ask_again_form):
    """The form for what the patient wants, or its values as text if the form is no longer on the page."""
    looked_for = rebooking.waiting(appointment).first()
    is_lost = ask_again_form and (
        looked_for or appointment.status != appointment.Status.BOOKED or appointment.starts_at <= timezone.now()
    )
    lost = readable(request.resolver_match, request.POST) if is_lost else []
    return {"ask_again_form": ask_again_form, "flow_key": uuid.uuid4(), "looked_for": looked_for, "lost": lost}


def _special(request, appointment):
    """The form for a typed time; at first it has the current practitioner and office."""
    now = {"who": appointment.practitioner.slug, "where": appointment.location.slug}
    form = SpecialForm(request.POST) if request.POST.get("special") else SpecialForm(initial=now)
    form.offer(select_options.team())
    return form


def _open_times(appointment, window, chosen, now):
    """Open times of the appointment's length from a day on, with its practitioner or anyone; and the chosen one among
    those of all, if it is open. Three queries.
    """
    first = window.cleaned_data.get("since") or local_date(now, appointment.location.tz)
    last = first + timedelta(days=DAYS - 1)
    availability = availability_for(appointment, [first, last], now)
    anyone = window.cleaned_data.get("anyone")
    everyone = other_times(appointment, availability, first, last, availability.team)
    found = [each for each in everyone if anyone or each.slot.practitioner_id == appointment.practitioner_id]
    after, sooner = by_notice(found, availability.appointment_type, now)
    shown = whole_days(after, AT_LEAST)
    later = shown[-1].local.date() if len(shown) < len(after) else last
    few = suggested(list(filter(suits(appointment.appointment_request, first), after)) or after)
    groups = [(_("Suggested"), few), (_("Other open times"), [each for each in shown if each not in few])]
    return {
        "groups": [group for group in groups if group[1]],
        "chosen": next((each for each in everyone if each.slot == chosen), None),
        "sooner": _soonest((each for each in sooner if each.slot != chosen), appointment),
        "puts_sooner_first": bool(sooner and (window["since"].value() or not after)),
        "later": later + timedelta(days=1), "last_day": through(later, few), "anyone": anyone,
    }  # fmt: skip


def _soonest(found, appointment):
    """Of each day, those of its own provider first."""
    in_order = sorted(found, key=lambda each: each.slot.practitioner_id != appointment.practitioner_id)
    return sorted(in_order, key=lambda each: each.local.date())[:SOONEST]
