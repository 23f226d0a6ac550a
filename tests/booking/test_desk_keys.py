"""The switch of the shortcut keys: each person's own, kept, and off means off."""

import pytest

from booking.models import ClerkSetting
from tests.builders import Clinic, make_clerk

pytestmark = pytest.mark.django_db
KEYS, QUEUE = "/admin/desk/keys/", "/admin/desk/"


@pytest.fixture
def rosa(client):
    Clinic()
    user = make_clerk()
    client.force_login(user)
    return user


def are_on(client):
    html = client.get(QUEUE).content.decode()
    return "keys.js" in html, '<body class="desk" data-keys>' in html, "Shortcut keys" in html


def test_they_are_on_until_a_person_turns_them_off(client, rosa):
    assert are_on(client) == (True, True, True)
    client.post(KEYS, {"on": "0"})
    assert are_on(client) == (False, False, False)
    client.post(KEYS, {"on": "1"})
    assert are_on(client) == (True, True, True)
    assert ClerkSetting.objects.count() == 1


def test_off_is_off_for_this_person_alone(client, rosa):
    client.post(KEYS, {"on": "0"})
    client.force_login(make_clerk())
    assert are_on(client) == (True, True, True)


def test_off_stays_off_at_the_next_sign_in(client, rosa):
    client.post(KEYS, {"on": "0"})
    client.logout()
    client.force_login(rosa)
    assert are_on(client) == (False, False, False)


def test_looking_at_the_address_of_the_switch_changes_nothing(client, rosa):
    client.get(KEYS, {"on": "0"})
    assert not ClerkSetting.objects.exists()


@pytest.mark.parametrize("there", ["/admin/desk/", "/admin/desk/day/2026-12-03/", "/admin/desk/calendar/"])
def test_one_is_back_where_the_switch_was_pressed(client, rosa, there):
    assert client.post(KEYS, {"on": "0", "next": there})["Location"] == there


@pytest.mark.parametrize(
    "elsewhere", ["", "//evil.example/", "https://evil.example/", "/admin/", "/", "x", "/nowhere/"]
)
def test_an_address_outside_the_desk_is_not_followed(client, rosa, elsewhere):
    assert client.post(KEYS, {"on": "0", "next": elsewhere})["Location"] == "/admin/desk/day/"
