"""Pages that everybody sees the same: no cookie, no session, nothing that only one reader may know."""

from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe


def public(view):
    """Kept by browsers, asked about each time. The ETag is of the whole page: the phone in its head may change too.

    Packed small on the way: there is no secret in it that its length could betray.
    """
    return require_safe(cache_control(no_cache=True)(gzip_page(conditional_page(view))))
