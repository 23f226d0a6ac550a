"""What a person gets who asks what we have about them: all of it, only theirs, and nothing live in it."""

import json
from datetime import date

import pytest
from django.http import HttpResponse
from django.utils.html import escape

from booking import lifecycle
from booking.models import Patient
from booking.notifications import outbox
from booking.records.columns import LABELS, LEFT_OUT
from booking.records.export import as_data, as_page, export
from booking.records.people import records_of
from tests.booking.records.canaries import fill
from tests.builders import MONDAY, later
from tests.pages import words

pytestmark = pytest.mark.django_db
BORN = date(1931, 2, 27)
SCRAMBLED = {"appointmentrequest.origin", "event.form_key", "message.dedupe_key"}


def lived(clinic, by, day=4, **person):
    """A request that was answered, with calls, notes, corrections and an email; and an appointment."""
    person = {"birth_date": BORN, "needs": ["walker"]} | person
    asked = clinic.appointment_request(clinic.slot(), patient=person)
    lifecycle.log_call(asked.pk, "voicemail", by=by, now=MONDAY, note="Called.")
    lifecycle.correct_patient(asked.pk, {"language": "Nahuatl"}, by=by, now=MONDAY)
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    clinic.appointment(clinic.slot(day=day), patient=person, by=by)
    return asked.patient


def of(patient):
    parts = export(records_of(patient))
    return json.dumps(as_data(parts), ensure_ascii=False), as_page(parts, now=MONDAY)


def filled(patient):
    return [pair for record in records_of(patient) for pair in fill(record)]


def test_every_column_that_belongs_to_the_person_is_in_both_files(clinic, by, mailoutbox):
    patient = lived(clinic, by)
    outbox.deliver_due(clock=lambda: later(minutes=5))
    values = [(column, value) for column, value in filled(patient) if column not in SCRAMBLED]
    assert len({column for column, _value in values}) > 18
    for record in Patient.objects.all():
        data, page = of(record)
        theirs = [pair for pair in values if pair[1] in data]
        assert len(theirs) > 10
        assert [column for column, value in theirs if value not in page] == []
    both = "".join(of(record)[0] for record in Patient.objects.all())
    assert [column for column, value in values if value not in both] == []


def test_nothing_of_another_person_with_the_same_phone_and_email_is_in_it(clinic, by):
    patient, other = lived(clinic, by), lived(clinic, by, name="Abel Demo", birth_date=date(1955, 5, 5), day=7)
    theirs = [value for _column, value in fill(other)]
    data, page = of(patient)
    assert len(theirs) > 15
    assert [value for value in theirs if value in data + page] == []
    assert "Abel" not in data + page


def test_the_page_reads_like_a_letter_and_staff_are_named_by_role(clinic, by, mailoutbox):
    patient = lived(clinic, by)
    outbox.deliver_due(clock=lambda: later(minutes=5))
    text = words(HttpResponse(of(patient)[1]))
    for said in (
        "What we have about you", "June Demo", "February 27, 1931", "I use a walker or a cane",
        "Broken bone in the spine", "What happened Logged a call Who front desk", "Reason Left message Note Called.",
        "What it said before Language: English", "Answer Call us.", "Thursday, December 3, 2026, 9:00 am",
        "Dr. Mara Ellison, MD", "OK to leave a message No",
    ):  # fmt: skip
        assert said in text, said
    assert "Rosa" not in text


def test_the_number_of_a_stranger_who_was_compared_is_left_out(clinic, by):
    one, other = clinic.appointment_request(), clinic.appointment_request(patient={"name": "Junia Demo"})
    lifecycle.not_the_same(one.pk, other.pk, by=by, now=MONDAY)
    data, page = of(one.patient)
    assert other.reference not in data + page
    assert str(other) not in data + page
    assert "Marked as two different people" in page


def test_nothing_hostile_is_live_in_the_page(clinic):
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7|add:7 }}'
    patient = clinic.appointment_request(patient={"name": hostile}, note=hostile, helper_name="\u202egnp.exe").patient
    page = of(patient)[1]
    assert hostile not in page
    assert escape(hostile) in page
    assert "<script" not in page
    assert json.loads(of(patient)[0])[0]["name"] == hostile


@pytest.mark.once
def test_every_column_is_exported_or_left_out_on_purpose():
    for model, left_out in LEFT_OUT.items():
        assert LABELS[model].keys() | left_out == {field.name for field in model._meta.concrete_fields}, model
        assert not LABELS[model].keys() & left_out, model
