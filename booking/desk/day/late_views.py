"""Saying how late a provider runs, and leaving the desk a note about an appointment."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import lifecycle
from booking.desk.day.actions import day_of, to_my_day
from booking.desk.day.appointments import arrangement, find
from booking.desk.day.views import query
from booking.desk.decorators import desk_view, missing
from booking.desk.double_submit import form_key
from booking.desk.requests.forms import NOT_LISTED, NoteForm, PlainForm
from booking.lifecycle import NotAllowed
from clinic.access_log import notes as access_log
from clinic.models import Practitioner, RunningLate


class LateForm(PlainForm):
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("How late"), choices=RunningLate.Minutes, coerce=int,
        error_messages=dict.fromkeys(["required", "invalid_choice"], NOT_LISTED),
    )  # fmt: skip
    tell = forms.BooleanField(
        label=gettext_lazy("Email patients with appointments in the next 2 hours"), required=False
    )


@desk_view("running_late", LateForm)
def running_late(request, slug):
    practitioner = Practitioner.objects.filter(slug=slug).first()
    if practitioner is None:
        return missing(request)
    form = LateForm(request.POST)
    if request.method == "POST" and form.is_valid():
        said = lifecycle.running_late(
            practitioner.pk, form.cleaned_data["minutes"], tell=form.cleaned_data["tell"],
            by=lifecycle.staff(request.user), now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _said(practitioner, said))
    elif request.method == "POST":
        messages.error(request, form.first_error)
    if request.POST.get("back") == "my_day":
        return redirect("desk:my_day")
    return HttpResponseRedirect(reverse("desk:today") + query(arrangement(request.POST)))


def _said(practitioner, said):
    words = _("%s is on time again.") % practitioner.desk_name
    if said.minutes:
        words = _("%(who)s is running %(minutes)d min late.") % {
            "who": practitioner.desk_name, "minutes": said.minutes,
        }  # fmt: skip
    if said.told:
        words += " " + ngettext("We’ll email %d patient.", "We’ll email %d patients.", said.told) % said.told
    return words


@desk_view("note_for_desk", NoteForm)
def note_for_desk(request, pk):
    """A note that the day shows beside the appointment."""
    appointment, form = find(pk), NoteForm(request.POST)
    if appointment is None:
        return missing(request)
    access_log.shows(request, [appointment])
    is_saved = request.method == "POST" and _add(request, appointment, form)
    if request.POST.get("back") == "my_day":
        return to_my_day(request, appointment, is_saved=is_saved)
    return HttpResponseRedirect(day_of(appointment, request.POST))


def _add(request, appointment, form):
    """Whether the note is there now."""
    if not form.is_valid():
        messages.error(request, form.first_error)
        return False
    by = lifecycle.staff(request.user, form_key=form_key(request, NoteForm))
    try:
        lifecycle.add_note(appointment.appointment_request_id, form.cleaned_data["note"], by=by, now=timezone.now())
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return False
    messages.success(request, _("Note added. The front desk sees it."))
    return True
