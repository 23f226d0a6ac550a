"""Undoing the last act, and telling a patient by phone what no email did."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import lifecycle
from booking.desk import labels
from booking.desk.day.actions import day_of
from booking.desk.decorators import desk_view, missing, refuse
from booking.desk.double_submit import form_key
from booking.desk.queue import call_words, calls
from booking.desk.requests.forms import CallForm, PlainForm, UndoForm
from booking.desk.requests.views import find, request_page
from booking.lifecycle import NotAllowed, SlotTaken
from booking.lifecycle.call_log import Outcome
from booking.models import Event, Message
from booking.models.appointment_request import Channel
from booking.roles import may
from booking.templatetags.desk_format import desk_recent
from clinic.access_log import notes as access_log
from clinic.practice_info import practice_info


@desk_view("undo", UndoForm)
def undo(request, pk):
    event = (
        Event.objects.filter(pk=pk, appointment_request__isnull=False)
        .select_related("appointment_request", "appointment")
        .first()
    )
    if event is None:
        return missing(request)
    access_log.shows(request, [event])
    form = UndoForm(request.POST)
    if not form.is_valid():
        return request_page(
            request, find(event.appointment_request.reference), notice=form.first_error, form=form, status=400
        )
    if request.method == "POST":
        _undo(request, event, form.cleaned_data["undo_why"])
    if event.verb in ("cancel", "reschedule") and event.appointment:
        event.appointment.refresh_from_db()
        return redirect(day_of(event.appointment))
    return redirect("desk:request", reference=event.appointment_request.reference)


def _undo(request, event, why):
    how = {"others": may(request.user, "undo_others"), "note": why}
    try:
        lifecycle.undo(event.pk, user=request.user, now=timezone.now(), **how)
    except NotAllowed as refusal:
        messages.error(request, labels.refused(refusal, request.user, practice_info().zone))
    except SlotTaken:
        messages.error(request, _("Not undone. Someone else has that time now."))
    else:
        messages.success(request, _undone(event))


def _undone(event):
    if event.appointment:
        return _("Undone. Back to where it was.")
    if not event.from_status:
        return _("Undone. Nothing is booked, and the request is closed.")
    return _("Undone. Back to where it was.")


def _message(request, pk):
    """The message with its request."""
    message = Message.objects.select_related("appointment_request__patient").filter(pk=pk).first()
    access_log.shows(request, [message.appointment_request] if message else [])
    return message


class NotifiedForm(PlainForm):
    by_letter = forms.BooleanField(label=gettext_lazy("Letter sent"), required=False)


@desk_view("mark_notified", NotifiedForm)
def mark_notified(request, pk):
    message = _message(request, pk)
    if message is None:
        return missing(request)
    following = calls.next_after(pk, timezone.now())
    if request.method == "POST":
        by_letter = "by_letter" in request.POST
        how = "" if by_letter else Channel.PHONE
        by = lifecycle.staff(request.user, how, form_key(request, NotifiedForm, once=True))
        if lifecycle.mark_notified(message.pk, by=by, now=timezone.now()):
            said = _("Marked as notified by letter: %s.") if by_letter else _("Marked as notified by phone: %s.")
            said %= message.appointment_request.patient.name
            messages.success(request, call_words.and_what_is_next(said, message, request.user))
        elif not message.appointment_request.events.filter(by=request.user, form_key=by.form_key).exists():
            messages.error(request, _why_not_marked(message, request.user))
    return _back(request) or _to_call(next=following)


def _back(request):
    """To the page of the desk whose bar was pressed."""
    path = request.POST.get("came_from", "")
    is_ours = path.startswith(reverse("desk:queue")) and url_has_allowed_host_and_scheme(path, None)
    return HttpResponseRedirect(path) if is_ours else None


def _to_call(**query):
    """The list, with the focus on the next call."""
    shown = {"view": "to-call"} | {name: pk for name, pk in query.items() if pk}
    return HttpResponseRedirect(f"{reverse('desk:queue')}?{urlencode(shown)}")


def _why_not_marked(message, user):
    """What became of a message that the desk need not tell the patient any more."""
    message.refresh_from_db()
    if message.status == Message.Status.SUPERSEDED:
        return _("Your change was not saved. There is a newer answer: this message is out of date.")
    marked = message.appointment_request.events.filter(verb="mark_notified", at=message.sent_at).last()
    if message.status != Message.Status.NOTIFIED or marked is None:
        return _("Your change was not saved. Nobody has to call about this message.")
    when = desk_recent(marked.at, practice_info().zone)
    how = {"who": labels.who(marked, user), "when": when}
    return _("Your change was not saved. %(who)s already marked it, %(when)s.") % how


@desk_view("log_call", PlainForm)
def start_call(request, pk):
    """The first press takes the call about this message: colleagues see it, and do not call the same number."""
    message = _message(request, pk)
    if message is None:
        return missing(request)
    if request.method == "POST":
        how = {"user": request.user, "now": timezone.now(), "instead": "instead" in request.POST}
        try:
            lifecycle.start_call(message.appointment_request_id, **how)
        except NotAllowed as refusal:
            said = labels.refused(refusal, request.user, practice_info().zone)
            return refuse(request, 409, _("Don’t call now"), said, _("To call now, take over on the “To call” list."))
    return _to_call(next=pk)


@desk_view("log_call", CallForm)
def call_about(request, pk):
    """Log a call that was to tell this message. Who was reached has been told."""
    message = _message(request, pk)
    if message is None:
        return missing(request)
    posted = request.POST.copy()
    posted["next_try"] = posted.get(f"next_try_{pk}", "")
    form = CallForm(posted)
    if request.method != "POST":
        return _to_call()
    if not form.is_valid():
        messages.error(request, form.first_error)
        return _to_call(next=pk)
    return _to_call(**_log_call(request, message, form))


def _log_call(request, message, form):
    """Returns what the list shows: the next call, or what to ask again."""
    following = calls.next_after(message.pk, timezone.now())
    data, by = form.cleaned_data, lifecycle.staff(request.user, Channel.PHONE, form_key(request, CallForm))
    how = {"next_try_at": data["next_try"], "again": data["again"], "about": message.pk}
    now = timezone.now()
    try:
        called = lifecycle.log_call(message.appointment_request_id, data["outcome"], by=by, now=now, **how)
    except NotAllowed as refusal:
        messages.error(request, labels.refused(refusal, request.user, practice_info().zone))
        return {"again" if isinstance(refusal, lifecycle.LoggedJustNow) else "next": message.pk}
    said = call_words.logged(called, data["outcome"], now=now, is_told=True)
    is_reached = data["outcome"] == Outcome.REACHED
    messages.success(request, call_words.and_what_is_next(said, message, request.user) if is_reached else said)
    return {"next": following}
