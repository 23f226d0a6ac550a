"""One person is recognized by the date of birth and the name, however it is written, at every door."""

from datetime import date

import pytest

from booking import lifecycle
from booking.desk.patients import same_person
from booking.desk.requests import duplicates
from booking.lifecycle.patients import are_same_person
from booking.models import Patient
from booking.models.names import forms
from booking.records import one_person
from tests.builders import MONDAY, make_clerk

SAME = [
    ("Jürgen Müller", "Juergen Mueller"), ("Bjørn Åkesson", "Bjoern Aakesson"), ("Ana Mc Donald", "Ana McDonald"),
    ("Luz Dela Cruz", "Luz Delacruz"), ("Luz De La Cruz", "Delacruz, Luz"), ("Kim Smith-Jones", "Kim Smithjones"),
    ("Pat O'Brien", "Pat O Brien"), ("Pat O’Brien", "OBRIEN, Pat"), ("Robert Smith Jr.", "Robert Smith"),
    ("Smith Sr., Robert", "Robert Smith"), ("Robert Smith III", "robert smith"), ("Mrs. June Demo", "June Demo"),
    ("Demo, Miss June", "June Demo"), ("Dr. June Demo", "Mx June Demo"), ("李小龙", "李 小龙"), ("小龙 李", "李小龙"),
    ("김 민준", "김민준"), ("June A. Demo", "June Demo"), ("Demo, June A", "June Demo"),
    ("June A Demo", "June A. Demo"),
    ("Mrs. June A. Demo", "Démo June"), ("Mc Donald, Ana", "Ana McDonald"), ("Zoë van der Berg", "Vanderberg, Zoe"),
]  # fmt: skip
OTHERS = [
    ("June Demo", "Jane Demo"), ("June Demo", "June"), ("June A. Demo", "June B. Demo"), ("June Demo", "June Ann Demo"),
    ("Mr. Demo", "Dr. Other"), ("李小龙", "李小明"), ("A. Demo", "B. Demo"), ("Jr.", "Sr."),
    ("Ana Mc Donald", "Ana Donald"),
]  # fmt: skip
BORN = date(1951, 3, 9)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_to_write_a_name_are_one_person(one, other):
    first, second = Patient(pk=1, name=one, birth_date=BORN), Patient(pk=2, name=other, birth_date=BORN)
    assert are_same_person(first, second)
    assert are_same_person(second, first)
    second.birth_date = date(1951, 3, 10)
    assert not are_same_person(first, second)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_names_are_two_people(one, other):
    first, second = Patient(pk=1, name=one, birth_date=BORN), Patient(pk=2, name=other, birth_date=BORN)
    assert not are_same_person(first, second)
    assert not are_same_person(second, first)


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_one_person_has_is_found_under_either_name(clinic, one, other):
    """What ends with it, what is named at the desk, and what may be a duplicate."""
    request, twin = (clinic.appointment_request(patient={"name": name}) for name in (one, other))
    assert [row.appointment_request for row in same_person.others(request, MONDAY)] == [twin]
    assert [found.why for found in duplicates.of(request)] == ["Same date of birth and phone, similar name."]
    lifecycle.end_quietly(request.pk, "died", [twin.pk], by=lifecycle.staff(make_clerk(), "phone"), now=MONDAY)
    twin.refresh_from_db()
    assert twin.quiet_end == "died"


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME[:12])
def test_the_same_name_and_phone_with_a_slip_in_the_date_of_birth(clinic, one, other):
    request = clinic.appointment_request(patient={"name": one})
    clinic.appointment_request(patient={"name": other, "birth_date": date(1951, 9, 3)})
    assert [found.why for found in duplicates.of(request)] == ["Same phone, same name, different date of birth."]


@pytest.mark.django_db
def test_a_father_and_his_son_are_no_duplicates(clinic):
    father = clinic.appointment_request(patient={"name": "Robert Smith"})
    clinic.appointment_request(patient={"name": "Robert Smith Jr.", "birth_date": date(1980, 12, 31)})
    assert duplicates.of(father) == []


@pytest.mark.django_db
def test_the_number_of_people_with_one_date_of_birth_costs_no_query(clinic, django_assert_num_queries):
    request = clinic.appointment_request(patient={"name": "June Demo"})
    for name in ("Mrs. June Demo", "Demo, June A.", "Juna Demo", "Wei Other", "June Demo Jr."):
        clinic.appointment_request(patient={"name": name})
    with django_assert_num_queries(1):
        assert len(same_person.others(request, MONDAY)) == 3
    with django_assert_num_queries(1):
        duplicates.of(request)


def test_each_record_of_a_day_is_worked_out_once_however_many_are_compared(monkeypatch):
    there = {"birth_date": BORN, "phone": "+17185550167"}
    strangers = [Patient(pk=n, name=f"June {'abcdefghij'[n]}{'klmnopqrst'[n]}", **there) for n in range(10)]
    rows = [*strangers, Patient(pk=10, name=strangers[3].name, **there)]
    worked_out = []
    monkeypatch.setattr(one_person, "forms", lambda name: worked_out.append(name) or forms(name))
    groups = one_person.grouped(rows)
    assert (len(groups), [row.pk for row in groups[3]]) == (10, [3, 10])
    assert len(worked_out) == len(rows)
