"""“Check your answers”: the questions and answers, in the words of the forms."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.lifecycle import Draft
from booking.request_flow.flow import FORMS, Flow
from booking.request_flow.forms import WhoForm
from booking.request_flow.week import ChosenSlot
from booking.scheduling.slots import Slot
from clinic.models import Location, Practitioner


@dataclass(frozen=True)
class Row:
    label: str
    lines: list[str]
    step: str


def summary(flow: Flow, draft: Draft) -> dict:
    """Rows for every step but the times, and the times with their names. Two queries for names."""
    # A patient who asks for a call is asked for the best time again; the later answer counts.
    said_below = str(FORMS["times"].base_fields["best_time"].label) if draft.answers["wants_call"] else None
    patient = [row for step in ("you", "contact") for row in rows(flow, step) if row.label != said_below]
    return {
        "times": chosen_slots(draft.times),
        "you": rows(flow, "who") + ([] if flow.is_helped else patient),
        "patient": patient if flow.is_helped else [],
        "appointment": [row for step in ("reason", "access") for row in rows(flow, step)],
        "papers": rows(flow, "cover"),
        "call": rows(flow, "times") if draft.answers["wants_call"] else [],
    }


def chosen_slots(slots: list[Slot]) -> list[ChosenSlot]:
    practitioners = Practitioner.objects.in_bulk({slot.practitioner_id for slot in slots})
    locations = Location.objects.in_bulk({slot.location_id for slot in slots})
    return [
        ChosenSlot(rank, slot, practitioners.get(slot.practitioner_id), locations.get(slot.location_id))
        for rank, slot in enumerate(slots, 1)
    ]


def rows(flow: Flow, step: str) -> list[Row]:
    flow.cleaned(step)
    form = flow.form(step)
    labels = {name: field.label for name, field in form.fields.items()} | getattr(form, "read_back", {})
    return [Row(str(labels[name]), lines, step) for name in form.fields if (lines := _lines(form, name))]


def _consents(form) -> tuple[str, ...]:
    """What was asked to be allowed: shown either way."""
    helped = form.cleaned_data.get("for_whom") == WhoForm.FOR_OTHER
    return ("may_leave_message", "may_speak_with_helper") if helped else ("may_leave_message",)


def _lines(form, name: str) -> list[str]:
    value = form.cleaned_data.get(name)
    if value in (None, "", [], False):
        return [_("No")] if name in _consents(form) else []
    choices = dict(getattr(form.fields[name], "choices", ())) if not hasattr(value, "pk") else {}
    if choices:
        values = value if isinstance(value, list) else [value]
        return [str(choices.get(one, one)) for one in values]
    if value is True:
        return [_("Yes")]
    if name == "birth_date":
        return [date_format(value, "F j, Y")]
    if name in ("phone", "helper_phone"):
        return [value.typed] if value else []
    return [str(value)]
