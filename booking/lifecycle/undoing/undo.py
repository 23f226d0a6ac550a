"""Undo the desk's last verb before its message is sent: every row goes back to where its events say."""

from copy import copy
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars, locked_request, slot_transaction
from booking.lifecycle._snapshot import restored
from booking.lifecycle._transition import Actor, set_status, staff
from booking.lifecycle.appointment import is_free
from booking.lifecycle.appointment_request import replaced_requests
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken
from booking.lifecycle.overbooking import clear_flags, flag_again, over_it_then, require_none_instead, require_one_place
from booking.lifecycle.undoing.undoable_acts import NOT_LEFT, SILENT, how_it_left, last_act, later_deadlines, refusal_of
from booking.lifecycle.verbs import NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.models.appointment_request import QuietEnd
from booking.notifications import messages
from booking.scheduling.slots import Slot, slot_of

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
    event = last_act(appointment_request_id)
    if event is None or event.pk != event_id:
        raise AlreadyHandled(event)
    if refusal := refusal_of(event, user, now, others):
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
    ends = list(later_deadlines(event))
    waiting = Message.objects.filter(
        appointment_request=appointment_request, event__in=[event, *ends], status__in=NOT_LEFT, sent_at=None
    )
    taken = waiting.update(status=Message.Status.SUPERSEDED)
    if hasattr(event, "message") and not taken:  # the worker sent it first
        event.message.refresh_from_db()
        raise NotAllowed(how_it_left(event.message))
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
