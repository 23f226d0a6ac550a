"""Take back the desk's last verb while its message has not left: every row goes back to where its events say."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from booking import messages
from booking.lifecycle._move import By, all_or_nothing, desk, locked_request, move
from booking.lifecycle.appointment import is_free, lock_diaries, slot_of
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken
from booking.models import Appointment, AppointmentRequest, Event, Message

VERBS = ("confirm", "decline", "withdraw", "book", "cancel")
NOT_LEFT = (Message.Status.QUEUED, Message.Status.TO_CALL, Message.Status.TOLD)
Status = Appointment.Status


def undo(event_id: int, *, user: User, now: datetime, others: bool = False, note: str = "") -> AppointmentRequest:
    """Undo a desk verb on a request or its visit.

    `others`: also what a colleague did, with a reason in `note`. NotAllowed: the patient was told, or it is not the
    last act.
    SlotTaken: a cancelled visit's time has gone. A hold whose time has gone, or run out, stays released.
    """
    request_id = Event.objects.exclude(request=None).values_list("request", flat=True).get(pk=event_id)
    with all_or_nothing() as at_stake:
        request = locked_request(request_id)
        event = _last_act(request_id)
        if event is None or event.pk != event_id:
            raise AlreadyHandled(event)
        why_not = _why_not(event, user, now, others)
        if why_not:
            raise NotAllowed(why_not)
        if event.by_id != user.pk and not note.strip():
            raise NotAllowed(_("Say why you undo what a colleague did."))
        lock_diaries(request.appointments.values_list("practitioner", flat=True), now=now)
        by = desk(user, event.channel)
        if event.appointment is None:
            _put_back(request, event, by, now, note)
        else:
            at_stake.append(slot_of(event.appointment))
            _bring_back(event.appointment, by, now, note)
        _take_back_message(event, request)
        Event.objects.filter(pk=event.pk).update(undone=True)
        return request


def undoable(request_id: int, *, user: User, now: datetime, others: bool = False) -> Event | None:
    """The act the undo bar may offer on this request now. One query."""
    event = _last_act(request_id)
    return None if event is None or _why_not(event, user, now, others) else event


def _last_act(request_id: int) -> Event | None:
    """What somebody did last: neither what an act brought about, nor a hold that ran out meanwhile."""
    acts = Event.objects.filter(request=request_id, cause=None).exclude(verb="expire")
    return acts.select_related("by", "message", "appointment").order_by("pk").last()


def _why_not(event: Event, user: User, now: datetime, others: bool) -> str:
    if event.actor != Event.Actor.DESK or event.verb not in VERBS or event.undone:
        return _("There is nothing to undo here.")
    if event.by_id != user.pk and not others:
        return _("Only the colleague who did this, or a desk lead, can undo it.")
    if now - event.at > messages.UNDO_TIME:
        return _("The time to undo has passed. Call the patient instead.")
    if hasattr(event, "message") and (event.message.status not in NOT_LEFT or event.message.sent_at):
        return _message_has_left()
    return ""


def _message_has_left() -> str:
    return _("The patient has been told. Call the patient instead.")


def _put_back(request: AppointmentRequest, event: Event, by: By, now: datetime, note: str) -> None:
    """The request as it was, or closed if it began with this event; then its visits and holds, the last one first."""
    to = event.from_status or AppointmentRequest.Status.CLOSED
    undone = move(request, to, None, verb="undo", by=by, now=now, note=note, decline_code="", answer="")
    effects = event.effects.select_related("appointment").order_by("-pk")
    for visit, was in [(effect.appointment, effect.from_status) for effect in effects if effect.appointment]:
        to = was or Status.RELEASED
        if to == Status.HELD and not _can_hold_again(visit, now):
            to = Status.RELEASED
        if to != visit.status:
            move(visit, to, None, verb="undo", by=by, now=now, cause=undone)


def _can_hold_again(visit: Appointment, now: datetime) -> bool:
    return visit.held_until is not None and visit.held_until > now and is_free(visit, now=now)


def _bring_back(visit: Appointment, by: By, now: datetime, note: str) -> None:
    """A cancelled visit, booked again, if its time is still free."""
    if not is_free(visit, now=now):
        raise SlotTaken([slot_of(visit)])
    move(visit, Status.BOOKED, None, verb="undo", by=by, now=now, note=note, cancel_code="")


def _take_back_message(event: Event, request: AppointmentRequest) -> None:
    """Its message does not go out; the one it had overtaken, of the last act that still stands, is due again."""
    outbox = Message.objects.filter(request=request)
    taken = outbox.filter(event=event, status__in=NOT_LEFT, sent_at=None).update(status=Message.Status.SUPERSEDED)
    if hasattr(event, "message") and not taken:  # the worker was faster than we
        raise NotAllowed(_message_has_left())
    before = outbox.exclude(event__undone=True).exclude(event=event).order_by("pk").last()
    if before and before.status == Message.Status.SUPERSEDED:
        before.status = Message.Status.QUEUED if request.patient.email else Message.Status.TO_CALL
        before.save(update_fields=["status"])
