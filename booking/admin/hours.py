"""Who works where and when: people, offices, weekly hours, closures. Each asks before it strands a visit."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.admin.confirm_change import AskingForm, Asks, Question
from booking.scheduling.closure_impact import Closing, stranded
from clinic.admin import OfficeHoursInline, SetUpAdmin, TimesOfDay
from clinic.formatting import clock
from clinic.models import Location, Practitioner, Schedule, ScheduleException


class ScheduleInline(TimesOfDay, admin.StackedInline):
    model = Schedule
    extra = 1
    fields = [("location", "weekday"), ("starts", "ends"), ("valid_from", "valid_until")]


@admin.register(Location)
class LocationAdmin(Asks, SetUpAdmin):
    list_display = ["name", "address", "zone", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OfficeHoursInline]


@admin.register(Practitioner)
class PractitionerAdmin(Asks, SetUpAdmin):
    list_display = ["name", "profession", "specialty", "order", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [ScheduleInline]


@admin.register(Schedule)
class ScheduleAdmin(Asks, SetUpAdmin):
    list_display = ["practitioner", "location", "weekday", "hours", "valid_from", "valid_until"]
    list_filter = ["practitioner", "location", "weekday"]
    list_select_related = ["practitioner", "location"]

    @admin.display(description=_("hours"), ordering="starts")
    def hours(self, row):
        return f"{clock(row.starts)} – {clock(row.ends)}"


class ClosureForm(AskingForm):
    COVERS = {"kind", "first_day", "last_day", "starts", "ends", "location", "practitioner", "except_for"}

    def closes_anew(self):
        """Whether it shuts hours that it did not shut before: a new note asks nobody."""
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
class ClosureAdmin(Asks, SetUpAdmin):
    form = ClosureForm
    fields = [
        "kind", ("first_day", "last_day"), ("starts", "ends"), "location", "practitioner", "except_for", "note",
    ]  # fmt: skip
    list_display = ["kind", "first_day", "last_day", "location", "practitioner", "note"]
    list_filter = ["kind", "location", "practitioner"]
    list_select_related = ["location", "practitioner"]
    ordering = ["-first_day"]

    def stranded_by(self, form, before):
        """A closure also strands the visits that were booked outside the hours."""
        question = super().stranded_by(form, before)
        if form is None or not form.closes_anew():
            return question
        inside = stranded(_closing(form.cleaned_data), now=timezone.now())
        found = {visit.pk: visit for visit in [*question.visits, *inside]}
        return Question(sorted(found.values(), key=lambda visit: (visit.starts_at, visit.pk)), is_closure=True)
