"""A message of every kind that a patient can get, for tests that read them all."""

from datetime import timedelta

from django.db import transaction

from booking import lifecycle
from booking.models import Message
from booking.notifications import messages, reminders
from tests.builders import later, make_clerk

Kind = Message.Kind
SENTENCE = "We do not treat broken bones in the spine. Ask Dr. Ellison."


def confirm(clinic, appointment_request, by=None):
    slot = clinic.slot(hour=10, minute=20)
    return lifecycle.confirm(appointment_request.pk, slot, by=by or lifecycle.staff(make_clerk()), now=later(hours=1))


def one_of_each(clinic, appointment_request):
    """One message of every kind, with the rows that its verb leaves behind."""
    messages.send_link(appointment_request, now=later())
    yield from appointment_request.messages.all()
    by = lifecycle.staff(make_clerk())
    appointment = confirm(clinic, appointment_request)
    yield appointment_request.messages.get(kind=Kind.CONFIRMED)
    for code, kind in [("clinic", Kind.CANCELLED_BY_US), ("patient", Kind.CANCELLED_BY_YOU)]:
        with transaction.atomic():
            lifecycle.cancel(appointment.pk, code, by=by, now=later(hours=2))
            yield appointment_request.messages.get(kind=kind)
            transaction.set_rollback(True)
    reminders.write(now=appointment.starts_at.replace(day=2))
    yield appointment_request.messages.get(kind=Kind.REMINDER)
    near = appointment.starts_at - timedelta(hours=1)
    lifecycle.running_late(clinic.practitioner.pk, 20, by=by, now=near, tell=True)
    yield appointment_request.messages.get(kind=Kind.RUNNING_LATE)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=later(hours=2))
    yield appointment_request.messages.get(kind=Kind.RESCHEDULED)
    lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later(hours=3))
    yield Message.objects.get(kind=Kind.NEEDS_REBOOKING)
    yield from messages_of_an_offer(clinic, by)
    lifecycle.withdraw(clinic.appointment_request().pk, by=lifecycle.PATIENT, now=later())
    yield Message.objects.get(kind=Kind.WITHDRAWN)
    lifecycle.decline(clinic.appointment_request(note="my back hurts").pk, "not_ours", SENTENCE, by=by, now=later())
    yield Message.objects.get(kind=Kind.DECLINED)


def messages_of_an_offer(clinic, by):
    other = clinic.appointment_request(note="my back hurts")
    lifecycle.offer(other.pk, [clinic.slot(day=9)], later(days=1), by=by, now=later())
    yield other.messages.get(kind=Kind.OFFERED)
    lifecycle.expire_offers(now=later(days=1))
    yield other.messages.get(kind=Kind.OFFER_EXPIRED)
    lifecycle.waitlist(other.pk, by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.WAITLISTED)
    lifecycle.offer(other.pk, [clinic.slot(day=9)], later(days=3), by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.OPENING)
    lifecycle.close(other.pk, "Moved away.", by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.CLOSED)
