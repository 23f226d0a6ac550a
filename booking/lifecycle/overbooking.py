"""Deliberate overlaps, of two patients of one practitioner or of two appointments of one patient: their flags.

Call it inside a verb, under the locks of the patient and the calendar.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._snapshot import restored
from booking.lifecycle._transition import SYSTEM, log_event
from booking.lifecycle.errors import AlreadyRebooked, NotAllowed, PatientElsewhere
from booking.models import Appointment, AppointmentRequest, Event


def clear_flags(gone: Appointment, *, now: datetime, cause: Event | None = None) -> None:
    """Clear both flags of appointments that overlap nothing any more, after `gone` gave up its time."""
    clear_overbooked_flags([gone], now=now, cause=cause)
    for flagged in _of_the_patient_during(gone).filter(in_two_places=True):
        others = _of_the_patient_during(flagged).filter(in_two_places=False)
        if not others.exists():
            log_event(
                flagged, verb="unflag_two_places", by=SYSTEM, now=now, cause=cause,
                in_two_places=False, in_two_places_reason="",
            )  # fmt: skip


def _of_the_patient_during(one: Appointment) -> QuerySet[Appointment]:
    return Appointment.objects.of_patient_during(one.patient_id, one.starts_at, one.ends_at)


def clear_overbooked_flags(gone: Sequence[Appointment], *, now: datetime, cause: Event | None = None) -> None:
    """Clear the flag of appointments that overlap nothing any more, after those in `gone` gave up their time.

    One query, unless a nearby appointment is flagged. If two flagged appointments overlap, one of them stays flagged.
    """
    if not gone:
        return
    since, until = (
        min(appointment.blocked_from for appointment in gone),
        max(appointment.blocked_until for appointment in gone),
    )
    holding = Appointment.objects.holding_time(now)
    near = holding.overlapping(since, until).filter(overbooked=True)
    for flagged in near.filter(practitioner__in={appointment.practitioner_id for appointment in gone}):
        rivals = holding.overlapping(flagged.blocked_from, flagged.blocked_until).filter(overbooked=False)
        if not rivals.filter(practitioner=flagged.practitioner_id).exists():
            log_event(flagged, verb="unflag", by=SYSTEM, now=now, cause=cause, overbooked=False, overbook_reason="")


def in_one_place(wanted: Appointment, why: str = "", *, moving: Appointment | None = None) -> dict[str, Any]:
    """The columns that say whether this time overlaps another appointment of the patient, and why it may.

    PatientElsewhere: it does, and no reason is given. `moving`: the appointment that leaves its time for this one.
    """
    other = (
        _of_the_patient_during(wanted).exclude(pk__in=[row.pk for row in (wanted, moving) if row and row.pk]).first()
    )
    if other and not why:
        raise PatientElsewhere(other)
    return {"in_two_places": other is not None, "in_two_places_reason": why if other else ""}


def require_not_rebooked(appointment_request: AppointmentRequest) -> None:
    """AlreadyRebooked if the lost appointment that this request replaces has been booked again, and still is.

    NotAllowed: it is not lost any more.
    """
    if not appointment_request.replaces_id:
        return
    if Appointment.objects.filter(pk=appointment_request.replaces_id, status__in=Appointment.ATTENDED).exists():
        raise NotAllowed(_("This appointment was just put back. Your change was not saved. Move it instead."))
    require_none_instead(appointment_request.replaces_id)


def require_none_instead(pk: int) -> None:
    """AlreadyRebooked if another appointment is booked in place of this one."""
    again = Appointment.objects.filter(appointment_request__replaces=pk)
    other = again.filter(status__in=(Appointment.Status.BOOKED, Appointment.Status.ARRIVED)).first()
    if other:
        raise AlreadyRebooked(other)


def require_one_place(back: Appointment) -> None:
    """PatientElsewhere if the patient has made another appointment since this one gave up its time.

    As for the constraint, flagged ones do not count: they were booked beside it on purpose.
    """
    other = _of_the_patient_during(back).filter(in_two_places=False).exclude(pk=back.pk).first()
    if other and not back.in_two_places:
        raise PatientElsewhere(other)


def flag_again(back: Appointment, event: Event, now: datetime, cause: Event | None) -> None:
    """Flag again what was booked over the appointment, if it is still there, before the constraint compares the two."""
    flag_two_places_again(back, event, now, cause)
    there = Appointment.objects.holding_time(now).overlapping(back.blocked_from, back.blocked_until)
    there = there.filter(practitioner=back.practitioner_id, overbooked=False)
    for effect in event.effects.filter(verb="unflag", appointment__in=there).select_related("appointment"):
        over = effect.appointment
        assert over
        log_event(over, verb="flag", by=SYSTEM, now=now, cause=cause, **restored(over, effect.before))


def flag_two_places_again(back: Appointment, event: Event, now: datetime, cause: Event | None = None) -> None:
    """Flag again the patient's appointments that were beside this one before the event, if they still are."""
    beside = _of_the_patient_during(back).filter(in_two_places=False).exclude(pk=back.pk)
    for effect in event.effects.filter(verb="unflag_two_places", appointment__in=beside).select_related("appointment"):
        other = effect.appointment
        assert other
        log_event(other, verb="flag_two_places", by=SYSTEM, now=now, cause=cause, **restored(other, effect.before))


def over_it_then(event: Event) -> QuerySet[Appointment]:
    """The flagged appointments that have not been booked or moved since the act."""
    came = Event.objects.filter(appointment=OuterRef("pk"), pk__gt=event.pk, verb__in=("book", "reschedule", "undo"))
    return Appointment.objects.filter(~Exists(came), overbooked=True)
