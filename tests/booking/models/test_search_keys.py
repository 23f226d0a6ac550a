"""Search keys of a name and a phone number, in any script."""

from datetime import date

import pytest

from booking.models import Patient, SearchKey, search_keys


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("June Demo", ["june", "demo"]),
        ("  JÜNE   de-la  Démo ", ["june", "de", "la", "demo"]),
        ("Íñigo D’Andre-Łoś", ["inigo", "dandre", "los"]),
        ("Józef Ødegård", ["jozef", "odegard"]),
        ("Straße", ["strasse"]),
        ("Nguyễn Thị Hạnh", ["nguyen", "thi", "hanh"]),
        ("Ирина Ёлкина", ["ирина", "елкина"]),
        ("Ελένη", ["ελενη"]),
        ("فاطمة", ["فاطمة"]),
        ("रवि", ["रवि"]),
        ("রহিমা", ["রহিমা"]),
        ("İbrahim Işık", ["ibrahim", "isik"]),
        ("Ｊｕｎｅ", ["june"]),
        ("👵 Demo", ["demo"]),
        ("...", []),
    ],
)
def test_a_name_is_split_into_words_without_case_and_accents(name, found):
    assert search_keys.words(name) == found


def test_in_a_name_without_spaces_any_character_can_come_first():
    assert search_keys.keys("王秀英", "") == {"王秀英".encode(), "秀英".encode(), "英".encode()}


def test_a_phone_number_is_stored_reversed():
    assert search_keys.keys("", "+17185550167") == {b"+76105558171"}


@pytest.mark.django_db
def test_a_corrected_name_is_found_and_the_old_one_is_not():
    patient = Patient.objects.create(name="Jun Demo", birth_date=date(1951, 3, 9), phone="+17185550167")
    search_keys.remember([patient])
    patient.name = "June Demo"
    search_keys.remember_anew(patient)
    assert {bytes(each.key) for each in SearchKey.objects.all()} == {b"junedemo", b"demo", b"+76105558171"}


@pytest.mark.django_db
def test_a_repeated_word_is_stored_once():
    patient = Patient.objects.create(name="Demo-Demo Demo", birth_date=date(1951, 3, 9), phone="+17185550167")
    search_keys.remember([patient])
    assert SearchKey.objects.count() == 4
