"""Every kind of page: axe-core, wide and narrow, light and dark; targets; nothing sideways. A keyboard is enough."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import links
from booking.scheduling.slots import Slot
from clinic.models import Practitioner
from procedures.models import Procedure
from tests.browser.checks import (
    AXE,
    DESK,
    DESK_WIDTHS,
    PUBLIC,
    TABLES,
    check,
    check_patients_page,
    pale_words,
    small_targets,
)


def written_pages():
    """The URLs of all published treatment pages and pages about the practice."""
    for procedure in Procedure.objects.published("pages"):
        start = f"/{procedure.slug}/" if procedure.kind == "practice" else f"/procedures/{procedure.slug}/"
        yield from (start if part == "overview" else f"{start}{part}/" for part in procedure.content["pages"])


def go_on(page, *, check_errors=False):
    page.get_by_role("button", name="Continue").click()
    if check_errors:
        check_patients_page(page)


def test_every_published_page_is_accessible(site, open_page):
    page = open_page()
    for path in written_pages():
        page.goto(site + path)
        check_patients_page(page)


def test_every_public_page_and_every_page_of_the_request_is_accessible(site, open_page, clerk):
    page = open_page()
    appointment_requests = [
        AppointmentRequest.objects.filter(status=status).first() for status in AppointmentRequest.Status
    ]
    for path in [*PUBLIC, *(f"/visit/{links.secret(one)}/" for one in appointment_requests if one)]:
        page.goto(site + path)
        check_patients_page(page)
    page.goto(f"{site}/request/")
    page.get_by_role("button", name="None of these: start").click()
    go_on(page, check_errors=True)  # nothing selected
    for name in ("for_whom", "returning", "reason"):
        page.locator(f"input[name={name}]").last.check()  # for someone else: more is asked
    page.get_by_text("Add a note").click()
    page.locator("textarea").fill("pain" * 50)
    go_on(page)
    check_patients_page(page)
    page.goto(f"{page.url}?call")
    check_patients_page(page)
    page.go_back()
    for _press in range(3):
        page.locator(".clocks summary").first.click()
        check_patients_page(page)
        page.locator("button[name=add]:visible").last.click()
        page.wait_for_load_state()
    check_patients_page(page)
    page.get_by_role("button", name="Continue").first.click()
    go_on(page, check_errors=True)
    page.get_by_label("Full name").fill("Juneflorentina" * 6 + " Demo")
    for part, value in {"Month": "3", "Day": "9", "Year": "1951"}.items():
        page.get_by_label(part).fill(value)
    page.get_by_label("Your name").fill("Anna Demo")
    go_on(page)
    go_on(page, check_errors=True)
    for box in page.get_by_role("textbox", name="phone").all():
        box.fill("718 555 0167")
    page.get_by_text("No phone, or").click()
    check_patients_page(page)
    go_on(page)
    page.locator("input[name=wants_help][value=yes]").check()
    go_on(page, check_errors=True)
    page.locator("input[name=insurance]").first.check()
    go_on(page, check_errors=True)  # the check page
    page.get_by_role("button", name="Send my request").click()
    expect(page.locator(".ref")).to_be_visible()
    check_patients_page(page)
    receipt = page.url
    appointment_requests = AppointmentRequest.objects.order_by("pk").last()
    hold = appointment_requests.appointments.get()
    slot = Slot(hold.starts_at, hold.practitioner_id, hold.location_id)
    lifecycle.confirm(appointment_requests.pk, slot, by=lifecycle.staff(clerk), now=timezone.now())
    page.goto(receipt)
    check_patients_page(page)
    for path in ("/request/stop/", receipt.replace(site, "").replace("sent", "you"), "/nowhere/"):
        page.context.clear_cookies()
        page.goto(site + path)
        check_patients_page(page)


def test_every_page_of_the_desk_and_the_sign_in_are_accessible(site, open_page, desk_page, clerk):
    signed_out = open_page()
    signed_out.goto(f"{site}/admin/")
    check(signed_out)
    clerk.groups.add(Group.objects.get(name="Manager"), Group.objects.get(name="Desk lead"))
    page = desk_page()
    waiting = list(AppointmentRequest.objects.filter(status="new").order_by("respond_by")[:4])
    others = [AppointmentRequest.objects.filter(status=status).last() for status in AppointmentRequest.Status]
    requests = [f"/admin/desk/requests/{one.reference}/?itself" for one in [*waiting, *others]]
    one, other = waiting[0].reference, waiting[1].reference
    requests += [f"/admin/desk/requests/{one}/patient/", f"/admin/desk/requests/{one}/merge/{other}/"]
    requests.append(f"/admin/desk/letters/{Message.objects.filter(status='to_print').last().pk}/")
    appointment = Appointment.objects.filter(status="booked").last()
    day = f"/admin/desk/day/{appointment.starts_at.astimezone(appointment.location.tz):%Y-%m-%d}/"
    Practitioner.objects.filter(pk=appointment.practitioner_id).update(user=clerk)
    seen = Appointment.objects.filter(status="fulfilled").exclude(patient=appointment.patient).first().patient
    persons = [(appointment.patient, ""), (appointment.patient, "export/"), (appointment.patient, "erase/")]
    requests += [f"/admin/desk/patients/{who.random_id}/{act}" for who, act in [*persons, (seen, "erase/")]]
    dated = [day, f"{day}?by=practitioner", f"{day}sheet/", f"/admin/desk/calendar/?span=week&day={day[-11:-1]}"]
    dated.append(f"/admin/desk/calendar/?day={day[-11:-1]}&rescheduling={appointment.pk}")
    acts = [f"/admin/desk/appointments/{appointment.pk}/{act}/" for act in ("cancel", "reschedule", "next")]
    small = []
    for path in [*DESK, *requests, *dated, *acts]:
        page.goto(site + path)
        check(page, DESK_WIDTHS)
        if path not in TABLES:
            small += small_targets(page, 24)
    assert small == []
    page.goto(f"{site}/admin/desk/calendar/?span=week&day={day[-11:-1]}")
    page.locator("details.slot > summary").first.click()
    check(page, widths=(1024,))
    page.goto(f"{site}/admin/desk/calendar/?span=week&day={day[-11:-1]}&rescheduling={appointment.pk}")
    page.locator(".slot--rescheduling > summary, .slot--fits summary").first.click()
    check(page, widths=DESK_WIDTHS)
    page.get_by_role("searchbox").fill("demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/*/")
    page.keyboard.press("?")
    check(page, widths=DESK_WIDTHS)
    page.goto(f"{site}/admin/desk/book/?reason=broken-bone")
    page.get_by_label("Name, phone, or DOB").fill("demo")
    page.keyboard.press("Enter")
    page.get_by_text("Has an open request").first.wait_for()
    check(page, widths=DESK_WIDTHS)


def test_a_fault_of_one_among_many_would_be_found(site, open_page):
    page = open_page()
    page.goto(f"{site}/glossary/")
    page.evaluate("document.querySelector('main dd:last-of-type, main p:last-of-type').style.color = '#999'")
    page.evaluate(AXE)
    assert len(pale_words(page)) == 1
    page.evaluate("document.documentElement.lang = ''")
    with pytest.raises(AssertionError, match="html-has-lang"):
        check(page)


def press_through(page, *, choose=(), write=()):
    """Answer a page with the keyboard alone: Tab to each control, Space or text, Enter on the button."""
    for name in choose:
        tab_to(page, f"document.activeElement.name === '{name}'")
        page.keyboard.press("Space")
    for name, text in write:
        tab_to(page, f"document.activeElement.name === '{name}'")
        page.keyboard.type(text)
    tab_to(page, "document.activeElement.matches('main form button.btn-primary')")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page, there, most=150):
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    raise AssertionError(f"Tab never led there: {there}")


def test_a_request_can_be_made_with_the_keyboard_alone(site, open_page):
    page = open_page()
    page.goto(f"{site}/request/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press_through(page)
    press_through(page, choose=["reason", "returning"])
    for button in ("add", "go"):
        tab_to(page, f"document.activeElement.name === '{button}'")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    birth = [("birth_date_month", "3"), ("birth_date_day", "9"), ("birth_date_year", "1951")]
    press_through(page, write=[("name", "June Demo"), *birth])
    press_through(page, write=[("phone", "718 555 0167")])
    press_through(page, choose=["insurance"])
    press_through(page)
    page.wait_for_url("**/sent/")
    assert page.locator(".ref").is_visible()
