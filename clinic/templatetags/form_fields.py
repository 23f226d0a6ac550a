"""What a form says of its fields. A template that asks each form for an attribute that few have takes twice as long."""

from django import template
from django.forms import BoundField

register = template.Library()


@register.filter
def is_asked_sometimes(field: BoundField) -> bool:
    """Whether it is required in some cases, so that it is not marked optional."""
    return field.name in getattr(field.form, "asked_sometimes", ())


@register.filter
def fold_title(field: BoundField) -> str:
    """The words of the line that opens it; empty if it is always open."""
    return getattr(field.form, "folds", {}).get(field.name, "")
