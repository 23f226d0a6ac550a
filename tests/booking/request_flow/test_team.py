"""The team page: the next open time of each provider, which leads to the times of that provider."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.scheduling.slots import Slot
from clinic import practice_info
from tests.booking.request_flow.walk import Walker
from tests.builders import Clinic, make_appointment_type, make_practitioner, make_reason

MONDAY = "2026-11-23 10:05"  # we answer by Tuesday, 5:00 pm
LINK = re.compile(r'href="(/request/\?doctor=[^"]+)">\s*([^<]+?)\s*<')


@pytest.fixture
def clinic(db, at):
    at(MONDAY)
    clinic = Clinic(notice=60)
    practice_info.forget()
    return clinic


def times(client):
    return [(url, words.replace("\u00a0", " ")) for url, words in LINK.findall(client.get("/team/").text)]


def test_each_provider_shows_the_next_time_that_a_patient_may_choose(client, clinic):
    clinic.appointment(clinic.slot(day=25, month=11))  # Wednesday at 9:00, the first one after our answer
    make_practitioner(clinic.appointment_type, clinic.location, slug="fridays", days=[4])
    make_practitioner(location=clinic.location)  # who offers nothing online
    assert dict(times(client)) == {
        f"/request/?doctor={clinic.practitioner.slug}": "Wednesday, November 25, 9:40 am",
        "/request/?doctor=fridays": "Friday, November 27, 9:00 am",
    }
    assert "New-patient consultation, Pier Street office" in client.get("/team/").text


def test_each_kind_of_appointment_has_its_own_time(client, clinic):
    later = make_appointment_type(name="Follow-up", notice=30 * 24 * 60)
    later.practitioners.add(clinic.practitioner)
    make_reason(later)
    make_reason(make_appointment_type(is_public=False))
    assert [words for _url, words in times(client)] == [
        "Wednesday, November 25, 9:00 am",
        "Wednesday, December 23, 10:20 am",
    ]


def test_the_link_leads_to_the_times_of_that_provider(client, clinic):
    other = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Otto Other, MD", slug="other")
    june = Walker(client)
    assert f'name="doctor" value="{other.slug}"' in client.get(f"/request/?doctor={other.slug}").text
    june.start(doctor=other.slug)
    june.post("reason")
    offered = re.findall(r'name="add"\s+value="([^"]+)"', june.get("times").text)
    assert {Slot.parse(code).practitioner_id for code in offered} == {other.pk}


def test_nothing_is_offered_while_no_requests_are_taken(client, clinic):
    clinic.reason.delete()
    assert times(client) == []


def test_thirty_providers_cost_the_queries_of_one(client, clinic):
    counts = []
    for more in (0, 29):
        for _person in range(more):
            make_practitioner(clinic.appointment_type, clinic.location)
        cache.clear()
        client.get("/visit-us/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/team/")
        counts.append(len(queries))
    assert counts == [7, 7]
