"""Countdowns of the desk run by the server's clock, however wrong the clerk's is."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import AppointmentRequest

BOOK = "/admin/desk/book/?reason=broken-bone"
WRONG_BY = [timedelta(hours=-26), timedelta(hours=-3), timedelta(minutes=-7), timedelta(hours=5), timedelta(days=40)]


def test_a_countdown_is_right_on_a_computer_whose_clock_is_wrong(site, desk_page):
    page = desk_page()
    for wrong_by in WRONG_BY:
        page = page.context.new_page()
        page.clock.install(time=timezone.now() + wrong_by)
        page.goto(site + BOOK)
        page.locator("button[name=hold]").first.click()
        expect(page.locator("[data-until]")).to_have_text(re.compile(r"^\((5:00|[34]:\d\d)\)$"))
        shown = page.evaluate("Date.now()") / 1000 - timezone.now().timestamp()
        assert abs(shown - wrong_by.total_seconds()) < 120  # the page did not see the right time


def test_the_queue_says_by_itself_what_came_and_moves_no_row(site, desk_page):
    offered = AppointmentRequest.objects.filter(status="offered", offer_until__gt=timezone.now()).first()
    page = desk_page().context.new_page()
    page.clock.install()
    page.goto(f"{site}/admin/desk/")
    count, rows = page.locator(".views [data-count]").first, page.locator("[data-row]").all_text_contents()
    before = int(count.text_content())
    lifecycle.refuse_offer(offered.pk, by=lifecycle.PATIENT, now=timezone.now())
    page.clock.run_for(31_000)
    expect(page.get_by_role("link", name=re.compile("^1 new since"))).to_be_visible()
    expect(count).to_have_text(str(before + 1))
    assert page.locator("[data-row]").all_text_contents() == rows
    page.get_by_role("link", name=re.compile("^1 new since")).click()
    expect(page.locator("[data-row]")).to_have_count(len(rows) + 1)
