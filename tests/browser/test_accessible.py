"""axe-core on every kind of page, wide and narrow; no page scrolls sideways; the keyboard alone gets through."""

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group

from booking import links
from booking.models import Appointment, AppointmentRequest

PUBLIC = ["/", "/procedures/", "/procedures/kyphoplasty/", "/procedures/kyphoplasty/risks/", "/request/", "/visit/"]
DESK = [
    "/admin/",
    "/admin/desk/",
    "/admin/desk/?view=to_call",
    "/admin/desk/?view=answered",
    "/admin/desk/day/",
    "/admin/desk/book/",
    "/admin/booking/appointmentrequest/",
    "/admin/clinic/practitioner/add/",
    "/admin/clinic/scheduleexception/add/",
    "/admin/procedures/procedure/",
]

# Else axe copies style sheets that @import others into the page, which our policy refuses: a fault of its own.
NO_PRELOAD = {"preload": False}


def check(page, widths=(320, 1280)):
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options=NO_PRELOAD)
        assert found.violations_count == 0, f"{page.url} at {width}\n{found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} at {width} scrolls sideways by {wide} px"


def go_on(page, *, check_errors=False):
    page.get_by_role("button", name="Continue").click()
    if check_errors:
        check(page)


def test_every_public_page_and_every_page_of_the_request(site, open_page):
    page = open_page()
    asked = [AppointmentRequest.objects.filter(status=status).first() for status in AppointmentRequest.Status]
    for path in [*PUBLIC, *(f"/visit/{links.secret(one)}/" for one in asked if one)]:
        page.goto(site + path)
        check(page)
    page.goto(f"{site}/request/")
    page.get_by_role("button", name="Start").click()
    for field in (["emergency"], ["for_whom"], ["returning", "reason"]):
        go_on(page, check_errors=True)  # nothing chosen
        for name in field:
            page.locator(f"input[name={name}]").first.check()
        go_on(page)
    go_on(page, check_errors=True)
    page.get_by_label("Full name").fill("June Demo")
    for part, value in {"Month": "3", "Day": "9", "Year": "1951"}.items():
        page.get_by_label(part).fill(value)
    go_on(page)
    page.get_by_label("Phone").fill("718 555 0167")
    for name in ("best_time", "language", "needs_interpreter"):
        if not page.locator(f"input[name={name}]").count():
            go_on(page, check_errors=True)
        page.locator(f"input[name={name}]").first.check()
    go_on(page)
    page.locator("button[name=add]").first.click()
    check(page)
    page.get_by_role("button", name="Continue with").click()
    for name in ("insurance", "scan", "referral"):
        page.locator(f"input[name={name}]").first.check()
    go_on(page, check_errors=True)  # the check page
    page.get_by_role("button", name="Send my request").click()
    check(page)


def test_every_page_of_the_desk_and_the_sign_in(site, open_page, desk_page, clerk):
    signed_out = open_page()
    signed_out.goto(f"{site}/admin/")
    check(signed_out)
    clerk.groups.add(Group.objects.get(name="Manager"))
    page = desk_page()
    requests = [f"/admin/desk/requests/{one.reference}/" for one in AppointmentRequest.objects.order_by("reply_by")[:4]]
    visit = Appointment.objects.filter(status="booked").last()
    for path in [*DESK, *requests, f"/admin/desk/visits/{visit.pk}/cancel/"]:
        page.goto(site + path)
        check(page, widths=(360, 1024, 1440))


def test_a_request_begins_with_the_keyboard_alone(site, open_page):
    page = open_page()
    page.goto(f"{site}/request/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    page.locator("input[name=emergency]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/who/")
