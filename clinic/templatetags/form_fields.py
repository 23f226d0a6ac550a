"""What a form says of its fields. A template that asks each form for an attribute that few have takes twice as long."""

from collections.abc import Iterator

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, MultiWidget, RadioSelect, Select

register = template.Library()
KINDS = {
    "choices": (RadioSelect, CheckboxSelectMultiple),
    "parts": (MultiWidget,),
    "box": (CheckboxInput,),
    "list": (Select,),
}


@register.filter
def kind(field: BoundField) -> str:
    """How the field is drawn."""
    return next((name for name, widgets in KINDS.items() if isinstance(field.field.widget, widgets)), "line")


@register.filter
def choices(field: BoundField) -> Iterator[tuple]:
    """The id, type, name, value, state and words of each radio button or checkbox."""
    for option in field.subwidgets:
        data, attrs = option.data, option.data["attrs"]
        state = "".join(f" {name}" for name in ("checked", "disabled") if name in attrs)
        yield attrs["id"], data["type"], data["name"], data["value"], state, data["label"]


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether it is marked optional: what is required in some cases is not."""
    return not field.field.required and field.name not in getattr(field.form, "asked_sometimes", ())


@register.filter
def fold_title(field: BoundField) -> str:
    """The words of the line that opens it; empty if it is always open."""
    return getattr(field.form, "folds", {}).get(field.name, "")
