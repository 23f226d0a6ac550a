"""Two requests from one person: which may be merged into which, and what the page of the kept one then shows."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import lifecycle
from booking.models import AppointmentRequest
from tests.booking.desk.page import page_of, press, status_of
from tests.builders import MONDAY
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request()


@pytest.fixture
def twin(clinic):
    return clinic.appointment_request(note="Sent once more.", patient={"name": "Juna Demo", "phone": "+17185550100"})


def merge(closed, kept, lead):
    return lifecycle.merge(closed.pk, kept.pk, "One person.", by=lifecycle.staff(lead), now=MONDAY)


def compare(appointment_request, other):
    return reverse("desk:merge", args=[appointment_request.reference, other.reference])


def keep(client, appointment_request, other, which):
    data = {
        "keep": which,
        "why": "One person.",
        "version_other": appointment_request.version,
        "version_this": other.version,
    }
    return client.post(compare(appointment_request, other), data)


def end(appointment_request, lead):
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.staff(lead), now=MONDAY)
    appointment_request.refresh_from_db()


def confirm(appointment_request, clinic, lead):
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(lead), now=MONDAY)
    appointment_request.refresh_from_db()


def test_an_open_request_is_not_merged_into_one_that_has_ended(clinic, lead, appointment_request, twin):
    end(twin, lead)
    with pytest.raises(lifecycle.NotAllowed):
        merge(appointment_request, twin, lead)
    assert status_of(appointment_request) == "new"


@pytest.mark.parametrize("reason", ["died", "wrong"])
def test_an_open_request_is_not_merged_into_one_that_ended_quietly(
    client, clinic, lead, appointment_request, twin, reason
):
    """The kept one is confirmed, but nobody looks at it or writes about it again."""
    confirm(twin, clinic, lead)
    lifecycle.end_quietly(twin.pk, reason, by=lifecycle.staff(lead), now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        merge(appointment_request, twin, lead)
    assert f"{twin} has ended" in refusal.value.sentence
    assert status_of(appointment_request) == "new"
    client.force_login(lead)
    assert compare(appointment_request, twin) not in client.get(page_of(appointment_request)).text
    page = keep(client, appointment_request, twin, "other")
    assert page.status_code == 409
    assert "Keep the request that is still open" in words(page)
    assert status_of(appointment_request) == "new"


def test_an_answered_request_is_not_merged_into_another(clinic, lead, appointment_request, twin):
    confirm(appointment_request, clinic, lead)
    with pytest.raises(lifecycle.NotAllowed):
        merge(appointment_request, twin, lead)


def test_a_second_request_is_merged_into_the_confirmed_one(clinic, lead, appointment_request, twin):
    confirm(appointment_request, clinic, lead)
    assert merge(twin, appointment_request, lead).duplicate_of == appointment_request


def test_two_requests_with_different_dates_of_birth_are_two_people(client, clinic, lead, appointment_request):
    zed = clinic.appointment_request(patient={"name": "Zed Demo", "birth_date": date(1960, 1, 2)})
    with pytest.raises(lifecycle.NotAllowed):
        merge(appointment_request, zed, lead)
    page = client.get(compare(appointment_request, zed))
    assert "The dates of birth don’t match" in words(page)
    assert 'name="keep"' not in page.content.decode()
    assert keep(client, appointment_request, zed, "other").status_code == 409
    assert status_of(appointment_request) == status_of(zed) == "new"


def test_a_request_that_has_ended_is_neither_offered_for_keeping_nor_compared(
    client, clinic, lead, appointment_request, twin
):
    end(twin, lead)
    assert compare(appointment_request, twin) not in client.get(page_of(appointment_request)).content.decode()
    assert 'name="keep"' not in client.get(compare(appointment_request, twin)).content.decode()
    assert keep(client, appointment_request, twin, "other").status_code == 409


def test_of_a_confirmed_and_an_open_request_only_the_confirmed_one_can_be_kept(
    client, clinic, lead, appointment_request, twin
):
    confirm(appointment_request, clinic, lead)
    html = client.get(compare(twin, appointment_request)).content.decode()
    assert ('value="other"' in html, 'value="this"' in html) == (True, False)
    assert compare(twin, appointment_request) in client.get(page_of(twin)).content.decode()


def test_differences_are_marked(client, lead, appointment_request, twin):
    page = words(client.get(compare(appointment_request, twin)))
    assert page.count("Different") == 4  # name and phone, on both sides
    assert "Name June Demo Different" in page
    assert "Phone (718) 555-0100 Different" in page


def test_the_kept_page_lists_the_merged_request_with_its_note(client, lead, appointment_request, twin):
    merge(twin, appointment_request, lead)
    page = client.get(page_of(appointment_request))
    assert f"Also requested as {twin}" in words(page)
    assert "Sent once more." in words(page)
    assert f"{page_of(twin)}?itself=1" in page.content.decode()


def test_search_says_which_request_it_was_merged_into(client, lead, appointment_request, twin):
    merge(twin, appointment_request, lead)
    found = client.post(reverse("desk:search"), {"q": "Juna"}, follow=True)
    assert f"Last request {twin}: merged into another" in words(found)
    person = client.get(reverse("desk:patient", args=[twin.patient.random_id]))
    assert f"Merged into {appointment_request}" in words(person)


def test_a_merged_request_is_shown_as_merged_and_not_as_closed(client, lead, appointment_request, twin):
    merge(twin, appointment_request, lead)
    assert AppointmentRequest.objects.get(pk=twin.pk).status == "closed"
    assert f"Merged into {appointment_request}" in words(client.get(page_of(twin), {"itself": "1"}))


# -- the calls and notes of the merged request


@pytest.fixture
def written(twin, lead):
    by = lifecycle.staff(lead)
    lifecycle.add_note(twin.pk, "Stairs are hard.", by=by, now=MONDAY)
    lifecycle.log_call(twin.pk, "no_answer", by=by, now=MONDAY, note="Try the daughter.")
    return twin


def test_its_notes_and_calls_are_on_the_kept_page_with_its_confirmation_number(
    client, appointment_request, written, lead
):
    merge(written, appointment_request, lead)
    lifecycle.add_note(appointment_request.pk, "Her own.", by=lifecycle.staff(lead), now=MONDAY)
    page = words(client.get(page_of(appointment_request)))
    assert f"{written}: Stairs are hard." in page
    assert f"{written}: No answer · Lena Try the daughter." in page
    assert f"{appointment_request}: Her own." not in page
    assert f"{written}: Merged" not in page


def test_they_are_still_there_once_the_kept_request_is_confirmed(client, clinic, appointment_request, written, lead):
    merge(written, appointment_request, lead)
    confirm(appointment_request, clinic, lead)
    page = words(client.get(page_of(appointment_request)))
    assert f"{written}: Stairs are hard." in page
    assert f"{written}: Logged a call (No answer)" in page


def test_a_note_added_on_the_merged_requests_own_page_is_shown_there_too(client, appointment_request, twin, lead):
    merge(twin, appointment_request, lead)
    saved = press(client, "add_note", twin, note="She moved.", follow=True)
    assert "She moved. Lena" in words(saved)
    assert saved.redirect_chain[-1][0].endswith("?itself=1")
    assert f"{twin}: She moved." in words(client.get(page_of(appointment_request)))


def test_seven_merged_requests_cost_as_many_queries_as_one(
    client, clinic, appointment_request, written, lead, django_assert_num_queries
):
    merge(written, appointment_request, lead)
    client.get(page_of(appointment_request))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(appointment_request))
    for _more in range(6):
        twin = clinic.appointment_request()
        lifecycle.add_note(twin.pk, "Again.", by=lifecycle.staff(lead), now=MONDAY)
        merge(twin, appointment_request, lead)
    with django_assert_num_queries(len(one)):
        client.get(page_of(appointment_request))
