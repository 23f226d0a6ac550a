"""How many presses the desk’s everyday acts take: one table."""

import re

from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from clinic.practice_info import local_date

DESK = "/admin/desk/"
MOST = {"known caller booked": 5, "walk-in": 4, "follow-up": 3, "no-show rebooked": 4, "offer 3 times": 5}


class Clerk:
    """Counts what the hand does: a click, a choice in a list, Enter after typing."""

    def __init__(self, page, site):
        self.page, self.site, self.presses = page, site, 0

    def begin(self, path):
        self.page.goto(self.site + DESK + path)
        self.presses = 0

    def click(self, locator):
        self.presses += 1
        locator.click()
        self.page.wait_for_load_state()

    def enter(self, locator, text):
        self.presses += 1
        locator.fill(text)
        locator.press("Enter")
        self.page.wait_for_load_state()


def known_caller(clerk):
    page, patient = clerk.page, _seen()
    clerk.begin("")
    clerk.enter(page.get_by_role("searchbox"), f"{patient.name} {patient.birth_date:%-m/%-d/%Y}")
    clerk.click(page.locator(".hit").first.get_by_role("link", name="New appointment"))
    clerk.click(page.get_by_role("button", name="Same reason"))
    clerk.click(page.locator("button[name=hold]").first)
    clerk.click(page.get_by_role("button", name=re.compile("^Book ")))
    expect(page.get_by_text(re.compile(rf"^\s*Booked:\s+{re.escape(patient.name)}"))).to_be_visible()


def walk_in(clerk):
    page, patient = clerk.page, _seen()
    clerk.begin("day/")
    clerk.click(page.get_by_role("link", name="Walk-in"))
    clerk.click(page.locator(".walk-in button[name=hold]").first)
    clerk.enter(page.get_by_label("Name, phone, or DOB"), f"{patient.name} {patient.birth_date:%-m/%-d/%Y}")
    clerk.click(page.get_by_role("button", name=re.compile("^Book ")))
    expect(page.get_by_text(re.compile(rf"^\s*Booked:\s+{re.escape(patient.name)}"))).to_be_visible()
    assert Appointment.objects.latest("pk").status == "arrived"


def follow_up(clerk):
    page = clerk.page
    clerk.begin("day/")
    clerk.click(page.locator("tr.here").get_by_role("link", name="Follow-up").first)
    clerk.click(page.locator("button[name=slot]").first)
    expect(page.get_by_text(re.compile(r"^\s*Booked:\s+"))).to_be_visible()
    assert (local_date(Appointment.objects.latest("pk").starts_at) - local_date(timezone.now())).days >= 7


def no_show(clerk):
    page = clerk.page
    clerk.begin("day/")
    clerk.click(page.locator(".fold > summary"))
    clerk.click(page.locator(".fold").get_by_role("link", name="Rebook").first)
    clerk.click(page.locator("button[name=slot]").first)
    expect(page.get_by_text(re.compile(r"^\s*Booked:\s+"))).to_be_visible()
    assert Appointment.objects.latest("pk").appointment_request.replaces.status == "noshow"


def three_times(clerk):
    page = clerk.page
    asked = AppointmentRequest.objects.filter(status="new", wants_call=True).first()
    clerk.begin("")
    clerk.click(page.locator(f"a[href*='{asked.reference}']").first)
    for n in range(3):
        clerk.click(page.get_by_label(re.compile(r"^\s*Offer [A-Z][a-z]{2},")).nth(2 * n))
    clerk.click(page.get_by_role("button", name="Offer selected times"))
    expect(page.get_by_text(re.compile(r"^\s*Offered:\s+"))).to_be_visible()


ACTS = dict(zip(MOST, (known_caller, walk_in, follow_up, no_show, three_times), strict=True))


def _seen():
    """Somebody who was here before and has no appointment and no namesake."""
    seen = Appointment.objects.filter(status="fulfilled").exclude(patient__appointments__status="booked")
    return seen.select_related("patient").earliest("starts_at").patient


def _missed():
    """A no-show of this morning."""
    now, by = timezone.now(), lifecycle.staff(User.objects.get(username="dmitri"))
    late = Appointment.objects.filter(status="booked", starts_at__lte=now).order_by("-starts_at")
    here = Appointment.objects.filter(status="arrived").order_by("-starts_at")
    if not Appointment.objects.filter(status="noshow", starts_at__date=now.date()).exists() and late:
        lifecycle.no_show(late[0].pk, by=by, now=now)
    assert here.exists()


def test_everyday_acts_take_few_presses(site, desk_page):
    page = desk_page(1440)
    _missed()
    pressed = {}
    for name, act in ACTS.items():
        clerk = Clerk(page, site)
        act(clerk)
        pressed[name] = clerk.presses
    assert {name: number for name, number in pressed.items() if number > MOST[name]} == {}, pressed


TALLEST = "Math.max(...[...document.querySelectorAll('.day2 tbody tr')].map(row => row.getBoundingClientRect().height))"


def test_rows_of_today_are_low_and_now_is_in_view_at_opening(site, desk_page):
    page = desk_page(1440)
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{site}{DESK}day/")
        assert page.evaluate(TALLEST) <= 56
        assert page.locator("#now").bounding_box()["y"] < height, width
