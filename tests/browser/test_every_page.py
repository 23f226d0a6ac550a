"""Every address of the site is opened once: no page asks another site for anything, or does what its policy forbids."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from booking.models import AppointmentRequest
from procedures.pictures.intake import keep, read
from tests.addresses import addresses
from tests.whole_practice import DRAWING

pytestmark = pytest.mark.once
FILES = {"patient_page:calendar", "desk:sheet_file", "sitemap"}  # saved, or drawn by the browser itself


@pytest.fixture
def all_addresses(site):
    """Each address, with rows of the demo."""
    keep(read(DRAWING), name="bone", description="A bone", by=None, now=timezone.now())
    appointment_request = AppointmentRequest.objects.filter(status="confirmed", flow_key__isnull=False).first()
    found = addresses(appointment_request, str(appointment_request.flow_key))
    return {name: address for name, address in found.items() if name not in FILES}


@pytest.fixture
def root_page(open_page, sign_in):
    """A page of a superuser who is signed in."""
    page = open_page()
    sign_in(page, User.objects.create_superuser("root"))
    return page


def test_no_page_asks_another_site_or_does_what_its_policy_forbids(site, open_page, root_page, all_addresses):
    visitor, opened = open_page(), 0
    for name, address in all_addresses.items():
        for_staff = address.startswith("/admin/") and not address.startswith("/admin/login/")
        answer = (root_page if for_staff else visitor).goto(site + address)
        assert answer.status < 500, name
        opened += answer.ok
    assert opened > 200
