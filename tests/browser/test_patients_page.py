"""What a patient does behind the private link, on a phone: accept an offer, ask for another time, cancel, and slip."""

import pytest
from django.utils import timezone

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from booking.notifications import links
from booking.scheduling.slots import Slot
from tests.browser.test_accessible import check

PHONE = 390
Asked, Visit = AppointmentRequest.Status, Appointment.Status


@pytest.fixture
def phone(open_page, site):
    """A patient's phone on the page of a request, without scripts."""

    def opened(asked, *, known=True):
        page = open_page(PHONE)
        page.goto(f"{site}/visit/{links.secret(asked)}/")
        if known:
            give_birth_date(page, asked.patient.birth_date)
        return page

    return opened


def give_birth_date(page, day):
    for part, value in {"Month": day.month, "Day": day.day, "Year": day.year}.items():
        page.get_by_label(part).fill(str(value))
    page.get_by_role("button", name="Show the rest").click()


def press(page, name):
    page.get_by_role("button", name=name).click()


def an_offered_request():
    return AppointmentRequest.objects.filter(status=Asked.OFFERED).first()


def a_visit():
    """One that our answer would come well before."""
    later = timezone.now() + timezone.timedelta(days=8)
    visits = Appointment.objects.filter(status=Visit.BOOKED, starts_at__gt=later, visit_type__is_public=True)
    return visits.select_related("request__patient").filter(request__patient__email__gt="").first()


def test_an_offered_time_is_accepted(phone, site):
    asked = an_offered_request()
    page = phone(asked, known=False)
    check(page, widths=(320, PHONE))
    assert page.get_by_role("radio").count() == 0
    give_birth_date(page, asked.patient.birth_date)
    check(page, widths=(320, PHONE))
    press(page, "Send my answer")
    assert "Choose one of the times" in page.get_by_role("alert").inner_text()
    check(page, widths=(PHONE,))
    page.get_by_role("radio").first.check()
    press(page, "Send my answer")
    assert page.get_by_role("heading", level=1).inner_text() == "Your visit is set"
    check(page, widths=(320, PHONE))
    asked.refresh_from_db()
    assert asked.status == Asked.CONFIRMED


def test_another_time_is_asked_for_and_the_visit_moves_when_the_desk_confirms(phone, site, clerk):
    visit = a_visit()
    page = phone(visit.request)
    page.get_by_role("link", name="Ask for another time").click()
    check(page, widths=(320, PHONE))
    page.get_by_role("link", name="Later days").first.click()
    page.locator("button[name=add]").first.click()
    press(page, "Continue with 1 time")
    check(page, widths=(320, PHONE))
    press(page, "Ask for another time")
    assert page.get_by_role("heading", level=1).inner_text() == "You asked for another time"
    check(page, widths=(320, PHONE))
    visit.refresh_from_db()
    asked, before = visit.replaced_by_requests.get(), visit.starts_at
    wanted = asked.requested_times.get()
    slot = Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)
    lifecycle.confirm(asked.pk, slot, by=lifecycle.desk(clerk), now=timezone.now())
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "Your visit is set"
    visit.refresh_from_db()
    assert before != visit.starts_at == slot.starts_at


def test_the_wanted_times_of_a_waiting_request_are_changed(phone):
    asked = AppointmentRequest.objects.filter(status=Asked.NEW, replaces=None, wants_call=False).first()
    page = phone(asked)
    page.get_by_role("link", name="Change my times").click()
    check(page, widths=(320, PHONE))
    press(page, "Remove 1st choice")
    page.locator("button[name=add]").first.click()
    page.get_by_role("button", name="Continue with").click()
    press(page, "Change my times")
    assert "You changed your times." in page.locator("main").inner_text()


def test_a_visit_is_cancelled(phone):
    visit = a_visit()
    page = phone(visit.request)
    check(page, widths=(320, PHONE))
    page.get_by_role("link", name="Cancel this visit").click()
    check(page, widths=(320, PHONE))
    press(page, "Cancel this visit")
    assert page.get_by_role("heading", level=1).inner_text() == "You cancelled this visit"
    visit.refresh_from_db()
    assert visit.status == Visit.CANCELLED


def test_a_wrong_birth_date_shows_nothing_and_after_three_one_waits(phone):
    visit = a_visit()
    page = phone(visit.request, known=False)
    right = visit.request.patient.birth_date
    for _ in range(2):
        give_birth_date(page, right.replace(year=right.year - 1))
        assert "This is not the birth date that we have" in page.get_by_role("alert").inner_text()
    check(page, widths=(320, PHONE))
    give_birth_date(page, right.replace(year=right.year - 1))
    assert "Wait 15 minutes, or call us" in page.get_by_role("alert").inner_text()
    give_birth_date(page, right)
    assert "What you asked for" not in page.locator("main").inner_text()


def test_a_link_that_opens_nothing_says_what_to_do(open_page, site):
    page = open_page(PHONE)
    page.goto(f"{site}/visit/nothing/")
    assert page.get_by_role("heading", level=1).inner_text() == "This link does not open a page"
    check(page, widths=(320, PHONE))
