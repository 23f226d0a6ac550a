"""Who takes hours away is asked first, if appointments that are booked or held would lie outside.

The change is made, the hours are read as they then are, and if appointments are left outside, all of it is rolled back:
so hours, closures, people and offices are weighed alike, whatever the form has in it.
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

SHOWN = 200


@dataclass(frozen=True)
class AffectedAppointments:
    """The appointments that a change leaves outside hours. A button answers with their number; “2-1 ask” notifies."""

    appointments: list[Appointment]
    is_closure: bool

    @property
    def code(self):
        """“9-2”: what the page that asked had counted. Another number is asked again."""
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
            words = _("This closure affects %(booked)s booked and %(held)s held appointments. It is not saved yet.")
        else:
            words = _(
                "%(booked)s booked and %(held)s held appointments would lie outside the hours. Nothing is saved yet."
            )
        return words % {"booked": len(self.booked), "held": len(self.appointments) - len(self.booked)}


class RollBack(Exception):
    """The change was made and is undone by this, until its question is answered."""

    def __init__(self, affected):
        self.affected = affected


class ConfirmChangeForm(forms.ModelForm):
    affected: AffectedAppointments | None = None

    def clean(self):
        if self.affected:
            self.add_error(None, self.affected.warning)
        return super().clean()


class ConfirmsChange:
    """Mixed into the admin of each table whose rows make hours."""

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
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except RollBack as taken:
            request.POST = QueryDict()  # what was confirmed is the deletion, not its answer: the page asks once more
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
        """What the change, as it stands in the database now, affects. `form` is None for a deletion."""
        now = timezone.now()
        return AffectedAppointments(left_outside(before, open_hours(now), now=now), is_closure=False)

    def ask(self, request, affected):
        """“Find them another time”: each booked appointment gets its request in the queue, and its patient is told.

        After the commit: here all calendars are locked, and a request is never locked after a calendar.
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
        with contextlib.suppress(lifecycle.NotAllowed):  # marked so before, or changed meanwhile
            lifecycle.mark_needs_rebooking(pk, by=by, now=timezone.now())
