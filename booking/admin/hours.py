"""Practitioners, offices, hours and closures. Each asks before leaving an appointment outside working hours."""

from datetime import date
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.admin.confirm_change import ConfirmChangeForm, ConfirmsChange
from booking.lifecycle.time_off.affected import AffectedAppointments
from booking.roles import may
from booking.scheduling.closure_impact import Closing, affected_appointments
from clinic.admin import SetUpAdmin, TimesOfDay
from clinic.country import by_country
from clinic.formatting import clock
from clinic.hours.overlap import NoOverlapFormSet, refuse_own_overlap, refuse_two_places
from clinic.models import Location, OfficeHours, Practitioner, ScheduleException
from clinic.models.practice import MIDNIGHT

WORKDAYS = 5


class WorkdaysFormSet(NoOverlapFormSet):
    """A new office gets a row for each workday, with its day chosen; without hours it is no row."""

    def __init__(self, *args, **kwargs):
        days = [] if kwargs["instance"].pk else [{"weekday": day} for day in range(WORKDAYS)]
        super().__init__(*args, **kwargs, initial=days)


class OfficeHoursInline(TimesOfDay, admin.StackedInline):  # a tabular one leaves its fields without labels
    model = OfficeHours
    formset = WorkdaysFormSet
    fields = [("weekday", "opens", "closes")]

    def get_extra(self, request, obj=None, **kwargs):
        return 1 if obj else WORKDAYS


class LocationForm(ConfirmChangeForm):
    class Meta:
        help_texts = {"address": by_country(lambda here: here.address_help)}


@admin.register(Location)
class LocationAdmin(ConfirmsChange, SetUpAdmin):
    form = LocationForm
    list_display = ["name", "address", "zone", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [OfficeHoursInline]


@admin.register(Practitioner)
class PractitionerAdmin(ConfirmsChange, SetUpAdmin):
    list_display = ["name", "profession", "specialty", "order", "is_active"]
    prepopulated_fields = {"slug": ["name"]}
    change_form_template = "admin/clinic/practitioner_form.html"

    def response_post_save_add(self, request, obj):
        """A new provider has no hours: what comes next is to enter them."""
        if not may(request.user, "edit_hours"):
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(reverse("desk:week", args=[obj.slug]))


class OfficeHoursForm(forms.ModelForm):
    def clean(self):
        refuse_own_overlap(self)


@admin.register(OfficeHours)
class OfficeHoursAdmin(SetUpAdmin):
    form = OfficeHoursForm
    list_display = ["location", "weekday", "hours"]
    list_filter = ["location", "weekday"]
    list_select_related = ["location"]

    @admin.display(description=_("hours"), ordering="opens")
    def hours(self, row):
        return f"{clock(row.opens)} – {clock(row.closes)}"


CHRISTMAS = date(2026, 12, 25)


class ClosureForm(ConfirmChangeForm):
    class Meta:
        help_texts = {
            "note": by_country(lambda here: _("For example, %s") % here.holidays.example),
            "repeats_until": by_country(
                lambda here: (
                    _("For a closure on the same dates each year, such as %s. Leave blank for once.")
                    % here.say(CHRISTMAS, "day")
                )
            ),
        }

    WHOLE_DAY = (0, MIDNIGHT)
    WHEN_AND_WHOSE = ("first_day", "last_day", "starts", "ends", "location", "practitioner")
    COVERS = {"kind", "except_for", "repeats_until", *WHEN_AND_WHOSE}

    def clean(self):
        data = super().clean() or self.cleaned_data
        if data.get("kind") == ScheduleException.Kind.OPEN and not self.errors:
            self._refuse_extra_hours(data)
        return data

    def _refuse_extra_hours(self, data):
        if (data["starts"], data["ends"]) == self.WHOLE_DAY:
            raise forms.ValidationError({"starts": _("Enter when the extra hours start and end.")})
        if data["practitioner"] and data["location"]:
            refuse_two_places(
                ScheduleException(pk=self.instance.pk, **{name: data[name] for name in self.WHEN_AND_WHOSE})
            )

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


def _offer_url(form):
    """The page “Provider out” with these days. It makes a new closure, so it is not for one that is changed; and it
    leaves nobody out. The private reason is typed there: no address holds it.
    """
    data = form.cleaned_data
    if form.initial or data["except_for"]:
        return ""
    office, who = data["location"], data["practitioner"]
    query = {
        "first": data["first_day"], "last": data["last_day"], "starts": data["starts"], "ends": data["ends"],
        "note": data["note"], "office": office.slug if office else "", "practitioner": who.slug if who else "",
        "everyone": "" if who else "1",
    }  # fmt: skip
    return f"{reverse('desk:provider_out')}?{urlencode(query)}"


@admin.register(ScheduleException)
class ClosureAdmin(ConfirmsChange, SetUpAdmin):
    form = ClosureForm
    fields = [
        "kind", ("first_day", "last_day"), ("starts", "ends"), "repeats_until", "location", "practitioner",
        "except_for", "note", "private_reason",
    ]  # fmt: skip
    list_display = ["kind", "first_day", "last_day", "repeats_until", "location", "practitioner", "note"]
    list_filter = ["kind", "location", "practitioner"]
    list_select_related = ["location", "practitioner"]
    ordering = ["-first_day"]

    def get_queryset(self, request):
        """Without the busy times of other calendars: nobody enters or changes them here."""
        return super().get_queryset(request).filter(feed=None)

    def affected_by(self, form, before):
        """The appointments that a closure affects, including those that were booked outside the hours."""
        affected = super().affected_by(form, before)
        if form is None or not form.closes_anew():
            return affected
        inside = affected_appointments(_closing(form.cleaned_data), now=timezone.now())
        found = {appointment.pk: appointment for appointment in [*affected.appointments, *inside]}
        in_order = sorted(found.values(), key=lambda appointment: (appointment.starts_at, appointment.pk))
        return AffectedAppointments(in_order, is_closure=True, offer_url=_offer_url(form))
