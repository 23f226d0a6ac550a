"""What a verb locks before it reads: the request row, then practitioners by primary key. Never the other way round."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q

from booking.lifecycle._transition import SYSTEM, Actor, transition_all
from booking.lifecycle.errors import AlreadyHandled, ClaimedByAnother, SlotTaken, is_overlap
from booking.lifecycle.overbooking import clear_overbooked_flags
from booking.lifecycle.verbs import NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event
from booking.scheduling.slots import Slot, slot_of
from clinic.models import Practitioner

Status = Appointment.Status


@contextmanager
def slot_transaction(*slots: Slot) -> Iterator[list[Slot]]:
    """One transaction; an overlap that the database refuses becomes SlotTaken of the slots at stake."""
    at_stake = list(slots)
    try:
        with transaction.atomic():
            yield at_stake
    except IntegrityError as error:
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
    """The request row, first in the lock order, together with those of `also` in the order of their keys.

    A version seen on a page must still be the row's own. With `by` and `now`: no colleague has it in hand.
    """
    rows = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = rows.select_related("patient", "appointment_type", "reason").filter(pk__in={pk, *also})
    appointment_request = next((row for row in found if row.pk == pk), None)
    if appointment_request is None:
        raise AppointmentRequest.DoesNotExist
    if version is not None and version != appointment_request.version:
        acts = appointment_request.events.filter(appointment=None).exclude(verb__in=NON_BLOCKING)
        raise AlreadyHandled(acts.select_related("by").order_by("pk").last())
    if by and now and by.kind == Event.Actor.DESK and appointment_request.is_claimed_by_another(by.user, now):
        raise ClaimedByAnother(appointment_request)
    return appointment_request


def lock_calendars(
    practitioners: Iterable[int], *, now: datetime, holder: AppointmentRequest | None = None, clerk: User | None = None
) -> None:
    """Lock these practitioners' calendars, and those in which `holder` or `clerk` holds time; clear the holds that have
    run out.

    In the order of their primary keys, after the request: else PostgreSQL answers a race with a deadlock, and a
    deadlock is an OperationalError, not a refusal.
    """
    wanted = Q(pk__in=set(practitioners))
    if holder is not None:
        wanted |= Q(pk__in=holder.appointments.filter(status=Status.HELD).values("practitioner"))
    if clerk is not None:
        wanted |= Q(pk__in=Appointment.objects.filter(held_for=clerk, status=Status.HELD).values("practitioner"))
    calendars = Practitioner.objects.select_for_update(no_key=True).filter(wanted)
    locked = set(calendars.order_by("pk").values_list("pk", flat=True))
    if not locked:
        return
    # All that have run out, few at any time: asked for by practitioner, SQLite would read the whole calendar.
    ended = Appointment.objects.filter(status=Status.HELD, held_until__lte=now).order_by("held_until")
    here = [hold for hold in ended if hold.practitioner_id in locked]
    transition_all(here, Status.RELEASED, verb="expire", by=SYSTEM, now=now)
    clear_overbooked_flags(here, now=now)


def lock_all_calendars() -> None:
    """Inside a transaction: nobody books while a closure is weighed and saved."""
    list(Practitioner.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@contextmanager
def locked_appointment(pk: int, version: int | None, now: datetime, also: Sequence[Slot] = ()) -> Iterator[Appointment]:
    """One transaction that holds the appointment's request and those for another time for it, then its practitioner's
    calendar, those of the slots `also` and those in which the requests for another time hold time.

    Every verb locks the request first: so the appointment that is read under its lock stays as it is.
    """
    with slot_transaction() as at_stake:
        requests = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",))
        list(requests.filter(appointments=pk).order_by().values_list("pk"))
        replacing = list(requests.filter(replaces=pk).order_by("pk").values_list("pk", flat=True))  # none comes now
        appointment = Appointment.objects.select_related("appointment_request__patient", "location").get(pk=pk)
        if version is not None and version != appointment.version:
            acts = appointment.events.exclude(verb__in=NON_BLOCKING)
            raise AlreadyHandled(acts.select_related("by").order_by("pk").last())
        at_stake.extend(also or [slot_of(appointment)])
        held = Appointment.objects.filter(appointment_request__in=replacing, status=Status.HELD) if replacing else ()
        places = [appointment, *also, *held]
        lock_calendars([place.practitioner_id for place in places], now=now)
        yield appointment
