"""Duplicates. One person is recognized by phone, email or name, also with another date of birth."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from booking import lifecycle
from booking.desk.requests import duplicates
from booking.models import AppointmentRequest
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
BORN = date(1951, 3, 9)


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request(patient={"email": "june@example.org"})


def why(clinic, appointment_request, **patient):
    clinic.appointment_request(patient=patient)
    return [other.why for other in duplicates.of(appointment_request)]


SLIPS = [date(1951, 9, 3), date(1915, 3, 9), date(1951, 3, 8), date(1952, 3, 9), date(1951, 3, 19), date(1951, 8, 9)]
OTHER = {"phone": "+17185550155", "email": "other@example.org"}


WRITTEN = ["june demo", "Demo, June", "JUNE  DÉMO", "Ju\u200bne Demo", "June A. Demo"]


@pytest.mark.parametrize(
    ("name", "born"),
    [*product(["June Demo"], [*SLIPS, date(1980, 12, 31)]), *product(WRITTEN, [SLIPS[0], date(1980, 12, 31)])],
)
def test_the_same_phone_and_name_with_another_date_of_birth(clinic, appointment_request, name, born):
    found = why(clinic, appointment_request, name=name, birth_date=born)
    assert found == ["Same phone, same name, different date of birth."]


@pytest.mark.parametrize("email", ["june@example.org", "June@Example.org", "JUNE@EXAMPLE.ORG"])
def test_the_same_email_and_name_with_another_date_of_birth(clinic, appointment_request, email):
    found = why(clinic, appointment_request, birth_date=SLIPS[0], phone="+17185550155", email=email)
    assert found == ["Same email, same name, different date of birth."]


@pytest.mark.parametrize(
    ("name", "born"), [*product(["Jun Demo"], SLIPS), ("Juna Demo", SLIPS[1]), ("June Demos", SLIPS[2])]
)
def test_a_similar_name_and_a_slip_in_the_date_of_birth(clinic, appointment_request, name, born):
    found = why(clinic, appointment_request, name=name, birth_date=born)
    assert found == ["Same phone, similar name, different date of birth."]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana Mc Donald", "Ana McDonald"), ("Luz Dela Cruz", "Luz Delacruz"), ("Pat O'Brien", "Pat O Brien")],
)
def test_a_name_written_apart_or_together_is_the_same(clinic, one, other):
    appointment_request = clinic.appointment_request(patient={"name": one})
    found = why(clinic, appointment_request, name=other, birth_date=SLIPS[0])
    assert found == ["Same phone, same name, different date of birth."]


@pytest.mark.parametrize(
    "patient",
    [
        {"name": "Irina Other", "birth_date": SLIPS[0]},  # a family has one phone
        {"name": "Juna Demo", "birth_date": date(1980, 12, 31)},  # a daughter
        {"birth_date": SLIPS[0]} | OTHER,
        {"name": "Wei Other", "birth_date": date(1980, 12, 31), "email": "june@example.org"},
        {"name": "Wei Other"} | OTHER,
    ],
)
def test_another_person_is_no_duplicate(clinic, appointment_request, patient):
    assert why(clinic, appointment_request, **patient) == []


@pytest.mark.parametrize(
    ("patient", "sentence"),
    [
        ({}, "Same date of birth and phone, similar name."),
        ({"name": "Wei Other"}, "Same date of birth and phone, different name."),
        ({"phone": "+17185550155"}, "Same date of birth, similar name, different phone."),
        (
            {"name": "Wei Other", "phone": "+17185550155", "email": "JUNE@example.org"},
            "Same date of birth and email, different name.",
        ),
    ],
)
def test_the_same_date_of_birth_is_looked_for_as_before(clinic, appointment_request, patient, sentence):
    assert why(clinic, appointment_request, **patient) == [sentence]


def test_nobody_shares_an_email_or_a_phone_that_is_not_there(clinic):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    assert why(clinic, appointment_request, phone="+17185550155", email="", birth_date=SLIPS[0]) == []


def test_the_same_date_of_birth_comes_before_a_phone_that_many_share(clinic, appointment_request):
    for n in range(6):
        clinic.appointment_request(patient={"birth_date": date(1940 + n, 1, 1)})
    same_day = clinic.appointment_request(patient={"name": "Juna Demo"})
    for n in range(6):
        clinic.appointment_request(patient={"birth_date": date(1930 + n, 1, 1)})
    found = [other.appointment_request for other in duplicates.of(appointment_request)]
    assert same_day in found
    assert len(found) == duplicates.MOST


def test_the_desk_reads_why(client, clinic, rosa, appointment_request):
    clinic.appointment_request(patient={"birth_date": SLIPS[0]})
    page = words(client.get(page_of(appointment_request)))
    assert "Possible duplicate" in page
    assert "Same phone, same name, different date of birth." in page


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        (BORN, date(1951, 9, 3), True),
        (BORN, date(1915, 3, 9), True),
        (BORN, date(1951, 3, 10), False),
        (date(1951, 12, 21), date(1951, 12, 12), True),
        (date(1951, 12, 21), date(1951, 12, 31), True),
        (date(1951, 10, 2), date(1951, 1, 2), True),
        (date(1951, 10, 2), date(1951, 1, 20), False),
        (BORN, date(1980, 12, 31), False),
    ],
)
def test_a_slip_is_a_swap_or_one_digit(one, other, slip):
    assert duplicates.is_slip(one, other) == duplicates.is_slip(other, one) == slip


# -- an email that is corrected


def correction(appointment_request, **changes):
    patient = appointment_request.patient
    return {
        "name": patient.name, "birth_date": f"{patient.birth_date:%m/%d/%Y}", "phone": str(patient.phone),
        "email": "right@example.org", "language": "English", "version": appointment_request.version,
    } | changes  # fmt: skip


def edit(appointment_request):
    return reverse("desk:correct_patient", args=[appointment_request.reference])


def email_of(appointment_request):
    return AppointmentRequest.objects.get(pk=appointment_request.pk).patient.email


@pytest.mark.parametrize(
    "patient",
    [
        {"email": "june@example.org"},
        {"email": ""},
        {"email": "jnue@example.org", "phone": "+17185550155"},
        {"name": "Juna Demo", "email": "june@example.org"},
        {"birth_date": SLIPS[0], "email": "june@example.org"},
    ],
)
def test_a_corrected_email_is_offered_for_the_same_persons_other_requests(
    client, clinic, rosa, appointment_request, patient
):
    other = clinic.appointment_request(patient=patient)
    page = words(client.get(edit(appointment_request)))
    assert "If you change the email, also change it on these open requests" in page
    assert f"{other}: {other.patient.name}, {other.patient.email or 'no email'}" in page
    data = correction(appointment_request, email_also_on=[other.pk])
    page = words(client.post(edit(appointment_request), data, follow=True))
    assert "The email was also changed on 1 other request." in page
    assert email_of(appointment_request) == email_of(other) == "right@example.org"
    other.refresh_from_db()
    assert other.link_version == 2
    assert other.events.get(verb="correct_patient").before == {"email": patient["email"]}


@pytest.mark.parametrize("days", [61, 200])
def test_it_is_offered_however_long_ago_the_other_request_was_sent(client, clinic, rosa, appointment_request, days):
    other = clinic.appointment_request(patient={"email": "jnue@example.org"})
    AppointmentRequest.objects.filter(pk=other.pk).update(submitted_at=MONDAY - timedelta(days=days))
    assert f"{other}: June Demo, jnue@example.org" in words(client.get(edit(appointment_request)))


def test_requests_that_have_ended_do_not_crowd_out_an_open_one(client, clinic, rosa, appointment_request):
    other = clinic.appointment_request(patient={"email": "jnue@example.org"}, now=MONDAY - timedelta(days=1))
    for _ in range(6):
        ended(clinic, rosa)
    assert f"{other}: June Demo, jnue@example.org" in words(client.get(edit(appointment_request)))


def test_an_email_that_is_not_ticked_stays(client, clinic, rosa, appointment_request):
    other = clinic.appointment_request(patient={"email": "june@example.org"})
    client.post(edit(appointment_request), correction(appointment_request))
    assert email_of(appointment_request) == "right@example.org"
    assert email_of(other) == "june@example.org"


def test_an_email_that_did_not_change_is_corrected_nowhere_else(client, clinic, rosa, appointment_request):
    other = clinic.appointment_request(patient={"email": "jnue@example.org"})
    data = correction(appointment_request, email="june@example.org", name="Junee Demo", email_also_on=[other.pk])
    assert "also changed" not in words(client.post(edit(appointment_request), data, follow=True))
    assert email_of(other) == "jnue@example.org"


def stranger(clinic, rosa):
    return clinic.appointment_request(patient={"name": "Wei Other", "birth_date": date(1980, 1, 1)} | OTHER)


def ended(clinic, rosa):
    other = clinic.appointment_request(patient={"email": "june@example.org"})
    return lifecycle.withdraw(other.pk, by=lifecycle.staff(rosa), now=MONDAY)


def in_other_hands(clinic, rosa):
    other = clinic.appointment_request(patient={"email": "june@example.org"})
    lifecycle.claim(other.pk, user=make_clerk(), now=timezone.now())
    return other


def of_someone_else(clinic, rosa):
    return clinic.appointment_request(patient={"name": "Wei Other", "email": "june@example.org"})


@pytest.mark.parametrize("make", [stranger, ended, in_other_hands, of_someone_else])
def test_no_email_is_offered_for_another_person_or_an_ended_request(client, clinic, rosa, appointment_request, make):
    other = make(clinic, rosa)
    before = email_of(other)
    assert str(other) not in words(client.get(edit(appointment_request)))
    response = client.post(edit(appointment_request), correction(appointment_request, email_also_on=[other.pk]))
    assert response.status_code == 400
    assert "That request is no longer open. Choose again." in words(response)
    assert email_of(other) == before
