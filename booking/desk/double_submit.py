"""A button pressed twice posts the same form twice. The first one leaves its key in the event; the second finds it."""

from hashlib import sha256

from booking.desk.labels import act_of

ONE_PAGES = ("version", "version_this", "key")  # what differs from page to page
NOT_COUNTED = ("next_try",)  # the same call with another next try is the same call


def form_key(request, form_class, *, once=False) -> str:
    """Of the address and what the form reads; empty if nothing tells this page from an older one.

    `once`: what the address does can be done only once, from whatever page.
    """
    posted = {
        name: sorted(request.POST.getlist(name)) for name in sorted(form_class.base_fields) if name not in NOT_COUNTED
    }
    if not once and not any(any(posted.get(name, [])) for name in ONE_PAGES):
        return ""
    return sha256(repr((request.path, posted)).encode()).hexdigest()[:32]


def is_repeated(by, refusal) -> bool:
    """Whether this clerk's very form is what its verb was refused for: then that is no failure.

    Not when the act was undone or overtaken since: then another one stands in the refusal.
    """
    act = act_of(getattr(refusal, "event", None))
    return bool(act and by.form_key) and (act.form_key, act.by_id, act.undone) == (by.form_key, by.user.pk, False)
