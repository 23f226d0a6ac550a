"""Finding a patient while talking: parts of the name, of the phone number, the birth date, in any order."""

import re
from datetime import datetime
from typing import NamedTuple

from django import forms
from django.db.models import OuterRef, Q, QuerySet, Subquery

from booking.desk.finder_forms import OneLineBirthDateField
from booking.models import Appointment, Patient

MOST = 8
LEAST_DIGITS, LEAST_LETTERS = 3, 2
CAME = (Appointment.Status.ARRIVED, Appointment.Status.FULFILLED)


class Found(NamedTuple):
    patient: Patient
    last_seen: datetime | None


def find(text: str) -> tuple[list[Found], bool]:
    """Those in whom every part of the text is found, and whether there are more than are shown. One query."""
    where = _conditions(text[:120])
    if where is None:
        return [], False
    rows = [Found(patient, patient.last_seen) for patient in _people(where).order_by("name", "pk")[: MOST + 1]]
    return rows[:MOST], len(rows) > MOST


def one(pk: str) -> Found | None:
    """The patient of a key that a form posted. One query."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 12):
        return None
    patient = _people(Q(pk=pk)).first()
    return Found(patient, patient.last_seen) if patient else None


def _people(where: Q) -> QuerySet[Patient]:
    visits = Appointment.objects.filter(request__patient=OuterRef("pk"), status__in=CAME).order_by("-starts_at")
    return Patient.objects.filter(where).annotate(last_seen=Subquery(visits.values("starts_at")[:1]))


def _conditions(text: str) -> Q | None:
    """None when there is too little to go by."""
    born, rest = _birth_date(text)
    digits = "".join(re.findall(r"\d", rest))
    names = [word for word in re.split(r"[\d\s()+,;/.-]+", rest) if len(word) >= LEAST_LETTERS]
    where = Q(birth_date=born) if born else Q()
    for word in names:
        # SQLite folds the case of ASCII letters alone: a name is as it is typed, or begins with a capital.
        where &= Q(name__icontains=word) | Q(name__contains=word.capitalize())
    if len(digits) >= LEAST_DIGITS:
        where &= Q(phone__contains=digits[1:] if len(digits) == 11 and digits[0] == "1" else digits)
    return where or None


def _birth_date(text: str):
    """A whole date anywhere in the text, and the text without it."""
    for found in re.finditer(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|[^\W\d]+ \d{1,2},? \d{4}", text):
        try:
            born = OneLineBirthDateField().clean(found[0])
        except forms.ValidationError:
            continue
        return born, text.replace(found[0], " ")
    return None, text


def typed(text: str) -> dict[str, str]:
    """For someone new: what was looked for, put where it belongs."""
    digits = re.findall(r"[\d()+ .-]*\d{3}[\d()+ .-]*", text)
    words = re.split(r"[\d()+/.]+", text)
    name = " ".join(word.capitalize() for word in " ".join(words).split())
    return {"name": name, "phone": digits[0].strip() if digits else ""}
