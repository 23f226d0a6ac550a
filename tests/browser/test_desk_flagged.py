"""The pages of a visit that needs another time, and of one over another, in a real browser."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import slot_of
from tests.browser.test_accessible import check

TOLD = "Told not to come, needs another time"


@pytest.fixture
def by(clerk):
    clerk.groups.add(Group.objects.get(name="Desk lead"))
    return lifecycle.desk(clerk, "phone")


@pytest.fixture
def visit(site):
    """Booked, with a day of the calendar before it."""
    ahead = timezone.now() + timedelta(days=2)
    return Appointment.objects.filter(status="booked", starts_at__gt=ahead).order_by("starts_at").first()


@pytest.fixture
def looking(visit, by):
    return lifecycle.strand(visit.pk, by=by, now=timezone.now())


@pytest.fixture
def over(visit, by):
    """Another one's, at the same time."""
    others = Appointment.objects.filter(status="booked", visit_type=visit.visit_type, starts_at__gt=visit.ends_at)
    other = others.order_by("starts_at").last()
    beyond = lifecycle.Beyond("Both come for results.", overlap=True)
    return lifecycle.move_visit(other.pk, slot_of(visit), by=by, now=timezone.now(), beyond=beyond)


def day_of(visit):
    return f"{visit.starts_at.astimezone(visit.location.tz):%Y-%m-%d}"


def test_the_mark_of_the_day_leads_to_the_times_for_it(site, desk_page, looking, visit):
    page = desk_page()
    page.goto(f"{site}/admin/desk/day/{day_of(visit)}/")
    page.get_by_role("link", name=TOLD).click()
    expect(page.get_by_text("We told the patient not to come then.")).to_be_visible()
    expect(page.get_by_role("link", name="Move it")).to_be_visible()


def test_every_page_on_which_they_stand(site, desk_page, over, looking, visit):
    page = desk_page()
    day, waiting = f"/admin/desk/day/{day_of(visit)}/", AppointmentRequest.objects.filter(status="new")
    pages = [day, f"{day}?by=practitioner", f"{day}sheet/", f"/admin/desk/calendar/?day={day_of(visit)}"]
    pages += [f"/admin/desk/requests/{one.reference}/" for one in (looking, visit.request, over.request)]
    pages += [f"/admin/desk/visits/{visit.pk}/{verb}/" for verb in ("move", "cancel")]
    pages += [f"/admin/desk/requests/{looking.reference}/merge/{waiting.first().reference}/"]
    for path in pages:
        page.goto(site + path)
        check(page, widths=(360, 1024, 1440))
