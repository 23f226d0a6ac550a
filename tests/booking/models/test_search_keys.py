"""What of a name and a number can be searched, in any script."""

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
def test_a_name_is_its_words_without_case_and_accents(name, found):
    assert search_keys.words(name) == found


def test_of_a_name_written_together_each_sign_may_come_first():
    assert search_keys.keys("王秀英", "") == {"王秀英".encode(), "秀英".encode(), "英".encode()}


def test_a_number_is_kept_with_its_last_digits_first():
    assert search_keys.keys("", "+17185550167") == {b"+76105558171"}


@pytest.mark.django_db
def test_a_corrected_name_is_found_and_the_old_one_is_not():
    patient = Patient.objects.create(name="Jun Demo", birth_date=date(1951, 3, 9), phone="+17185550167")
    search_keys.remember([patient])
    patient.name = "June Demo"
    search_keys.remember_anew(patient)
    assert {bytes(each.key) for each in SearchKey.objects.all()} == {b"june", b"demo", b"+76105558171"}


@pytest.mark.django_db
def test_a_name_that_says_a_word_twice_is_kept_once():
    patient = Patient.objects.create(name="Demo Demo", birth_date=date(1951, 3, 9), phone="+17185550167")
    search_keys.remember([patient])
    assert SearchKey.objects.count() == 2
