"""The pages to check, and what must hold on each of them."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser import faces

PUBLIC = ["/", "/team/", "/visit-us/", "/procedures/", "/request/", "/visit/"]
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
    "/admin/booking/appointmentrequest/",
    "/admin/clinic/practitioner/add/",
    "/admin/clinic/scheduleexception/add/",
    "/admin/procedures/procedure/",
]

AXE = Axe()
# `preload`: otherwise axe copies style sheets that @import others into the page, which our policy refuses: not a fault
# of ours. `resultTypes`: otherwise it also describes all that it found right, in twice the time.
AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
WITHOUT_COLORS = {"rules": {"color-contrast": {"enabled": False}}}
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
    if (el.tagName !== 'A' || getComputedStyle(el).display !== 'inline') return false;
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
    """No fault found by axe, and nothing wider than the screen; colors in the narrowest and the widest layout."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        faults = axe_faults(page, {} if width in (widths[0], widths[-1]) else WITHOUT_COLORS)
        assert not faults, f"{page.url} at {width}\n{faults}"
        for face in faces.in_each(page):
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{page.url} at {width} in {face} scrolls sideways by {wide} px"


def axe_faults(page, options):
    found = AXE.run(page, options=AXE_OPTIONS | options)
    return found.generate_report() if found.violations_count else ""


def small_targets(page, least):
    page.wait_for_load_state()
    return [
        f"{page.url} {face}: {each}" for face in faces.in_each(page) for each in page.evaluate(SMALL_TARGETS, least)
    ]
