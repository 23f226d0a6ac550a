"""What a form says of its fields. A template that asks each form for an attribute that few have takes twice as long."""

from django import template
from django.forms import BoundField

register = template.Library()


@register.filter
def is_heading(field: BoundField) -> bool:
    """Whether its label is the page’s heading."""
    return getattr(field.form, "heading_field", "") == field.name


@register.filter
def is_asked_sometimes(field: BoundField) -> bool:
    """Whether it is required in some cases, so that it is not marked optional."""
    return field.name in getattr(field.form, "asked_sometimes", ())
