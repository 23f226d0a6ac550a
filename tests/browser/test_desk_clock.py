"""Countdowns of the desk run by the server's clock, however wrong the clerk's is."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

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
