"""The start page leads to the treatment pages, to a request, to the offices, and to an earlier request."""

import re

import pytest

from booking.request_flow.home import MOST_PAGES
from procedures.models import Procedure
from tests.builders import check_and_publish, make_location, make_practice

Kind = Procedure.Kind


@pytest.fixture(autouse=True)
def _practice(db):
    make_practice(make_location(name="Pier Street office", slug="pier-street"))


def make_page(slug, kind=Kind.PROCEDURE, **fields):
    fields = {"name": f"About {slug}", "summary": "One thing. Another.", "risks_summary": "Two."} | fields
    page = Procedure.objects.create(slug=slug, kind=kind, **fields)
    check_and_publish(page)
    return page


def routes(client):
    card = re.search(r'<ul class="routes">.*?</ul>', client.get("/").text, re.DOTALL)[0]
    return re.findall(r'href="([^"]+)"', card)


def test_treatments_and_conditions_are_listed_in_order_without_the_practices_own_pages(client):
    make_page("second", order=2)
    make_page("first", Kind.CONDITION, order=1)
    make_page("privacy", Kind.PRACTICE, order=0)
    assert routes(client) == ["/procedures/first/", "/procedures/second/", "/procedures/"]


def test_a_hint_is_one_sentence(client):
    make_page("first")
    page = client.get("/").text
    assert "One thing." in page
    assert "Another." not in page


def test_it_costs_one_query_for_1_page_and_for_30_and_shows_only_a_few(client, django_assert_num_queries):
    client.get("/team/")
    for number in range(30):
        make_page(f"page{number}")
        if number in (0, 29):
            with django_assert_num_queries(1):
                client.get("/")
    assert len(routes(client)) == MOST_PAGES + 1


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
