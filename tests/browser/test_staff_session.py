"""The warning before an idle clerk is signed out: answered by the keyboard, and what happens without an answer."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from booking.models import AppointmentRequest, Event
from tests.browser.checks import check, small_targets
from tests.browser.conftest import PASSWORD

NOTE = "Comes with a daughter, Ana"
HALF_TYPED = "[name=note]"


@pytest.fixture
def idle_page(site, desk_page, time_machine):
    """`page = idle_page(path)`: a page of the desk; `idle_page.wait(minutes)` moves its clock and the server's."""

    class IdlePage:
        def __call__(self, path, width=1280):
            self.now = timezone.now()
            self.page = desk_page(width)
            self.page.clock.install(time=self.now)
            self.page.goto(f"{site}{path}")
            return self.page

        def wait(self, minutes):
            self.now += timedelta(minutes=minutes)
            time_machine.move_to(self.now)
            self.page.clock.fast_forward(int(minutes * 60 * 1000))

    return IdlePage()


@pytest.fixture
def note_page(site):
    appointment_request = AppointmentRequest.objects.filter(status="new").first()
    return f"/admin/desk/requests/{appointment_request.reference}/?itself"


def warning(page):
    return page.get_by_role("heading", name="Are you still there?")


@pytest.mark.parametrize("key", ["Enter", "Space", "Escape"])
def test_the_warning_is_answered_with_one_key_and_what_was_typed_stays(idle_page, note_page, key):
    page = idle_page(note_page)
    page.locator(HALF_TYPED).first.fill(NOTE)
    idle_page.wait(12)
    expect(warning(page)).to_be_hidden()
    idle_page.wait(1.5)
    expect(warning(page)).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    page.keyboard.press(key)
    expect(warning(page)).to_be_hidden()
    idle_page.wait(12)
    page.locator(HALF_TYPED).locator("~ button").first.click()
    page.wait_for_load_state()
    assert Event.objects.filter(verb="add_note", note=NOTE).exists()


def test_without_an_answer_the_page_is_covered_and_goes_on_after_a_new_sign_in(idle_page, note_page, clerk):
    page = idle_page(note_page)
    page.locator(HALF_TYPED).first.fill(NOTE)
    idle_page.wait(14)
    expect(warning(page)).to_be_visible()
    idle_page.wait(1.1)
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(page.get_by_role("main")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_be_hidden()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    sign_in(opened.value, clerk)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.locator(HALF_TYPED).first).to_have_value(NOTE)
    page.locator(HALF_TYPED).locator("~ button").first.click()
    page.wait_for_load_state()
    assert Event.objects.get(verb="add_note", note=NOTE).by == clerk


def sign_in(tab, user):
    tab.get_by_label("Username").fill(user.username)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/admin/**")


def test_the_page_of_one_person_is_not_uncovered_for_another(idle_page, note_page, clerk):
    other = User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    page = idle_page(note_page)
    page.locator(HALF_TYPED).first.fill(NOTE)
    idle_page.wait(15.1)
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    sign_in(opened.value, other)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You don’t have access to this")).to_be_visible()
    assert NOTE not in page.content()


def test_typing_is_activity_although_it_sends_nothing(idle_page, note_page):
    page = idle_page(note_page)
    for _ in range(3):
        idle_page.wait(10)
        with page.expect_response("**/account/stay/"):
            page.locator(HALF_TYPED).first.press("a")
    expect(warning(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("main")).to_be_visible()


def test_another_tab_that_is_in_use_keeps_this_one_from_warning(idle_page, note_page, site):
    page = idle_page(note_page)
    idle_page.wait(10)
    assert page.context.request.get(f"{site}/admin/desk/").ok
    idle_page.wait(4)
    page.wait_for_load_state("networkidle")
    expect(warning(page)).to_be_hidden()
    idle_page.wait(9.5)
    expect(warning(page)).to_be_visible()


@pytest.mark.parametrize("path", ["/admin/", "/admin/desk/"])
def test_the_warning_and_the_cover_are_accessible(idle_page, path):
    page = idle_page(path)
    idle_page.wait(13.5)
    expect(warning(page)).to_be_visible()
    check(page, widths=(320, 1024, 1440))
    small = [each for each in small_targets(page, 24) if "Continue" in each or "Sign" in each or "Stay" in each]
    assert small == []
    idle_page.wait(2)
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    check(page, widths=(320, 1024, 1440))


def test_back_after_signing_out_shows_nothing_of_the_patients(site, desk_page):
    page = desk_page(1280)
    page.goto(f"{site}/admin/desk/day/")
    page.get_by_role("button", name="Sign out").click()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_without_scripts_an_idle_clerk_is_signed_out_at_the_next_page_and_told_why(site, desk_page, time_machine):
    page = desk_page(1280, scripts=False)
    time_machine.move_to(timezone.now() + timedelta(minutes=15))
    page.goto(f"{site}/admin/desk/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("You were signed out after 15 minutes without activity.")).to_be_visible()
