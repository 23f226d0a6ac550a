"""The line about email, and the real message that tests it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from booking.set_up.line import Line, State, tag_of
from clinic.accounts import staff_mail
from clinic.models import StaffMessage
from clinic.practice_info import practice_info
from clinic.templatetags.clinic_format import local_when

Status = StaffMessage.Status
WAITS = (Status.QUEUED, Status.SENDING)


def send_test(user: User, *, now: datetime) -> None:
    """A message to the user's own address, by the same way as those to patients: the worker sends it."""
    staff_mail.queue(user, StaffMessage.Kind.TEST, now=now)


def tested() -> Line:
    """As the newest test went; after it was deleted with old messages, any message that has left counts."""
    rows = StaffMessage.objects.order_by("-pk")
    newest = rows.filter(kind=StaffMessage.Kind.TEST).first() or rows.filter(status=Status.SENT).first()
    state, says = _told(newest)
    return Line("mail", _("Email tested"), state, tag_of(state), says, _("Email myself"))


def _told(newest: StaffMessage | None) -> tuple[State, str]:
    if newest is None:
        return State.TO_DO, _("This sends a real email to your own address.")
    if newest.status == Status.SENT and newest.sent_at:
        sent = local_when(newest.sent_at, practice_info().zone)
        return State.DONE, _("The mail server accepted a message on %s.") % sent
    if newest.status == Status.SUPERSEDED:
        return State.FAILED, _("Your account has no email address. Enter it under Staff, then try again.")
    if newest.failure:
        return State.FAILED, _(
            "The mail server refused it (%s). Whoever runs the site checks EMAIL_URL."
        ) % newest.failure
    return State.BEGUN, _("Waiting for the mail program. If this does not change in a minute, it is not running.")
