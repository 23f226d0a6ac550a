from django import template
from django.core.cache import cache
from django.utils.translation import get_language

from clinic.practice_info import KEEP_SECONDS
from procedures.models import Procedure

register = template.Library()


@register.simple_tag(takes_context=True)
def published_practice_pages(context) -> set[str]:
    """The short names of the practice's own pages on the site, as they were at most ten seconds ago.

    An error page, which is rendered without a request, shows those that are known: it needs no database.
    """
    key = f"practice-pages-{get_language()}"
    return cache.get_or_set(key, _read, KEEP_SECONDS) if "request" in context else cache.get(key, set())


def _read() -> set[str]:
    pages = Procedure.objects.spoken().filter(kind=Procedure.Kind.PRACTICE, is_shown=True, versions__isnull=False)
    return set(pages.values_list("slug", flat=True))
