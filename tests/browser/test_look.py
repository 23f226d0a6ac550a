"""What only a browser can check: that the focus is always visible, that nothing moves, dark pages, and paper."""

import pytest
from django.contrib.auth.models import Group

from booking.models import AppointmentRequest
from booking.notifications import links
from tests.browser import faces
from tests.browser.checks import DESK, sideways, small_targets

# The element that has the focus: is it on the screen, does anything cover it, and where is its outline?
FOCUS = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  const row = getComputedStyle(el, '::after').position === 'absolute' && el.offsetParent;
  const part = el.closest('.choice') || row || el;
  const { left, right, top, bottom } = part.getBoundingClientRect();
  const own = (part === row ? el : part).getBoundingClientRect();
  const across = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const down = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  const over = document.elementFromPoint(across, down);
  const lines = [getComputedStyle(el), getComputedStyle(part), getComputedStyle(el, '::after')];
  return {
    html: el.outerHTML.slice(0, 120),
    seen: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
    whole: (own.top > -1 && own.bottom < innerHeight + 1) || own.height > innerHeight,
    covered: !(over && (part.contains(over) || over.contains(part))),
    line: lines.some(style => style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 3),
  };
}"""


def walk(page, most=400):
    """Tab from control to control, once through the page."""
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")
    for _press in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            return
        yield stop


def check_focus(page):
    for face in faces.in_each(page):
        stops = list(walk(page))
        assert len(stops) >= page.locator("main :is(a, button):visible").count() > 0
        lost = [stop for stop in stops if not (stop["seen"] and stop["whole"] and stop["line"]) or stop["covered"]]
        assert lost == [], face


def to_times(page, site):
    """Go through the form's pages to the open times."""
    page.goto(f"{site}/request/")
    page.get_by_role("button", name="None of these: start").click()
    for name, value in {"reason": "broken-bone", "returning": "no"}.items():
        page.locator(f"input[name={name}][value={value}]").check()
    page.get_by_role("button", name="Continue").click()


# The lines of text beside a link or a heading that the ring round it covers: of a line, only where its letters are.
RINGED = """() => [...document.querySelectorAll('main :is(a:not(.btn), h2[tabindex])')].flatMap(el => {
  if (!el.checkVisibility() || el.matches('.row-link') || el.closest('.visually-hidden, .tg, .pop')) return [];
  el.focus();
  const style = getComputedStyle(el), within = el.closest('.call, .hit, td, th, section, li, main');
  const halo = style.boxShadow === 'none' || style.boxShadow.includes('inset') ? -99 : parseFloat(
    style.boxShadow.match(/(-?[0-9.]+)px(?: inset)?$/)[1]);
  const wide = Math.max(parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset), halo);
  const texts = document.createTreeWalker(within, NodeFilter.SHOW_TEXT), covered = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || el.contains(text) || text.parentElement.closest('.visually-hidden')) continue;
    if (!text.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const ring of el.getClientRects()) for (const line of range.getClientRects()) {
      const letters = { top: line.top + 0.2 * line.height, bottom: line.bottom - 0.22 * line.height };
      const down = Math.min(letters.bottom, ring.bottom + wide) - Math.max(letters.top, ring.top - wide);
      const across = Math.min(line.right, ring.right + wide) - Math.max(line.left, ring.left - wide);
      if (down > 0.5 && across > 6) covered.push(`${el.innerText}: ${text.data.trim()} ${down}`);
    }
  }
  return covered;
})"""


def test_the_ring_round_a_link_or_a_heading_covers_no_line_beside_it(site, desk_page):
    page, covered = desk_page(1280), []
    for path in ("?view=to-call", "day/", "book/?reason=broken-bone", "day/2026-12-09/"):
        page.goto(f"{site}/admin/desk/{path}")
        page.keyboard.press("Tab")  # from now on the focus is visible
        for face in faces.in_each(page):
            covered += [(path, face, each) for each in page.evaluate(RINGED)]
    assert covered == [], len(covered)


DENSE = ("/day/", "/my-day/", "/no-shows/", "span=day", "to-call")  # much fits on a screen


def test_the_staff_can_hit_every_target_of_the_desk(site, desk_page, clerk):
    clerk.groups.add(*Group.objects.filter(name__in=["Desk lead", "Manager"]))  # they see most
    page, small = desk_page(), []
    for path in [path for path in DESK if path.startswith("/admin/desk/")]:
        page.goto(site + path)
        small += small_targets(page, 24 if any(part in path for part in DENSE) else 40)
    page.goto(f"{site}/admin/desk/")
    page.locator(".row-link").first.click()
    small += small_targets(page, 40)
    assert small == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_focus_is_visible_wherever_a_patient_tabs(site, open_page, width):
    page = open_page(width)
    for path in ("/", "/procedures/kyphoplasty/", "/procedures/kyphoplasty/risks/"):
        page.goto(site + path)
        check_focus(page)
    to_times(page, site)
    page.get_by_role("link", name="Later days").first.click()
    page.locator(".clocks summary").first.click()
    with page.expect_navigation():
        page.locator("button[name=add]:visible").first.click()
    page.goto(page.url.partition("#")[0])  # with its fragment, Tab would start in the middle of the page
    check_focus(page)


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_focus_is_visible_wherever_the_staff_tab(site, desk_page, width):
    page = desk_page(width)
    for path in ("/admin/desk/", "/admin/desk/day/", "/admin/desk/book/"):
        page.goto(site + path)
        check_focus(page)


def test_text_twice_as_large_pushes_nothing_off_the_desk(site, desk_page):
    page, wide = desk_page(1024), []
    for path in [path for path in DESK if path.startswith("/admin/desk/")]:
        page.goto(site + path)
        wide += sideways(page)
    assert wide == []


def test_a_reader_who_prefers_dark_pages_gets_them(site, open_page):
    page = open_page()
    ground = "getComputedStyle(document.body).backgroundColor"
    for path in ("/", "/procedures/kyphoplasty/", "/request/", "/nowhere/"):
        page.emulate_media(color_scheme="dark", media="screen")
        page.goto(site + path)
        assert page.evaluate(ground) == "rgb(16, 31, 34)", path
        page.emulate_media(color_scheme="light")
        assert page.evaluate(ground) == "rgb(251, 250, 246)", path
        page.emulate_media(color_scheme="dark", media="print")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 50, 58)", path


# What would change its colors, its place or its size little by little
MOVING = """() => [...document.querySelectorAll('*')].flatMap(el => ['', '::before', '::after']
  .filter(part => {
    const { transitionDuration, animationName } = getComputedStyle(el, part);
    return parseFloat(transitionDuration) > 0 || animationName !== 'none';
  }).map(part => el.outerHTML.slice(0, 90) + part))"""


def test_nothing_moves_for_those_who_ask_for_less_motion_and_something_does_for_others(site, open_page, desk_page):
    for page, paths in (
        (open_page(), ("/", "/procedures/kyphoplasty/", "/request/", "/admin/login/")),
        (desk_page(), ("/admin/", "/admin/desk/calendar/?span=week", "/admin/account/", "/admin/auth/user/")),
    ):
        for path in paths:
            page.goto(site + path)
            assert page.evaluate(MOVING) == [], path
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING) != []


NOT_ON_PAPER = "nav, button:not(.row-link, .tg__what), .btn, .sos, .demo-bar, .desk-bar, .toc, form input, form select"
SEEN = "selector => [...document.querySelectorAll(selector)].filter(el => el.checkVisibility()).map(el => el.outerHTML)"


def check_paper(page, width=720):
    """The page fits between the margins of a Letter sheet, has no buttons, and prints in black on white."""
    page.set_viewport_size({"width": width, "height": 960})
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(SEEN, NOT_ON_PAPER) == []
    for face in faces.in_each(page):
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, face
    assert page.locator("h1").is_visible()


def test_a_treatment_page_prints_only_its_text_with_tables_as_tables(site, open_page):
    page = open_page()
    page.goto(f"{site}/procedures/kyphoplasty/choices/")
    check_paper(page)
    assert page.evaluate("getComputedStyle(document.querySelector('table.stack td')).display") == "table-cell"


def test_an_appointment_prints_without_the_date_of_birth_form(site, open_page):
    page = open_page()
    for status in ("new", "confirmed"):
        page.goto(f"{site}/visit/{links.secret(AppointmentRequest.objects.filter(status=status).first())}/")
        check_paper(page)


def test_a_list_of_the_desk_prints_without_its_buttons(site, desk_page):
    page = desk_page()
    for path in ("day/", "", "calendar/?span=week", "calendar/?span=day"):
        page.goto(f"{site}/admin/desk/{path}")
        check_paper(page, width=960)  # landscape
