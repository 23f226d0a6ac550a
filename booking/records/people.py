"""Which records are one person's: those that are alike, and those whose requests a desk lead has merged."""

from django.core.exceptions import ValidationError
from django.db.models import Q

from booking.models import AppointmentRequest, Patient
from booking.models.reference import parse_reference
from booking.records.one_person import is_one


def named(text: str) -> Patient | None:
    """The patient of a confirmation number, however it is written, or of the id in the address of a person's page."""
    there = Patient.objects.filter(erased_at=None)
    if symbols := parse_reference(text):
        return there.filter(appointment_requests__reference=symbols).first()
    try:
        return there.filter(random_id=text).first()
    except ValidationError:
        return None


def records_of(patient: Patient) -> list[Patient]:
    """All records of this person, oldest first. A few queries for each."""
    found = [patient]
    for known in found:  # grows during the loop
        found += [other for other in _beside(known) if other not in found]
    return sorted(found, key=lambda record: record.pk)


def _beside(known: Patient) -> list[Patient]:
    there = Patient.objects.filter(erased_at=None)
    requests = AppointmentRequest.objects.filter(patient=known)
    merged = Q(appointment_requests__duplicate_of__in=requests) | Q(appointment_requests__duplicates__in=requests)
    alike = (other for other in there.filter(birth_date=known.birth_date) if is_one(other, known))
    return list(dict.fromkeys([*alike, *there.filter(merged)]))
