"""What ends a request or an appointment, in a real browser: one action of each page, and what the page then says."""

import re

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Patient
from clinic.models import ScheduleException
from tests.browser import faces

DESK = "/admin/desk/"


@pytest.fixture
def appointment_request(site):
    """From a patient who asked for a call and has no time yet."""
    return AppointmentRequest.objects.filter(status="new", wants_call=True).first()


@pytest.fixture
def lead(clerk):
    clerk.groups.add(Group.objects.get(name="Desk lead"))
    return clerk


@pytest.fixture
def open_request(site, desk_page):
    def opened(appointment_request, **how):
        page = desk_page(**how)
        page.goto(f"{site}{DESK}requests/{appointment_request.reference}/")
        return page

    return opened


def unfold(page, words):
    page.locator("summary", has_text=words).click()


def done(page, words):
    expect(page.locator(".undo")).to_contain_text(words)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_declining_sends_the_message_of_the_reason(open_request, appointment_request, scripts):
    page = open_request(appointment_request, scripts=scripts)
    unfold(page, "Decline")
    page.get_by_role("radio", name=re.compile("^No suitable time")).check()
    if scripts:
        expect(page.locator("#sentence")).to_have_value(re.compile("don’t have an open time that fits"))
    page.get_by_role("button", name="Decline this request").click()
    done(page, "Declined: ")
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.decline_code) == ("declined", "no_times")
    assert "Next step:" in appointment_request.answer


def test_a_request_that_no_time_suits_goes_on_the_waitlist(open_request, appointment_request):
    page = open_request(appointment_request)
    unfold(page, "Waitlist")
    page.get_by_role("button", name="Add to waitlist").click()
    done(page, "Added to the waitlist: ")
    appointment_request.refresh_from_db()
    assert appointment_request.status == "waitlisted"


def test_a_letter_closes_the_request_of_a_patient_who_was_not_reached(open_request, appointment_request):
    Patient.objects.filter(pk=appointment_request.patient_id).update(email="")
    page = open_request(appointment_request)
    unfold(page, "Close with a letter")
    page.locator("#why-close").fill("Moved away, says the daughter.")
    page.get_by_role("button", name="Close this request").click()
    page.get_by_role("link", name="View and print letter").click()
    page.wait_for_url("**/letters/*/")
    appointment_request.refresh_from_db()
    assert appointment_request.status == "closed"


def test_two_requests_from_one_person_are_merged(site, lead, open_request, appointment_request):
    same = {name: getattr(appointment_request.patient, name) for name in ("name", "birth_date", "phone", "email")}
    answers = {
        "reason": appointment_request.reason,
        "appointment_type": appointment_request.appointment_type,
        "wants_call": True,
    }
    twin = lifecycle.submit(lifecycle.Draft(same, answers), now=timezone.now())
    page = open_request(twin)
    page.get_by_role("link", name=f"Compare {appointment_request}").click()
    page.get_by_label(f"Keep {appointment_request}").check()
    page.get_by_label("Why are they the same person?").fill("The same phone, and June says so.")
    page.get_by_role("button", name="Merge into the selected request").click()
    done(page, "Merged")
    twin.refresh_from_db()
    assert (twin.status, twin.duplicate_of) == ("closed", appointment_request)


def test_patient_details_are_corrected(open_request, appointment_request):
    page = open_request(appointment_request)
    page.get_by_role("link", name="Edit patient details").click()
    page.get_by_label("Full name").fill("Corrected O’Demo")
    page.get_by_role("textbox", name="Date of birth").fill("9 March 1951")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Corrected O’Demo")
    expect(page.get_by_text("DOB Mar 9, 1951")).to_be_visible()


def test_an_appointment_is_canceled_and_restored_by_undo(site, desk_page):
    page = desk_page()
    appointment = Appointment.objects.filter(status="booked", starts_at__gt=timezone.now()).latest("starts_at")
    page.goto(f"{site}{DESK}requests/{appointment.appointment_request.reference}/")
    page.get_by_role("link", name="Cancel appointment").click()
    page.locator("input[name=code]").first.check()
    page.get_by_role("button", name=re.compile("^Cancel [A-Z][a-z]{2},")).click()
    done(page, "Canceled")
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_a_walk_in_gets_a_time_today(site, desk_page):
    page = desk_page()
    page.goto(f"{site}{DESK}day/")
    page.get_by_role("link", name=re.compile("walk-in", re.IGNORECASE)).first.click()
    page.locator(".walk-in button[name=hold]").first.click()
    page.get_by_label("Reason").first.select_option(index=1)
    page.get_by_label("New or returning").select_option("yes")
    page.get_by_label("Full name").fill("Wanda Walker-In")
    page.get_by_role("textbox", name="Date of birth").fill("3/9/1951")
    page.get_by_label("Phone", exact=True).fill("718 555 0188")
    page.get_by_role("button", name=re.compile("^Book ")).click()
    done(page, "Booked: ")
    appointment_request = AppointmentRequest.objects.get(patient__name="Wanda Walker-In")
    assert (appointment_request.channel, appointment_request.status) == ("walk_in", "confirmed")
    assert appointment_request.appointments.get().status == "arrived"


def test_a_closure_removes_its_times_from_the_calendar(site, lead, desk_page):
    page = desk_page()
    page.goto(f"{site}/admin/clinic/scheduleexception/add/")
    day = timezone.localdate(timezone.now()) + timezone.timedelta(days=56)  # a Wednesday, too
    for field in ("first_day", "last_day"):
        page.locator(f"[name={field}]").fill(day.isoformat())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert ScheduleException.objects.filter(first_day=day).exists()
    page.goto(f"{site}{DESK}calendar/?day={day.isoformat()}&span=day")
    expect(page.get_by_text("Closed").first).to_be_visible()


def test_the_selection_survives_a_refusal_and_other_times_can_still_be_found(open_request, appointment_request):
    page = open_request(appointment_request, scripts=False)
    ticks = page.get_by_label(re.compile(r"^\s*Offer [A-Z][a-z]{2},"))
    for n in range(4):
        ticks.nth(n).check()
    page.get_by_role("button", name="Offer selected times").click()
    expect(page.get_by_role("alert")).to_contain_text("Offer 1 to 3 times.")
    assert page.locator("input[name=offer]:checked").count() == 4
    for _again in range(2):
        page.get_by_role("button", name="More open times").click()
    expect(page.locator("input[name=offer]:checked")).to_have_count(4)
    for _again in range(2):
        page.locator("input[name=offer]:checked").first.uncheck()
    page.get_by_role("button", name="Offer selected times").click()
    done(page, "Offered: ")
    assert appointment_request.appointments.filter(status="held").count() == 2


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_enter_finds_the_patient_before_a_reason_is_chosen(site, desk_page, scripts):
    page = desk_page(1024, scripts=scripts)
    known = AppointmentRequest.objects.filter(status="new").first().patient
    page.goto(f"{site}{DESK}book/")
    page.get_by_label("Name, phone, or DOB").fill(f"{known.name} {known.birth_date:%-d %B %Y}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name=re.compile(re.escape(known.name)))).to_be_checked()
    expect(page.get_by_role("link", name=re.compile("^View it"))).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_back_from_a_person_leads_to_the_search_results(site, desk_page):
    page = desk_page()
    page.get_by_role("searchbox").fill("demo")
    page.get_by_role("searchbox").press("Enter")
    page.locator("[data-row]").first.click()
    page.wait_for_url("**/patients/*/")
    page.go_back()
    expect(page.get_by_role("heading", name="Search")).to_be_visible()
    assert page.locator("[data-row]").count() > 1


def test_the_call_list_fits_a_small_desk_screen(site, desk_page):
    page = desk_page(1024)
    page.goto(f"{site}/admin/desk/?view=to-call")
    page.evaluate("document.querySelector('.due').textContent = '12 h 59 min left (desk hours)'")
    for face in faces.in_each(page):
        assert page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.call'))") <= 0, face


def test_the_queue_fits_a_small_desk_screen_whatever_it_says(site, desk_page, clerk):
    waiting = AppointmentRequest.objects.filter(status="new").order_by("respond_by")
    lifecycle.claim(waiting[1].pk, user=clerk, now=timezone.now())
    Patient.objects.filter(pk=waiting[0].patient_id).update(name="x" * 110)
    page = desk_page(1024)
    page.evaluate("document.querySelector('.due').textContent = '12 h 59 min left (desk hours)'")
    for face in faces.in_each(page):
        assert page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))") <= 0, face
