from django import template
from django.core.cache import cache
from django.db import DatabaseError
from django.utils.translation import get_language

from clinic.practice_info import KEEP_SECONDS
from procedures.models import Procedure

register = template.Library()


@register.simple_tag
def published_practice_pages() -> set[str]:
    """The short names of the practice's own pages on the site, as they were at most ten seconds ago."""
    return cache.get_or_set(f"practice-pages-{get_language()}", _read, KEEP_SECONDS)


def _read() -> set[str]:
    """None while the database is away: error pages have the same footer."""
    try:
        pages = Procedure.objects.spoken().filter(kind=Procedure.Kind.PRACTICE, is_shown=True, versions__isnull=False)
        return set(pages.values_list("slug", flat=True))
    except DatabaseError:
        return set()
