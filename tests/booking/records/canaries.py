"""Values that occur nowhere else, in every column that can hold what people write, and a dump of the whole database."""

import io
import json
from itertools import count

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, models

from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, RequestedTime

NUMBERS = count(1000)


def fill(patient):
    """Write a value of its own into each free column of the rows of this patient. Returns (column, value) pairs."""
    requests = AppointmentRequest.objects.filter(patient=patient)
    by_request = (model.objects.filter(appointment_request__in=requests) for model in (RequestedTime, Event, Message))
    rows = [Patient.objects.filter(pk=patient.pk), requests, Appointment.objects.filter(patient=patient), *by_request]
    return [(f"{row._meta.model_name}.{name}", value) for each in rows for row in each for name, value in _fill(row)]


def _fill(row):
    for field in row._meta.concrete_fields:
        if not is_free(field):
            continue
        value = (
            f"zq{next(NUMBERS)}" if field.max_length is None or field.max_length < 10 else f"zq{next(NUMBERS)}canary"
        )
        stored = (
            {"note": value} if field.name == "before" else [value] if isinstance(field, models.JSONField) else value
        )
        type(row).objects.filter(pk=row.pk).update(**{field.name: stored})
        yield field.name, value


CODES = {"verb", "from_status", "to_status", "channel", "reason", "reference", "phone", "never_days"}


def is_free(field):
    """Whether people decide what it holds: no choice of ours, and no code that we write."""
    texts = (models.CharField, models.TextField, models.JSONField)
    return isinstance(field, texts) and not field.choices and field.name not in CODES


def dump():
    """Every row of every table as text, as iterdump or COPY write it; and what is inside the sessions."""
    found = _iterdump() if connection.vendor == "sqlite" else _copy()
    sessions = (SessionStore().decode(row.session_data) for row in Session.objects.all())
    return found + "\n".join(json.dumps(data, ensure_ascii=False) for data in sessions)


def _iterdump():
    connection.ensure_connection()
    return "\n".join(connection.connection.iterdump())


def _copy():
    out = io.StringIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    return out.getvalue()


def found_in(text, value):
    """Whether a dump has it, also as the bytes of a search key, forwards or backwards."""
    low, folded = text.casefold(), value.casefold()
    return any(each in low for each in (folded, folded.encode().hex(), folded[::-1].encode().hex()))
