"""Pages that are the same for everybody: no cookie, no session, nothing private."""

from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe


def public(view):
    """Let browsers cache the page but revalidate it each time, whole: the phone in its header may change too.

    Compressed, because it contains no secret that its length could reveal.
    """
    return require_safe(cache_control(no_cache=True)(gzip_page(conditional_page(view))))
