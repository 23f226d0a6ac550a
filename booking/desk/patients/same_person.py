"""What else a person has: coming appointments, open requests and the last time, also under another patient row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, F, FilteredRelation, Q, QuerySet

from booking.desk.patients.picker import CAME, Found
from booking.lifecycle.patients import are_same_person
from booking.models import Appointment, AppointmentRequest, Patient
from clinic.compiled_query import Among, CompiledQuery, Param

MOST = 50  # of all people with one of these dates of birth


class Standing(NamedTuple):
    """An open request, or a confirmed one with its coming appointment."""

    appointment_request: AppointmentRequest
    is_same_row: bool

    @property
    def starts_at(self) -> datetime | None:
        return self.appointment_request.starts_at

    @property
    def is_called_off(self) -> bool:
        return self.appointment_request.called_off_at is not None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.appointment_request.zone)


class Pick(NamedTuple):
    """A patient in the picker, with the appointments that are coming."""

    found: Found
    coming: list[Standing]


def picks(found: Sequence[Found], now: datetime) -> list[Pick]:
    """One query; none if nobody was found."""
    rows = standing([each.patient for each in found], now) if found else []
    return [Pick(each, [row for row in of(each.patient, rows) if row.starts_at]) for each in found]


def others(appointment_request: AppointmentRequest, now: datetime) -> list[Standing]:
    """What the person has besides this request and the one that it replaces. One query."""
    replaced = appointment_request.replaces.appointment_request_id if appointment_request.replaces_id else None
    rows = standing([appointment_request.patient], now)
    return of(appointment_request.patient, [row for row in rows if row.pk not in (appointment_request.pk, replaced)])


def last_time(patient: Patient) -> Appointment | None:
    """The last appointment that the person came to, also under another patient row. One query."""
    rows = Appointment.objects.filter(patient__birth_date=patient.birth_date, status__in=CAME)
    rows = rows.select_related("patient", "appointment_request__reason", "practitioner", "location")
    came = rows.order_by("-starts_at")[:MOST]
    return next((row for row in came if are_same_person(patient, row.patient)), None)


def of(patient: Patient, rows: Iterable[AppointmentRequest]) -> list[Standing]:
    return [Standing(row, row.patient_id == patient.pk) for row in rows if are_same_person(patient, row.patient)]


def standing(patients: Iterable[Patient], now: datetime) -> list[AppointmentRequest]:
    """Of all who are born on the same days; each row with `starts_at`, `zone`, `provider`, `called_off_at` and the key
    of its coming appointment, if it has one. One query.
    """
    return list(STANDING(born={patient.birth_date for patient in patients}, now=now))


def _standing() -> QuerySet[AppointmentRequest]:
    now, born = Param("now", DateTimeField()), Among("patient__birth_date", "born", DateField())
    ahead = Q(appointments__status=Appointment.Status.BOOKED, appointments__starts_at__gt=now)
    rows = AppointmentRequest.objects.filter(born)
    rows = rows.annotate(coming=FilteredRelation("appointments", condition=ahead)).annotate(
        appointment_key=F("coming__pk"), starts_at=F("coming__starts_at"), zone=F("coming__location__zone"),
        provider=F("coming__practitioner__name"), called_off_at=F("coming__needs_rebooking_since"),
    )  # fmt: skip
    is_standing = Q(status__in=AppointmentRequest.OPEN) | Q(appointment_key__isnull=False)
    return rows.filter(is_standing).select_related("patient", "reason").order_by("starts_at", "pk")[:MOST]


STANDING = CompiledQuery(_standing)
