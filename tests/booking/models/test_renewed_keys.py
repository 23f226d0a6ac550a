"""Kinds 2 and 8: the search keys of patients from before follow the rules of today, by a migration."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from booking.models import Patient, SearchKey, SearchWord, search_keys

pytestmark = pytest.mark.django_db
MIGRATION = import_module("booking.migrations.0005_renew_search_keys")
BEFORE = {  # a name, and the words that were its keys
    "Ju\u200bne De\u00admo": ["ju", "ne", "de", "mo"],
    "Ana Mc Donald": ["ana", "mc", "donald"],
    "Uwe Müller": ["uwe", "muller"],
    "علی\u200cرضا": ["علی", "رضا"],
    "June\u202e Demo": ["june", "demo"],
    "Pat O’Brien": ["pat", "obrien", "o", "brien"],
    "Demo": ["demo"],
}


def keys_of(patient):
    return {bytes(each.key) for each in patient.search_keys.all()}


@pytest.fixture
def patients(monkeypatch):
    monkeypatch.setattr(MIGRATION, "CHUNK", 2)
    made = Patient.objects.bulk_create(
        Patient(name=name, birth_date=date(1951, 3, 9), phone="+17185550167") for name in BEFORE
    )
    SearchKey.objects.bulk_create(
        SearchKey(patient=patient, key=key)
        for patient in made
        for key in [*(word.encode() for word in BEFORE[patient.name]), b"+76105558171"]
    )
    return made


def test_every_patient_gets_the_keys_of_today(patients):
    MIGRATION.renew(apps, None)
    for patient in patients:
        assert keys_of(patient) == search_keys.keys(patient.name, str(patient.phone)), patient.name


def test_the_words_of_all_names_are_known(patients):
    MIGRATION.renew(apps, None)
    known = {(bytes(each.ending), bytes(each.word)) for each in SearchWord.objects.all()}
    spelled = {word for name in BEFORE for word in search_keys.spelled_words(name)}
    assert known == {(ending, word.encode()) for word in spelled for ending in search_keys.endings(word)}


def test_what_was_right_is_not_written_again(patients):
    before = set(patients[-1].search_keys.values_list("pk", flat=True))
    MIGRATION.renew(apps, None)
    assert set(patients[-1].search_keys.values_list("pk", flat=True)) == before


def test_it_may_stop_and_begin_again(patients):
    MIGRATION.renew(apps, None)
    before = set(SearchKey.objects.values_list("pk", flat=True))
    MIGRATION.renew(apps, None)
    assert set(SearchKey.objects.values_list("pk", flat=True)) == before


def test_without_patients_nothing_happens(db):
    MIGRATION.renew(apps, None)
    assert not SearchWord.objects.exists()
