"""The requests beside one in the queue."""

from booking.models import AppointmentRequest
from booking.models.appointment_request import Triage


def following(appointment_request):
    """The next request in the queue: urgent ones first, then by deadline and key."""
    urgent, others = _halves()
    if appointment_request.triage == Triage.URGENT:
        return _later(urgent, appointment_request).first() or others.first()
    return _later(others, appointment_request).first()


def preceding(appointment_request):
    """The request before it in the queue."""
    urgent, others = _halves()
    if appointment_request.triage == Triage.URGENT:
        return _sooner(urgent, appointment_request).last()
    return _sooner(others, appointment_request).last() or urgent.last()


def _halves():
    waiting = AppointmentRequest.objects.waiting().select_related("patient")
    return waiting.filter(triage=Triage.URGENT), waiting.exclude(triage=Triage.URGENT)


def _later(rows, here):
    return rows.filter(respond_by__gte=here.respond_by).exclude(respond_by=here.respond_by, pk__lte=here.pk)


def _sooner(rows, here):
    return rows.filter(respond_by__lte=here.respond_by).exclude(respond_by=here.respond_by, pk__gte=here.pk)
