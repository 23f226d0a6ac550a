"""How many presses the desk's half day takes: a press is one on a link, a button, a choice in a list, or a box."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.scheduling.slots import Rules, open_times
from clinic.models import AppointmentType, Location, ScheduleException
from tests.builders import WHY, make_practitioner

MOST = {"block 30 minutes": 2, "provider out with 14 appointments": 12}
PATIENTS = 14


class Presses:
    """Counts what the clerk presses on one page."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, part):
        part.click()
        self.count += 1
        self.page.wait_for_load_state()

    def choose(self, part, label):
        part.select_option(label=label)
        self.count += 2  # the list, and the choice in it


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def busy(site, clerk, tomorrow):
    """A provider with fourteen appointments tomorrow."""
    kind = AppointmentType.objects.order_by("minutes", "pk").first()
    owner = make_practitioner(kind, Location.objects.first(), days=range(7), name="Dr. Busy Demo")
    by = lifecycle.staff(clerk, "phone")
    now = timezone.now()
    while booked(owner, tomorrow) < PATIENTS:
        (slot, *_more) = open_times(
            kind, Rules.desk(now), now=now, first_day=tomorrow, last_day=tomorrow, practitioners=[owner.pk]
        )
        lifecycle.book(a_draft(kind, booked(owner, tomorrow)), slot, by=by, now=now, override=WHY)
    return owner


def booked(owner, day):
    begins = datetime.combine(day, time.min, timezone.get_current_timezone())
    return owner.appointments.filter(status="booked", starts_at__range=(begins, begins + timedelta(days=1))).count()


def a_draft(kind, number):
    first = AppointmentRequest.objects.filter(reason__isnull=False).first()
    person = {
        "name": f"Person {number}", "birth_date": first.patient.birth_date, "phone": "+17185550167",
        "email": f"person{number}@example.org" if number % 3 else "",
    }  # fmt: skip
    return lifecycle.Draft(person, {"reason": first.reason, "appointment_type": kind})


def test_the_desks_half_day_takes_few_presses(site, desk_page, busy, tomorrow):
    taken = {
        "block 30 minutes": block(desk_page(1440, scripts=False), site),
        "provider out with 14 appointments": take_out(desk_page(1440), busy, tomorrow),
    }
    assert {name: count for name, count in taken.items() if count > MOST[name]} == {}


def block(page, site):
    page.goto(f"{site}/admin/desk/calendar/?span=day")
    presses = Presses(page)
    presses.press(page.locator(".tg__block").first)
    page.locator(".pop:popover-open input[name=reason]").fill("Phone calls")
    presses.press(page.locator(".pop:popover-open").get_by_role("button", name="Block 30 min"))
    expect(page.locator(".undo")).to_contain_text("Blocked:")
    row = ScheduleException.objects.get(private_reason="Phone calls")
    assert row.ends - row.starts == 30
    return presses.count


def take_out(page, owner, day):
    presses = Presses(page)
    presses.press(page.get_by_role("link", name="Provider out"))
    presses.choose(page.get_by_label("Provider", exact=True), owner.name)
    page.get_by_label("From").fill(day.isoformat())
    presses.press(page.get_by_role("button", name="Show who is affected"))
    expect(page.locator(".out-table tbody tr")).to_have_count(PATIENTS)
    presses.press(page.get_by_role("button", name="Mark Dr").first)
    expect(page.locator(".undo")).to_contain_text(f"{owner.name} is out.")
    assert AppointmentRequest.objects.filter(replaces__needs_rebooking_since__isnull=False).count() >= PATIENTS
    return presses.count
