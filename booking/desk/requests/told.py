"""What the patient of a request was told, and why each message was sent."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.desk.history.sentences import sentence
from booking.lifecycle.call_log import was_spoken
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.notifications import not_you

WITHOUT_EVENT = {
    Message.Kind.REMINDER: _("Appointment coming up"),
    Message.Kind.LINK: _("Private link requested"),
}


def told(appointment_request: AppointmentRequest) -> Iterator[Message]:
    """Newest first; each with `why` it was sent and `silence`, unless a newer one that was sent replaced it."""
    rows = appointment_request.messages.select_related(
        "appointment__location", "appointment__practitioner", "event__by", "event__appointment__location"
    )
    why_silent = appointment_request.silence
    for message in rows.order_by("-pk"):
        why_silent = why_silent if message.status == message.Status.SUPERSEDED else ""
        message.silence, message.why = why_silent, _why_sent(message, appointment_request)
        yield message


def of_call_off(appointment_request: AppointmentRequest, messages: list[Message]) -> Message | None:
    """What the patient was told since we called off the appointment to be replaced; last, what never left. No query."""
    old = appointment_request.appointment_to_rebook()
    about = [each for each in messages if old and _tells_of(old, each)]
    return min(about, key=lambda message: message.status == Message.Status.SUPERSEDED, default=None)


def spoken_at(appointment_request: AppointmentRequest, events: list[Event]) -> datetime | None:
    """When we last spoke with the patient since we called off the appointment to be replaced. No query."""
    old = appointment_request.appointment_to_rebook()
    its = [event for event in events if event.appointment_request_id == appointment_request.pk and was_spoken(event)]
    return max((event.at for event in its if old and event.at >= old.needs_rebooking_since), default=None)


def _tells_of(old: Appointment, message: Message) -> bool:
    """As Today says it: see booking.desk.day.appointments."""
    return message.kind in Message.ABOUT_NEW_TIME and message.due_at >= old.needs_rebooking_since


def is_stopped(appointment_request: AppointmentRequest, messages: list[Message]) -> bool:
    """Whether somebody at the patient's address said that it is not theirs. No query unless a message says so."""
    came_back = any(message.failure == message.NOT_THEIRS for message in messages)
    return came_back and not_you.is_stopped(appointment_request.patient)


def _why_sent(message, appointment_request):
    """What somebody did, or what came near: “Rosa confirmed the request of June Demo”."""
    if message.event is None:
        return WITHOUT_EVENT.get(message.kind, "")
    message.event.appointment_request = appointment_request  # of this page: nothing to query
    return sentence(message.event)
