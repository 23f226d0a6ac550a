"""What patients asked and were told, to look at; reasons for a visit; closures, which ask again before they strand.

Requests, visits, history and messages are written by the verbs alone: here nothing of them is added, changed or
deleted, by nobody.
"""

import contextlib

from django import forms
from django.contrib import admin
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import lifecycle
from booking.desk.closures import Closing, lock_all_diaries, stranded
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason
from booking.templatetags.desk_format import desk_when
from clinic.admin import SetUpAdmin
from clinic.frame import frame
from clinic.models import ScheduleException


class ToLookAt(admin.ModelAdmin):
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]  # the newest first, by an index, whatever the history
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def desk_link(asked):
    if asked is None:
        return "–"
    return format_html('<a href="{}">{}</a>', reverse("desk:request", args=[asked.reference]), asked)


class OfRequest(ToLookAt):
    """Rows that belong to a request lead to its page on the desk."""

    list_select_related = ["request"]

    @admin.display(description=gettext_lazy("request"))
    def on_the_desk(self, row):
        return desk_link(row.request)


@admin.register(AppointmentRequest)
class RequestAdmin(ToLookAt):
    list_display = ["__str__", "status", "channel", "reason", "answer_by", "on_the_desk"]
    list_filter = ["status", "channel"]
    list_select_related = ["reason", "location"]

    @admin.display(description=gettext_lazy("answer by"))
    def answer_by(self, asked):
        return desk_when(asked.reply_by, asked.location.tz if asked.location_id else frame().zone)

    @admin.display(description=gettext_lazy("on the desk"))
    def on_the_desk(self, asked):
        return desk_link(asked)


@admin.register(Appointment)
class AppointmentAdmin(OfRequest):
    list_display = ["__str__", "when", "practitioner", "location", "status", "on_the_desk"]
    list_filter = ["status", "location"]
    list_select_related = ["request", "practitioner", "location"]

    @admin.display(description=gettext_lazy("when"))
    def when(self, visit):
        return desk_when(visit.starts_at, visit.location.tz)


@admin.register(Event)
class EventAdmin(OfRequest):
    list_display = ["__str__", "at", "actor", "by", "from_status", "to_status", "on_the_desk"]
    list_filter = ["actor"]
    list_select_related = ["request", "by"]


@admin.register(Message)
class MessageAdmin(OfRequest):
    list_display = ["__str__", "status", "due_at", "sent_at", "attempts", "on_the_desk"]
    list_filter = ["status", "kind"]


@admin.register(Patient)
class PatientAdmin(ToLookAt):
    list_display = ["__str__", "chart_number"]


@admin.register(Reason)
class ReasonAdmin(SetUpAdmin):
    list_display = ["label", "procedure", "visit_type_new", "visit_type_returning", "order", "is_active"]
    list_select_related = ["procedure", "visit_type_new", "visit_type_returning"]
    prepopulated_fields = {"slug": ["label"]}


class ClosureForm(forms.ModelForm):
    """Saving what would strand visits needs their number repeated: by a button that names it. “2-1 ask” also asks."""

    COVERS = {"kind", "first_day", "last_day", "starts", "ends", "location", "practitioner", "except_for"}
    SHOWN = 200
    strands = forms.CharField(required=False)
    stranded: tuple[Appointment, ...] | list[Appointment] = ()

    def clean(self):
        data = super().clean()
        is_new_cover = self.instance.pk is None or self.COVERS & set(self.changed_data)
        if self.errors or data["kind"] != ScheduleException.Kind.CLOSED or not is_new_cover:
            return data
        lock_all_diaries()
        self.stranded = stranded(_closing(data), now=timezone.now())
        if self.stranded and data["strands"].partition(" ")[0] != self.stranded_code():
            self.add_error(None, self.warning())
        return data

    def stranded_code(self):
        """“9-2”: what the page that asked had counted. Another number is asked again."""
        held = sum(visit.status == Appointment.Status.HELD for visit in self.stranded)
        return f"{len(self.stranded) - held}-{held}"

    def shown(self):
        return self.stranded[: self.SHOWN]

    def more(self):
        return max(0, len(self.stranded) - self.SHOWN)

    def warning(self):
        booked, _dash, held = self.stranded_code().partition("-")
        return _("This closure would strand %(booked)s booked and %(held)s held visits. It is not saved yet.") % {
            "booked": booked,
            "held": held,
        }


def _strand(visits, by):
    for pk in visits:
        with contextlib.suppress(lifecycle.NotAllowed):  # marked so before, or changed meanwhile
            lifecycle.strand(pk, by=by, now=timezone.now())


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
class ClosureAdmin(SetUpAdmin):
    form = ClosureForm
    change_form_template = "admin/clinic/scheduleexception/change_form.html"
    fields = [
        "kind", ("first_day", "last_day"), ("starts", "ends"), "location", "practitioner", "except_for", "note",
    ]  # fmt: skip
    list_display = ["kind", "first_day", "last_day", "location", "practitioner", "note"]
    list_filter = ["kind", "location", "practitioner"]
    list_select_related = ["location", "practitioner"]
    ordering = ["-first_day"]

    def save_model(self, request, obj, form, change):
        """“Find them another time”: each booked visit gets its request in the queue, and its patient is told.

        After the commit: here all diaries are locked, and a request is never locked after a diary.
        """
        super().save_model(request, obj, form, change)
        if form.cleaned_data["strands"].endswith(" ask"):
            booked = [visit.pk for visit in form.stranded if visit.status == Appointment.Status.BOOKED]
            transaction.on_commit(lambda: _strand(booked, lifecycle.desk(request.user)))
