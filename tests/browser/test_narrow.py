"""The desk's wide tables on a phone or at 400 % zoom: cards to the eye, still tables to a screen reader."""

import sys

import pytest
from playwright.sync_api import expect

from tests.browser import faces
from tests.browser.checks import small_targets

LISTS = [
    "?view=all",
    "?view=to-call",
    "?view=answered",
    "day/",
    "day/?by=practitioner",
    "sheet",
    "calendar/?span=week",
    "calendar/?span=day",
    "search/",
]
TABLES = [
    path for path in LISTS if not any(part in path for part in ("by=practitioner", "to-call", "search/", "span=day"))
]
PARTS = {"table", "rowgroup", "row", "rowheader", "columnheader", "cell"}
HEARD_ONLY = ".visually-hidden, .skip, :is(.desk-table, .sheet) thead, .cal thead th:first-child"
# everything wider than the screen
STICKING_OUT = """HEARD_ONLY => [...document.querySelectorAll('body *')]
  .filter(el => el.checkVisibility() && !el.closest(HEARD_ONLY))
  .filter(el => { const { left, right } = el.getBoundingClientRect(); return left < -0.5 || right > innerWidth + 0.5; })
  .map(el => el.outerHTML.slice(0, 90))"""
SCROLLING = """HEARD_ONLY => [document.documentElement, ...document.querySelectorAll('main *')]
  .filter(el => ['auto', 'scroll', 'visible'].includes(getComputedStyle(el).overflowX))
  .filter(el => !['SELECT', 'INPUT'].includes(el.tagName) && !el.closest(HEARD_ONLY))
  .filter(el => getComputedStyle(el).display !== 'inline' && el.scrollWidth > el.clientWidth + 1)
  .map(el => el.outerHTML.slice(0, 90))"""


def show(page, site, path):
    """One of the lists, with something in it."""
    page.goto(f"{site}/admin/desk/{'day/' if path == 'sheet' else path}")
    if path == "sheet":
        page.get_by_role("link", name="Day sheet", exact=True).click()
        page.wait_for_url("**/sheet/")
    if path == "search/":
        page.get_by_role("searchbox").fill("demo")
        page.keyboard.press("Enter")
        expect(page.locator(".hit").first).to_be_visible()
    page.wait_for_load_state()


@pytest.mark.parametrize("width", [320, 360])
def test_nothing_in_the_lists_is_wider_than_a_phone(site, desk_page, width):
    page, wide = desk_page(width), []
    for path in LISTS:
        show(page, site, path)
        assert page.locator("tbody tr, .column li, .tg li, .call, .hit").count() > 2, path
        for face in faces.in_each(page):
            faults = page.evaluate(STICKING_OUT, HEARD_ONLY) + page.evaluate(SCROLLING, HEARD_ONLY)
            wide += [(path, face, fault) for fault in faults]
    assert wide == []


@pytest.mark.parametrize("width", [320, 360])
def test_every_target_of_the_lists_can_be_hit_on_a_phone(site, desk_page, width):
    page, small = desk_page(width), []
    for path in LISTS:
        show(page, site, path)
        small += small_targets(page, 24)
    assert small == []


def heard(page):
    """The parts of the page's table with their names, as the browser presents them to a screen reader."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    parts = [node for node in nodes if not node["ignored"] and node["role"]["value"] in PARTS]
    return sorted((node["role"]["value"], " ".join(node["name"]["value"].split())) for node in parts)


@pytest.mark.parametrize("path", TABLES)
def test_a_card_is_a_row_to_a_screen_reader_with_the_same_headers_and_cells(site, desk_page, path):
    page = desk_page(1440)
    show(page, site, path)
    wide = heard(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).display") in ("grid", "block")
    assert heard(page) == wide
    assert {role for role, _name in wide} == PARTS


@pytest.mark.parametrize(("width", "cards"), [(320, True), (360, True), (768, True), (1024, False), (1440, False)])
def test_rows_are_cards_on_narrow_screens_only(site, desk_page, width, cards):
    page = desk_page(width)
    row, head = page.locator(".queue tbody tr").first, page.locator(".queue thead")
    assert (row.evaluate("el => getComputedStyle(el).display") == "grid") == cards
    assert (head.bounding_box()["height"] <= 1) == cards
    says = row.locator("td").first.evaluate("el => getComputedStyle(el, '::before').content")
    assert ("Answer by" in says) == cards


def test_on_paper_a_narrow_page_still_has_a_table(desk_page):
    page = desk_page(600)
    page.emulate_media(media="print")
    assert page.locator(".queue tbody tr").first.evaluate("el => getComputedStyle(el).display") == "table-row"


def a_request(page, site):
    page.goto(f"{site}/admin/desk/?view=all")
    page.locator("main .row-link").first.click()
    page.wait_for_url("**/requests/**")


def open_times(page, site, path):
    if path == "request":
        return a_request(page, site)
    if path == "book":
        page.goto(f"{site}/admin/desk/book/")
        page.get_by_label("Reason", exact=True).first.select_option(index=1)
        return page.get_by_role("button", name="Show open times").last.click()
    page.goto(f"{site}/admin/desk/calendar/?span=week")
    appointment = page.locator("a", has_text="Move").first.get_attribute("href").partition("rescheduling=")[2]
    return page.goto(f"{site}/admin/desk/appointments/{appointment}/reschedule/?anyone=1")


@pytest.mark.parametrize("path", ["book", "reschedule"])
def test_the_caption_of_a_list_of_times_uses_the_whole_width_of_a_phone(site, desk_page, path):
    page = desk_page(360)
    open_times(page, site, path)
    for face in faces.in_each(page):
        assert page.locator(".times caption").bounding_box()["width"] > 250, face


def test_the_checkbox_of_a_time_has_a_label_where_its_column_has_no_header(site, desk_page):
    page = desk_page(360)
    a_request(page, site)
    label = page.locator(".times .tick").first
    for face in faces.in_each(page):
        assert label.locator("span").bounding_box()["width"] > 100, face
    page.set_viewport_size({"width": 1280, "height": 900})
    assert label.locator("span").bounding_box()["width"] <= 1


# Text that its box cuts off: in a field, its placeholder or an option; elsewhere, whatever overflows.
CUT_OFF = """HEARD_ONLY => {
  const pen = document.createElement('canvas').getContext('2d');
  const inside = (el, style) => el.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const long = (el, style) => {
    pen.font = style.font;
    const words = [el.placeholder || '', ...[...el.options || []].map(({ text }) => text)];
    return Math.max(...words.map(each => pen.measureText(each).width));
  };
  const cut = el => {
    const style = getComputedStyle(el);
    if (el.matches('input, select')) return long(el, style) > inside(el, style) + 0.5;
    return style.display !== 'inline' && style.overflowX !== 'auto' && el.scrollWidth > el.clientWidth + 1;
  };
  return [...document.querySelectorAll('.desk-bar *, main *')]
    .filter(el => el.checkVisibility() && !el.closest(HEARD_ONLY) && cut(el)).map(el => el.outerHTML.slice(0, 90));
}"""


def test_what_can_be_searched_is_not_cut_off(desk_page):
    page, cut = desk_page(), []
    for width in (320, *range(360, 1600, 40)):
        page.set_viewport_size({"width": width, "height": 900})
        for face in faces.in_each(page):
            cut += [(width, face, words) for words in page.evaluate(CUT_OFF, HEARD_ONLY) if "desk-q" in words]
    assert cut == []


# In the time grid and in the low rows of a day a long name ends in dots, so that the day fits on a screen; pressing it
# shows all of it. On narrow screens both are lists, and nothing is cut.
MAY_BE_CUT = {False: f"{HEARD_ONLY}, .tg, .day2, .strip__who, .lanes--tight", True: HEARD_ONLY}


def test_no_text_of_the_desk_is_cut_off(site, desk_page):
    page, cut = desk_page(), []
    for path in [*LISTS, "request", "book/", "book/?reason=broken-bone"]:
        a_request(page, site) if path == "request" else show(page, site, path)
        for width in (360, 1024, 1280, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            for face in faces.in_each(page):
                cut += [(path, width, face, words) for words in page.evaluate(CUT_OFF, MAY_BE_CUT[width < 896])]
    assert cut == []


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux can we say which fonts Chromium knows")
def test_the_fonts_are_the_requested_ones_and_differ_in_width(site, open_page):
    page, room = open_page(), []
    page.goto(site)
    for face in faces.in_each(page):
        drawn = faces.drawn_with(page, "body")
        assert drawn[face] > 0.95 * drawn.total(), drawn
        room.append(page.evaluate(faces.LONG, faces.WORDS))
    assert room[0] > 1.15 * room[1]
