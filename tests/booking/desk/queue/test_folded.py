"""Many requests of one person stand under the first in the queue, so that the desk sees the others."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.queue.new_requests import Since
from booking.models import AppointmentRequest, Event
from booking.models.reference import print_reference
from tests.builders import MONDAY
from tests.pages import words

QUEUE = reverse("desk:queue")


@pytest.fixture(autouse=True)
def _one_open_request(settings):
    settings.OPEN_REQUESTS_PER_PERSON = 1


def test_more_from_the_same_person_stand_under_the_first(client, clinic, rosa):
    _first, *more = [clinic.appointment_request() for _ in range(4)]
    clinic.appointment_request(patient={"name": "Carl Demo"})
    page = client.get(QUEUE)
    assert page.content.decode().count('<th scope="row"') == 2
    assert "3 more from the same person" in words(page)
    assert "Needs answer 2" in words(page)
    for one in more:
        assert reverse("desk:request", args=[one.reference]) in page.content.decode()
        assert print_reference(one.reference) in words(page)


def test_when_the_first_is_answered_the_next_takes_its_place(client, clinic, rosa):
    first, second, third = [clinic.appointment_request() for _ in range(3)]
    lifecycle.decline(first.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    page = words(client.get(QUEUE))
    assert print_reference(second.reference) in page
    assert "1 more from the same person" in page
    lifecycle.decline(second.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    assert list(AppointmentRequest.objects.waiting()) == [third]


def test_a_folded_request_is_no_news(clinic, rosa):
    since = Since(Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0, MONDAY)
    for _ in range(4):
        clinic.appointment_request()
    assert since.new_requests() == 1


def test_folded_rows_cost_one_query_however_many_they_are(
    client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries
):
    for n in range(2):
        clinic.appointment_request(patient={"name": f"Person {'ab'[n]}"})
    clinic.appointment_request(patient={"name": "Person a"})
    client.get(QUEUE)
    with django_assert_max_num_queries(14) as one:
        client.get(QUEUE)
    number = len(one)
    for _ in range(5):
        clinic.appointment_request(patient={"name": "Person a"})
        clinic.appointment_request(patient={"name": "Person b"})
    with django_assert_num_queries(number):
        client.get(QUEUE)
