"""Writes the entries of an old calendar in one transaction, in bulk. It tells nobody anything."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from booking.lifecycle._locks import lock_calendars
from booking.lifecycle._transition import Actor, event_of
from booking.lifecycle.diary.check import split
from booking.lifecycle.diary.entries import Entry, Refused, Who, block_columns
from booking.models import Appointment, AppointmentRequest, Event, Patient, search_keys
from booking.models.appointment_request import Channel
from booking.models.exchange.diary_import import DiaryImport, DiaryRow
from clinic.models import ScheduleException

BATCH = 500
Columns = dict[str, Any]


def preview(entries: list[Entry], *, now: datetime) -> tuple[list[Entry], list[Refused]]:
    """What `import_diary` would bring in now, and what it would refuse. Writes nothing."""
    return split(entries, _known(entries), now=now)


def import_diary(
    diary_import: DiaryImport, entries: list[Entry], *, by: Actor, now: datetime
) -> tuple[list[Entry], list[Refused]]:
    """Bring in the entries that fit. Those that were brought in before, by this file or another one, are refused."""
    with transaction.atomic():
        known = _known(entries)
        who = {entry.practitioner_id for entry in entries}
        lock_calendars(who, now=now, patients=[patient.pk for patient in known.values()])
        fit, refused = split(entries, known, now=now)
        appointments = _appointments([entry for entry in fit if entry.who], known, by, now)
        blocks = _blocks([entry for entry in fit if not entry.who], by, now)
        rows = [_row(diary_import, entry, appointment=row) for entry, row in appointments]
        rows += [_row(diary_import, entry, block=row) for entry, row in blocks]
        DiaryRow.objects.bulk_create(rows, BATCH)
        diary_import.content, diary_import.imported_at = "", now
        diary_import.save()
        return fit, refused


def _row(diary_import: DiaryImport, entry: Entry, **made: Any) -> DiaryRow:
    return DiaryRow(diary_import=diary_import, key=entry.key, starts_at=entry.starts_at, **made)


def _known(entries: Sequence[Entry]) -> dict[Who, Patient]:
    """The patients of these entries whom we have already: the same name, date of birth, and a way to reach them."""
    people = list({entry.who for entry in entries if entry.who})
    found: dict[tuple, Patient] = {}
    for n in range(0, len(people), BATCH):
        for patient in _alike(people[n : n + BATCH]):
            found |= dict.fromkeys(_marks(patient), patient)
    return {who: known for who in people if (known := _first(found, who))}


def _alike(people: Sequence[Who]) -> QuerySet[Patient]:
    """With one of these names and one of these dates of birth. Databases fold letters with accents differently."""
    names = [who.name for who in people]
    named = Q(name__in=names) | Q(folded__in=[name.lower() for name in names])
    born = Patient.objects.filter(birth_date__in={who.birth_date for who in people})
    return born.annotate(folded=Lower("name")).filter(named).order_by("-pk")


def _marks(person: Patient | Who) -> list[tuple]:
    own = (person.name.casefold(), person.birth_date)
    ways = (str(person.phone), person.email.casefold(), person.chart_number)
    return [(*own, n, way) for n, way in enumerate(ways) if way]


def _first(found: dict[tuple, Patient], who: Who) -> Patient | None:
    return next((found[mark] for mark in _marks(who) if mark in found), None)


def _appointments(
    entries: list[Entry], known: dict[Who, Patient], by: Actor, now: datetime
) -> list[tuple[Entry, Appointment]]:
    """Requests that are already confirmed, each with its appointment, and an event for each row."""
    patients = known | new_patients([entry.who for entry in entries if entry.who and entry.who not in known])
    requests = [_request(entry, patients, now) for entry in entries]
    AppointmentRequest.objects.bulk_create(requests, BATCH)
    causes = [event_of(row, "", verb="import_diary", by=by, now=now) for row in requests]
    Event.objects.bulk_create(causes, BATCH)
    rows = [_appointment(entry, request) for entry, request in zip(entries, requests, strict=True)]
    Appointment.objects.bulk_create(rows, BATCH)
    events = [
        event_of(row, "", verb="book", by=by, now=now, cause=cause) for row, cause in zip(rows, causes, strict=True)
    ]
    Event.objects.bulk_create(events, BATCH)
    return list(zip(entries, rows, strict=True))


def new_patients(people: Iterable[Who]) -> dict[Who, Patient]:
    """One record for each person, however often they come."""
    new = {who: Patient(**_columns(who)) for who in dict.fromkeys(people)}
    Patient.objects.bulk_create(new.values(), BATCH)
    search_keys.remember(new.values())
    return new


def _columns(who: Who) -> Columns:
    reach_by = Patient.ReachBy.PHONE if who.phone else Patient.ReachBy.EMAIL
    return {
        "name": who.name, "birth_date": who.birth_date, "phone": who.phone, "phone_extension": who.phone_extension,
        "phone_typed": who.phone_typed, "email": who.email, "chart_number": who.chart_number, "reach_by": reach_by,
    }  # fmt: skip


def _request(entry: Entry, patients: dict[Who, Patient], now: datetime) -> AppointmentRequest:
    assert entry.who
    return AppointmentRequest(
        patient=patients[entry.who], status=AppointmentRequest.Status.CONFIRMED, channel=Channel.IMPORT,
        submitted_at=now, respond_by=now, returning=True, reason=entry.reason, appointment_type=entry.appointment_type,
        location_id=entry.location_id,
    )  # fmt: skip


def _appointment(entry: Entry, appointment_request: AppointmentRequest) -> Appointment:
    return Appointment(
        appointment_request=appointment_request, patient_id=appointment_request.patient_id,
        appointment_type=entry.appointment_type, practitioner_id=entry.practitioner_id,
        location_id=entry.location_id, starts_at=entry.starts_at, ends_at=entry.ends_at,
        blocked_from=entry.starts_at, blocked_until=entry.ends_at, status=Appointment.Status.BOOKED,
    )  # fmt: skip


def _blocks(entries: list[Entry], by: Actor, now: datetime) -> list[tuple[Entry, ScheduleException]]:
    """The title in the old calendar often names a patient: it is not kept."""
    rows = [
        ScheduleException(
            **block_columns(entry), practitioner_id=entry.practitioner_id, private_reason=_("Old calendar"),
            made_by=by.user, made_at=now,
        )
        for entry in entries
    ]  # fmt: skip
    ScheduleException.objects.bulk_create(rows, BATCH)
    return list(zip(entries, rows, strict=True))
