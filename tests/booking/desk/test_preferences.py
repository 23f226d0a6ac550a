"""The keyboard shortcut setting: stored per user, and off means off."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import ClerkSetting
from tests.builders import MONDAY, later, make_clerk

pytestmark = pytest.mark.django_db
KEYS, QUEUE = "/admin/desk/keys/", "/admin/desk/"


def are_on(client):
    html = client.get(QUEUE).content.decode()
    return "keys.js" in html, bool(re.search(r'<body class="desk"[^>]* data-keys>', html)), "Keyboard shortcuts" in html


def test_shortcuts_are_on_until_the_user_turns_them_off(client, rosa):
    assert are_on(client) == (True, True, True)
    client.post(KEYS, {"on": "0"})
    assert are_on(client) == (False, False, False)
    client.post(KEYS, {"on": "1"})
    assert are_on(client) == (True, True, True)
    assert ClerkSetting.objects.count() == 1


def test_off_applies_to_this_user_only(client, rosa):
    client.post(KEYS, {"on": "0"})
    client.force_login(make_clerk())
    assert are_on(client) == (True, True, True)


def test_off_stays_off_after_the_next_sign_in(client, rosa):
    client.post(KEYS, {"on": "0"})
    client.logout()
    client.force_login(rosa)
    assert are_on(client) == (False, False, False)


def test_a_get_on_the_settings_url_changes_nothing(client, rosa):
    client.get(KEYS, {"on": "0"})
    assert not ClerkSetting.objects.exists()


@pytest.mark.parametrize(
    "there",
    [
        "/admin/desk/", "/admin/desk/?view=mine", "/admin/desk/day/2026-12-03/?by=practitioner",
        "/admin/desk/calendar/",
    ],
)  # fmt: skip
def test_the_user_returns_to_the_page_where_the_switch_was_pressed(client, rosa, there):
    assert client.post(KEYS, {"on": "0", "next": there})["Location"] == there


def test_the_switch_keeps_the_filters_of_its_page(client, rosa):
    html = client.get(QUEUE, {"view": "mine"}).content.decode()
    assert 'name="next" value="/admin/desk/?view=mine"' in html


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "//evil.example/",
        "//evil.example/admin/desk/",
        "https://evil.example/admin/desk/",
        "//[x/admin/desk/",
        "/admin/",
        "/",
        "x",
        "/nowhere/",
    ],
)
def test_a_url_outside_the_desk_is_not_followed(client, rosa, elsewhere):
    assert client.post(KEYS, {"on": "0", "next": elsewhere})["Location"] == "/admin/desk/day/"


# -- the keys of a page, and where they lead


def request_page(client, appointment_request):
    return client.get(reverse("desk:request", args=[appointment_request.reference])).content.decode()


def tags(html, key):
    """The elements this key moves the focus to, in order; on the rest of the page the key does nothing."""
    return re.findall(rf'<(\w+)[^>]* data-key-focus="{key}"', html)


def neighbors(html):
    return dict(re.findall(r'rel="(next|prev)" data-key="[jk]">[^<]*(?:<span[^>]*>: )?<bdi>(\w+)', html))


def listed(html):
    line = html.partition('<ul class="keys plain"')[2].partition("</ul>")[0]
    return re.findall(r"<kbd>(.)</kbd>", line)


def test_on_a_request_y_o_and_m_move_to_confirm_the_offers_and_the_note(client, clinic, rosa):
    html = request_page(client, clinic.appointment_request(clinic.slot(), clinic.slot(day=4)))
    assert {key: tags(html, key)[0] for key in "yom"} == {"y": "button", "o": "input", "m": "textarea"}
    first = re.search(r'<[^>]* data-key-focus="y"[^>]*>[^<]*', html)[0]
    assert "Confirm Thu" in first
    assert {"y", "o", "m", "j", "k"} <= set(listed(html))


def test_no_key_presses_a_button_that_notifies_a_patient(client, clinic, rosa):
    html = request_page(client, clinic.appointment_request(clinic.slot()))
    pressed = re.findall(r'<button[^>]* data-(?:row-)?key="[^>]*>', html)
    assert pressed == []


def test_without_a_selected_time_y_moves_to_the_first_open_one(client, clinic, rosa):
    html = request_page(client, clinic.appointment_request())
    first = re.search(r'<button[^>]*\sdata-key-focus="y"[^>]*>(.*?)</button>', html, re.DOTALL)[1]
    assert " ".join(re.sub(r"<[^>]+>", "", first).split()) == "Confirm Tue, Nov 24, 10:20 AM EST"


def test_while_a_coworker_has_claimed_it_the_keys_of_its_answers_do_nothing(client, clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.claim(appointment_request.pk, user=make_clerk(), now=MONDAY)
    html = request_page(client, appointment_request)
    assert [tags(html, key) for key in "yom"] == [[], [], ["textarea"]]
    assert {"y", "o", "m", "j"} & set(listed(html)) == {"m", "j"}


def test_j_and_k_move_through_the_queue_in_order(client, clinic, rosa):
    """One request is due first but was created last, and three share a deadline."""
    names = ["One", "Two", "Three"]
    queue = [clinic.appointment_request(patient={"name": f"{name} Demo"}) for name in names]
    queue.insert(0, clinic.appointment_request(patient={"name": "Late Demo"}, now=later(days=-3)))
    assert len({appointment_request.respond_by for appointment_request in queue[1:]}) == 1
    assert [neighbors(request_page(client, appointment_request)) for appointment_request in queue] == [
        {"next": "One"},
        {"prev": "Late", "next": "Two"},
        {"prev": "One", "next": "Three"},
        {"prev": "Two"},
    ]


def test_in_the_slot_finder_t_moves_to_the_times_and_p_to_the_patient(client, clinic, rosa):
    html = client.get("/admin/desk/book/").content.decode()
    assert tags(html, "t") == ["h2"]
    assert re.search(r'<input[^>]*\sid="q"\s+data-key="p"', html)
    found = client.get("/admin/desk/book/", {"reason": "broken-bone"}).content.decode()
    assert tags(found, "t")[0] == "button"
    assert {"t", "p"} <= set(listed(found))


def test_all_keys_are_in_the_list_of_shortcuts(client, clinic, rosa):
    html = client.get(QUEUE).content.decode()
    keys = re.findall(r"<kbd>(.+?)</kbd>", html.partition('class="more all-keys"')[2])
    assert set(keys) == {*"/gqtcnwu?jkyombetpasm[]↑↓←→", "Enter", "Esc"}
