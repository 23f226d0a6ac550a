"""Asks for confirmation before saving hours that would leave held or booked appointments outside them.

The change is made, the resulting hours are read, and everything is rolled back if appointments are left outside. So
hours, closures, practitioners and offices are all checked in the same way, whatever the form contains.
"""

import contextlib
from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.lifecycle import lock_all_calendars
from booking.models import Appointment
from booking.scheduling.hours_impact import left_outside, open_hours
from clinic.access_log import notes as access_log

SHOWN = 200


@dataclass(frozen=True)
class AffectedAppointments:
    """The appointments that a change leaves outside hours. A button posts their `code`, with “ask” if patients are to
    be notified.
    """

    appointments: list[Appointment]
    is_closure: bool
    offer_url: str = ""  # the desk's page that finds other times for them

    @property
    def code(self):
        """“9-2”: booked and held appointments that the confirmation page counted. If the count has changed, the page
        asks again.
        """
        return f"{len(self.booked)}-{len(self.appointments) - len(self.booked)}"

    @property
    def booked(self):
        return [appointment for appointment in self.appointments if appointment.status != Appointment.Status.HELD]

    @property
    def shown(self):
        return self.appointments[:SHOWN]

    @property
    def more(self):
        return max(0, len(self.appointments) - SHOWN)

    @property
    def warning(self):
        if self.is_closure:
            words = _(
                "This closure affects %(booked)s booked and %(held)s held appointments. It has not been saved yet."
            )
        else:
            words = _(
                "%(booked)s booked and %(held)s held appointments would be outside working hours. "
                "Nothing has been saved yet."
            )
        return words % {"booked": len(self.booked), "held": len(self.appointments) - len(self.booked)}


class RollBack(Exception):
    """Rolls the change back until the user has confirmed it."""

    def __init__(self, affected):
        self.affected = affected


class ConfirmChangeForm(forms.ModelForm):
    affected: AffectedAppointments | None = None

    def clean(self):
        if self.affected:
            self.add_error(None, self.affected.warning)
        return super().clean()


class ConfirmsChange:
    """Mixin for the admin of each table that determines working hours."""

    form = ConfirmChangeForm

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)  # a new class each time
        form.affected = getattr(request, "affected", None)
        return form

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except RollBack as taken:
            request.affected = taken.affected
            access_log.shows(request, taken.affected.shown)
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except RollBack as taken:
            request.POST = QueryDict()  # the POST confirmed the deletion, not its effects: render the page again
            access_log.shows(request, taken.affected.shown)
            return super().delete_view(request, object_id, {"affected": taken.affected})

    def save_model(self, request, obj, form, change):
        request.hours = self.hours_before()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self.ask(request, self.affected_by(form, request.hours))

    def delete_model(self, request, obj):
        before = self.hours_before()
        super().delete_model(request, obj)
        self.ask(request, self.affected_by(None, before))

    def hours_before(self):
        lock_all_calendars()
        return open_hours(timezone.now())

    def affected_by(self, form, before):
        """The appointments that the (uncommitted) change affects. `form` is None for a deletion."""
        now = timezone.now()
        return AffectedAppointments(left_outside(before, open_hours(now), now=now), is_closure=False)

    def ask(self, request, affected):
        """“Find them another time”: after the commit, open a request for each booked appointment and notify the
        patient.

        Not before the commit: all calendars are locked here, and a request must never be locked after a calendar.
        """
        code, _space, ask_again_form = request.POST.get("affected", "").partition(" ")
        if affected.appointments and code != affected.code:
            raise RollBack(affected)
        if affected.appointments and ask_again_form == "ask":
            booked = [
                appointment.pk
                for appointment in affected.appointments
                if appointment.status == Appointment.Status.BOOKED
            ]
            transaction.on_commit(lambda: _mark_needs_rebooking(booked, lifecycle.staff(request.user)))


def _mark_needs_rebooking(appointments, by):
    for pk in appointments:
        with contextlib.suppress(lifecycle.NotAllowed):  # already marked, or changed in the meantime
            lifecycle.mark_needs_rebooking(pk, by=by, now=timezone.now())
