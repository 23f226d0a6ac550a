"""A filter that names nothing on the page hides nobody, and the page says so."""

import pytest

from booking import lifecycle
from tests.builders import MONDAY
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DESK = "/admin/desk/"
DAY = f"{DESK}day/2026-12-03/"
UNKNOWN = {
    f"{DAY}?with=nobody": "everyone is shown",
    f"{DAY}?by=practitioner&with=nobody": "everyone is shown",
    f"{DAY}?place=nowhere": "everyone is shown",
    f"{DAY}sheet/?with=nobody": "everyone is shown",
    f"{DESK}calendar/?day=2026-12-03&with=nobody": "everyone is shown",
    f"{DESK}calendar/?day=2026-12-03&span=week&place=nowhere": "everyone is shown",
    f"{DESK}?view=nothing": "All open requests are shown",
    f"{DESK}?view=to-call&only=nothing": "everyone is shown",
    f"{DESK}history/?by=999": "Everyone’s history is shown",
    f"{DESK}history/?by=x": "Everyone’s history is shown",
    f"{DESK}history/?of=x": "Everyone’s history for the day is shown",
}


def test_an_unknown_filter_hides_nobody_and_the_page_says_so(client, clinic, lead):
    by = lifecycle.staff(lead)
    clinic.appointment(patient={"name": "June Demo", "email": ""})
    request = clinic.appointment_request(patient={"name": "June Demo", "email": ""})
    lifecycle.add_note(request.pk, "Stairs are hard.", by=by, now=MONDAY)
    answered = clinic.appointment_request(patient={"name": "June Demo", "email": ""})
    lifecycle.decline(answered.pk, "other", "Call us.", by=by, now=MONDAY)
    for path, sentence in UNKNOWN.items():
        page = words(client.get(path))
        assert sentence in page, path
        assert "June Demo" in page, path


def test_a_known_filter_is_followed_in_silence(client, clinic, lead):
    clinic.appointment()
    here = f"place={clinic.location.slug}&with={clinic.practitioner.slug}"
    for path in (
        f"{DAY}?{here}&by=practitioner", f"{DAY}sheet/?{here}", f"{DESK}calendar/?day=2026-12-03&{here}",
        f"{DESK}?view=all", f"{DESK}?view=to-call&only=later", f"{DESK}history/?by=system",
        f"{DESK}history/?by={lead.pk}",
    ):  # fmt: skip
        assert "is shown" not in words(client.get(path)), path
