"""The desk in a flood: folded rows, and the act that closes all of one origin; without a script, too."""

import re
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import AppointmentRequest, Reason
from tests.browser.checks import check, small_targets

ORIGIN = "f" * 32


@pytest.fixture
def flood(site, settings):
    """Five requests of one person, from one network."""
    settings.OPEN_REQUESTS_PER_PERSON = 1
    reason, now = Reason.objects.get(slug="broken-bone"), timezone.now()
    person = {"name": "Robot Demo", "birth_date": date(1980, 1, 1), "email": "robot@example.org"}
    asked = {"reason": reason, "appointment_type": reason.appointment_type_new, "wants_call": True}
    drafts = [lifecycle.Draft(dict(person), dict(asked), origin=ORIGIN) for _ in range(5)]
    return [lifecycle.submit(draft, now=now) for draft in drafts]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_flood_stands_folded_and_is_closed_and_brought_back(site, desk_page, flood, scripts):
    page = desk_page(scripts=scripts)
    AppointmentRequest.objects.filter(pk=flood[0].pk).update(respond_by=timezone.now())  # first in the queue
    page.goto(f"{site}/admin/desk/")
    expect(page.get_by_text("Robot Demo")).to_have_count(1)
    page.get_by_text("4 more from the same person").click()
    expect(page.get_by_role("link", name=str(flood[4]))).to_be_visible()
    if scripts:
        check(page)
        assert small_targets(page, 24) == []
    page.goto(f"{site}/admin/desk/requests/{flood[0].reference}/")
    page.get_by_role("link", name="Not a real request?").click()
    expect(page.get_by_text(re.compile("4 more from the same place"))).to_be_visible()
    if scripts:
        check(page)
        assert small_targets(page, 24) == []
    page.get_by_role("button", name="End without a message").click()
    expect(page.get_by_text("Robot Demo")).to_have_count(1)  # in the bar that undoes it
    assert not AppointmentRequest.objects.filter(origin=ORIGIN, status="new").exists()
    page.get_by_role("button", name="Undo").click()
    assert AppointmentRequest.objects.filter(origin=ORIGIN, status="new").count() == 5
