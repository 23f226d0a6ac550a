"""Requests that may be of the same person: the same birth date, and the phone or a name that looks alike."""

import unicodedata
from datetime import timedelta
from difflib import SequenceMatcher
from typing import NamedTuple

from django.utils.translation import gettext as _

from booking.lifecycle.patients import MAY_BE_KEPT
from booking.models import AppointmentRequest

WITHIN = timedelta(days=60)  # between the two requests
ALIKE = 0.75  # of the letters, as difflib counts: "Irina Demo" and "Iryna Demo" have 0.9
MOST = 5
Status = AppointmentRequest.Status


class Other(NamedTuple):
    appointment_request: AppointmentRequest
    why: str

    @property
    def may_be_kept(self):
        return self.appointment_request.status in MAY_BE_KEPT


def of(appointment_request, not_the_same=()):
    """The newest first; without those found to be someone else, given by their references. One query.

    A known patient's earlier appointments are no duplicates, nor is what leads to another request already.
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
    """What speaks for it, in words; empty when nothing does."""
    same_phone, alike = patient.phone == other.phone, are_alike(patient.name, other.name)
    if same_phone and alike:
        return _("Same birth date and phone, similar name.")
    if same_phone:
        return _("Same birth date and phone, another name.")
    return _("Same birth date, similar name, another phone.") if alike else ""


def are_alike(one, other):
    return SequenceMatcher(None, _letters(one), _letters(other)).ratio() >= ALIKE


def _letters(name):
    """Without accents, case and order of the parts: “Demo, Irína” is “irina demo”."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(sorted(plain.casefold().replace(",", " ").replace("-", " ").split()))
