"""Blocking a part of a provider's day in the calendar, and opening it again."""

from datetime import timedelta

from django import forms
from django.http import HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking import lifecycle
from booking.desk.calendar import views
from booking.desk.decorators import desk_view, forbidden
from booking.desk.double_submit import form_key
from booking.desk.expired_form_labels import readable
from booking.desk.requests.forms import MomentField, SlotField
from booking.form_fields import TextField
from booking.lifecycle import NotAllowed
from booking.roles import may_take_time_off
from clinic.models import ScheduleException
from clinic.practice_info import local_date, practice_info, zone_at


class BlockForm(forms.Form):
    """From when, and how long or until when; a button posts one of the two."""

    slot = SlotField(label=_("From"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=24 * 60, required=False)
    until = MomentField(required=False)
    reason = TextField(label=_("Private reason"), max_length=80, required=False)
    key = forms.UUIDField()

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]

    def clean(self):
        data = self.cleaned_data
        if data.get("slot") and data.get("minutes"):
            data["until"] = data["slot"].starts_at + timedelta(minutes=data["minutes"])
        if not self.errors and not data.get("until"):
            self.add_error("until", _("Choose how long to block."))
        return data


class UnblockForm(forms.Form):
    """Nothing but the press."""


@desk_view("time_off", BlockForm)
def block(request):
    form = BlockForm(request.POST)
    if request.method != "POST":
        return HttpResponseRedirect(views.address(local_date(timezone.now()), request.GET))
    lost = readable(request.resolver_match, request.POST)
    if not form.is_valid():
        return views.shown(request, request.POST, notice=form.first_error, lost=lost, status=400)
    data, now = form.cleaned_data, timezone.now()
    slot = data["slot"]
    day = local_date(slot.starts_at, zone_at(slot.location_id))
    if not may_take_time_off(request.user, day, day, _today()):
        return forbidden(request)
    by = lifecycle.staff(request.user, form_key=form_key(request, BlockForm))
    try:
        blocked = lifecycle.block(slot, data["until"], data["reason"], by=by, now=now)
    except NotAllowed as refusal:
        return views.shown(request, request.POST, notice=refusal.sentence, lost=lost, status=409)
    return HttpResponseRedirect(views.address(day, request.POST, blocked=blocked.pk))


@desk_view("time_off", UnblockForm)
def unblock(request, pk):
    found = ScheduleException.objects.filter(pk=pk).first()
    day = found.first_day if found else _today()
    if request.method != "POST":
        return HttpResponseRedirect(views.address(day, request.GET))
    if not may_take_time_off(request.user, day, day, _today()):
        return forbidden(request)
    try:
        lifecycle.unblock(pk, by=lifecycle.staff(request.user), now=timezone.now())
    except NotAllowed as refusal:
        return views.shown(request, request.POST | {"day": day.isoformat()}, notice=refusal.sentence, status=409)
    return HttpResponseRedirect(views.address(day, request.POST, opened="1"))


def _today():
    return local_date(timezone.now(), practice_info().zone)
