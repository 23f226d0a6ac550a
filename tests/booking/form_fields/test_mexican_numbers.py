"""Mexican numbers that were stored with their old 1 are stored and found as they are read today."""

from importlib import import_module

import pytest
from django.apps import apps

from booking.models import AppointmentRequest, Patient, SearchKey, search_keys

pytestmark = pytest.mark.django_db
MIGRATION = import_module("booking.migrations.0008_mexican_numbers")
RENEWED = {
    "+5215512345678": "+525512345678",
    "+5213312345678": "+523312345678",
    "+5218112345678": "+528112345678",
    "+525512345678": "+525512345678",
    "+17185550167": "+17185550167",
    "+52155123456": "+52155123456",
    "+5219981234567": "+529981234567",
}
SAID = [
    "+52 1 55 1234 5678", "52 55 1234 5678", "+52 55 1234 5678", "011 52 1 55 1234 5678", "52 1 55 1234 5678",
    "0052 55 1234 5678", "5215512345678", "55 1234 5678", "June 5678",
]  # fmt: skip


@pytest.fixture
def stored(monkeypatch, clinic):
    monkeypatch.setattr(MIGRATION, "CHUNK", 2)
    made = {old: clinic.appointment_request(helper_phone=old, patient={"phone": old}) for old in RENEWED}
    MIGRATION.drop_old_1(apps, None)
    return made


def test_the_numbers_of_patients_and_helpers_lose_the_1_and_others_stay(stored):
    for old, new in RENEWED.items():
        now = AppointmentRequest.objects.select_related("patient").get(pk=stored[old].pk)
        assert (str(now.patient.phone), now.helper_phone) == (new, new)


def test_the_keys_are_those_of_the_new_number(stored):
    for old, new in RENEWED.items():
        keys = SearchKey.objects.filter(patient=stored[old].patient_id).values_list("key", flat=True)
        own = [key for key in map(bytes, keys) if not key.startswith(search_keys.HELPER)]  # those came later
        assert sorted(own) == sorted(search_keys.keys("June Demo", new)), old


def test_it_may_stop_and_begin_again(stored):
    before = set(SearchKey.objects.values_list("pk", flat=True))
    MIGRATION.drop_old_1(apps, None)
    assert set(SearchKey.objects.values_list("pk", flat=True)) == before
    assert not Patient.objects.filter(phone__regex=MIGRATION.WITH_OLD_1).exists()


@pytest.mark.parametrize("text", SAID)
def test_the_desk_finds_it_however_it_is_dialed(desk, clinic, text):
    clinic.appointment_request(patient={"phone": "+5215512345678"})
    MIGRATION.drop_old_1(apps, None)
    assert "June Demo" in desk.finds(text)
