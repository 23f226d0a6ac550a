"""What happened to a demo request after it was sent, through the lifecycle's verbs at earlier times."""

from datetime import date, timedelta

from booking import lifecycle
from booking.demo.desk import Desk, Request, Scene
from booking.lifecycle import Actor, Draft
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest
from booking.models.appointment_request import Channel
from booking.models.reference import new_reference
from booking.scheduling.response_deadline import desk_day_ends
from booking.scheduling.slots import Slot

Decline = AppointmentRequest.DeclineCode


def offered(desk: Desk, appointment_request: Request) -> None:
    at = desk.after(appointment_request, hours=3)
    times = apart(desk.choice(draft_of(appointment_request), at))
    until = desk_day_ends(now=desk.now, location_id=None, number=2)[-1]
    lifecycle.offer(appointment_request.pk, times, until, by=desk.rosa, now=at)


def offer_accepted(desk: Desk, appointment_request: Request) -> None:
    offered(desk, appointment_request)
    held = appointment_request.appointments.filter(status=Appointment.Status.HELD).first()
    slot = Slot(held.starts_at, held.practitioner_id, held.location_id)
    lifecycle.accept_offer(
        appointment_request.pk, slot, by=lifecycle.PATIENT, now=desk.after(appointment_request, hours=5)
    )


def refused(desk: Desk, appointment_request: Request) -> None:
    offered(desk, appointment_request)
    lifecycle.refuse_offer(appointment_request.pk, by=lifecycle.PATIENT, now=desk.after(appointment_request, hours=5))


def offer_ran_out(desk: Desk, appointment_request: Request) -> None:
    at = desk.after(appointment_request, hours=1)
    times = apart(desk.choice(draft_of(appointment_request), at))
    lifecycle.offer(appointment_request.pk, times, at + timedelta(hours=4), by=desk.rosa, now=at)
    lifecycle.expire_offers(now=at + timedelta(hours=4))


def waitlisted(desk: Desk, appointment_request: Request) -> None:
    lifecycle.waitlist(appointment_request.pk, by=desk.rosa, now=desk.after(appointment_request, hours=2))


def called(desk: Desk, appointment_request: Request) -> None:
    by = Actor(desk.rosa.kind, desk.rosa.user, Channel.PHONE)
    at = desk.after(appointment_request, hours=2)
    lifecycle.log_call(appointment_request.pk, Outcome.NO_ANSWER, by=by, now=at)
    lifecycle.log_call(appointment_request.pk, Outcome.VOICEMAIL, by=by, now=desk.after(appointment_request, hours=4))
    lifecycle.add_note(
        appointment_request.pk, "The daughter says: stairs are hard, ground floor please.", by=by, now=at
    )


def claimed(desk: Desk, appointment_request: Request) -> None:
    if desk.rosa.user:  # the demo has sign-ins only on a developer's machine
        lifecycle.claim(appointment_request.pk, user=desk.rosa.user, now=desk.now)


def closed_with_letter(desk: Desk, appointment_request: Request) -> None:
    for hours in (2, 4, 6):
        lifecycle.log_call(
            appointment_request.pk, Outcome.NO_ANSWER, by=desk.dmitri, now=desk.after(appointment_request, hours=hours)
        )
    lifecycle.close(appointment_request.pk, by=desk.dmitri, now=desk.after(appointment_request, hours=7))


def closed_as_duplicate(desk: Desk, appointment_request: Request) -> None:
    person = {
        "patient__name": appointment_request.patient.name,
        "patient__birth_date": appointment_request.patient.birth_date,
    }
    kept = Request.objects.filter(**person).exclude(pk=appointment_request.pk).first()
    at = desk.after(appointment_request, minutes=40)
    lifecycle.merge(appointment_request.pk, kept.pk, "Sent twice, by phone and by computer.", by=desk.dmitri, now=at)


def rescheduled(desk: Desk, appointment_request: Request) -> None:
    confirmed(desk, appointment_request)
    appointment = appointment_request.appointments.get(status=Appointment.Status.BOOKED)
    at = desk.after(appointment_request, hours=4)
    lifecycle.reschedule(appointment.pk, desk.choice(draft_of(appointment_request), at)[0], by=desk.rosa, now=at)


def asks_for_another_time(desk: Desk, appointment_request: Request) -> None:
    """Confirmed, then the patient asked for another time: a second request in the queue."""
    confirmed(desk, appointment_request)
    appointment = appointment_request.appointments.get(status=Appointment.Status.BOOKED)
    at = desk.after(appointment_request, hours=8)
    times = desk.choice(draft_of(appointment_request), at)[:2]
    answers = {"note": "My daughter can drive me on other days.", "reference": new_reference(desk.rng.choice)}
    lifecycle.ask_for_another_time(appointment.pk, times, answers, by=lifecycle.PATIENT, now=at)


def declined(desk: Desk, appointment_request: Request) -> None:
    sentence = (
        "We need a picture of your spine before we can help. Ask your own doctor to order an X-ray or an MRI, "
        "then send us a new request."
    )
    at = desk.after(appointment_request, hours=4)
    lifecycle.decline(appointment_request.pk, Decline.NEEDS_SCAN, sentence, by=desk.rosa, now=at)


def withdrawn(desk: Desk, appointment_request: Request) -> None:
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=desk.after(appointment_request, hours=6))


def confirmed(desk: Desk, appointment_request: Request) -> None:
    lifecycle.confirm(
        appointment_request.pk,
        first_choice(appointment_request),
        by=desk.rosa,
        now=desk.after(appointment_request, hours=2),
    )


def confirmed_just_now(desk: Desk, appointment_request: Request) -> None:
    at = desk.now - timedelta(seconds=20)
    lifecycle.confirm(appointment_request.pk, first_choice(appointment_request), by=desk.rosa, now=at)


def confirmed_then_cancelled(desk: Desk, appointment_request: Request) -> None:
    confirmed(desk, appointment_request)
    appointment = appointment_request.appointments.get(status=Appointment.Status.BOOKED)
    code = Appointment.CancelCode.PRACTITIONER_OUT
    lifecycle.cancel(appointment.pk, code, by=desk.dmitri, now=desk.after(appointment_request, hours=5))


def taken(desk: Desk, appointment_request: Request) -> None:
    """A request whose hold expired and whose time somebody else has booked since."""
    hold = appointment_request.appointments.get()
    Appointment.objects.filter(pk=hold.pk).update(held_until=desk.after(appointment_request, hours=6))
    other = desk.draft(Scene("Harriet Demo", date(1960, 6, 2), 81, appointment_request.reason.slug))
    other.answers["appointment_type"] = appointment_request.appointment_type
    clerk = Actor(desk.rosa.kind, desk.rosa.user, Channel.PHONE)
    lifecycle.book(other, first_choice(appointment_request), by=clerk, now=desk.after(appointment_request, hours=7))


def first_choice(appointment_request: Request) -> Slot:
    wanted = appointment_request.requested_times.first()
    return Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)


def draft_of(appointment_request: Request) -> Draft:
    return Draft(
        {}, {"appointment_type": appointment_request.appointment_type, "location": appointment_request.location}
    )


def apart(slots: list[Slot]) -> list[Slot]:
    """One time per practitioner: held times of one practitioner must not overlap."""
    return sorted({slot.practitioner_id: slot for slot in slots}.values())
