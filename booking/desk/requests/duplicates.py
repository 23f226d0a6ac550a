"""Requests that may be from the same person.

Same date of birth, and the same phone, email or a similar name; or the same phone or email and the same name, with
another date of birth; or a similar name, if that date differs by a slip of the pen.
"""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from booking.lifecycle.patients import may_be_kept
from booking.models import AppointmentRequest, Patient
from booking.models.names import are_alike, are_the_same, suffixes

WITHIN = timedelta(days=60)  # most days between the two requests
MOST, MOST_READ = 5, 100
Status = AppointmentRequest.Status


class Other(NamedTuple):
    appointment_request: AppointmentRequest
    why: str

    @property
    def may_be_kept(self):
        return may_be_kept(self.appointment_request)


def of(appointment_request, not_the_same=()):
    """Possible duplicates, newest first, except those marked as different people. One query.

    Leaves out an existing patient's earlier appointments and requests that are already merged.
    """
    patient, at = appointment_request.patient, appointment_request.submitted_at
    rows = _others(appointment_request, not_the_same).filter(submitted_at__range=(at - WITHIN, at + WITHIN))
    found = _alike(patient, rows.exclude(patient=patient, status=Status.CONFIRMED))
    return sorted(found[:MOST], key=lambda other: other.appointment_request.submitted_at, reverse=True)


def open_of_the_same(appointment_request, user, now):
    """Other open requests of what seems to be the same person, whenever they were sent, newest first; without those
    that a coworker is working on. Two queries.
    """
    patient = appointment_request.patient
    strangers = appointment_request.events.filter(verb="not_the_same").values_list("reason", flat=True)
    rows = _others(appointment_request, strangers).filter(status__in=AppointmentRequest.OPEN).exclude(patient=patient)
    others = [other.appointment_request for other in _alike(patient, rows)]
    return [
        other
        for other in sorted(others, key=lambda other: other.submitted_at, reverse=True)
        if are_alike(other.patient.name, patient.name) and not other.is_claimed_by_another(user, now)
    ]


def _others(appointment_request, not_the_same):
    rows = AppointmentRequest.objects.filter(
        patient__in=perhaps_the_same(appointment_request.patient), duplicate_of=None
    )
    rows = rows.exclude(pk=appointment_request.pk).exclude(reference__in=not_the_same)
    return rows.select_related("patient", "reason")


def _alike(patient, rows):
    """Those rows that may be the patient's, with the reason; those with the same date of birth first."""
    same_day_first = Case(When(patient__birth_date=patient.birth_date, then=Value(0)), default=Value(1))
    read = rows.order_by(same_day_first, "-submitted_at")[:MOST_READ]  # a care home has one phone for all
    return [Other(row, why) for row in read if (why := why_same(patient, row.patient))]


def perhaps_the_same(patient):
    alike = Q(birth_date=patient.birth_date)
    if patient.phone:
        alike |= Q(phone=patient.phone)
    if patient.email:
        alike |= Q(lower_email=Lower(Value(patient.email)))
    return Patient.objects.alias(lower_email=Lower("email")).filter(alike)


def why_same(patient, other):
    """The reason why it may be a duplicate, as a sentence; empty if there is none."""
    same_phone = bool(patient.phone_number) and patient.phone_number == other.phone_number
    same_email = bool(patient.email) and patient.email.casefold() == other.email.casefold()
    if patient.birth_date == other.birth_date:
        return _why_of_one_day(same_phone, same_email, are_alike(patient.name, other.name))
    if same_phone or same_email:
        return _why_of_two_days(patient, other, same_phone)
    return ""


def _why_of_one_day(same_phone, same_email, alike):
    if same_phone and alike:
        return _("Same date of birth and phone, similar name.")
    if same_phone:
        return _("Same date of birth and phone, different name.")
    if same_email and not alike:
        return _("Same date of birth and email, different name.")
    return _("Same date of birth, similar name, different phone.") if alike else ""


def _why_of_two_days(patient, other, same_phone):
    slip = is_slip(patient.birth_date, other.birth_date)
    if are_the_same(patient.name, other.name) and (slip or suffixes(patient.name) == suffixes(other.name)):
        if same_phone:
            return _("Same phone, same name, different date of birth.")
        return _("Same email, same name, different date of birth.")
    if slip and are_alike(patient.name, other.name):
        if same_phone:
            return _("Same phone, similar name, different date of birth.")
        return _("Same email, similar name, different date of birth.")
    return ""


def is_slip(one: date, other: date) -> bool:
    """Whether day and month are swapped, two neighboring digits are turned, or one digit is wrong."""
    if (one.month, one.day, one.year) == (other.day, other.month, other.year):
        return True
    first, second = f"{one:%m%d%Y}", f"{other:%m%d%Y}"
    places = [n for n in range(len(first)) if first[n] != second[n]]
    turned = len(places) == 2 and places[1] == places[0] + 1 and first[places[0]] == second[places[1]]
    return len(places) == 1 or (turned and first[places[1]] == second[places[0]])
