"""The visit's lifecycle: one table, one verb for each move."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._move import CLOCK, By, Table, all_or_nothing, move, move_all
from booking.lifecycle.errors import AlreadyHandled, NotAllowed, SlotTaken
from booking.lifecycle.overbooking import settle
from booking.models import Appointment, AppointmentRequest, Event
from booking.slots import Slot
from clinic.models import Practitioner

Status = Appointment.Status

# From here a visit may go there. `undo` (lifecycle.undo) goes back by the history instead.
NEXT: Table = {
    Status.HELD: frozenset({Status.BOOKED, Status.RELEASED}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NOSHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.FULFILLED, Status.LEFT, Status.BOOKED}),
    Status.NOSHOW: frozenset({Status.ARRIVED, Status.BOOKED}),
    Status.FULFILLED: frozenset({Status.ARRIVED}),
    Status.LEFT: frozenset({Status.ARRIVED}),
    Status.CANCELLED: frozenset(),
    Status.RELEASED: frozenset(),
}
STEP_BACK: dict[str, str] = {
    Status.ARRIVED: Status.BOOKED,
    Status.NOSHOW: Status.BOOKED,
    Status.FULFILLED: Status.ARRIVED,
    Status.LEFT: Status.ARRIVED,
}


def check_in(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here. Not before the day of the visit; after it, for a day that nobody finished marking.

    Late after a no-show: SlotTaken if the time has gone.
    """
    with locked_visit(pk, version, now) as visit:
        if visit.status in (Status.FULFILLED, Status.LEFT):
            raise NotAllowed(_("This visit is over. Use “Undo” to take that back."))
        if _day(visit, visit.starts_at) > _day(visit, now):
            raise NotAllowed(_("This visit is on another day."))
        return _mark(visit, Status.ARRIVED, "check_in", by, now)


def fulfil(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient was seen."""
    with locked_visit(pk, version, now) as visit:
        return _mark(visit, Status.FULFILLED, "fulfil", by, now)


def leave(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient left without being seen."""
    with locked_visit(pk, version, now) as visit:
        return _mark(visit, Status.LEFT, "leave", by, now)


def no_show(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come. Always a person's word, never the clock's."""
    with locked_visit(pk, version, now) as visit:
        if now < visit.starts_at:
            raise NotAllowed(_("This visit has not begun yet."))
        if visit.is_stranded:
            raise NotAllowed(_("The patient was told not to come."))
        return _mark(visit, Status.NOSHOW, "no_show", by, now)


def step_back(pk: int, *, by: By, now: datetime, version: int | None = None) -> Appointment:
    """Take back the last mark of the day sheet, on the same day. SlotTaken if the visit's time has gone."""
    with locked_visit(pk, version, now) as visit:
        to = STEP_BACK.get(visit.status)
        last = visit.events.order_by("pk").last()
        if to is None or last is None or _day(visit, last.at) != _day(visit, now):
            raise NotAllowed(_("Only a mark made today can be taken back."))
        return _mark(visit, to, "step_back", by, now)


def call_off(
    visit: Appointment, code: str, *, by: By, now: datetime, note: str = "", cause: Event | None = None
) -> Event:
    """Cancel a booked visit whose request and diary are locked; its time is free again."""
    event = move(
        visit, Status.CANCELLED, NEXT, verb="cancel", by=by, now=now, reason=code, note=note, cause=cause,
        cancel_code=code, sequence=visit.sequence + 1,
    )  # fmt: skip
    settle([visit], now=now, cause=event)
    return event


def lock_diaries(
    practitioners: Iterable[int], *, now: datetime, holder: AppointmentRequest | None = None, clerk: User | None = None
) -> None:
    """Lock these practitioners' diaries, and those in which `holder` or `clerk` holds time; clear the holds that have
    run out.

    In the order of their primary keys, after the request: else PostgreSQL answers a race with a deadlock, and a
    deadlock is an OperationalError, not a refusal.
    """
    wanted = Q(pk__in=set(practitioners))
    if holder is not None:
        wanted |= Q(pk__in=holder.appointments.filter(status=Status.HELD).values("practitioner"))
    if clerk is not None:
        wanted |= Q(pk__in=Appointment.objects.filter(held_for=clerk, status=Status.HELD).values("practitioner"))
    diaries = Practitioner.objects.select_for_update(no_key=True).filter(wanted)
    locked = set(diaries.order_by("pk").values_list("pk", flat=True))
    if not locked:
        return
    # All that have run out, few at any time: asked for by practitioner, SQLite would read the whole diary.
    ended = Appointment.objects.filter(status=Status.HELD, held_until__lte=now).order_by("held_until")
    here = [hold for hold in ended if hold.practitioner_id in locked]
    move_all(here, Status.RELEASED, NEXT, verb="expire", by=CLOCK, now=now)
    settle(here, now=now)


def is_free(visit: Appointment, *, now: datetime, beside: QuerySet[Appointment] | None = None) -> bool:
    """Whether nobody else has the time of a visit that gave it up. Only under the lock of its diary is it true.

    The constraint leaves flagged overbookings out; nothing normal lands on them all the same, but for those `beside`
    which it was.
    """
    rivals = Appointment.objects.holding_time(now).overlapping(visit.blocked_from, visit.blocked_until)
    rivals = rivals.filter(practitioner=visit.practitioner_id).exclude(pk=visit.pk)
    if beside is not None:
        rivals = rivals.exclude(pk__in=beside.values("pk"))
    return visit.overbooked or not rivals.exists()


def slot_of(visit: Appointment) -> Slot:
    return Slot(visit.starts_at, visit.practitioner_id, visit.location_id)


def _mark(visit: Appointment, to: str, verb: str, by: By, now: datetime) -> Appointment:
    gave_up_its_time = visit.status not in Appointment.HOLDING
    event = move(visit, to, NEXT, verb=verb, by=by, now=now)
    if gave_up_its_time and to in Appointment.HOLDING and not is_free(visit, now=now):
        raise SlotTaken([slot_of(visit)])
    if to not in Appointment.HOLDING:
        settle([visit], now=now, cause=event)
    return visit


@contextmanager
def locked_visit(pk: int, version: int | None, now: datetime, also: Sequence[Slot] = ()) -> Iterator[Appointment]:
    """One transaction that holds the visit's request and those for another time for it, then its practitioner's
    diary, those of the slots `also` and those in which the requests for another time hold time.

    Every verb locks the request first: so the visit that is read under its lock stays as it is.
    """
    with all_or_nothing() as at_stake:
        requests = AppointmentRequest.objects.select_for_update(no_key=True, of=("self",))
        list(requests.filter(appointments=pk).order_by().values_list("pk"))
        replacing = list(requests.filter(replaces=pk).order_by("pk").values_list("pk", flat=True))  # none comes now
        visit = Appointment.objects.select_related("request__patient", "location").get(pk=pk)
        if version is not None and version != visit.version:
            acts = visit.events.exclude(verb__in=Event.QUIET)
            raise AlreadyHandled(acts.select_related("by").order_by("pk").last())
        at_stake.extend(also or [slot_of(visit)])
        held = Appointment.objects.filter(request__in=replacing, status=Status.HELD) if replacing else ()
        places = [visit, *also, *held]
        lock_diaries([place.practitioner_id for place in places], now=now)
        yield visit


def _day(visit: Appointment, at: datetime) -> date:
    return at.astimezone(visit.location.tz).date()
