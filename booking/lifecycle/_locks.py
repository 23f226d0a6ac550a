"""Locks that a verb takes before it reads: the request row, the patient, practitioners by key. Never reversed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Q, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._transition import SYSTEM, Actor, transition_all
from booking.lifecycle.errors import (
    AlreadyHandled,
    ClaimedByAnother,
    NotAllowed,
    PatientElsewhere,
    SlotTaken,
    is_elsewhere,
    is_overlap,
)
from booking.lifecycle.overbooking import clear_overbooked_flags
from booking.lifecycle.verbs import NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event, Patient
from booking.scheduling.slots import Slot, slot_of
from clinic.compiled_query import CompiledQuery, Param
from clinic.models import Practitioner

Status = Appointment.Status


@contextmanager
def slot_transaction(*slots: Slot) -> Iterator[list[Slot]]:
    """Open a transaction. If the database refuses an overlap, raise SlotTaken with the yielded slots, or
    PatientElsewhere.
    """
    at_stake = list(slots)
    try:
        with transaction.atomic():
            yield at_stake
    except IntegrityError as error:
        if is_elsewhere(error):
            raise PatientElsewhere from None
        if not is_overlap(error):
            raise
        raise SlotTaken(at_stake) from None


def locked_request(
    pk: int,
    version: int | None = None,
    *,
    by: Actor | None = None,
    now: datetime | None = None,
    also: Iterable[int] = (),
) -> AppointmentRequest:
    """Lock the request row and the rows `also`, by primary key, and return the request.

    AlreadyHandled: `version`, as posted by a page, is no longer the row's version. ClaimedByAnother, if `by` and `now`
    are given: another clerk has claimed the request.
    """
    rows = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = rows.select_related("patient", "appointment_type", "reason").filter(pk__in={pk, *also})
    appointment_request = next((row for row in found if row.pk == pk), None)
    if appointment_request is None:
        raise AppointmentRequest.DoesNotExist
    _refuse_erased([appointment_request.patient.erased_at])
    if version is not None and version != appointment_request.version:
        acts = appointment_request.events.filter(appointment=None).exclude(verb__in=NON_BLOCKING)
        raise AlreadyHandled(acts.select_related("by").order_by("pk").last())
    if by and now and by.kind == Event.Actor.DESK and appointment_request.is_claimed_by_another(by.user, now):
        raise ClaimedByAnother(appointment_request)
    return appointment_request


def _refuse_erased(moments: Iterable[datetime | None]) -> None:
    if any(moments):
        raise NotAllowed(_("This patient’s information was erased. Nothing more can be done with it."))


def lock_calendars(
    practitioners: Iterable[int], *, now: datetime, holder: AppointmentRequest | None = None, clerk: User | None = None,
    patients: Iterable[int | None] = (),
) -> None:  # fmt: skip
    """Lock these practitioners' calendars, plus every calendar in which `holder` or `clerk` holds time, and release the
    holds that have expired there. Lock the `patients` who get an appointment before that.

    Lock by primary key, after the request: otherwise PostgreSQL resolves a race with a deadlock, which is an
    OperationalError and not a refusal.
    """
    if who := {pk for pk in patients if pk}:
        rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=who).order_by("pk")
        _refuse_erased(rows.values_list("erased_at", flat=True))
    wanted = Q(pk__in=set(practitioners))
    if holder is not None:
        wanted |= Q(pk__in=holder.appointments.filter(status=Status.HELD).values("practitioner"))
    if clerk is not None:
        wanted |= Q(pk__in=Appointment.objects.filter(held_for=clerk, status=Status.HELD).values("practitioner"))
    calendars = Practitioner.objects.select_for_update(no_key=True).filter(wanted)
    locked = set(calendars.order_by("pk").values_list("pk", flat=True))
    if not locked:
        return
    # Select all expired holds (there are few) and filter here: by practitioner, SQLite would scan the calendar.
    here = [hold for hold in EXPIRED(now=now) if hold.practitioner_id in locked]
    transition_all(here, Status.RELEASED, verb="expire", by=SYSTEM, now=now)
    clear_overbooked_flags(here, now=now)


def _expired() -> QuerySet:
    return Appointment.objects.filter(status=Status.HELD, held_until__lte=Param("now", DateTimeField())).order_by(
        "held_until"
    )


EXPIRED = CompiledQuery(_expired)


def lock_all_calendars() -> None:
    """Lock all calendars, inside a transaction: nobody can book while a closure is being checked and saved."""
    list(Practitioner.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@contextmanager
def locked_appointment(pk: int, version: int | None, now: datetime, also: Sequence[Slot] = ()) -> Iterator[Appointment]:
    """Open a transaction and lock the appointment: first its request and the requests to reschedule it, then the
    calendars of its practitioner, of the slots `also`, and of the holds of those requests.

    Every verb locks the request first, so the appointment cannot change once it has been read.
    """
    with slot_transaction() as at_stake:
        requests = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",))
        list(requests.filter(appointments=pk).order_by().values_list("pk"))
        replacing = list(
            requests.filter(replaces=pk).order_by("pk").values_list("pk", flat=True)
        )  # none can be added now
        appointment = Appointment.objects.select_related("appointment_request__patient", "location").get(pk=pk)
        if version is not None and version != appointment.version:
            acts = appointment.events.exclude(verb__in=NON_BLOCKING)
            raise AlreadyHandled(acts.select_related("by").order_by("pk").last())
        at_stake.extend(also or [slot_of(appointment)])
        held = Appointment.objects.filter(appointment_request__in=replacing, status=Status.HELD) if replacing else ()
        places = [appointment, *also, *held]
        lock_calendars([place.practitioner_id for place in places], now=now, patients=[appointment.patient_id])
        yield appointment
