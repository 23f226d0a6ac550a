"""Undo the desk's last verb before its message is sent: every row goes back to where its events say."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._snapshot import restored
from booking.lifecycle._transition import Actor, set_status, staff
from booking.lifecycle.appointment import is_free
from booking.lifecycle.appointment_request import replaced_requests
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken
from booking.lifecycle.overbooking import clear_flags, flag_again, over_it_then, require_none_instead, require_one_place
from booking.lifecycle.verbs import NON_BLOCKING, UNDOABLE, VERBS
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.appointment_request import QuietEnd
from booking.notifications import messages
from booking.scheduling.slots import Slot, slot_of

# They supersede unsent messages and send none of their own.
SILENT = [name for name in UNDOABLE if not VERBS[name].notifies_patient]
END = "extend_offer"
NO_ACTS = ("expire", "correct_patient", END, *NON_BLOCKING)
OF_ITS_OWN = ("offer", "waitlist")  # they change nothing but their own request and its holds
Told = Message.Status
NOT_LEFT = (Told.QUEUED, Told.TO_CALL, Told.TO_PRINT, Told.NOTIFIED, Told.SUPERSEDED)  # it told nobody yet
Status = Appointment.Status


def undo(event_id: int, *, user: User, now: datetime, others: bool = False, note: str = "") -> AppointmentRequest:
    """Undo a desk verb on a request or its appointment.

    `others`: allow undoing another clerk's verb, with a reason in `note`. NotAllowed: the patient has been notified, or
    it is not the last act. SlotTaken: the time of a canceled or rescheduled appointment has been booked since. A hold
    that has expired, or whose time has been taken, stays released.
    """
    appointment_request_id = (
        Event.objects.exclude(appointment_request=None).values_list("appointment_request", flat=True).get(pk=event_id)
    )
    with slot_transaction() as at_stake:
        also = [*replaced_requests(appointment_request_id), *_changed_by(event_id)]
        appointment_request = locked_request(appointment_request_id, also=also)
        event = _required(event_id, appointment_request_id, user, now, others, note)
        effects = _effects(event)
        who = [effect.appointment.patient_id for effect in effects if effect.appointment]
        calendars = _calendars(appointment_request, [event, *effects])
        lock_calendars(calendars, now=now, patients=[appointment_request.patient_id, *who])
        by = staff(user, event.channel)
        if event.appointment is None:
            _put_back(appointment_request, event, effects, by, now, note, at_stake)
        else:
            undone = _bring_back(event.appointment, event, by, now, note=note, at_stake=at_stake)
            _put_back_effects(effects, undone, by, now, at_stake)
        _take_back_message(event, appointment_request)
        for other in AppointmentRequest.objects.select_related("patient").filter(pk__in=also):
            _queue_again(other, event)
        Event.objects.filter(pk=event.pk).update(undone=True)
        return appointment_request


def _effects(event: Event) -> list[Event]:
    """Last first. Two effects on one appointment, as of a walk-in who is booked and checked in, share its object."""
    effects = list(event.effects.select_related("appointment", "appointment_request").order_by("-pk"))
    shared: dict[int, Appointment] = {}
    for effect in effects:
        if effect.appointment:
            effect.appointment = shared.setdefault(effect.appointment.pk, effect.appointment)
    return effects


def _changed_by(event_id: int) -> list[int]:
    """The other requests that this act changed, or whose appointments it did; and those of the patients it recorded as
    died that have a message which was not sent since.
    """
    act = Q(pk=event_id) | Q(cause=event_id)
    died = Event.objects.filter(act, verb="end_quietly", reason=QuietEnd.DIED).values("appointment_request__patient")
    silenced = Message.objects.filter(
        event__gt=event_id, status=Message.Status.SUPERSEDED, appointment_request__patient__in=died
    )
    effects = Event.objects.filter(cause=event_id).exclude(appointment_request=F("cause__appointment_request"))
    both = [rows.order_by().values_list("appointment_request", flat=True) for rows in (effects, silenced)]
    return list(both[0].union(both[1]))


def _required(event_id: int, appointment_request_id: int, user: User, now: datetime, others: bool, note: str) -> Event:
    """The event, if it is the last act and this user may undo it now."""
    event = _last_act(appointment_request_id)
    if event is None or event.pk != event_id:
        raise AlreadyHandled(event)
    if refusal := _refusal(event, user, now, others):
        raise refusal
    if event.by_id != user.pk and not note.strip():
        raise NotAllowed(_("Enter a reason for undoing a coworker’s change."))
    return event


def _calendars(appointment_request: AppointmentRequest, events: list[Event]) -> set[int]:
    """The practitioners in whose calendars the request has or had time, and those of an appointment it rescheduled."""
    own = set(appointment_request.appointments.values_list("practitioner", flat=True))
    appointments = {event.appointment.practitioner_id for event in events if event.appointment}
    return (
        own | appointments | {event.before["practitioner_id"] for event in events if "practitioner_id" in event.before}
    )


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
    return None if _refusal(event, user, now, others, of_it) else event


def why_not_undo(event: Event, *, user: User, now: datetime, others: bool = False) -> NotAllowed | None:
    """The refusal that undoing this act of a request would get now, if any."""
    last = _last_act(event.appointment_request_id or 0)
    return AlreadyHandled(last) if last != event else _refusal(event, user, now, others)


def _refusal(
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
    return NotAllowed(_message_has_left(left)) if left else None


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
    return None if event.verb == "end_quietly" else event.at + messages.UNDO_TIME


def _last_act(appointment_request_id: int) -> Event | None:
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
    return [event.message, *Message.objects.filter(event__in=_ends(event)).order_by("pk")]


def _left(told: Iterable[Message]) -> Message | None:
    """The message that has left. A superseded one told nobody."""
    return next((message for message in told if message.status not in NOT_LEFT or message.sent_at), None)


def _ends(event: Event) -> QuerySet[Event]:
    """The events that changed the deadline of this offer."""
    later = Event.objects.filter(
        appointment_request=event.appointment_request_id, verb=END, appointment=None, pk__gt=event.pk
    )
    return later if event.verb == "offer" else later.none()


def _message_has_left(message: Message) -> str:
    if message.status == Told.SENDING:
        return _("The email is being sent right now. Call the patient instead.")
    if message.status == Told.FAILED:
        return _("The email has bounced: the patient is on the “To call” list. Call them instead.")
    return _("The patient has already been notified. Call the patient instead.")


def _put_back(
    appointment_request: AppointmentRequest, event: Event, effects: list[Event], by: Actor, now: datetime, note: str,
    at_stake: list[Slot],
) -> None:  # fmt: skip
    """Restore the request, or close it if it was created by this event; then its appointments and holds, last first."""
    to = event.from_status or AppointmentRequest.Status.CLOSED
    undone = set_status(
        appointment_request, to, verb="undo", by=by, now=now, note=note, **restored(appointment_request, event.before)
    )
    _put_back_effects(effects, undone, by, now, at_stake)


def _put_back_effects(effects: list[Event], undone: Event, by: Actor, now: datetime, at_stake: list[Slot]) -> None:
    for effect in effects:
        if effect.appointment is None:
            _put_request_back(effect, undone, by, now)
        elif effect.verb in ("reschedule", "cancel"):
            _bring_back(effect.appointment, effect, by, now, cause=undone, at_stake=at_stake)
        elif effect.verb == "mark_needs_rebooking":
            before = restored(effect.appointment, effect.before)
            set_status(effect.appointment, effect.from_status, verb="undo", by=by, now=now, cause=undone, **before)
        elif effect.verb not in NON_BLOCKING:
            _put_time_back(effect.appointment, effect, by, now, undone)


def _put_request_back(effect: Event, undone: Event, by: Actor, now: datetime) -> None:
    """Reopen the request to reschedule that ended with the act, unless it has changed since."""
    ended = effect.appointment_request
    if ended and ended.status == effect.to_status:
        set_status(
            ended, effect.from_status, verb="undo", by=by, now=now, cause=undone, **restored(ended, effect.before)
        )


def _put_time_back(appointment: Appointment, effect: Event, by: Actor, now: datetime, cause: Event) -> None:
    """Restore a hold or an appointment. Release it if the act created it or if its time has been taken since."""
    to = effect.from_status or Status.RELEASED
    if to == Status.HELD and not _can_hold_again(appointment, now):
        to = Status.RELEASED
    if to == appointment.status:
        return
    set_status(appointment, to, verb="undo", by=by, now=now, cause=cause)
    if to == Status.RELEASED:
        clear_flags(appointment, now=now, cause=cause)


def _can_hold_again(appointment: Appointment, now: datetime) -> bool:
    """Whether the hold has not expired and its time is free. A clerk's hold, now the request's, has no end: False."""
    return appointment.held_until is not None and appointment.held_until > now and is_free(appointment, now=now)


def _bring_back(
    appointment: Appointment, event: Event, by: Actor, now: datetime, *, at_stake: list[Slot], note: str = "",
    cause: Event | None = None,
) -> Event:  # fmt: skip
    """Give a canceled or rescheduled appointment its old time and status again, if that time is still free."""
    was, before = copy(appointment), restored(appointment, event.before)
    back = copy(appointment)
    for name, value in before.items():
        setattr(back, name, value)
    at_stake.append(slot_of(back))  # set before writing, since the database may refuse the row
    flag_again(back, event, now, cause)
    require_none_instead(appointment.pk)
    require_one_place(back)
    to = event.from_status
    undone = set_status(appointment, to, verb="undo", by=by, now=now, note=note, cause=cause, **before)
    if not is_free(appointment, now=now, beside=over_it_then(event)):
        raise SlotTaken([slot_of(appointment)])
    clear_flags(was, now=now, cause=cause)
    return undone


def _take_back_message(event: Event, appointment_request: AppointmentRequest) -> None:
    """Supersede the act's message, and queue the one that it had superseded again if the act behind it still holds."""
    ends = list(_ends(event))
    waiting = Message.objects.filter(
        appointment_request=appointment_request, event__in=[event, *ends], status__in=NOT_LEFT, sent_at=None
    )
    taken = waiting.update(status=Message.Status.SUPERSEDED)
    if hasattr(event, "message") and not taken:  # the worker sent it first
        event.message.refresh_from_db()
        raise NotAllowed(_message_has_left(event.message))
    Event.objects.filter(pk__in=[end.pk for end in ends]).update(undone=True)
    _queue_again(appointment_request, event)


def _needs_rebooking_since(before: Message) -> bool:
    needs_rebooking = before.appointment is not None and before.appointment.needs_rebooking_since is not None
    return needs_rebooking and before.kind != Message.Kind.NEEDS_REBOOKING


def _queue_again(appointment_request: AppointmentRequest, event: Event) -> None:
    """Queue the last superseded message again, unless a later act that sends no message made it out of date."""
    before = appointment_request.messages.exclude(event__undone=True).exclude(event=event).order_by("pk").last()
    if before is None or before.status != Message.Status.SUPERSEDED or _needs_rebooking_since(before):
        return
    silent = appointment_request.events.filter(verb__in=SILENT, undone=False, pk__gt=before.event_id or 0)
    if not silent.exclude(Q(pk=event.pk) | Q(cause=event)).exists():
        before.status = messages.first_status(before.kind, appointment_request, before.event or event)
        before.save(update_fields=["status"])
