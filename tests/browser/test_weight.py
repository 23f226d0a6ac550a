"""What a first page view costs: bytes sent, requests to other sites, and layout shifts while it loads."""

import gzip

import pytest

from tests.machines import listed

MOST = 120 * 1024
PACKED_ALREADY = ("image/png", "image/jpeg", "image/webp", "font/")
COUNT_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver(list => list.getEntries().forEach(entry => window.shifts.push(entry.value)))
        .observe({type: "layout-shift", buffered: true});
"""
NO_SIZE = "[...document.images].filter(image => !image.getAttribute('width') || !image.getAttribute('height'))"


@pytest.fixture
def public(site, playwright):
    """The paths of all public pages."""
    return listed(playwright.request.new_context().get(f"{site}/sitemap.xml").text(), site)


def first_appointment(page, address):
    """Every response that the browser got for a first page view, the page included."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="networkidle")
    return answers


def bytes_sent(answer):
    """The size of its headers, and of its body as compressed by a server."""
    body = answer.body()
    head = sum(len(name) + len(value) + 4 for name, value in answer.all_headers().items())
    packed = answer.headers.get("content-type", "").startswith(PACKED_ALREADY)
    return head + len(body if packed else gzip.compress(body, 6))


def test_a_first_page_view_is_light_and_requests_nothing_from_other_sites(site, open_page, public):
    for path in public:
        answers = first_appointment(open_page(), site + path)
        sent = {answer.url.removeprefix(site): bytes_sent(answer) for answer in answers}
        assert len(sent) > 4, "the page, three style sheets, a drawing: else nothing was measured"
        assert sum(sent.values()) <= MOST, sent
        assert all(answer.url.startswith(site) for answer in answers)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_shifts_while_a_page_loads(site, open_page, public, width):
    page = open_page(width)
    page.add_init_script(COUNT_SHIFTS)
    for path in public:
        page.goto(site + path, wait_until="networkidle")
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(100)
        assert page.evaluate("window.shifts") == [], path
        assert page.evaluate(f"{NO_SIZE}.map(image => image.src)") == [], path


def test_a_layout_shift_would_be_detected(site, open_page):
    page = open_page()
    page.add_init_script(COUNT_SHIFTS)
    page.goto(f"{site}/team/", wait_until="networkidle")
    page.evaluate("document.querySelector('header').remove()")
    page.wait_for_timeout(100)
    assert page.evaluate("window.shifts") != []


def test_every_link_of_the_public_pages_leads_somewhere(site, open_page, public):
    page = open_page()
    links = set()
    for path in public:
        page.goto(site + path)
        links |= set(page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"))
    ours = {link.partition("#")[0] for link in links if link.startswith(site)}
    answers = {link: page.request.get(link).status for link in ours}
    assert {link: status for link, status in answers.items() if status != 200} == {}
