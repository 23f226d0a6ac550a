"""The pages of an appointment that needs rebooking, and of a double-booked one, in a real browser."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import slot_of
from tests.browser.checks import DESK_WIDTHS, check


@pytest.fixture
def by(clerk):
    clerk.groups.add(Group.objects.get(name="Desk lead"))
    return lifecycle.staff(clerk, "phone")


@pytest.fixture
def appointment(site):
    """The first booked appointment that is at least two days away."""
    ahead = timezone.now() + timedelta(days=2)
    return Appointment.objects.filter(status="booked", starts_at__gt=ahead).order_by("starts_at").first()


@pytest.fixture
def looking(appointment, by):
    return lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=timezone.now())


@pytest.fixture
def over(appointment, by):
    """An appointment, at the same time, of another patient who has none then."""
    then = Appointment.objects.filter(starts_at__lt=appointment.ends_at, ends_at__gt=appointment.starts_at)
    others = Appointment.objects.filter(
        status="booked", appointment_type=appointment.appointment_type, starts_at__gt=appointment.ends_at
    )
    other = others.exclude(patient__in=then.values("patient")).order_by("starts_at").last()
    override = lifecycle.Override("Both come for results.", overlap=True)
    return lifecycle.reschedule(other.pk, slot_of(appointment), by=by, now=timezone.now(), override=override)


def day_of(appointment):
    return f"{appointment.starts_at.astimezone(appointment.location.tz):%Y-%m-%d}"


def test_the_mark_on_the_day_page_leads_to_the_times_for_another_appointment(site, desk_page, looking, appointment):
    page = desk_page()
    page.goto(f"{site}/admin/desk/day/{day_of(appointment)}/")
    page.get_by_role("link", name="New time :").click()
    expect(page.get_by_text("The email that tells the patient not to come then is on its way.")).to_be_visible()
    expect(page.get_by_role("link", name="Move appointment")).to_be_visible()


def test_every_page_that_shows_them_is_accessible(site, desk_page, over, looking, appointment):
    page = desk_page()
    day, waiting = f"/admin/desk/day/{day_of(appointment)}/", AppointmentRequest.objects.filter(status="new")
    pages = [
        day,
        f"{day}?by=practitioner",
        f"{day}sheet/",
        f"/admin/desk/calendar/?span=week&day={day_of(appointment)}",
    ]
    pages += [
        f"/admin/desk/requests/{one.reference}/"
        for one in (looking, appointment.appointment_request, over.appointment_request)
    ]
    pages += [f"/admin/desk/appointments/{appointment.pk}/{verb}/" for verb in ("reschedule", "cancel")]
    pages += [f"/admin/desk/requests/{looking.reference}/merge/{waiting.first().reference}/"]
    for path in pages:
        page.goto(site + path)
        check(page, widths=DESK_WIDTHS)
