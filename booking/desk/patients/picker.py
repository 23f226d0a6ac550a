"""Finds a patient during a call by parts of the name, the phone number and the date of birth, in any order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from booking.desk.patients import search
from booking.desk.patients.matches import matches
from booking.desk.patients.search import read
from booking.models import Appointment, AppointmentRequest, Patient
from booking.models.appointment_request import has_died
from clinic.contact import extension_in
from clinic.country import country

MOST = 8
CAME = (Appointment.Status.ARRIVED, Appointment.Status.FULFILLED)


class Found(NamedTuple):
    patient: Patient
    last_seen: datetime | None
    is_returning: bool  # was seen, not only checked in
    has_died: bool
    waiting: str | None  # reference of the patient's open request that is due first

    @classmethod
    def of(cls, patient: Patient) -> "Found":
        return cls(patient, patient.last_seen, patient.is_returning, patient.has_died, patient.waiting)


class Choice(NamedTuple):
    found: list[Found]
    more: bool  # than are shown
    are_near: bool  # nobody matches every part as typed


def find(text: str) -> Choice:
    """Patients who match every part of the text, else near matches. Bounded."""
    keys, are_near = matches(read(text))
    rows = [Found.of(patient) for patient in _people(Q(pk__in=keys[:MOST])).order_by("name", "pk")] if keys else []
    return Choice(rows, len(keys) > MOST, are_near and bool(rows))


def one(pk: str) -> Found | None:
    """The patient with a posted key. One query."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 12):
        return None
    patient = _people(Q(pk=pk)).first()
    return Found.of(patient) if patient else None


def caller(random_id: str) -> str:
    """The key of the patient with this random id, as a form posts it. One query; none for anything else."""
    try:
        wanted = UUID(random_id)
    except ValueError:
        return ""
    pk = Patient.objects.filter(random_id=wanted).values_list("pk", flat=True).first()
    return str(pk or "")


def _people(where: Q) -> QuerySet[Patient]:
    appointments = Appointment.objects.filter(appointment_request__patient=OuterRef("pk"), status__in=CAME).order_by(
        "-starts_at"
    )
    waiting = AppointmentRequest.objects.filter(patient=OuterRef("pk"), status__in=AppointmentRequest.OPEN).order_by(
        "respond_by"
    )
    return Patient.objects.filter(where).annotate(
        last_seen=Subquery(appointments.values("starts_at")[:1]),
        is_returning=Exists(appointments.filter(status=Appointment.Status.FULFILLED)),
        has_died=has_died("pk"),
        waiting=Subquery(waiting.values("reference")[:1]),
    )


def typed(text: str) -> dict[str, str]:
    """Initial values for a new patient: the search text, split into fields."""
    dates, number, _name = search.apart(text)
    born = country().figures(dates[0]) if len(dates) == 1 else ""
    beside = (extension_in(text), search.remark_in(text)) if number else ()
    return {
        "name": search.name_of(text).strip(",;"),
        "phone": " ".join(filter(None, (number, *beside))),
        "birth_date": born,
    }
