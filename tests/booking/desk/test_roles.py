"""What a role finds on the desk's pages. Who may open and do what is in tests/authorization/matrix.py."""

import re

import pytest
from django.urls import reverse

from booking import roles
from tests.builders import make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def addresses(clinic):
    """The addresses of a request, and of a day with an appointment."""
    clinic.appointment(clinic.slot(day=4))
    sent = clinic.appointment_request(clinic.slot())
    of_request = {name: reverse(f"desk:{name}", args=[sent.reference]) for name in ("request", "times", "confirm")}
    return of_request | {"day": reverse("desk:day", args=["2026-12-04"])}


def test_a_refusal_says_why_and_a_revoked_right_is_gone_at_the_next_click(client, addresses):
    clerk = make_clerk(roles.LEAD)
    client.force_login(clerk)
    assert client.get(addresses["request"]).status_code == 200
    clerk.groups.clear()
    for refused in (client.get(addresses["request"]), client.post(addresses["confirm"], {"version": "1"})):
        assert refused.status_code == 403
        assert "Your role doesn’t include it." in refused.text


def test_a_clinician_sees_the_day_without_links_that_would_be_refused(client, addresses):
    client.force_login(make_clerk(roles.CLINICIAN))
    html = client.get(addresses["day"]).text
    assert "June Demo" in html
    assert "/admin/desk/requests/" not in html
    assert "/admin/desk/book/" not in html
    assert "/cancel/" not in html


def test_a_manager_can_read_a_request_but_has_no_buttons(client, addresses):
    client.force_login(make_clerk(roles.MANAGER))
    html = client.get(addresses["request"]).text
    assert "First choice" in html
    assert 'name="slot"' not in html
    main = html.partition("<main")[2].partition("</main>")[0]
    only_shows = addresses["times"]
    assert not re.findall(rf'<button(?![^>]*(?:disabled|hidden|formaction="{only_shows}#answer"))', main)
