"""A button pressed twice posts the same form twice. The first one leaves its key in the event; the second finds it."""

from hashlib import sha256

from booking.models import Event

ONE_PAGES = {"version", "version_this", "key"}  # what differs from page to page


def form_key(request, form_class, *, once=False) -> str:
    """Of the address and what the form reads; empty if nothing tells this page from an older one.

    `once`: what the address does can be done only once, from whatever page.
    """
    if not once and ONE_PAGES.isdisjoint(form_class.base_fields):
        return ""
    posted = [(name, sorted(request.POST.getlist(name))) for name in sorted(form_class.base_fields)]
    return sha256(repr((request.path, posted)).encode()).hexdigest()[:32]


def is_repeated(by, **row) -> bool:
    """Whether this clerk has done this very form: then a refusal of its verb is no failure."""
    return bool(by.form_key) and Event.objects.filter(**row, by=by.user, form_key=by.form_key).exists()
