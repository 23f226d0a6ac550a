"""Practitioners, offices, hours and closures. Each asks before leaving an appointment outside working hours."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.admin.confirm_change import AffectedAppointments, ConfirmChangeForm, ConfirmsChange
from booking.scheduling.closure_impact import Closing, affected_appointments
from clinic.admin import OfficeHoursInline, SetUpAdmin, TimesOfDay
from clinic.formatting import clock
from clinic.models import Location, Practitioner, Schedule, ScheduleException


class ScheduleInline(TimesOfDay, admin.StackedInline):
    model = Schedule
    extra = 1
    fields = [("location", "weekday"), ("starts", "ends"), ("valid_from", "valid_until")]


@admin.register(Location)
class LocationAdmin(ConfirmsChange, SetUpAdmin):
    list_display = ["name", "address", "zone", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OfficeHoursInline]


@admin.register(Practitioner)
class PractitionerAdmin(ConfirmsChange, SetUpAdmin):
    list_display = ["name", "profession", "specialty", "order", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [ScheduleInline]


@admin.register(Schedule)
class ScheduleAdmin(ConfirmsChange, SetUpAdmin):
    list_display = ["practitioner", "location", "weekday", "hours", "valid_from", "valid_until"]
    list_filter = ["practitioner", "location", "weekday"]
    list_select_related = ["practitioner", "location"]

    @admin.display(description=_("hours"), ordering="starts")
    def hours(self, row):
        return f"{clock(row.starts)} – {clock(row.ends)}"


class ClosureForm(ConfirmChangeForm):
    COVERS = {"kind", "first_day", "last_day", "starts", "ends", "location", "practitioner", "except_for"}

    def closes_anew(self):
        """Whether the edited closure closes more time than before. A new note alone needs no confirmation."""
        is_closed = self.cleaned_data["kind"] == ScheduleException.Kind.CLOSED
        return is_closed and not self.COVERS.isdisjoint(self.changed_data)


def _closing(data):
    location, practitioner = data["location"], data["practitioner"]
    return Closing(
        data["first_day"],
        data["last_day"],
        data["starts"],
        data["ends"],
        location.pk if location else None,
        practitioner.pk if practitioner else None,
        frozenset(each.pk for each in data["except_for"]),
    )


@admin.register(ScheduleException)
class ClosureAdmin(ConfirmsChange, SetUpAdmin):
    form = ClosureForm
    fields = [
        "kind", ("first_day", "last_day"), ("starts", "ends"), "location", "practitioner", "except_for", "note",
    ]  # fmt: skip
    list_display = ["kind", "first_day", "last_day", "location", "practitioner", "note"]
    list_filter = ["kind", "location", "practitioner"]
    list_select_related = ["location", "practitioner"]
    ordering = ["-first_day"]

    def affected_by(self, form, before):
        """The appointments that a closure affects, including those that were booked outside the hours."""
        affected = super().affected_by(form, before)
        if form is None or not form.closes_anew():
            return affected
        inside = affected_appointments(_closing(form.cleaned_data), now=timezone.now())
        found = {appointment.pk: appointment for appointment in [*affected.appointments, *inside]}
        return AffectedAppointments(
            sorted(found.values(), key=lambda appointment: (appointment.starts_at, appointment.pk)), is_closure=True
        )
