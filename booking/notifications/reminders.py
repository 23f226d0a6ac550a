"""Which visits to remind of now. The worker writes it into the outbox once for each patient, day and lead."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from booking.models import Appointment, Event, Message
from booking.notifications import messages
from clinic.practice_info import frame

AT = time(10)  # on the clock of the office, so many days before
A_DAY = timedelta(days=1)
SET = ("book", "move")  # the verbs that gave a visit its time


def write(*, now: datetime) -> int:
    """Queue the reminders that have come due; how many. After a downtime only the nearest of each day.

    A patient's visits of one day share one. Who was given the time after the reminder's own hour needs none.
    """
    today = now.astimezone(frame().zone).date()
    messages.forget_reminders(before=today)
    days = defaultdict(list)
    for visit in _ahead(now):
        days[visit.request.patient_id, _day(visit)].append(visit)
    known = _written(today)
    due = ((key, visits) for (who, _), visits in days.items() if (key := _due(who, visits, now)) not in (None, *known))
    return sum(messages.reminder(key, visits[0], _day(visits[0]), now=now) for key, visits in due)


def visits_of(message: Message, *, now: datetime) -> list[Appointment]:
    """What a reminder still speaks of: the patient's visits to come on its day. None: it has nothing to say."""
    around = [datetime.combine(message.day + n * A_DAY, time.min, frame().zone) for n in (-1, 2)]
    rows = _booked().filter(request__patient=message.request.patient_id, starts_at__gt=now, starts_at__range=around)
    return [visit for visit in rows if _day(visit) == message.day]


def _ahead(now: datetime) -> Iterable[Appointment]:
    """The booked visits near enough, with the moment at which each got its time. One query."""
    set_at = Event.objects.filter(appointment=OuterRef("pk"), verb__in=SET).order_by("-pk").values("at")[:1]
    latest = now + (max(frame().reminder_days, default=0) + 1) * A_DAY
    rows = _booked().annotate(set_at=Coalesce(Subquery(set_at), "request__submitted_at"))
    return rows.filter(starts_at__gt=now, starts_at__lt=latest) if frame().reminder_days else []


def _booked() -> QuerySet[Appointment]:
    visits = Appointment.objects.filter(status=Appointment.Status.BOOKED, needs_rebooking_since=None)
    return visits.select_related("location", "request__patient", "request__location").order_by("starts_at", "pk")


def _written(today: date) -> set[str | None]:
    """The keys that stand, but for those that were overtaken: they may have become true again."""
    rows = Message.objects.filter(kind=Message.Kind.REMINDER, day__gte=today - A_DAY)
    return set(rows.exclude(status=Message.Status.SUPERSEDED).values_list("dedupe_key", flat=True))


def _due(patient_id: int, visits: list[Appointment], now: datetime) -> str | None:
    """The key of the reminder of these visits that is due, if one is."""
    day, zone = _day(visits[0]), visits[0].location.tz
    moments = {lead: datetime.combine(day - lead * A_DAY, AT, zone) for lead in frame().reminder_days}
    lead = min((lead for lead, moment in moments.items() if moment <= now), default=None)
    if lead is None or all(visit.set_at > moments[lead] for visit in visits):
        return None
    return f"reminder {patient_id} {day.isoformat()} {lead}"


def _day(visit: Appointment) -> date:
    return visit.starts_at.astimezone(visit.location.tz).date()
