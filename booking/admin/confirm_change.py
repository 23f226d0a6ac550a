"""Asks for confirmation before saving hours that would leave held or booked appointments outside them, whatever the
form contains.
"""

from django import forms
from django.http import QueryDict
from django.utils import timezone

from booking import lifecycle
from booking.lifecycle import lock_all_calendars
from booking.lifecycle.time_off.affected import AffectedAppointments, LeavesOutside, require_seen
from booking.scheduling.hours_impact import left_outside, open_hours
from clinic.access_log import notes as access_log


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
        except LeavesOutside as taken:
            request.affected = taken.affected
            access_log.shows(request, taken.affected.shown)
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except LeavesOutside as taken:
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
        return AffectedAppointments(left_outside(before, open_hours(now), now=now))

    def ask(self, request, affected):
        require_seen(affected, request.POST.get("affected", ""), by=lifecycle.staff(request.user))
