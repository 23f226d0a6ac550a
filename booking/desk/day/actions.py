"""Views for one appointment: status changes on the day page, and canceling."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.day import appointments as day_appointments
from booking.desk.day import my_day
from booking.desk.day.appointments import find
from booking.desk.decorators import desk_view, forbidden, missing, page
from booking.desk.double_submit import form_key, is_repeated
from booking.desk.requests import quiet_end
from booking.desk.requests.forms import CancelForm, MarkForm
from booking.lifecycle import NotAllowed, SlotTaken
from booking.lifecycle.errors import NeedsReason
from booking.lifecycle.reschedule import has_begun
from booking.lifecycle.verbs import DAY_MARKS, VERBS
from booking.models.appointment_request import Channel
from booking.notifications.messages import PATIENTS_OWN
from booking.roles import may
from booking.templatetags.desk_format import desk_clock
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date

# Undoing a status change requires the right to make it.
SET_BY = {to: name for name in DAY_MARKS for to in VERBS[name].steps.values()}


def mark(verb):
    """The view of one status button on the day page."""

    @desk_view(verb, MarkForm)
    def view(request, pk):
        appointment = find(pk)
        if appointment is None:
            return missing(request)
        access_log.shows(request, [appointment])
        if verb == "revert_status" and not may(request.user, SET_BY.get(appointment.status, verb)):
            return forbidden(request)
        marked_as = _mark(request, appointment, verb) if request.method == "POST" else None
        if request.POST.get("back") == "my_day":
            return to_my_day(request, appointment, mark=marked_as, is_saved=marked_as is not None)
        return redirect(day_of(appointment, request.POST, mark=marked_as))

    return view


def to_my_day(request, appointment, *, is_saved, mark=None):
    """My day; with the note that was typed beside the appointment, if nothing was saved."""
    if request.POST.get("note") and not is_saved and hasattr(request.user, "practitioner"):
        return my_day.my_page(request, unsaved=appointment.pk, status=409)
    return redirect(reverse("desk:my_day") + (f"?mark={mark}" if mark else ""))


def _mark(request, appointment, verb):
    """Change the status. Returns the key of its event for the undo bar; None if it was refused."""
    form = MarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.first_error)
        return None
    note = form.cleaned_data["note"] if may(request.user, "note_for_desk") else ""
    by = lifecycle.staff(request.user, form_key=form_key(request, MarkForm))
    try:
        act = getattr(lifecycle, verb)
        act(appointment.pk, by=by, now=timezone.now(), version=form.cleaned_data["version"], note=note)
    except (NotAllowed, SlotTaken) as refusal:
        if not is_repeated(by, refusal):
            said = f"{_named(appointment)}: {_sentence(refusal, request.user, appointment)}"
            messages.error(request, said + (" " + _("Your note was not saved.") if note else ""))
            return None
    if note:
        messages.success(request, _("Note added. The front desk sees it."))
    if verb == "revert_status":
        messages.success(request, _("%s: undone.") % _named(appointment))
    return undo_bar.last_id(verb, appointment=appointment.pk, by=request.user)


@desk_view("cancel", CancelForm)
def cancel(request, pk):
    appointment = find(pk)
    if appointment is None:
        return missing(request)
    access_log.shows(request, [appointment])
    form = CancelForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _cancel_page(request, appointment, form, status=400 if form.errors else 200)
    code = form.cleaned_data["code"]
    channel = Channel.PHONE if code in PATIENTS_OWN else ""
    by = lifecycle.staff(request.user, channel, form_key(request, CancelForm))
    try:
        how = {"version": form.cleaned_data["version"], "note": form.cleaned_data["note"]}
        lifecycle.cancel(appointment.pk, code, by=by, now=timezone.now(), **how)
    except NotAllowed as refusal:
        if not is_repeated(by, refusal):
            if isinstance(refusal, NeedsReason):
                form.add_error("note", refusal.sentence)
                form.fields["note"].widget.attrs["autofocus"] = True
                return _cancel_page(request, find(pk), form, status=409)
            notice = _sentence(refusal, request.user, appointment)
            return _cancel_page(request, find(pk), form, notice=notice, status=409)
    last = undo_bar.last_id("cancel", appointment=pk)
    return HttpResponseRedirect(day_of(appointment, undo=last))


def _cancel_page(request, appointment, form, *, notice="", status=200):
    begun = has_begun(appointment, timezone.now())
    form.fields["note"].required = begun and not appointment.needs_rebooking  # no label says that it is optional then
    context = {"appointment": appointment, "form": form, "notice": notice, "back": day_of(appointment)}
    context |= {"has_begun": begun}
    context |= quiet_end.context(appointment.appointment_request, timezone.now())
    return page(request, "day/cancel", context, shows=[appointment], status=status)


def _sentence(refusal, user, appointment):
    if isinstance(refusal, SlotTaken):
        return _("someone else has booked this time.")
    return labels.refused(refusal, user, appointment.location.tz)


def _named(appointment):
    """“9:20 AM, K7M-4QX-9PTR”."""
    return f"{desk_clock(appointment.starts_at, appointment.location.tz)}, {appointment.appointment_request}"


def day_of(appointment, looked_at=None, **shown):
    """The URL of the appointment's day, with the filters of the current page."""
    day = local_date(appointment.starts_at)
    query = urlencode(day_appointments.arrangement(looked_at or {}) | {name: pk for name, pk in shown.items() if pk})
    return reverse("desk:day", args=[day.isoformat()]) + (f"?{query}" if query else "")
