"""Every page of the staff site has the button that signs out, and none is kept by a browser."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from booking.desk.urls import urlpatterns
from clinic.models import Location
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
BUTTON = re.compile(
    r'<form[^>]*method="post"[^>]*action="/admin/logout/"[^>]*>(?:(?!</form>).)*<button[^>]*type="submit"[^>]*>\s*'
    r"(?:Sign out|Log out)\s*</button>",
    re.DOTALL,
)


def has_button(page):
    """Whether the page shows the button outside of the warning, which is hidden."""
    shown = re.sub(r"<dialog.*?</dialog>", "", page.content.decode(), flags=re.DOTALL)
    return bool(BUTTON.search(shown))


@pytest.fixture
def pages(clinic):
    """A page of every kind: the desk's, the setup's, the user's own."""
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment = clinic.appointment(clinic.slot(hour=11), patient={"name": "Ada Demo", "email": "ada@example.org"})
    keys = {"reference": appointment_request.reference, "pk": appointment.pk, "day": "2026-12-03"}
    named = [
        "queue",
        "search",
        "request",
        "book",
        "today",
        "day",
        "sheet",
        "calendar",
        "cancel",
        "reschedule",
        "correct_patient",
    ]
    routes = {route.name: [name for name in keys if f":{name}>" in str(route.pattern)] for route in urlpatterns}
    desk = [reverse(f"desk:{name}", kwargs={key: keys[key] for key in routes[name]}) for name in named]
    lists = ["auth_user_changelist", "auth_user_add", "clinic_location_changelist", "booking_event_changelist"]
    setup = [reverse(f"admin:{name}") for name in ("index", "password_change", *lists)]
    office = reverse("admin:clinic_location_change", args=[Location.objects.first().pk])
    return [*desk, *setup, office, reverse("account:account"), "/admin/desk/requests/NOSUCH/"]


def test_every_staff_page_shows_the_button_that_signs_out_and_no_browser_keeps_it(client, pages):
    client.force_login(User.objects.create_superuser("root", password="a lantern on the pier"))
    found = {page: client.get(page, follow=True) for page in pages}
    assert [page for page, response in found.items() if not has_button(response)] == []
    assert [page for page, response in found.items() if "no-store" not in response["Cache-Control"]] == []


def test_a_refusal_shows_it_too(client, pages):
    client.force_login(make_clerk("Content editor"))
    refused = client.get("/admin/desk/day/")
    assert refused.status_code == 403
    assert has_button(refused)


def test_a_page_without_the_button_is_found(client, clinic):
    assert not has_button(client.get("/admin/login/"))


def test_the_page_after_signing_out_says_so_and_has_nothing_of_the_desk(client, pages):
    client.force_login(make_clerk())
    page = client.post("/admin/logout/", follow=True)
    assert "You are signed out Sign in again" in words(page)
    assert not has_button(page)
