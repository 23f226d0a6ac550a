"""The visit's lifecycle: one table, one verb for each move."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle._locks import locked_visit
from booking.lifecycle._transition import By, move
from booking.lifecycle.errors import NotAllowed, SlotTaken
from booking.lifecycle.overbooking import settle
from booking.models import Appointment, Event
from booking.scheduling.slots import slot_of

Status = Appointment.Status

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
    event = move(visit, Status.CANCELLED, verb="cancel", by=by, now=now, reason=code, note=note, cause=cause,
        cancel_code=code, sequence=visit.sequence + 1,
    )  # fmt: skip
    settle([visit], now=now, cause=event)
    return event


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


def _mark(visit: Appointment, to: str, verb: str, by: By, now: datetime) -> Appointment:
    gave_up_its_time = visit.status not in Appointment.HOLDING
    event = move(visit, to, verb=verb, by=by, now=now)
    if gave_up_its_time and to in Appointment.HOLDING and not is_free(visit, now=now):
        raise SlotTaken([slot_of(visit)])
    if to not in Appointment.HOLDING:
        settle([visit], now=now, cause=event)
    return visit


def _day(visit: Appointment, at: datetime) -> date:
    return at.astimezone(visit.location.tz).date()
