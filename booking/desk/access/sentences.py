"""What a row of the access log says to a desk lead: who did what, on which screen."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk import labels
from booking.desk.expired_form_labels import TITLES
from clinic.models import AccessLog

Kind = AccessLog.Kind
SAID = {
    Kind.VIEW: gettext_lazy("%(who)s opened “%(screen)s”"),
    Kind.PRINT: gettext_lazy("%(who)s opened “%(screen)s” to print"),
    Kind.EXPORT: gettext_lazy("%(who)s downloaded “%(screen)s”"),
    Kind.CHANGE: gettext_lazy("%(who)s sent the form “%(screen)s”"),
    Kind.SIGN_IN: gettext_lazy("%(who)s signed in"),
    Kind.SIGN_OUT: gettext_lazy("%(who)s was signed out"),
    Kind.FAILED_SIGN_IN: gettext_lazy("Someone failed to sign in as %(who)s"),
    Kind.SEARCH: gettext_lazy("%(who)s searched by %(asked_by)s: %(hits)s found"),
}
NOBODY = gettext_lazy("Someone failed to sign in, with a name that no one here has")
SCREENS = {  # by URL name; of a form that was sent, what it does
    "queue": gettext_lazy("Requests"),
    "patient": gettext_lazy("Patient"),
    "request": gettext_lazy("Request"),
    "history": gettext_lazy("History"),
    "mine": gettext_lazy("What one clerk did"),
    "access": gettext_lazy("Access log"),
    "waiting_for_triage": gettext_lazy("Triage"),
    "card": gettext_lazy("Appointment card"),
    "letter": gettext_lazy("Letter"),
    "my_day": gettext_lazy("My day"),
    "today": gettext_lazy("Today"),
    "day": gettext_lazy("Day"),
    "sheet": gettext_lazy("Day sheets"),
    "no_shows": gettext_lazy("No-shows"),
    "calendar": gettext_lazy("Calendar"),
    "found": gettext_lazy("Search"),
    "start_call": gettext_lazy("Start a call"),
    "undo": gettext_lazy("Undo"),
}
WORDS = {
    "number": gettext_lazy("confirmation number"),
    "birth_date": gettext_lazy("date of birth"),
    "phone": gettext_lazy("phone"),
    "name": gettext_lazy("name"),
}


def sentence(row: AccessLog) -> str:
    """Such as: Rosa opened “Calendar”."""
    if row.kind == Kind.FAILED_SIGN_IN and row.user is None:
        return str(NOBODY)
    asked_by = ", ".join(str(WORDS[kind]) for kind in row.asked_by.split())
    return str(SAID[Kind(row.kind)]) % {
        "who": labels.name(row.user) if row.user else _("Someone on the server"), "screen": screen(row.screen),
        "asked_by": asked_by, "hits": row.hits,
    }  # fmt: skip


def screen(view_name: str) -> str:
    """The desk's screens in words; of the tables behind it the name that the site gives them."""
    namespace, _colon, name = view_name.rpartition(":")
    words = {**TITLES, **SCREENS}.get(name) if namespace == "desk" else None
    return str(words or _("Setup (%s)") % name)
