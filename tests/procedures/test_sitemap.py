"""The sitemap lists exactly the pages that the public may read."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from procedures.models import Procedure
from tests.builders import check_and_publish, make_practice

pytestmark = pytest.mark.once

NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "https://clinic.example.org"
LATER = datetime(2026, 12, 1, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _practice(settings, db):
    settings.SITE_URL = SITE
    make_practice()


def listed(client) -> dict[str, str]:
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return {url.findtext(f"{NS}loc").removeprefix(SITE): url.findtext(f"{NS}lastmod") for url in tree}


def make_page(number: int) -> Procedure:
    return Procedure.objects.create(
        slug=f"page{number}",
        name="Page",
        summary="One.",
        risks_summary="Two.",
        reviewed_by="X",
        reviewed_on="2026-11-01",
    )


def test_every_page_in_it_opens(client, kyphoplasty):
    pages = listed(client)
    assert {"/", "/team/", "/visit-us/", "/procedures/", "/procedures/kyphoplasty/risks/"} <= pages.keys()
    assert {path: client.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)


def test_every_page_in_it_has_itself_as_its_canonical_url(client, kyphoplasty):
    for path in listed(client):
        assert f'<link rel="canonical" href="{SITE}{path}">' in client.get(path).text


def test_a_treatment_page_says_when_it_was_last_published(client, kyphoplasty):
    Procedure.objects.filter(pk=kyphoplasty.pk).update(summary="New words.")
    check_and_publish(kyphoplasty, now=LATER)
    assert datetime.fromisoformat(listed(client)["/procedures/kyphoplasty/"]) == LATER


def test_drafts_and_hidden_pages_are_not_in_it(client, kyphoplasty):
    make_page(1)
    Procedure.objects.filter(pk=kyphoplasty.pk).update(is_shown=False)
    assert not [path for path in listed(client) if path.startswith("/procedures/") and path != "/procedures/"]


def test_it_contains_nothing_personal(client, kyphoplasty):
    assert not [path for path in listed(client) if path.startswith(("/request", "/visit/", "/admin"))]


def test_it_costs_one_query_for_1_page_and_for_30(client, kyphoplasty, django_assert_num_queries):
    client.get("/procedures/")
    for number in range(30):
        if number:
            check_and_publish(make_page(number), now=LATER)
        if number in (0, 29):
            with django_assert_num_queries(1):
                client.get("/sitemap.xml")


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt"])
def test_it_is_not_redirected_and_sets_no_cookie(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies


def test_robots_txt_excludes_personal_pages_and_names_the_sitemap(client):
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    assert robots.text == (
        f"User-agent: *\nDisallow: /request/\nDisallow: /visit/\nDisallow: /admin/\n\nSitemap: {SITE}/sitemap.xml\n"
    )
