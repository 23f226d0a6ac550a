"""Reschedule an appointment from a list of open times, or add a request to the queue if no time works now."""

import uuid
from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.calendar import views
from booking.desk.calendar.reschedule import availability_for, other_times
from booking.desk.day.appointments import find
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.expired_form_labels import readable
from booking.desk.requests.forms import AskAgainForm
from booking.desk.slot_finder import select_options
from booking.desk.slot_finder.forms import OverrideForm, RescheduleForm, SpecialForm, WindowForm
from booking.lifecycle import NotAllowed, SlotTaken, rebooking
from booking.lifecycle.overrides import obstacle
from booking.lifecycle.reschedule import has_begun
from booking.models.appointment_request import Channel
from booking.scheduling.desk_slots import DAYS, suits, whole_days
from booking.scheduling.suggestions import by_notice, suggested, through
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date

AT_LEAST, SOONEST = 24, 6


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
            how = {
                "notice": _sentence(refusal, request.user, appointment, form),
                "elsewhere": labels.elsewhere(refusal),
            }
            return _page(request, find(pk), **how, status=409)
    return HttpResponseRedirect(_rescheduled(find(pk), request.POST))


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


def _rescheduled(appointment, posted):
    """The page that shows the appointment's new time, with the undo bar: the calendar if it was moved there, else the
    day.
    """
    last = undo_bar.last_id("reschedule", appointment=appointment.pk)
    if posted.get("calendar"):
        return views.address(_day(appointment), posted, undo=last)
    return f"{reverse('desk:day', args=[_day(appointment)])}?undo={last}"


def _sentence(refusal, user, appointment, form):
    if isinstance(refusal, SlotTaken):
        wanted = appointment.appointment_type.lasting(appointment.minutes)
        return obstacle(form.cleaned_data["slot"], wanted, ignoring=Q(pk=appointment.pk), now=timezone.now())
    return labels.refused(refusal, user, appointment.location.tz)


def _day(appointment):
    return local_date(appointment.starts_at, appointment.location.tz)


def _page(request, appointment, *, notice="", elsewhere=None, ask_again_form=None, status=200):
    window = WindowForm(request.GET)
    window.is_valid()
    context = {"appointment": appointment, "window": window, "notice": notice, "day": _day(appointment).isoformat()}
    context |= (
        {"elsewhere": elsewhere}
        | _asked_again(request, appointment, ask_again_form)
        | {"kept": views.kept_in_a_form(request.POST)}
    )
    context |= {"calendar": views.address(_day(appointment), request.POST, rescheduling=appointment.pk)}
    context |= {"has_begun": has_begun(appointment, timezone.now())}
    context |= {"override": OverrideForm(request.POST or None), "special": _special(request, appointment)}
    context |= _open_times(appointment, window, timezone.now())
    return page(request, "calendar/reschedule", context, shows=[appointment], status=status)


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


def _open_times(appointment, window, now):
    """Open times of the appointment's length from a day on, with its practitioner or anyone. Three queries."""
    first = window.cleaned_data.get("since") or local_date(now, appointment.location.tz)
    last = first + timedelta(days=DAYS - 1)
    availability = availability_for(appointment, [first, last], now)
    anyone = window.cleaned_data.get("anyone")
    team = [hours for hours in availability.team if anyone or hours.practitioner.pk == appointment.practitioner_id]
    found = other_times(appointment, availability, first, last, team)
    after, sooner = by_notice(found, availability.appointment_type, now)
    shown = whole_days(after, AT_LEAST)
    later = shown[-1].local.date() if len(shown) < len(after) else last
    few = suggested(list(filter(suits(appointment.appointment_request, first), after)) or after)
    groups = [(_("Suggested"), few), (_("Other open times"), [each for each in shown if each not in few])]
    return {
        "groups": [group for group in groups if group[1]], "sooner": sooner[:SOONEST],
        "only_sooner": bool(sooner and not after),
        "later": later + timedelta(days=1), "last_day": through(later, few), "anyone": anyone,
    }  # fmt: skip
