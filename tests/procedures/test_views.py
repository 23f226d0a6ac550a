"""The public pages: the newest published version, few queries, revalidated by browsers."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from procedures.lint.reading import MOST_OPEN_WORDS
from procedures.models import Procedure, Source
from procedures.readability import words
from tests.builders import check_and_publish, make_practice

pytestmark = pytest.mark.once

PAGES = ["/procedures/kyphoplasty/", "/procedures/kyphoplasty/risks/"]
LATER = datetime(2026, 12, 1, 15, tzinfo=UTC)


@pytest.fixture
def warm(client, kyphoplasty):
    """Load the practice for the page's header now, so that no test counts its queries."""
    make_practice()
    client.get("/procedures/")


@pytest.mark.parametrize("path", PAGES)
def test_the_request_button_carries_the_version_that_was_read(client, kyphoplasty, path):
    page = client.get(path).content.decode()
    assert f'href="/request/?from={kyphoplasty.versions.get().public_id}"' in page


def test_the_request_flow_accepts_that_link(client, kyphoplasty):
    assert client.get("/request/", {"from": kyphoplasty.versions.get().public_id}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_two_queries_and_one_for_the_next_ten_seconds(client, warm, django_assert_num_queries, path):
    for queries in (2, 1):
        with django_assert_num_queries(queries):
            client.get(path)


def test_the_list_costs_one_query_for_1_page_and_for_30(client, warm, kyphoplasty, django_assert_num_queries):
    for number in range(30):
        copy = Procedure.objects.create(
            slug=f"copy{number}",
            name="Copy",
            summary="One.",
            risks_summary="Two.",
        )
        check_and_publish(copy, now=LATER)
    with django_assert_num_queries(1):
        page = client.get("/procedures/")
    assert page.content.decode().count("/procedures/copy") == 30


@pytest.mark.parametrize("path", [*PAGES, "/procedures/"])
def test_a_browser_revalidates_and_learns_that_nothing_changed(client, kyphoplasty, path):
    first = client.get(path)
    assert first["Cache-Control"] == "no-cache"
    assert not first.cookies
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_after_publishing_the_browser_gets_the_new_page(client, kyphoplasty):
    etag = client.get(PAGES[0])["ETag"]
    Procedure.objects.filter(pk=kyphoplasty.pk).update(summary="New words.")
    check_and_publish(kyphoplasty, now=LATER)
    again = client.get(PAGES[0], headers={"if-none-match": etag})
    assert again.status_code == 200
    assert "New words." in again.content.decode()


def test_a_draft_is_not_shown_until_it_is_published(client, kyphoplasty):
    Procedure.objects.filter(pk=kyphoplasty.pk).update(name="Draft name", summary="Draft words.")
    kyphoplasty.sections.update(body="Draft words.")
    for path in [*PAGES, "/procedures/"]:
        assert "Draft" not in client.get(path).content.decode()


def test_a_page_that_was_never_published_is_not_found(client, db):
    Procedure.objects.create(slug="new", name="New", summary="One.", risks_summary="Two.")
    assert client.get("/procedures/new/").status_code == 404
    assert "/procedures/new/" not in client.get("/procedures/").content.decode()


def test_a_hidden_page_is_gone_at_once(client, kyphoplasty):
    Procedure.objects.filter(pk=kyphoplasty.pk).update(is_shown=False)
    assert [client.get(path).status_code for path in PAGES] == [404, 404]
    assert "kyphoplasty" not in client.get("/procedures/").content.decode()


@pytest.mark.parametrize(
    "path", ["/procedures/nothing/", "/procedures/nothing/risks/", "/procedures/kyphoplasty/nothing/"]
)
def test_an_unknown_url_is_a_404(client, kyphoplasty, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/procedures/"])
def test_these_pages_accept_only_get_and_head(client, kyphoplasty, path):
    assert client.post(path).status_code == 405


def test_the_reviewer_is_named_until_the_next_review_is_due(client, kyphoplasty, at):
    at("2027-11-28 12:00")
    page = client.get(PAGES[1]).content.decode()
    assert "Dr. Mara Ellison, MD" in page
    assert "November\u00a029, 2026" in page


def test_with_an_overdue_review_the_reviewer_is_left_out_and_the_page_says_so(client, kyphoplasty, at):
    at("2027-11-29 12:00")
    page = client.get(PAGES[1]).content.decode()
    assert "Dr. Mara Ellison, MD" not in page
    assert "We have not checked it since." in page


def test_each_picture_says_in_words_what_it_shows_with_and_without(client, kyphoplasty):
    page = client.get(PAGES[1]).text
    assert re.findall(r'<svg class="marks".*?aria-label="([^"]*)"', page, re.DOTALL) == [
        "18 of 100 treated bones", "0 of 100 without it", "33 of 100 people treated", "25 of 100 without it",
        "12 of 100 people treated",
    ]  # fmt: skip
    assert "No count that we trust. In FREE, both groups had about as many." in page


@pytest.mark.parametrize("path", PAGES)
def test_the_sources_of_a_text_are_one_link_and_a_page_has_few_of_them(client, kyphoplasty, path):
    main = client.get(path).text.partition("<main")[2]
    assert 'class="cite"' not in main
    assert 0 < main.count('href="#sources"') <= 15


def visible_words(html: str) -> int:
    """The words of `main` before anything is pressed."""
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    main = re.sub(r"<svg.*?</svg>", " ", main, flags=re.DOTALL)
    folded = re.sub(r"(<summary>.*?</summary>).*?</details>", r"\1", main, flags=re.DOTALL)
    return len(words(unescape(re.sub(r"<[^>]+>", " ", folded))))


def test_a_page_shows_few_words_at_once(client, all_pages):
    make_practice()
    pages = [page for page in all_pages.values() if page.is_shown and page.kind != "practice"]
    parts = [(page, part) for page in pages for part in page.versions.get().content["pages"]]
    shown = {page.path(part): MOST_OPEN_WORDS[part] for page, part in parts if part in MOST_OPEN_WORDS}
    counts = {path: visible_words(client.get(path).text) for path in shown}
    assert len(counts) == 5
    assert {path: count for path, count in counts.items() if not 300 < count <= shown[path]} == {}


def test_an_overview_has_one_navigation_of_its_own(client, kyphoplasty):
    main = client.get(PAGES[0]).text.partition("<main")[2]
    assert re.findall(r'<nav class="(\w+)"', main) == ["crumbs", "tabs"]


@pytest.mark.parametrize("slug", ["privacy", "accessibility", "editorial-policy", "glossary"])
def test_a_page_about_us_has_no_empty_sources_and_nothing_to_talk_through(client, all_pages, slug):
    page = client.get(f"/{slug}/").text
    assert "Where the facts come from" not in page
    assert "Want to talk it through?" not in page
    assert "not advice for you alone" not in page.partition('class="part review"')[2]


def test_the_key_of_the_circles_stands_before_the_first_of_them(client, kyphoplasty):
    page = client.get(PAGES[1]).text
    assert page.count('class="sure"') > 3
    assert page.index('id="circles"') < page.index('class="sure"')


def test_the_link_and_the_title_of_a_page_say_the_same(client, all_pages):
    page = client.get("/procedures/kyphoplasty/aid/").text
    assert re.search(r'<span aria-current="page">Weigh it up</span>', page)
    assert "<h1>Balloon kyphoplasty: weigh it up</h1>" in page


def test_lists_to_fill_in_say_how_to_print_them_and_a_decision_aid_says_it_once(client, all_pages):
    for path in ("/first-visit/", "/procedures/kyphoplasty/questions/", "/procedures/kyphoplasty/aid/"):
        page = client.get(path).text
        assert page.count("To print this page, use") + page.count("To print it, use") == 1, path


def test_a_risk_of_an_older_page_keeps_its_count(client, db):
    source = Source.objects.create(key="FREE09", citation="A trial")
    old = Procedure.objects.create(slug="old", name="Old", summary="One.", risks_summary="Two.")
    old.risks.create(name="A leak", per_1000=183, low=116, high=230, unit="bones", how_bad="Bad.", source=source)
    check_and_publish(old, now=LATER)
    page = " ".join(client.get("/procedures/old/risks/").text.split())
    assert "183 of 1,000 treated bones. The true number could be as low as 116 or as high as 230. Bad." in page
