"""Take back the desk's last verb while its message has not left: every row goes back to where its events say."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from booking import messages
from booking.lifecycle import holds
from booking.lifecycle._move import By, desk, locked_request, move
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken, is_overlap
from booking.models import Appointment, AppointmentRequest, Event
from booking.slots import Slot

VERBS = ("confirm", "decline", "withdraw", "book", "cancel")


def undo(event_id: int, *, user: AbstractBaseUser, now: datetime, others: bool = False) -> AppointmentRequest:
    """Undo a desk verb on a request or its visit.

    `others`: also what a colleague did. NotAllowed: the message has left, or it is not the last act.
    SlotTaken: a cancelled visit's time has gone.
    """
    with holds.all_or_nothing():
        event = Event.objects.select_related("request", "appointment").get(pk=event_id)
        request = locked_request(event.request_id)
        _check(event, request, user, now, others)
        by = desk(user, event.channel)
        done_last_first = [*event.effects.select_related("appointment").order_by("-pk"), event]
        diaries = {done.appointment.practitioner_id for done in done_last_first if done.appointment_id}
        holds.lock_diaries(diaries, now=now)
        for done in done_last_first:
            _reverse(done, request, by, now)
        Event.objects.filter(pk=event.pk).update(undone=True)
        return request


def undoable(request_id: int, *, user: AbstractBaseUser, now: datetime, others: bool = False) -> Event | None:
    """The act the undo bar may offer on this request now. Three queries."""
    event = _last_act(request_id)
    if event is None or _why_not(event, user, now, others):
        return None
    return event


def _last_act(request_id: int) -> Event | None:
    return Event.objects.filter(request=request_id, cause=None).select_related("message").order_by("pk").last()


def _check(event: Event, request: AppointmentRequest, user: AbstractBaseUser, now: datetime, others: bool) -> None:
    last = _last_act(request.pk)
    if last is None or last.pk != event.pk:
        raise AlreadyHandled(last)
    why_not = _why_not(event, user, now, others)
    if why_not:
        raise NotAllowed(why_not)
    if hasattr(event, "message") and not messages.take_back(event.message):
        raise NotAllowed(_("The message to the patient has left. Call the patient instead."))


def _why_not(event: Event, user: AbstractBaseUser, now: datetime, others: bool) -> str:
    if event.actor != Event.Actor.DESK or event.verb not in VERBS or event.undone:
        return _("There is nothing to undo here.")
    if event.by_id != user.pk and not others:
        return _("Only the colleague who did this, or a desk lead, can undo it.")
    if now - event.at > messages.UNDO_TIME:
        return _("The time to undo has passed. Call the patient instead.")
    return ""


def _reverse(done: Event, request: AppointmentRequest, by: By, now: datetime) -> None:
    if done.appointment_id is None:
        to = done.from_status or AppointmentRequest.Status.CLOSED
        move(request, to, None, verb="undo", by=by, now=now, decline_code="", answer="")
        return
    visit = done.appointment
    to = done.from_status or Appointment.Status.RELEASED
    try:
        with transaction.atomic():
            move(visit, to, None, verb="undo", by=by, now=now, cancel_code="")
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        if to == Appointment.Status.BOOKED:
            raise SlotTaken([Slot(visit.starts_at, visit.practitioner_id, visit.location_id)]) from None
        # A hold that was given up in the meantime: the request goes back to the queue without it.
