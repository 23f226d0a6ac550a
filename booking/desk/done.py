"""The bar that says what has just been done and, for a minute, takes it back."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking import lifecycle
from booking.messages import UNDO_TIME
from booking.models import Appointment, Event, Message
from booking.roles import may

DONE = {
    "confirm": _("Confirmed"),
    "decline": _("Declined"),
    "withdraw": _("Withdrawn"),
    "book": _("Booked"),
    "cancel": _("Cancelled"),
    "offer": _("Offered"),
    "accept": _("Accepted by phone"),
    "refuse_offer": _("Offer refused, back in the queue"),
    "waitlist": _("On the waitlist"),
    "close": _("Closed"),
    "merge": _("Merged"),
    "reopen": _("Opened again"),
    "move": _("Moved"),
}


@dataclass(frozen=True)
class Done:
    event: Event
    words: str
    visit: Appointment | None
    message: Message | None
    can_undo: bool
    is_own: bool

    @property
    def until(self) -> datetime:
        return self.event.at + UNDO_TIME


def asked_for(request, now) -> Done | None:
    """What the signed-in clerk did, named by `?done=`; anything else is nothing. Two queries, without a name none."""
    pk = key_in(request, "done")
    event = _acts().filter(pk=pk, by=request.user).first() if pk else None
    return shown(event, request.user, now) if event else None


def key_in(request, name) -> int | None:
    pk = request.GET.get(name, "")
    return int(pk) if pk.isascii() and pk.isdigit() and len(pk) <= 18 else None


def last_of(asked, user, now) -> Done | None:
    """The act on this request that may be undone now, by whoever looks. Two queries."""
    event = lifecycle.undoable(asked.pk, user=user, now=now, others=may(user, "undo_others"))
    return _done(_acts().get(pk=event.pk), user, can_undo=True) if event else None


def shown(event, user, now) -> Done:
    last = lifecycle.undoable(event.request_id, user=user, now=now) if may(user, "undo") else None
    return _done(event, user, can_undo=last == event)


def _acts():
    """With the reads that the bar prints."""
    acts = Event.objects.filter(cause=None, actor=Event.Actor.DESK, verb__in=DONE, request__isnull=False)
    return acts.select_related("request__patient", "by", "message__appointment__location")


def _done(event, user, *, can_undo):
    message = getattr(event, "message", None)
    visit = message.appointment if message else None
    return Done(event, DONE[event.verb], visit, message, can_undo, event.by_id == user.pk)
