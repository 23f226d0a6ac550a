"""Home begins with what hurts, and leads to the treatments, the people, the places, and an earlier request."""

import re

import pytest
from django.core.cache import cache

from booking.request_flow.home import MOST_PAGES, MOST_PEOPLE, MOST_TILES
from clinic import practice_info
from clinic.models import Location
from procedures.models import Procedure
from tests.booking.request_flow.walk import Walker
from tests.builders import (
    check_and_publish,
    make_appointment_type,
    make_location,
    make_practice,
    make_practitioner,
    make_reason,
)
from tests.pages import markup

pytestmark = pytest.mark.once

Kind = Procedure.Kind


@pytest.fixture(autouse=True)
def _practice(db):
    make_practice(make_location(name="Pier Street office", slug="pier-street"))


def make_page(slug, kind=Kind.PROCEDURE, **fields):
    fields = {"name": f"About {slug}", "summary": "One thing. Another.", "risks_summary": "Two."} | fields
    page = Procedure.objects.create(slug=slug, kind=kind, **fields)
    check_and_publish(page)
    return page


def links(client, part):
    sections = re.findall(rf'<ul class="{part}">.*?</ul>', client.get("/").text, re.DOTALL)
    return re.findall(r'href="([^"]+)"', sections[0] if sections else "")


def test_every_treatment_and_condition_is_one_press_away_by_name_and_in_order(client):
    make_page("second", order=2, name="Balloon kyphoplasty")
    make_page("first", Kind.CONDITION, order=1)
    make_page("privacy", Kind.PRACTICE, order=0)
    assert links(client, "named") == ["/procedures/first/", "/procedures/second/"]
    assert ">Balloon kyphoplasty</a>" in client.get("/").text


def test_it_costs_four_queries_for_1_of_each_and_for_30_and_one_for_the_next_ten_seconds(
    client, django_assert_num_queries
):
    appointment_type, office = make_appointment_type(), Location.objects.get()
    client.get("/visit-us/")
    for number in range(30):
        make_reason(appointment_type, procedure=make_page(f"page{number}"))
        make_practitioner(location=office)
        if number in (0, 29):
            cache.clear()
            practice_info.forget()
            client.get("/visit-us/")
            for queries in (4, 1):
                with django_assert_num_queries(queries):
                    client.get("/")
    assert links(client, "named")[MOST_PAGES:] == ["/procedures/"]
    assert len(links(client, "hurts")) == MOST_TILES
    assert len(links(client, "people")) == MOST_PEOPLE


# -- what hurts


@pytest.fixture
def appointment_type():
    """Of a practice that takes requests."""
    appointment_type = make_appointment_type()
    make_practitioner(appointment_type, Location.objects.get(), languages="English, Spanish, 中文")
    practice_info.forget()
    return appointment_type


def test_a_tile_leads_to_the_page_of_its_reason_or_to_a_request_that_starts_with_it(client, appointment_type):
    make_reason(appointment_type, order=1, procedure=make_page("kyphoplasty"))
    make_reason(appointment_type, order=2, procedure=Procedure.objects.get())  # a page has one tile
    neck = make_reason(appointment_type, order=3, slug="neck-pain", label="Neck pain", picture="neck")
    make_reason(appointment_type, order=4, is_active=False)
    assert links(client, "hurts") == ["/procedures/kyphoplasty/", f"/request/?reason={neck.public_id}"]
    june = Walker(client)
    june.start(reason=neck.public_id)
    assert re.search(r'value="neck-pain" id="id_reason_." checked', markup(june.get("reason")))


def test_a_tile_leads_to_the_page_of_its_own_name_and_each_says_whether_one_reads_or_asks(client, appointment_type):
    make_page("vertebral-fracture", Kind.CONDITION, name="A broken bone in the spine")
    kyphoplasty = make_page("kyphoplasty")
    make_reason(appointment_type, order=1, label="Broken bone in the spine", procedure=kyphoplasty)
    make_reason(appointment_type, order=2, label="A question about kyphoplasty", procedure=kyphoplasty)
    make_reason(appointment_type, order=3, label="Neck pain")
    tiles = re.search(r'<ul class="hurts">.*?</ul>', markup(client.get("/")), re.DOTALL)[0]
    assert re.findall(r'href="(?:/procedures|(/request/))?[^"]*">([^<]+)</a><span class="hint">([^<]+)<', tiles) == [
        ("", "Broken bone in the spine", "Read about it"),
        ("/request/", "Neck pain", "Ask us"),
    ]
    assert 'href="/procedures/vertebral-fracture/"' in tiles


def test_the_start_page_takes_the_reason_along_and_no_address_names_it(client, appointment_type):
    neck = make_reason(appointment_type, slug="neck-pain")
    assert f'name="reason" value="{neck.public_id}"' in client.get(f"/request/?reason={neck.public_id}").text
    assert len(neck.public_id) == 22
    assert "neck" not in links(client, "hurts")[0]


def test_there_is_no_tile_with_nothing_behind_it(client):
    make_page("hidden", is_shown=False)
    make_reason(make_appointment_type(), procedure=Procedure.objects.get())
    assert links(client, "hurts") == []


def test_it_names_the_languages_of_the_team_in_their_own_words(client, appointment_type):
    page = client.get("/").text
    assert re.findall(r'<li lang="(\w+)">([^<]+)</li>', page) == [("es", "Español"), ("zh", "中文")]


@pytest.mark.parametrize(
    "address",
    ["/request/", "/visit/", "/team/", "/visit-us/", "/visit-us/#pier-street", "/first-visit/", "tel:+17185550142"],
)
def test_it_links_to_the_next_steps(client, address):
    make_page("first-visit", Kind.PRACTICE)
    assert f'href="{address}"' in client.get("/").text


@pytest.mark.parametrize("slug", ["privacy", "accessibility", "editorial-policy", "first-visit"])
def test_every_footer_links_to_the_practices_policies(client, slug):
    make_page(slug, Kind.PRACTICE)
    for path in ("/", "/nowhere/"):
        assert f'href="/{slug}/"' in client.get(path).text


@pytest.mark.parametrize("slug", ["privacy", "accessibility"])
def test_the_short_footer_of_a_request_links_to_what_concerns_it(client, slug):
    make_page(slug, Kind.PRACTICE)
    assert f'href="/{slug}/"' in client.get("/request/").text
