"""Closing time that has appointments in it: a provider who is out, an office that is closed. One act, with one undo."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_all_calendars, lock_calendars, slot_transaction
from booking.lifecycle._transition import Actor
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.time_off.affected import release_calls
from booking.lifecycle.time_off.called_off import NewTimes, mark_needs_rebooking
from booking.lifecycle.undoing.undo import undo
from booking.models import Appointment, AppointmentRequest, Event
from booking.notifications.messages import UNDO_TIME
from booking.scheduling.closure_impact import Closing, affected_appointments
from clinic import practice_info
from clinic.models import ScheduleException
from clinic.models.practice import MIDNIGHT

Status = Appointment.Status
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    """An affected appointment as the clerk saw it, and what the patient is offered."""

    appointment_id: int
    version: int
    offering: NewTimes = NewTimes()


class ImpactChanged(NotAllowed):
    """Other appointments are affected than the clerk saw. Nothing was saved."""

    def __init__(self) -> None:
        super().__init__(_("The affected appointments have changed since you looked. The list is up to date now."))


def to_call_off(closing: Closing, *, now: datetime) -> list[Appointment]:
    """The booked appointments that the closing affects and whose patients have not been told yet."""
    return [each for each in affected_appointments(closing, now=now) if is_to_call_off(each, now=now)]


def is_to_call_off(appointment: Appointment, *, now: datetime) -> bool:
    is_expected = appointment.status == Status.BOOKED and appointment.starts_at >= now
    return is_expected and appointment.needs_rebooking_since is None


def close_time(
    closing: Closing, seen: Sequence[Seen], *, private_reason: str = "", note: str = "", by: Actor, now: datetime
) -> ScheduleException:
    """Close this time and call off each appointment in it, with an offer of other times or a call. All or nothing.

    ImpactChanged: other appointments are affected than the ones `seen`. SlotTaken: an offered time is not open any
    more. Idempotent by the actor's form key.
    """
    slots = [slot for each in seen for slot in each.offering.slots]
    with slot_transaction(*slots):
        _lock(closing, [each.appointment_id for each in seen], {slot.practitioner_id for slot in slots}, now)
        if by.form_key and (earlier := ScheduleException.objects.filter(form_key=by.form_key).first()):
            return earlier
        affected = {(each.pk, each.version) for each in to_call_off(closing, now=now)}
        if affected != {(each.appointment_id, each.version) for each in seen}:
            raise ImpactChanged
        closure = create_closure(closing, private_reason=private_reason, note=note, by=by, now=now)
        for each in seen:
            mark_needs_rebooking(each.appointment_id, by=by, now=now, offering=each.offering)
        return closure


def create_closure(
    closing: Closing, *, private_reason: str = "", note: str = "", repeats_until: date | None = None, by: Actor,
    now: datetime,
) -> ScheduleException:  # fmt: skip
    """The row of the closing, which ends the calls that hold a time in it. What every page shows of the practice is
    read anew after the commit.
    """
    release_calls(affected_appointments(closing, now=now, since=now - A_DAY), by=by, now=now)
    closure = ScheduleException.objects.create(
        first_day=closing.first_day, last_day=closing.last_day, starts=closing.starts, ends=closing.ends,
        location_id=closing.location_id, practitioner_id=closing.practitioner_id, note=note,
        private_reason=private_reason, repeats_until=repeats_until, made_by=by.user, made_at=now, form_key=by.form_key,
    )  # fmt: skip
    closure.except_for.set(closing.left_out)
    transaction.on_commit(practice_info.forget)
    return closure


def _lock(closing: Closing, appointments: Collection[int], practitioners: Iterable[int], now: datetime) -> None:
    """The requests of the appointments and those that look for another time for them; then the calendars, also those in
    which these hold a time, which an offer replaces.
    """
    _lock_requests(appointments)
    held = Appointment.objects.filter(appointment_request__replaces__in=appointments, status=Status.HELD)
    if closing.practitioner_id is None:
        lock_all_calendars()
    else:
        lock_calendars({closing.practitioner_id, *practitioners, *held.values_list("practitioner", flat=True)}, now=now)


def _lock_requests(appointments: Collection[int], also: Collection[int] = ()) -> None:
    of = AppointmentRequest.objects.filter(appointments__in=appointments).values_list("pk", flat=True)
    waiting = AppointmentRequest.objects.filter(replaces__in=appointments).values_list("pk", flat=True)
    keys = {*of, *waiting, *also}
    rows = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys)
    list(rows.order_by("pk").values_list("pk"))


def undo_closure(pk: int, *, user: User, now: datetime) -> None:
    """Open the time again and put every appointment back, before any of the patients is told.

    NotAllowed: it is too late, it is somebody else's, or something was done since with one of them.
    """
    with slot_transaction():
        closure = ScheduleException.objects.select_for_update().filter(pk=pk, made_by=user).exclude(form_key="").first()
        if closure is None or closure.made_at is None:
            raise NotAllowed(_("There is nothing to undo here."))
        if now > closure.made_at + UNDO_TIME:
            raise NotAllowed(_("It’s too late to undo. Call the patients instead."))
        acts = called_off_by(closure)
        changed = Appointment.objects.filter(events__cause__in=acts).values_list("pk", "practitioner")
        _lock_requests([key for key, _who in changed], [act.appointment_request_id or 0 for act in acts])
        lock_calendars({who for _key, who in changed}, now=now)
        for act in acts:
            undo(act.pk, user=user, now=now)
        closure.delete()
        transaction.on_commit(practice_info.forget)


def end_absence(pk: int, *, now: datetime) -> ScheduleException:
    """Open a provider's time again, from today on. Who was called off stays so, for they may have been told.

    NotAllowed: it is over, or is no absence of whole days.
    """
    today = practice_info.local_date(now)
    absence = absences(today).filter(pk=pk)
    with transaction.atomic():
        found = absence.select_for_update(of=("self",)).select_related("practitioner").first()
        if found is None:
            raise NotAllowed(_("This time is already open again."))
        lock_calendars([found.practitioner_id or 0], now=now)
        if found.first_day < today:
            absence.update(last_day=today - A_DAY)
        else:
            absence.delete()
        transaction.on_commit(practice_info.forget)
        return found


def absences(today: date) -> QuerySet[ScheduleException]:
    """The whole days that a provider is out, from today on."""
    of_one = ScheduleException.objects.filter(kind=ScheduleException.Kind.CLOSED, practitioner__isnull=False, feed=None)
    return of_one.filter(starts=0, ends=MIDNIGHT, last_day__gte=today)


def called_off_by(closure: ScheduleException) -> list[Event]:
    """The events of the requests that this closure opened or turned into offers, without those undone since."""
    acts = Event.objects.filter(verb="mark_needs_rebooking", cause=None, by=closure.made_by, form_key=closure.form_key)
    return list(acts.filter(undone=False).order_by("pk")) if closure.form_key else []
