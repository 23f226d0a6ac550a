"""Whoever calls for a patient is found: search leads from a helper's name or number to the patient."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from booking import lifecycle
from booking.models import SearchKey
from tests.booking.desk.page import page_of
from tests.builders import MONDAY
from tests.pages import words

pytestmark = pytest.mark.django_db
HELPER = {
    "helper_name": "Anna Miller", "helper_relation": "daughter", "helper_phone": "+17185550108",
    "may_speak_with_helper": True,
}  # fmt: skip


def search(client, typed):
    return words(client.post("/admin/desk/search/", {"q": typed}, follow=True))


def test_a_helper_leads_to_the_patient_and_the_row_says_who_calls(client, clinic, rosa):
    request = clinic.appointment_request(**HELPER)
    for typed in ("anna miller", "Miller", "anna 3/9/1951", "718 555 0108", "mill 0108", "annamiller"):
        page = search(client, typed)
        assert "June Demo" in page, typed
        assert "Helper: Anna Miller, daughter , (718) 555-0108 . OK to speak with them." in page, typed
    for typed in ("anna 3/9/1952", "june miller", "anna 0109"):
        assert "June Demo" not in search(client, typed), typed
    lifecycle.correct_patient(request.pk, {"name": "Junia Demo"}, by=lifecycle.staff(rosa), now=MONDAY)
    assert "Junia Demo" in search(client, "anna miller")


def test_a_helpers_number_is_followed_by_its_comma_or_period_without_a_space(client, clinic, rosa):
    request = clinic.appointment_request(**HELPER)
    addresses = [reverse("desk:patient", args=[request.patient.random_id]), page_of(request)]
    pages = [client.post("/admin/desk/search/", {"q": "anna"}, follow=True), *map(client.get, addresses)]
    assert [re.search(r"555-0108</a>([.,]?)", page.text)[1] for page in pages] == [".", ",", "."]


def test_the_patients_own_name_comes_before_a_helpers_and_a_helper_before_a_near_match(client, clinic, rosa):
    clinic.appointment_request(**HELPER)
    clinic.appointment_request(patient={"name": "Anna Millar", "phone": "+17185550170", "email": ""})
    page = search(client, "anna miller")
    assert "No exact matches" not in page
    assert "Millar" not in page
    page = search(client, "mill")
    assert page.index("Anna Millar") < page.index("June Demo")


def test_a_new_appointment_is_never_for_whoever_the_helper_helps(client, clinic, rosa):
    clinic.appointment_request(**HELPER)
    page = words(client.post(reverse("desk:book"), {"q": "anna miller", "find": "1"}))
    assert "June Demo" not in page


def test_helpers_of_requests_from_before_are_found_after_the_migration(client, clinic, rosa):
    clinic.appointment_request(**HELPER)
    SearchKey.objects.filter(key__gte=b"~").delete()
    assert "June Demo" not in search(client, "anna miller")
    import_module("booking.migrations.0026_helper_keys").find_by_helper(apps, None)
    assert "June Demo" in search(client, "anna miller")
