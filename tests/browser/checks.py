"""The pages to check, and what must hold on each of them."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser import faces

PUBLIC = ["/", "/team/", "/visit-us/", "/procedures/", "/request/", "/visit/"]
TABLES = [  # by Django's admin, with boxes of its own
    "/admin/booking/appointmentrequest/",
    "/admin/clinic/practitioner/add/",
    "/admin/clinic/scheduleexception/add/",
    "/admin/procedures/procedure/",
]
DESK = [
    "/admin/",
    "/admin/desk/",
    "/admin/desk/?view=to-call",
    "/admin/desk/?view=to-call&only=tried",
    "/admin/desk/history/",
    "/admin/desk/imports/",
    "/admin/desk/export/",
    "/admin/desk/access/",
    "/admin/desk/?view=all",
    "/admin/desk/?view=mine",
    "/admin/desk/search/",
    "/admin/desk/?view=answered",
    "/admin/desk/day/?by=practitioner",
    "/admin/desk/day/?walk_in=1",
    "/admin/desk/no-shows/",
    "/admin/desk/my-day/",
    "/admin/desk/calendar/?span=week",
    "/admin/desk/calendar/?span=day",
    "/admin/desk/provider-out/",
    "/admin/desk/hours/",
    "/admin/desk/hours/dr-ellison/",
    "/admin/desk/book/",
    "/admin/desk/book/?reason=broken-bone",
    *TABLES,
]

AXE = Axe().axe_script
# `preload`: otherwise axe copies style sheets that @import others into the page, which our policy refuses: not a fault
# of ours. `resultTypes`: otherwise it also describes all that it found right, in twice the time.
FAULTS = """([elements, options]) => axe
  .run(elements || document, { preload: false, resultTypes: ['violations'], ...options })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)))"""
COLORS = "color-contrast"
# Most words stand on a page like many others: in the same colors and size, within the same elements on the same
# grounds. One of each kind is enough for axe's dearest rule.
KINDS_OF_WORDS = """() => {
  const kinds = new Map();
  const words = el => el.matches('input, select, textarea') || [...el.childNodes].some(
    node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  for (const el of document.body.querySelectorAll('*')) {
    if (!words(el) || !el.checkVisibility()) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(el);
    const kind = [color, fontSize, fontWeight, el.matches(':disabled')];
    for (let around = el; around; around = around.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(around);
      kind.push(around.tagName, around.className, backgroundColor, backgroundImage, opacity);
    }
    kinds.set(kind.join(), el);
  }
  return [...kinds.values()];
}"""
DESK_WIDTHS = (320, 1024, 1440)
# Each control on the page, with the box that can be pressed: an option has its label, a row link has its row.
# Exempt are links within running text (WCAG 2.5.8), and what is on the page for screen readers only.
SMALL_TARGETS = """least => {
  const box = el => {
    const label = el.matches('input') && el.closest('label');
    const row = getComputedStyle(el, '::after').position === 'absolute' && el.offsetParent;
    return (label || row || el).getBoundingClientRect();
  };
  const inText = el => {
    if (el.tagName !== 'A' || !(getComputedStyle(el).display === 'inline' || el.matches('.num.nowrap'))) return false;
    let around = el.parentElement;
    while (getComputedStyle(around).display === 'inline') around = around.parentElement;
    return around.textContent.trim() !== el.textContent.trim();
  };
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(el => el.checkVisibility({ visibilityProperty: true }) && !el.closest('.skip, .visually-hidden'))
    .filter(el => !inText(el))
    .map(el => [el.outerHTML.slice(0, 90), box(el)])
    .filter(([, { width, height }]) => Math.min(width, height) < least - 0.1)
    .map(([html, { width, height }]) => `${Math.round(width)} x ${Math.round(height)}: ${html}`);
}"""


def check(page, widths=(320, 1280)):
    """No fault found by axe, and nothing wider than the screen; colors in light and dark, narrow and wide."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        faults = page.evaluate(FAULTS, [None, {"rules": {COLORS: {"enabled": False}}}])
        assert not faults, f"{page.url} at {width}\n{faults}"
        for face in faces.in_each(page):
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{page.url} at {width} in {face} scrolls sideways by {wide} px"
        if width in (widths[0], widths[-1]):
            check_colors(page)


def check_colors(page):
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        pale = pale_words(page)
        assert not pale, f"{page.url} in {scheme} colors\n{pale}"


def check_patients_page(page, widths=(320, 1280)):
    """All that must hold on a page for patients: it can be hit with a thumb and read in large text, too."""
    check(page, widths)
    faults = small_targets(page, 48)
    page.set_viewport_size({"width": 360, "height": 900})
    faults += small_targets(page, 48) + sideways(page)
    assert not faults, "\n".join(faults)


def sideways(page):
    """By how much the page is wider than the screen when text is twice as large, in each font in which it is."""
    page.wait_for_load_state()
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = [(face, page.evaluate("document.documentElement.scrollWidth - innerWidth")) for face in faces.in_each(page)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    return [f"{page.url} {face}: {by} px wider than the screen" for face, by in wide if by > 0]


def pale_words(page):
    """The text that axe finds too faint."""
    elements = page.evaluate_handle(KINDS_OF_WORDS)
    return page.evaluate(FAULTS, [elements, {"runOnly": [COLORS]}])


def small_targets(page, least):
    page.wait_for_load_state()
    return [
        f"{page.url} {face}: {each}" for face in faces.in_each(page) for each in page.evaluate(SMALL_TARGETS, least)
    ]
