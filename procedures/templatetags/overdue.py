from django import template
from django.utils import timezone

from clinic.practice_info import local_date
from procedures.models import Procedure

register = template.Library()


@register.simple_tag
def overdue_pages():
    """Pages on the site that are due for review."""
    return Procedure.objects.overdue(local_date(timezone.now()))
