from django import template

from clinic.web.danger_signs import DANGER_SIGNS

register = template.Library()


@register.inclusion_tag("_danger_signs.html")
def danger_signs() -> dict:
    """The list of danger signs, each in full size."""
    return {"signs": DANGER_SIGNS}
