"""Read-only lists of requests, appointments, history and messages; and reasons for an appointment.

Only the verbs write these records. Nobody can add, change or delete them here.
"""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason
from booking.templatetags.desk_format import desk_when
from clinic.access_log import notes as access_log
from clinic.admin import LookOnly, SetUpAdmin
from clinic.practice_info import zone_of


class ToLookAt(LookOnly, admin.ModelAdmin):
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]  # newest first, by an index, however long the history
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        if "cl" in getattr(response, "context_data", {}):
            access_log.shows(request, response.context_data["cl"].result_list)
        return response

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        access_log.shows(request, [row] if row else [])
        return row


def desk_link(appointment_request):
    if appointment_request is None:
        return "–"
    return format_html(
        '<a href="{}">{}</a>', reverse("desk:request", args=[appointment_request.reference]), appointment_request
    )


class OfRequest(ToLookAt):
    """Rows that belong to a request link to its page at the desk."""

    list_select_related = ["appointment_request"]

    @admin.display(description=gettext_lazy("request"))
    def on_the_desk(self, row):
        return desk_link(row.appointment_request)


@admin.register(AppointmentRequest)
class RequestAdmin(ToLookAt):
    list_display = ["__str__", "status", "channel", "reason", "answer_by", "on_the_desk"]
    list_filter = ["status", "channel"]
    list_select_related = ["reason", "location"]

    @admin.display(description=gettext_lazy("answer by"))
    def answer_by(self, appointment_request):
        return desk_when(
            appointment_request.respond_by,
            zone_of(appointment_request.location),
        )

    @admin.display(description=gettext_lazy("at the desk"))
    def on_the_desk(self, appointment_request):
        return desk_link(appointment_request)


@admin.register(Appointment)
class AppointmentAdmin(OfRequest):
    list_display = ["__str__", "when", "practitioner", "location", "status", "on_the_desk"]
    list_filter = ["status", "location"]
    list_select_related = ["appointment_request", "practitioner", "location"]

    @admin.display(description=gettext_lazy("when"))
    def when(self, appointment):
        return desk_when(appointment.starts_at, appointment.location.tz)


@admin.register(Event)
class EventAdmin(OfRequest):
    list_display = ["__str__", "at", "actor", "by", "from_status", "to_status", "on_the_desk"]
    list_filter = ["actor"]
    list_select_related = ["appointment_request", "by"]


@admin.register(Message)
class MessageAdmin(OfRequest):
    list_display = ["__str__", "status", "due_at", "sent_at", "attempts", "on_the_desk"]
    list_filter = ["status", "kind"]


@admin.register(Patient)
class PatientAdmin(ToLookAt):
    list_display = ["__str__", "chart_number"]


@admin.register(Reason)
class ReasonAdmin(SetUpAdmin):
    list_display = ["label", "procedure", "appointment_type_new", "appointment_type_returning", "order", "is_active"]
    list_select_related = ["procedure", "appointment_type_new", "appointment_type_returning"]
    prepopulated_fields = {"slug": ["label"]}
