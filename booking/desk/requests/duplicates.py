"""Requests that may be from the same person: same date of birth, and the same phone or a similar name."""

import unicodedata
from datetime import timedelta
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.translation import gettext as _

from booking.lifecycle.patients import MAY_BE_KEPT
from booking.models import AppointmentRequest

WITHIN = timedelta(days=60)  # most days between the two requests
ALIKE = 0.75  # difflib ratio: "Irina Demo" and "Iryna Demo" have 0.9
MOST = 5
Status = AppointmentRequest.Status


class Other(NamedTuple):
    appointment_request: AppointmentRequest
    why: str

    @property
    def may_be_kept(self):
        return self.appointment_request.status in MAY_BE_KEPT


def of(appointment_request, not_the_same=()):
    """Possible duplicates, newest first, except those marked as different people. One query.

    Leaves out an existing patient's earlier appointments and requests that are already merged.
    """
    since, until = appointment_request.submitted_at - WITHIN, appointment_request.submitted_at + WITHIN
    rows = AppointmentRequest.objects.filter(
        patient__birth_date=appointment_request.patient.birth_date,
        submitted_at__range=(since, until),
        duplicate_of=None,
    )
    rows = rows.exclude(pk=appointment_request.pk).exclude(reference__in=not_the_same)
    rows = rows.exclude(patient=appointment_request.patient_id, status=Status.CONFIRMED).select_related(
        "patient", "reason"
    )
    found = (
        (row, _why(appointment_request.patient, row.patient)) for row in rows.order_by("-submitted_at")[: MOST * 10]
    )
    return [Other(row, why) for row, why in found if why][:MOST]


def _why(patient, other):
    """The reason why it may be a duplicate, as a sentence; empty if there is none."""
    same_phone, alike = patient.phone == other.phone, are_alike(patient.name, other.name)
    if same_phone and alike:
        return _("Same date of birth and phone, similar name.")
    if same_phone:
        return _("Same date of birth and phone, different name.")
    return _("Same date of birth, similar name, different phone.") if alike else ""


def are_alike(one, other):
    return SequenceMatcher(None, _letters(one), _letters(other)).ratio() >= ALIKE


def _letters(name):
    """The name without accents, case and word order: “Demo, Irína” becomes “irina demo”."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(sorted(plain.casefold().replace(",", " ").replace("-", " ").split()))
