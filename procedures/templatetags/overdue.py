from django import template
from django.utils import timezone

from clinic.practice_info import practice_info
from procedures.models import Procedure

register = template.Library()


@register.simple_tag
def overdue_pages():
    """Pages on the site that are due for review."""
    return Procedure.objects.overdue(timezone.localdate(timezone=practice_info().zone))
