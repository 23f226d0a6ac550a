"""Recognizes double submits. The first one stores the form's key in its event; the second one finds it there."""

from hashlib import sha256

from booking.desk.labels import act_of

ONE_PAGES = ("version", "version_this", "key")  # fields whose value differs from page to page
NOT_COUNTED = ("next_try",)  # a call posted again with another next try is still one call


def form_key(request, form_class, *, once=False) -> str:
    """A hash of the URL and the form's values. Empty if two different uses of the form would have the same one.

    `once`: the URL's action can be done only once, from any page.
    """
    posted = {
        name: sorted(request.POST.getlist(name)) for name in sorted(form_class.base_fields) if name not in NOT_COUNTED
    }
    if not once and not any(any(posted.get(name, [])) for name in ONE_PAGES):
        return ""
    return sha256(repr((request.path, posted)).encode()).hexdigest()[:32]


def is_repeated(by, refusal) -> bool:
    """Whether a post was refused only because the same form was posted before: then it is not an error.

    It is an error if the first post was undone, or if a later act caused the refusal.
    """
    act = act_of(getattr(refusal, "event", None))
    return bool(act and by.form_key) and (act.form_key, act.by_id, act.undone) == (by.form_key, by.user.pk, False)
