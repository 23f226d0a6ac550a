"""Signed out while typing: the text can still be sent with two clicks and without scripts."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from booking.models import AppointmentRequest, Event
from tests.browser.checks import check, small_targets
from tests.browser.conftest import PASSWORD

NOTE = "Comes with a daughter, Ana <ana@example.org>"


@pytest.fixture
def appointment_request(site):
    return AppointmentRequest.objects.filter(status="new").first()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_note_written_when_the_session_expired_is_kept(site, desk_page, clerk, appointment_request, scripts):
    page = desk_page(1024, scripts=scripts)
    page.goto(f"{site}/admin/desk/requests/{appointment_request.reference}/?itself")
    page.locator("[name=note]").first.fill(NOTE)
    Session.objects.all().delete()
    page.locator("[name=note] ~ button").first.click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(page.get_by_text(NOTE)).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    tab = opened.value
    tab.get_by_label("Username").fill(clerk.username)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/admin/")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="Please send it again")).to_be_visible()
    expect(page.get_by_text("You are signed in as Dmitri.")).to_be_visible()
    assert not Event.objects.filter(verb="add_note", note=NOTE).exists()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="Please send it again")).to_be_hidden()
    assert Event.objects.get(verb="add_note", note=NOTE).by == clerk


def test_a_form_on_another_site_is_refused_in_a_real_browser(site, desk_page, appointment_request):
    page = desk_page(1024)
    page.goto("about:blank")
    page.set_content(
        f"<form method=post action='{site}/admin/desk/requests/{appointment_request.reference}/note/'>"
        f"<input name=note value='{NOTE}'><button>Win a prize</button></form>"
    )
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="We could not check that form")).to_be_visible()
    assert NOTE not in page.content()


def test_the_page_that_shows_a_kept_form_is_accessible(site, desk_page, appointment_request):
    page = desk_page(360)
    page.goto(f"{site}/admin/desk/requests/{appointment_request.reference}/?itself")
    page.locator("[name=note]").first.fill(NOTE)
    Session.objects.all().delete()
    page.locator("[name=note] ~ button").first.click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    check(page, widths=(320, 360, 1024, 1440))
    assert small_targets(page, 24) == []
