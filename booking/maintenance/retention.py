"""Deletes what is past its limit. The worker runs all jobs hourly; each returns how many rows it changed.

A limit is a setting in days, and 0 or less means that nothing is deleted. Of a table that grows, each hour looks at
another one of 24 parts, and changes a limited number of rows: a round costs the same however much there is, and a day
sees all.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.core.management import call_command
from django.db.models import Exists, Model, OuterRef, QuerySet

from booking.exchange import diary
from booking.lifecycle import NotAllowed
from booking.maintenance import free_pages
from booking.models import Appointment, AppointmentRequest, Event, ListRow, Message, Patient
from booking.notifications import desk_notices
from booking.records.erase import erase
from clinic import rate_limits
from clinic.models import StaffMessage

PARTS = 24
MOST_ERASED, MOST_TEXTS = 200, 1000  # in one round


def sessions(*, now: datetime) -> int:
    """Delete expired sessions, which hold unsent answers and sign-ins. Django does not report how many."""
    call_command("clearsessions")
    return 0


def counters(*, now: datetime) -> int:
    return rate_limits.clear_old(now=now)


def origins(*, now: datetime) -> int:
    """Forget from which network a request came, once no flood of that time is left to close."""
    old = AppointmentRequest.objects.filter(submitted_at__lt=now - timedelta(days=settings.ORIGIN_KEPT_DAYS))
    return old.exclude(origin="").update(origin="")


def people(*, now: datetime) -> int:
    """Erase those whose last request or appointment is longer past than we keep one that ended like theirs."""
    done = 0
    for patient in list(islice(due(now=now), MOST_ERASED)):
        try:
            erase([patient], now=now)
        except NotAllowed:  # they have asked again since we looked
            continue
        done += 1
    return done


def due(*, now: datetime) -> Iterator[Patient]:
    """Of this hour's part: those who were seen, those who only missed or canceled, those with no appointment at all."""
    came, booked = _appointments(status__in=Appointment.ATTENDED), _appointments(status__in=Appointment.ON_CALENDAR)
    yield from _past(settings.SEEN_KEPT_DAYS, now).filter(came)[:MOST_ERASED]
    yield from _past(settings.MISSED_KEPT_DAYS, now).filter(booked, ~came)[:MOST_ERASED]
    yield from _past(settings.UNBOOKED_KEPT_DAYS, now).filter(~booked)[:MOST_ERASED]


def _past(days: int, now: datetime) -> QuerySet[Patient]:
    """Patients with nothing open, and to whom nothing has happened for so many days."""
    if days <= 0:
        return Patient.objects.none()
    limit = now - timedelta(days=days)
    theirs = AppointmentRequest.objects.filter(patient=OuterRef("pk"))
    lately = Event.objects.filter(appointment_request__patient=OuterRef("pk"), at__gt=limit)
    listed = Exists(ListRow.objects.filter(patient=OuterRef("pk"), list_import__imported_at__gt=limit))
    is_open = Exists(theirs.filter(status__in=AppointmentRequest.OPEN))
    rows = part(Patient, now).filter(
        ~is_open, ~Exists(lately), ~_appointments(ends_at__gt=limit), ~listed, erased_at=None
    )
    return rows.order_by("pk")


def _appointments(**such: object) -> Exists:
    return Exists(Appointment.objects.filter(patient=OuterRef("pk"), **such))


def message_texts(*, now: datetime) -> int:
    """Forget what an old email said. That it was sent, and when, stays."""
    days = settings.MESSAGE_TEXTS_KEPT_DAYS
    return sum(_blank("sent_copy", part(model, now), "sent_at", days, now) for model in (Message, StaffMessage))


def call_notes(*, now: datetime) -> int:
    calls = part(Event, now).filter(verb="log_call")
    return _blank("note", calls, "at", settings.CALL_NOTES_KEPT_DAYS, now)


def _blank(column: str, rows: QuerySet, moment: str, days: int, now: datetime) -> int:
    """Blank the column of the rows whose moment is past the limit."""
    if days <= 0:
        return 0
    old = rows.filter(**{f"{moment}__lt": now - timedelta(days=days)}).exclude(**{column: ""})
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:MOST_TEXTS])
    return rows.model._default_manager.filter(pk__in=keys).update(**{column: ""})


def part(model: type[Model], now: datetime) -> QuerySet:
    """The rows of this hour."""
    rows = model._default_manager.all()
    last = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    size = last // PARTS + 1
    return rows.filter(pk__gte=now.hour * size, pk__lt=(now.hour + 1) * size)


JOBS: dict[str, Callable[..., int]] = {
    "sessions": sessions, "counters": counters, "origins": origins, "notices": desk_notices.forget,
    "people": people, "message texts": message_texts, "call notes": call_notes, "uploads": diary.forget_uploads,
    "free pages": free_pages.wipe_at_night,  # last: it wipes what the others deleted
}  # fmt: skip
