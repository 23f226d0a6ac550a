from django import template
from django.utils import timezone

from clinic.practice_info import local_date
from procedures.models import Procedure

register = template.Library()


@register.simple_tag
def pages_to_review():
    """Pages of which an editor or a manager asked a clinician for a review."""
    return Procedure.objects.filter(is_shown=True, stage=Procedure.Stage.REVIEW)


@register.simple_tag
def overdue_pages():
    """Pages on the site that are due for review."""
    return Procedure.objects.overdue(local_date(timezone.now()))
