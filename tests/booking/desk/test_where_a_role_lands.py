"""Each role lands on a page that it may see, and a provider on her own day."""

import pytest
from django.contrib.auth.models import User

from clinic.models import Practitioner
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
DESK = "/admin/desk/"


def provider(clinic, role="Clinician"):
    user = make_clerk(role, first_name="Mara")
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(user=user)
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    ("role", "lands"),
    [
        ("Front desk", ""),
        ("Desk lead", ""),
        ("Manager", ""),
        ("Clinician", "/admin/desk/day/"),
        ("Content editor", "/admin/"),
        (None, "/admin/"),
    ],
)
def test_the_desk_greets_no_role_with_a_refusal(client, clinic, role, lands):
    client.force_login(make_clerk(role))
    answer = client.get(DESK)
    assert answer.get("Location", "") == lands
    assert client.get(DESK, follow=True).status_code == 200


def test_a_provider_lands_on_her_own_day(client, clinic):
    client.force_login(provider(clinic))
    assert client.get(DESK)["Location"] == "/admin/desk/my-day/"
    assert "My day" in words(client.get(DESK, follow=True))


@pytest.mark.parametrize("role", ["Clinician", "Desk lead"])
@pytest.mark.parametrize("wanted", ["/admin/", "/admin/desk/calendar/"])
def test_signing_in_leads_there_unless_another_page_was_asked_for(client, clinic, role, wanted):
    user = provider(clinic, role)
    user.set_password("a long enough password")
    user.save()
    posted = {"username": user.username, "password": "a long enough password", "next": wanted}
    answer = client.post("/admin/login/", posted)
    own = "/admin/desk/my-day/"
    assert answer["Location"] == (own if wanted == "/admin/" else wanted)


def test_who_is_no_provider_signs_in_as_ever(client, clinic):
    user = make_clerk()
    user.set_password("a long enough password")
    user.save()
    posted = {"username": user.username, "password": "a long enough password", "next": "/admin/"}
    assert client.post("/admin/login/", posted)["Location"] == "/admin/"


def test_a_user_who_goes_leaves_the_provider(client, clinic):
    provider(clinic).delete()
    clinic.practitioner.refresh_from_db()
    assert clinic.practitioner.user is None
