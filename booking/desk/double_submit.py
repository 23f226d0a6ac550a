"""A button pressed twice: the second press is told from one on an old page, which may say something else."""

from django.db.models import Q

from booking.desk import labels
from booking.lifecycle.offers import end_of
from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import slot_of

WRITTEN = {"sentence": "answer", "code": "decline_code", "until": "offer_until"}  # what a form says: where it is kept
OFFERS = ("offer", "extend_offer")  # what they hold is all that they said


def is_second_submit(user, appointment_request, event, data, refusal):
    """Of one button. A press on an old page may be for other times, or with other words, than those that were given."""
    act = labels.own_act(refusal, user, event)
    if act is None or data.get("why", act.note) != act.note:
        return False
    pressed = set(data.get("offer") or [data["slot"]] if data.get("offer") or data.get("slot") else [])
    is_offer = event in OFFERS
    given = _held(appointment_request) if is_offer else _given(appointment_request)
    said = {WRITTEN[name]: value for name, value in data.items() if name in WRITTEN}
    if "offer_until" in said and given:
        said["offer_until"] = end_of(said["offer_until"], given)
    is_said = AppointmentRequest.objects.filter(pk=appointment_request.pk, **said).exists()
    return is_said and (pressed == given if pressed and is_offer else pressed <= given)


def _held(appointment_request):
    return {slot_of(hold) for hold in appointment_request.appointments.filter(status=Appointment.Status.HELD)}


def _given(appointment_request):
    """Its appointment, or the one that it moved."""
    appointments = Appointment.objects.filter(
        Q(appointment_request=appointment_request) | Q(pk=appointment_request.replaces_id or 0)
    )
    return {slot_of(appointment) for appointment in appointments.filter(status__in=Appointment.HOLDING)}
