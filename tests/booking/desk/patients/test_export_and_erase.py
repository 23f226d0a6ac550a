"""A desk lead hands out what we have about a person, or erases it."""

import json

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Patient
from clinic.models import AccessLog
from tests.builders import MONDAY
from tests.pages import words

pytestmark = pytest.mark.django_db
DONE = "Erased. Only times and counts are left, without a name."


@pytest.fixture
def patient(clinic, by):
    """June, whose request was declined."""
    asked = clinic.appointment_request(note="My back hurts.")
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    return asked.patient


def address(verb, patient):
    return reverse(f"desk:{verb}_patient", args=[patient.random_id])


def logged():
    """What was done to whom, by whom, from where; without the pages that were only looked at."""
    rows = AccessLog.objects.filter(kind__in=["export", "change"], screen__endswith="_patient").order_by("pk")
    return list(rows.values_list("user__first_name", "kind", "screen", "shown", "address"))


def row(kind, verb, patient):
    return ("Lena", kind, f"desk:{verb}_patient", f"p{patient.pk}", "127.0.0.1")


def test_a_lead_downloads_a_page_or_data_under_a_name_that_tells_nothing_and_it_is_logged(client, lead, patient):
    there = reverse("desk:patient", args=[patient.random_id])
    assert address("export", patient) in client.get(there).content.decode()
    assert "Download to read and print" in words(client.get(address("export", patient)))
    assert logged() == []
    page, data = (client.post(address("export", patient), {"form": form}) for form in ("html", "json"))
    assert "My back hurts." in words(page)
    assert json.loads(data.content)[0]["requests"][0]["note"] == "My back hurts."
    names = [answer["Content-Disposition"] for answer in (page, data)]
    assert names == [f'attachment; filename="what-we-have.{kind}"' for kind in ("html", "json")]
    assert "no-store" in page["Cache-Control"]
    assert logged() == [row("export", "export", patient)] * 2


def test_erasing_says_what_goes_and_what_stays_and_asks_once_more(client, lead, patient):
    asked = words(client.get(address("erase", patient)))
    for said in ("June Demo", "What they wrote in 1 request,", "Their private links", "What is kept, without a name"):
        assert said in asked
    refused = client.post(address("erase", patient))
    assert (refused.status_code, "Check the box first." in words(refused)) == (400, True)
    assert Patient.objects.get().name == "June Demo"
    assert DONE in words(client.post(address("erase", patient), {"sure": "1"}, follow=True))
    assert Patient.objects.get().name == "(erased)"
    assert logged() == [row("change", "erase", patient)]


def test_a_second_press_is_no_error_and_erases_nothing_more(client, lead, patient):
    for _press in range(2):
        assert DONE in words(client.post(address("erase", patient), {"sure": "1"}, follow=True))
    assert len(logged()) == 1


def test_the_search_that_led_to_the_person_is_gone_from_the_leads_own_session(client, lead, patient):
    for text in ("June Demo", "Abram"):
        client.post(reverse("desk:search"), {"q": text})
    assert len(client.session["searches"]) == 2
    client.post(address("erase", patient), {"sure": "1"})
    assert list(client.session["searches"].values()) == ["Abram"]


def test_it_is_refused_with_the_reason_while_something_is_open(client, lead, clinic):
    patient = clinic.appointment_request().patient
    sentence = "A request is still open. Answer or close it first, then erase."
    shown, pressed = client.get(address("erase", patient)), client.post(address("erase", patient), {"sure": "1"})
    assert [(each.status_code, sentence in words(each)) for each in (shown, pressed)] == [(200, True), (409, True)]
    assert "Erase this patient for good" not in words(shown)
    assert (Patient.objects.get().name, logged()) == ("June Demo", [])


def test_titles_and_addresses_name_nobody(client, lead, patient):
    for verb in ("export", "erase"):
        title = client.get(address(verb, patient)).content.decode().split("</title>")[0]
        assert "June" not in title + address(verb, patient)
