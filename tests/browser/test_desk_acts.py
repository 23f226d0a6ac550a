"""The main actions of the desk in a real browser: offer, accept by phone, take over, book, reschedule."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest


@pytest.fixture
def appointment_request(site):
    """From a patient who asked for a call and has no time yet."""
    return AppointmentRequest.objects.filter(status="new", wants_call=True).first()


def open_request(page, site, appointment_request):
    page.goto(f"{site}/admin/desk/requests/{appointment_request.reference}/")


def test_two_times_are_offered_and_one_is_accepted_by_phone(site, desk_page, appointment_request):
    page = desk_page()
    open_request(page, site, appointment_request)
    ticks = page.get_by_label(re.compile(r"^\s*Offer [A-Z][a-z]{2},"))
    ticks.nth(0).check()
    ticks.nth(2).check()
    page.get_by_role("button", name="Offer selected times").click()
    expect(page.get_by_text(re.compile(r"^\s*Offered:\s+"))).to_be_visible()
    assert appointment_request.appointments.filter(status="held").count() == 2

    open_request(page, site, appointment_request)
    expect(page.get_by_text("On hold: waiting for patient")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Patient chose this")).last.click()
    expect(page.get_by_text(re.compile(r"^\s*Accepted by phone:\s+"))).to_be_visible()
    appointment_request.refresh_from_db()
    assert appointment_request.status == "confirmed"


def test_enter_in_a_checkbox_confirms_nothing(site, desk_page, appointment_request):
    page = desk_page()
    open_request(page, site, appointment_request)
    page.get_by_label(re.compile(r"^\s*Offer [A-Z][a-z]{2},")).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    appointment_request.refresh_from_db()
    assert appointment_request.status == "new"


def test_a_coworkers_claim_is_taken_over_with_one_button(site, desk_page, appointment_request):
    rosa = User.objects.create_user("rosa2", first_name="Rosa", is_staff=True)
    page = desk_page()
    lifecycle.claim(appointment_request.pk, user=rosa, now=timezone.now())
    open_request(page, site, appointment_request)
    expect(page.get_by_role("button", name=re.compile("^Confirm"))).to_have_count(0)
    page.get_by_role("button", name="Take over from Rosa").click()
    expect(page.get_by_text(re.compile(r"^\s*You’re working on this until"))).to_be_visible()
    page.get_by_role("button", name="No answer").click()
    expect(page.get_by_text("1 of 3 tries")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_caller_gets_a_time_that_is_held_and_booked(site, desk_page, scripts):
    page = desk_page(1024, scripts=scripts)
    known = AppointmentRequest.objects.filter(status="new", patient__email__gt="").first().patient
    page.get_by_role("link", name="New appointment").click()
    page.get_by_label("Reason").select_option(index=1)
    page.get_by_role("button", name="Show open times").last.click()
    page.get_by_role("button", name=re.compile("^Hold [A-Z][a-z]{2},")).first.click()
    expect(page.get_by_text("Held for you")).to_be_visible()
    page.get_by_label("Name, phone, or DOB").fill(f"{known.birth_date:%-m/%-d/%Y} {str(known.phone)[-4:]}")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name=re.compile(re.escape(known.name))).first.check()
    page.get_by_role("button", name=re.compile("^Book ")).click()
    expect(page.get_by_text(re.compile(rf"^\s*Booked:\s+{re.escape(known.name)}"))).to_be_visible()
    appointment = Appointment.objects.filter(status="booked").latest("pk")
    assert appointment.appointment_request.patient.birth_date == known.birth_date


def test_an_appointment_is_rescheduled_with_a_button_and_restored_by_undo(site, desk_page):
    page = desk_page()
    appointment = Appointment.objects.filter(status="booked", appointment_type__is_public=True).latest("starts_at")
    page.goto(f"{site}/admin/desk/requests/{appointment.appointment_request.reference}/")
    page.get_by_role("link", name="Move appointment").click()
    page.get_by_role("button", name=re.compile("^Move here")).last.click()
    expect(page.get_by_text(re.compile(r"^\s*Moved:\s+"))).to_be_visible()
    was = appointment.starts_at
    appointment.refresh_from_db()
    assert (appointment.sequence, appointment.starts_at == was) == (1, False)
    page.get_by_role("button", name="Undo", exact=True).first.click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    appointment.refresh_from_db()
    assert (appointment.sequence, appointment.starts_at) == (0, was)


def test_without_scripts_no_button_loses_a_note_and_it_can_be_reused(site, desk_page):
    page = desk_page(1440, scripts=False)
    page.goto(f"{site}/admin/desk/?view=all")
    page.locator("main .row-link").first.click()
    page.get_by_label("Add a note").fill("She comes with her daughter")
    page.locator("[name=offer]:visible").last.check()
    page.get_by_role("button", name="Other days, offices, and providers").click()
    expect(page.get_by_label("Add a note")).to_have_value("She comes with her daughter")
    expect(page.locator("[name=offer]:checked")).to_have_count(1)

    appointment_request = AppointmentRequest.objects.get(
        reference=page.url.partition("/requests/")[2].partition("/")[0]
    )
    page.locator("summary", has_text="Decline").click()
    page.locator("[name=code]").first.check()
    page.get_by_label("In your own words").fill("We are away. Please call us.")
    rosa = User.objects.create_user("rosa", first_name="Rosa")
    lifecycle.take_over(appointment_request.pk, user=rosa, now=timezone.now())
    page.get_by_role("button", name="Decline this request").click()
    expect(page.get_by_role("region", name="What you typed")).to_contain_text("We are away. Please call us.")
    page.get_by_role("button", name="Take over from Rosa").click()
    expect(page.get_by_label("In your own words")).to_have_value("We are away. Please call us.")
