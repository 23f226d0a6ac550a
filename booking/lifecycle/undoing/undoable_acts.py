"""Which act of the desk can be undone now: the last one on a request, for a minute, before its message has left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle.errors import AlreadyHandled, NotAllowed
from booking.lifecycle.verbs import NON_BLOCKING, UNDOABLE, VERBS
from booking.models import Event, Message
from booking.notifications.messages import UNDO_TIME

# They supersede unsent messages and send none of their own.
SILENT = [name for name in UNDOABLE if not VERBS[name].notifies_patient]
END = "extend_offer"
NO_ACTS = ("expire", "correct_patient", END, *NON_BLOCKING)
OF_ITS_OWN = ("offer", "waitlist")  # they change nothing but their own request and its holds
Told = Message.Status
NOT_LEFT = (Told.QUEUED, Told.TO_CALL, Told.TO_PRINT, Told.NOTIFIED, Told.SUPERSEDED)  # it told nobody yet


def undoable(
    appointment_request_id: int, events: Sequence[Event], told: Iterable[Message], *, user: User, now: datetime,
    others: bool = False,
) -> Event | None:  # fmt: skip
    """The event that the undo bar may offer for this request now. `events`: all of the request, oldest first; `told`:
    its messages. At most one query.
    """
    own = {event.pk for event in events if event.appointment_request_id == appointment_request_id}
    acts = [event for event in events if event.pk in own and event.cause_id not in own and event.verb not in NO_ACTS]
    if not acts or _is_late(acts[-1], now):
        return None
    event = acts[-1]
    ends = {later.pk for later in events if later.verb == END and later.pk > event.pk} if event.verb == "offer" else ()
    of_it = [message for message in told if message.event_id == event.pk or message.event_id in ends]
    return None if refusal_of(event, user, now, others, of_it) else event


def why_not_undo(event: Event, *, user: User, now: datetime, others: bool = False) -> NotAllowed | None:
    """The refusal that undoing this act of a request would get now, if any."""
    last = last_act(event.appointment_request_id or 0)
    return AlreadyHandled(last) if last != event else refusal_of(event, user, now, others)


def refusal_of(
    event: Event, user: User, now: datetime, others: bool, told: Sequence[Message] | None = None
) -> NotAllowed | None:
    """Why the last act can't be undone. What somebody did since to the same appointment is said first. `told`: the
    messages of the act, if they are at hand.
    """
    if event.actor != Event.Actor.DESK or event.verb not in UNDOABLE or event.undone or event.cause_id:
        return NotAllowed(_("There is nothing to undo here."))
    if event.by_id != user.pk and not others:
        return NotAllowed(_("Only the person who did this or a desk lead can undo it."))
    if event.verb not in OF_ITS_OWN and (since := _changed_since(event)):
        return AlreadyHandled(since)
    if _is_late(event, now):
        silent = event.verb in SILENT
        return NotAllowed(
            _("It’s too late to undo.") if silent else _("It’s too late to undo. Call the patient instead.")
        )
    left = _left(_told(event) if told is None else told)
    return NotAllowed(how_it_left(left)) if left else None


def _is_late(event: Event, now: datetime) -> bool:
    until = undoable_until(event)
    return until is not None and now > until


def _changed_since(event: Event) -> Event | None:
    """What was done since to the rows that this act changed beside its own request: it is not undone past that."""
    effects = event.effects.exclude(verb__in=NON_BLOCKING)
    same = Q(appointment__in=effects.values("appointment")) | Q(
        appointment=None, appointment_request__in=effects.filter(appointment=None).values("appointment_request")
    )
    since = Event.objects.filter(same, pk__gt=event.pk, undone=False).exclude(cause=event)
    return since.exclude(verb__in=("undo", "expire", END, *NON_BLOCKING)).select_related("by", "cause__by").last()


def undoable_until(event: Event) -> datetime | None:
    """None after a quiet end: nobody was told, so it is never too late."""
    return None if event.verb == "end_quietly" else event.at + UNDO_TIME


def last_act(appointment_request_id: int) -> Event | None:
    """The last thing somebody did. Leaves out effects of other acts, calls, notes, edits of patient details, expired
    holds, and a changed offer deadline, which is undone with the offer.
    """
    ours = Q(cause=None) | ~Q(
        cause__appointment_request=appointment_request_id
    )  # another request may have rescheduled this one's appointment
    acts = Event.objects.filter(ours, appointment_request=appointment_request_id).exclude(verb__in=NO_ACTS)
    return acts.select_related("by", "message", "appointment").order_by("pk").last()


def _told(event: Event) -> list[Message]:
    """The messages of the act and, of an offer, those of its earlier deadlines."""
    if not hasattr(event, "message"):
        return []
    return [event.message, *Message.objects.filter(event__in=later_deadlines(event)).order_by("pk")]


def _left(told: Iterable[Message]) -> Message | None:
    """The message that has left. A superseded one told nobody."""
    return next((message for message in told if message.status not in NOT_LEFT or message.sent_at), None)


def later_deadlines(event: Event) -> QuerySet[Event]:
    """The events that changed the deadline of this offer."""
    later = Event.objects.filter(
        appointment_request=event.appointment_request_id, verb=END, appointment=None, pk__gt=event.pk
    )
    return later if event.verb == "offer" else later.none()


def how_it_left(message: Message) -> str:
    if message.status == Told.SENDING:
        return _("The email is being sent right now. Call the patient instead.")
    if message.status == Told.FAILED:
        return _("The email has bounced: the patient is on the “To call” list. Call them instead.")
    return _("The patient has already been notified. Call the patient instead.")
