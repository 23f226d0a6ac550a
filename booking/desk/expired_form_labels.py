"""Describes a posted desk form in words, so that a person can read it before sending it again."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.desk.patients.forms import PersonForm
from booking.desk.slot_finder.forms import SpecialForm
from booking.lifecycle.verbs import VERBS
from booking.models.reference import print_reference
from booking.scheduling.slots import Slot
from booking.templatetags.desk_format import desk_when
from clinic.practice_info import practice_info

TITLES = {  # by URL name: what its form does
    "search": _("Search"),
    "times": _("Show other open times"),
    "keys": _("Turn keyboard shortcuts on or off"),
    "call_about": _("Log this call"),
    "call_patient": _("Log this call"),
    "start_person_call": _("Start this call"),
    "note_for_desk": _("Leave the front desk this note"),
    "next_appointment": _("Book this time"),
    "note_patient": _("Add this note"),
    "export_patient": _("Export patient information"),
    "erase_patient": _("Erase this patient"),
    "switch": _("Switch the request form on or off"),
    "host_backup": _("Say who makes the backups"),
    "test_email": _("Send yourself a test email"),
    "ask_again": _("Request another time for this appointment"),
    "holidays": _("Close on holidays"),
    "hours": _("Copy weekly hours"),
    "week": _("Save weekly hours"),
    "provider_out": _("Mark a provider out"),
    "undo_out": _("Undo marking a provider out"),
    "back": _("Mark a provider back early"),
    "block": _("Block this time"),
    "unblock": _("Open this blocked time again"),
    "sheet_file": _("Download day sheets"),
    "access_file": _("Download the access log"),
    "export_everything": _("Export everything"),
    "diary_imports": _("Import your old calendar"),
    "diary_import": _("Import an old calendar, or undo it"),
    "feeds": _("Busy times from other calendars"),
    "list_imports": _("Import a list"),
    "list_import": _("Import a list, or undo it"),
    "look": _("Save how the pages look"),
    "links": _("Links from your website"),
    "not_real": _("End requests that are not real"),
} | {verb.name: verb.title for verb in VERBS.values() if verb.title}
NARROWING = {"slot", "place", "practitioner", "since", "part"}  # not read with a typed time


def readable(at, posted):
    """Pairs of label and value for every labeled field of the forms that the view reads.

    `at`: the resolver match of the posted URL.
    """
    unread = NARROWING if "special" in posted else set()
    forms = [form_class() for form_class in at.func.form_classes if _is_read(form_class, posted)]
    fields = {name: field for form in forms for name, field in form.fields.items() if field.label}
    return [
        (field.label, words)
        for name, field in fields.items()
        if name not in unread
        for words in _in_words(at, name, field, posted)
        if words
    ]


def _is_read(form_class, posted):
    """Whether the view reads this field: not a typed time without its button, nor details of an existing patient."""
    if form_class is SpecialForm:
        return "special" in posted
    return form_class is not PersonForm or posted.get("person") == "new"


def _in_words(at, name, field, posted):
    """The values as text: times, checkboxes and choices by their labels, the rest as typed."""
    typed = field.widget.value_from_datadict(posted, {}, name)
    try:
        value = field.clean(typed)
    except ValidationError:
        value = typed
    if name == "keep" and value in ("this", "other"):
        return [print_reference(at.kwargs["reference" if value == "this" else "other"])]
    pairs = zip(typed, value, strict=True) if isinstance(typed, list) else [(typed, value)]
    return [_said(field, *pair) for pair in pairs]


def _said(field, typed, value):
    if isinstance(value, Slot | datetime):
        return desk_when(getattr(value, "starts_at", value), practice_info().zone)
    if isinstance(value, bool):
        return str(_("yes")) if value else ""
    labels = {str(code): str(label) for code, label in getattr(field, "choices", [])}
    return labels.get(str(typed), str(typed or ""))
