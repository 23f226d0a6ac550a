"""The main job of the product, in a real browser: a patient asks, the desk confirms, the patient is notified."""

import re
from datetime import timedelta

from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from booking.models import Appointment, AppointmentRequest
from booking.notifications import outbox


def go_on(page):
    page.get_by_role("button", name="Continue").click()


def request_an_appointment(page, site):
    """On a phone, without scripts: from the page about risks to the receipt. Returns the confirmation number."""
    page.goto(f"{site}/procedures/kyphoplasty/")
    page.goto(f"{site}/procedures/kyphoplasty/risks/")
    page.locator("main").get_by_role("link", name="Request an appointment").click()
    page.get_by_role("button", name="None of these: start").click()
    page.get_by_label("Me", exact=True).check()
    expect(page.locator("input[name=reason]:checked")).to_have_count(1)  # preset by the page that was just read
    page.get_by_label("No, this is the first visit").check()
    go_on(page)
    pick_two_times(page)
    page.get_by_label("Full name").fill("June Demo")
    for part, value in {"Month": "March", "Day": "9", "Year": "1951"}.items():
        page.get_by_label(part).fill(value)
    go_on(page)
    page.get_by_role("textbox", name="Phone").fill("718 555 0167")
    page.get_by_role("textbox", name="Email").fill("june@example.org")
    go_on(page)
    page.get_by_label("Medicare", exact=True).check()
    go_on(page)
    expect(page.get_by_text("June Demo")).to_be_visible()
    page.get_by_role("button", name="Send my request").click()
    return page.locator(".ref").inner_text()


def pick_two_times(page):
    page.get_by_role("link", name="Later days").first.click()
    for place, summary in (
        ("1st", page.locator(".clocks summary").first),
        ("2nd", page.locator(".clocks summary").last),
    ):
        summary.click()
        page.locator("button[name=add]:visible").first.click()
        expect(page.get_by_text(f"is now your {place} choice.")).to_be_visible()
    page.get_by_text("2 of 3 chosen").wait_for()
    go_on(page)


def test_a_patient_reads_asks_is_confirmed_notified_and_cancels(site, open_page, desk_page):
    phone, desk = open_page(360, scripts=False), desk_page(1280)

    reference = request_an_appointment(phone, site)
    expect(phone.get_by_text("This is not yet an appointment.")).to_be_visible()
    appointment_request = AppointmentRequest.objects.get(reference=reference.replace("-", ""))
    hold = appointment_request.appointments.get()
    assert hold.status == Appointment.Status.HELD

    desk.get_by_role("link", name="Requests").first.click()
    desk.locator("tr", has_text=reference).get_by_role("link").first.click()
    desk.get_by_role("button", name=re.compile("^Confirm ")).first.click()
    hold.refresh_from_db()
    assert hold.status == Appointment.Status.BOOKED

    outbox.deliver_due(clock=lambda: timezone.now() + timedelta(seconds=61))
    notified = next(message for message in mail.outbox if "june@example.org" in message.to)
    assert [name for name, _body, _type in notified.attachments] == ["appointment.ics"]
    link = re.search(rf"{re.escape(site)}/visit/\S+", notified.body)[0]

    phone.goto(link)
    expect(phone.get_by_text("Your appointment is confirmed")).to_be_visible()
    expect(phone.get_by_role("link", name="Cancel this appointment")).to_have_count(0)
    for part, value in {"Month": "3", "Day": "9", "Year": "1951"}.items():
        phone.get_by_label(part).fill(value)
    phone.get_by_role("button", name="Show the rest").click()
    phone.get_by_role("link", name="Cancel this appointment").click()
    phone.locator("main form[method=post] button").click()
    hold.refresh_from_db()
    assert hold.status == Appointment.Status.CANCELLED
