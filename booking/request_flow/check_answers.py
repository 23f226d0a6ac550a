"""“Check your answers”: the questions and answers, in the words of the forms."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, Model
from django.forms import Form
from django.utils.translation import gettext as _

from booking.lifecycle import Draft
from booking.models import Patient
from booking.request_flow.flow import Flow
from booking.request_flow.forms import FORMS
from booking.request_flow.times import window
from booking.request_flow.times.week import ChosenSlot
from booking.scheduling.slots import Slot
from clinic.compiled_query import Among, CompiledQuery
from clinic.models import Location, Practitioner
from clinic.templatetags.clinic_format import date_as


@dataclass(frozen=True)
class Row:
    label: str
    lines: list[str]


def summary(flow: Flow, draft: Draft) -> dict:
    """Rows for every step, and the times with their names. Two queries for names."""
    asked = {step: rows(flow, step) for step in FORMS if step != "times"}
    return asked | {
        "times": chosen_slots(draft.times),
        "call": rows(flow, "times") if draft.answers["wants_call"] else window_rows(flow),
    }


def chosen_slots(slots: list[Slot]) -> list[ChosenSlot]:
    practitioners = _by_key(Practitioner, {slot.practitioner_id for slot in slots})
    locations = _by_key(Location, {slot.location_id for slot in slots})
    return [
        ChosenSlot(rank, slot, practitioners.get(slot.practitioner_id), locations.get(slot.location_id))
        for rank, slot in enumerate(slots, 1)
    ]


def _by_key(model: type[Model], keys: Collection[int]) -> dict[int, Any]:
    return {row.pk: row for row in _rows_of(model)(keys=keys)} if keys else {}


@cache
def _rows_of(model: type[Model]) -> CompiledQuery:
    keys = Among("pk", "keys", BigIntegerField())
    return CompiledQuery(lambda: model._default_manager.filter(keys).order_by())


CONSENTS = ("may_leave_message", "may_speak_with_helper")  # shown whether given or not


def rows(flow: Flow, step: str) -> list[Row]:
    flow.cleaned(step)
    return _rows(flow.form(step))


def window_rows(flow: Flow) -> list[Row]:
    """The other times that would work, if any."""
    form = window.form_of(flow)
    return _rows(form) if form.is_valid() and form.says_something else []


def _rows(form: Form) -> list[Row]:
    labels = {name: field.label for name, field in form.fields.items()} | getattr(form, "read_back", {})
    return [Row(str(labels[name]), lines) for name in form.fields if (lines := _lines(form, name))]


def _lines(form, name: str) -> list[str]:
    value = form.cleaned_data.get(name)
    if (name, value) == ("reach_by", Patient.ReachBy.PHONE):  # so it is for all who say nothing else
        return _who_is_called(form) if form.is_helped else []
    if name == "may_leave_message" and form.cleaned_data["reach_by"] != Patient.ReachBy.PHONE:
        return []  # nobody calls
    if value in (None, "", [], False):
        return [_("No")] if name in CONSENTS else []
    choices = dict(getattr(form.fields[name], "choices", ())) if not hasattr(value, "pk") else {}
    if choices:
        values = value if isinstance(value, list) else [value]
        return [str(choices.get(one, one)) for one in values]
    if value is True:
        return [_("Yes")]
    if name == "birth_date":
        return [date_as(value, "full")]
    if name in ("phone", "helper_phone"):
        return [value.typed] if value else []
    return [str(value)]


def _who_is_called(form) -> list[str]:
    return [_("We call them.") if form.cleaned_data["phone"] else _("We call you.")]
