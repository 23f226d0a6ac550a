"""Which appointments need a reminder now. The worker writes one into the outbox per patient, day and lead time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from booking.models import Appointment, Event, Message
from booking.models.exchange.diary_import import may_be_reminded
from booking.notifications import messages
from clinic.practice_info import local_date, practice_info

AT = time(10)  # office time, on the day of the reminder
A_DAY = timedelta(days=1)
SET = ("book", "reschedule")  # the verbs that set an appointment's time
TELLS = {"kind__in": (Message.Kind.CONFIRMED, Message.Kind.RESCHEDULED), "status__in": Message.TOLD}


def write(*, now: datetime) -> int:
    """Queue the reminders that are due; returns how many. After downtime, only the nearest reminder of each day.

    A patient's appointments on one day share a reminder. None is due for an appointment whose time was set, or told to
    the patient, after the reminder's own hour or in the day before it: they know.
    """
    today = local_date(now)
    messages.forget_past(today=today, now=now)
    days = defaultdict(list)
    for appointment in _ahead(now):
        days[appointment.appointment_request.patient_id, _day(appointment)].append(appointment)
    known = _written(today)
    due = (
        (key, appointments)
        for (who, _), appointments in days.items()
        if (key := _due(who, appointments, now)) not in (None, *known)
    )
    return sum(messages.reminder(key, appointments[0], _day(appointments[0]), now=now) for key, appointments in due)


def appointments_of(message: Message, *, now: datetime) -> list[Appointment]:
    """The appointments that a reminder is about: the patient's future ones on its day. If empty, it is out of date."""
    around = [datetime.combine(message.day + n * A_DAY, time.min, practice_info().zone) for n in (-1, 2)]
    rows = _booked().filter(
        appointment_request__patient=message.appointment_request.patient_id, starts_at__gt=now, starts_at__range=around
    )
    return [appointment for appointment in rows if _day(appointment) == message.day]


def _ahead(now: datetime) -> Iterable[Appointment]:
    """Booked appointments near enough for a reminder, each with when its time was set and last told. One query."""
    set_at = Event.objects.filter(appointment=OuterRef("pk"), verb__in=SET).order_by("-pk").values("at")[:1]
    latest = now + (max(practice_info().reminder_days, default=0) + 1) * A_DAY
    told_at = Message.objects.filter(appointment=OuterRef("pk"), sent_at__isnull=False, **TELLS).order_by("-sent_at")
    rows = _booked().annotate(
        set_at=Coalesce(Subquery(set_at), "appointment_request__submitted_at"),
        told_at=Subquery(told_at.values("sent_at")[:1]),
    )
    return rows.filter(starts_at__gt=now, starts_at__lt=latest) if practice_info().reminder_days else []


def _booked() -> QuerySet[Appointment]:
    """Those to come whose patients want reminders."""
    booked = Appointment.objects.filter(status=Appointment.Status.BOOKED, needs_rebooking_since=None)
    appointments = booked.filter(may_be_reminded())
    return (
        appointments.filter(appointment_request__patient__wants_reminders=True)
        .select_related("location", "appointment_request__patient", "appointment_request__location")
        .order_by("starts_at", "pk")
    )


def _written(today: date) -> set[str | None]:
    """The keys already written, except superseded ones: those may have become valid again."""
    rows = Message.objects.filter(kind=Message.Kind.REMINDER, day__gte=today - A_DAY)
    return set(rows.exclude(status=Message.Status.SUPERSEDED).values_list("dedupe_key", flat=True))


def _due(patient_id: int, appointments: list[Appointment], now: datetime) -> str | None:
    """The key of the reminder that is due for these appointments, if any."""
    day, zone = _day(appointments[0]), appointments[0].location.tz
    moments = {lead: datetime.combine(day - lead * A_DAY, AT, zone) for lead in practice_info().reminder_days}
    lead = min((lead for lead, moment in moments.items() if moment <= now), default=None)
    if lead is None or all(_known_at(appointment) > moments[lead] - A_DAY for appointment in appointments):
        return None
    return f"reminder {patient_id} {day.isoformat()} {lead}"


def _known_at(appointment: Appointment) -> datetime:
    """When the patient last learned the time, as far as we know."""
    return max(filter(None, (appointment.set_at, appointment.told_at)))


def _day(appointment: Appointment) -> date:
    return local_date(appointment.starts_at, appointment.location.tz)
