"""The staff site: Django's admin, hardened."""

from functools import partial
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import cleaned


class CleansText:
    """Every text field of the form is cleaned; mixed into each ModelAdmin and its inlines."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return cleaned(partial(super().formfield_for_dbfield, db_field, request), **kwargs)


class Guarded(CleansText):
    """What every list of the site refuses; mixed into each ModelAdmin when it is registered.

    The stock admin accepts any lookup on any column in the URL, and answers 500 to `?name__regex=[`,
    `?at__year=99999999999`, to `?_to_field=`, and to an action with a tampered `_selected_action`.
    """

    MOST_ROWS = 100  # of an inline table; a tampered TOTAL_FORMS makes the stock admin build 2,000 forms
    FORMS_OF_A_FILTER = ("", "__exact", "__id__exact", "__pk__exact", "__isnull")

    def lookup_allowed(self, lookup, value, request):
        filters = [each[0] if isinstance(each, tuple) else each for each in self.get_list_filter(request)]
        names = [each for each in filters if isinstance(each, str)]
        return lookup in {name + form for name in names for form in self.FORMS_OF_A_FILTER}

    def get_object(self, request, object_id, from_field=None):
        return super().get_object(request, object_id, from_field or None)  # the stock admin looks for a column ""

    def response_action(self, request, queryset):
        chosen = request.POST.getlist("_selected_action")
        if not all(_is_key(self.model, key) for key in chosen):
            self.message_user(request, _("Select one or more rows from the list."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        return super().response_action(request, queryset)

    def get_formsets_with_inlines(self, request, obj=None):
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.absolute_max = self.MOST_ROWS
            yield formset, inline


def _is_key(model, text):
    try:
        model._meta.pk.to_python(text)
    except (ValidationError, ValueError):
        return False
    return True


class Page(NamedTuple):
    """A page of the staff site that is no table."""

    name: Promise
    address: str
    right: str


# What the start page shows together, in the order in which a practice is set up: tables by their names, and pages.
GROUPS: dict[Promise, tuple[str | Page, ...]] = {
    gettext_lazy("Practice"): (
        "practice",
        "location",
        "practitioner",
        "appointmenttype",
        "reason",
        Page(gettext_lazy("Color, logo and picture"), "desk:look", "booking.set_up"),
        Page(gettext_lazy("Links for your website"), "desk:links", "booking.set_up"),
    ),
    gettext_lazy("Hours and closures"): (
        Page(gettext_lazy("Weekly hours of providers"), "desk:hours", "booking.edit_hours"),
        "officehours",
        "scheduleexception",
        Page(gettext_lazy("Holidays"), "desk:holidays", "booking.time_off_any_day"),
        Page(gettext_lazy("Provider out"), "desk:provider_out", "booking.time_off"),
        Page(gettext_lazy("Busy times from other calendars"), "desk:feeds", "booking.set_up"),
    ),
    gettext_lazy("Pages"): ("procedure", "picture", "source", "publishedversion"),
    gettext_lazy("People and access"): (
        "user",
        "group",
        "accountchange",
        Page(gettext_lazy("Access log"), "desk:access", "booking.see_history"),
    ),
    gettext_lazy("Records"): (
        "appointmentrequest",
        "appointment",
        "patient",
        "event",
        "message",
        "staffmessage",
        Page(gettext_lazy("Import your old calendar"), "desk:diary_imports", "booking.set_up"),
        Page(gettext_lazy("Import providers, hours or patients"), "desk:list_imports", "booking.set_up"),
        Page(gettext_lazy("Export everything"), "desk:export_everything", "booking.export_everything"),
    ),
}
NAMES = {  # in words that say more than the table's own
    "practice": gettext_lazy("Name, phone and rules"),
    "officehours": gettext_lazy("Desk hours of offices"),
    "user": gettext_lazy("Staff and their roles"),
    "group": gettext_lazy("Roles"),
    "accountchange": gettext_lazy("Changes to accounts"),
    "event": gettext_lazy("History of requests"),
    "message": gettext_lazy("Messages to patients"),
}


def _entries(entries, tables, user):
    """The tables, taken out of `tables`, and the pages that this user may open."""
    for entry in entries:
        if isinstance(entry, Page):
            if user.has_perm(entry.right):
                key = entry.address.partition(":")[2]
                yield {"name": entry.name, "object_name": key, "admin_url": reverse(entry.address)}
        elif entry in tables:
            table = tables.pop(entry)
            yield table | {"name": NAMES.get(entry, table["name"])}


class ClinicAdminSite(admin.AdminSite):
    site_title = gettext_lazy("Front desk")
    site_header = gettext_lazy("Front desk")
    index_title = gettext_lazy("Setup")
    empty_value_display = "–"
    enable_nav_sidebar = False

    def __init__(self, name="admin"):
        super().__init__(name)
        self.disable_action("delete_selected")  # rows are deleted one by one, each on its own page

    def get_app_list(self, request, app_label=None):
        """Grouped and named for people. The page of one app, to which no page leads, stays as it is."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        tables = {table["object_name"].lower(): table for app in apps for table in app["models"]}
        groups = [
            {"name": name, "models": [*_entries(entries, tables, request.user)]} for name, entries in GROUPS.items()
        ]
        groups[-1]["models"] += tables.values()
        return [group for group in groups if group["models"]]

    def register(self, model_or_iterable, admin_class=None, **options):
        admin_class = admin_class or admin.ModelAdmin
        inlines = [type(inline.__name__, (CleansText, inline), {}) for inline in admin_class.inlines]
        own = {"__module__": admin_class.__module__, "inlines": inlines}
        guarded = type(admin_class.__name__, (Guarded, admin_class), own)
        super().register(model_or_iterable, guarded, **options)
