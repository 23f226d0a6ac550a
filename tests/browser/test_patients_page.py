"""What a patient does behind the private link, on a phone: accept an offer, ask for another time, cancel, mistype."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import links, not_you
from booking.scheduling.slots import Slot
from tests.browser.checks import check_patients_page, sideways

PHONE = 390
RequestStatus, AppointmentStatus = AppointmentRequest.Status, Appointment.Status


@pytest.fixture
def phone(open_page, site):
    """A patient's phone on the page of a request, without scripts."""

    def opened(appointment_request, *, known=True):
        page = open_page(PHONE)
        page.goto(f"{site}/visit/{links.secret(appointment_request)}/")
        if known:
            give_birth_date(page, appointment_request.patient.birth_date)
        return page

    return opened


def give_birth_date(page, day):
    for part, value in {"Month": day.month, "Day": day.day, "Year": day.year}.items():
        page.get_by_label(part).fill(str(value))
    page.get_by_role("button", name="Show the rest").click()


def press(page, name):
    page.get_by_role("button", name=name).click()


def choose(page, clock):
    """Open a time and take it with the first provider who has it."""
    clock.click()
    page.locator("button[name=add]:visible").first.click()


def an_offered_request():
    return AppointmentRequest.objects.filter(status=RequestStatus.OFFERED).first()


def an_appointment():
    """An appointment that is later than our response deadline, so that its patient can ask for another time."""
    later = timezone.now() + timezone.timedelta(days=8)
    appointments = Appointment.objects.filter(
        status=AppointmentStatus.BOOKED, starts_at__gt=later, appointment_type__is_public=True
    )
    return (
        appointments.select_related("appointment_request__patient")
        .filter(appointment_request__patient__email__gt="")
        .first()
    )


def test_an_offered_time_is_accepted(phone, site):
    appointment_request = an_offered_request()
    page = phone(appointment_request, known=False)
    check_patients_page(page, widths=(320, PHONE))
    assert page.get_by_role("radio").count() == 0
    give_birth_date(page, appointment_request.patient.birth_date)
    check_patients_page(page, widths=(320, PHONE))
    press(page, "Send my answer")
    expect(page.get_by_role("alert")).to_contain_text("Choose one of the times")
    check_patients_page(page, widths=(PHONE,))
    page.get_by_role("radio").first.check()
    press(page, "Send my answer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")
    check_patients_page(page, widths=(320, PHONE))
    appointment_request.refresh_from_db()
    assert appointment_request.status == RequestStatus.CONFIRMED


def test_a_patient_asks_for_another_time_and_the_desk_confirms_it(phone, site, clerk):
    appointment = an_appointment()
    page = phone(appointment.appointment_request)
    page.get_by_role("link", name="Ask for another time").click()
    check_patients_page(page, widths=(320, PHONE))
    page.get_by_role("link", name="Later days").first.click()
    choose(page, page.locator(".clocks summary").last)  # the first may be at the same time with someone else
    press(page, "Continue")
    check_patients_page(page, widths=(320, PHONE))
    press(page, "Ask for these times")
    expect(page.get_by_role("heading", level=1)).to_have_text("You asked for another time")
    check_patients_page(page, widths=(320, PHONE))
    appointment.refresh_from_db()
    appointment_request, before = appointment.replaced_by_requests.get(), appointment.starts_at
    wanted = appointment_request.requested_times.get()
    slot = Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)
    lifecycle.confirm(appointment_request.pk, slot, by=lifecycle.staff(clerk), now=timezone.now())
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment moved")
    appointment.refresh_from_db()
    assert before != appointment.starts_at == slot.starts_at


def test_the_preferred_times_of_an_open_request_are_changed(phone):
    appointment_request = AppointmentRequest.objects.filter(
        status=RequestStatus.NEW, replaces=None, wants_call=False
    ).first()
    page = phone(appointment_request)
    page.get_by_role("link", name="Change my times").click()
    check_patients_page(page, widths=(320, PHONE))
    press(page, "Remove 1st choice")
    choose(page, page.locator(".clocks summary").first)
    press(page, "Continue")
    press(page, "Save these times")
    expect(page.locator("main")).to_contain_text("You changed the times.")


def test_a_patient_cancels_an_appointment(phone):
    appointment = an_appointment()
    page = phone(appointment.appointment_request)
    check_patients_page(page, widths=(320, PHONE))
    page.get_by_role("link", name="Cancel this appointment").click()
    check_patients_page(page, widths=(320, PHONE))
    press(page, "Cancel this appointment")
    expect(page.get_by_role("heading", level=1)).to_have_text("You canceled this appointment")
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.CANCELLED


def test_a_wrong_date_of_birth_shows_nothing_and_after_three_tries_the_patient_must_wait(phone):
    appointment = an_appointment()
    page = phone(appointment.appointment_request, known=False)
    right = appointment.appointment_request.patient.birth_date
    for _ in range(2):
        give_birth_date(page, right.replace(year=right.year - 1))
        expect(page.get_by_role("alert")).to_contain_text("This is not the date of birth that we have")
    check_patients_page(page, widths=(320, PHONE))
    give_birth_date(page, right.replace(year=right.year - 1))
    expect(page.get_by_role("alert")).to_contain_text("Wait 15 minutes, or call us")
    give_birth_date(page, right)
    assert "What you asked for" not in page.locator("main").inner_text()


def test_a_link_that_opens_nothing_says_what_to_do(open_page, site):
    page = open_page(PHONE)
    page.goto(f"{site}/visit/nothing/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not open a page")
    check_patients_page(page, widths=(320, PHONE))


def test_somebody_stops_emails_that_are_not_for_them(open_page, site):
    appointment_request = AppointmentRequest.objects.exclude(patient__email="").select_related("patient").first()
    page = open_page(PHONE)
    page.goto(not_you.absolute(appointment_request))
    check_patients_page(page, widths=(320, PHONE))
    press(page, "Not me: stop these emails")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have stopped these emails")
    check_patients_page(page, widths=(320, PHONE))


def one_of_each_kind():
    """A request of each status, and one for each status of an appointment."""
    requests = AppointmentRequest.objects.select_related("patient")
    of_requests = [requests.filter(status=status).first() for status in RequestStatus]
    confirmed = requests.filter(status=RequestStatus.CONFIRMED)
    of_appointments = [confirmed.filter(appointments__status=status).first() for status in AppointmentStatus]
    return filter(None, dict.fromkeys([*of_requests, *of_appointments]))


def test_text_twice_as_large_pushes_nothing_off_a_phone_behind_the_link(site, open_page):
    page, wide, acts = open_page(360), [], {"visit.ics"}
    for appointment_request in one_of_each_kind():
        start = f"{site}/visit/{links.secret(appointment_request)}/"
        page.goto(start)
        give_birth_date(page, appointment_request.patient.birth_date)
        wide += sideways(page)
        linked = page.eval_on_selector_all("main a", "links => links.map(({ href }) => href.replace(/#.*/, ''))")
        new = {link.removeprefix(start) for link in linked if link.startswith(start)} - acts
        for act in new:
            page.goto(start + act)
            wide += sideways(page)
        acts |= new
    assert {"card/", "cancel/", "prepare/", "times/", "another-time/"} < acts
    assert wide == []
