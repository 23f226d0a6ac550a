"""What is typed and ticked on a request's page: no button of the page loses it, whoever was faster."""

import re
from html import unescape

import pytest

from tests.booking.test_desk_request import page_of, press, words
from tests.builders import Clinic, make_clerk

pytestmark = pytest.mark.django_db
NOTE = "She comes with her daughter"
LONG = "x" * 601


@pytest.fixture
def clinic(at):
    at("2026-11-23 10:30")
    return Clinic()


@pytest.fixture
def rosa(client, clinic):
    user = make_clerk()
    client.force_login(user)
    return user


@pytest.fixture
def asked(clinic, rosa):
    return clinic.request(clinic.slot(day=3), clinic.slot(day=4, hour=11))


@pytest.fixture
def dmitri():
    return make_clerk(username="dmitri", first_name="Dmitri")


def content(response):
    return unescape(response.content.decode())


def note_in(response):
    return re.search(r'<textarea[^>]* name="note"[^>]*>(.*?)</textarea>', content(response), re.DOTALL)[1]


def ticked(response):
    return re.findall(r'name="offer"[^>]* value="([^"]+)" checked', content(response))


# -- a half-typed note


@pytest.mark.parametrize("verb", ["times", "claim", "let_go", "take_over"])
def test_a_half_typed_note_stays_with_any_button_of_the_page_and_comes_into_no_address(client, asked, verb):
    if verb == "let_go":
        press(client, "claim", asked)
    response = press(client, verb, asked, note=NOTE, wide="1")
    assert (response.status_code, note_in(response)) == (200, NOTE)


@pytest.mark.parametrize("verb", ["times", "claim", "log_call", "note"])
def test_what_is_ticked_stays_with_any_button_of_the_page(client, clinic, asked, verb):
    data = {"offer": [clinic.slot(day=4, hour=11).code], "wide": "1"}
    data |= {"log_call": {"outcome": "no_answer"}, "note": {"note": NOTE}}.get(verb, {})
    response = press(client, verb, asked, follow=True, **data)
    assert ticked(response) == data["offer"]
    assert "All open times" in words(response)
    assert note_in(response) == ""


def test_without_a_tick_the_page_keeps_its_plain_address(client, asked):
    assert press(client, "claim", asked, note="", until="1")["Location"] == page_of(asked)


def test_all_that_may_be_ticked_or_typed_is_one_form_and_its_first_button_does_nothing(client, asked):
    html = content(client.get(page_of(asked)))
    form = re.search(r'<form[^>]* id="act".*?</form>', html, re.DOTALL)[0]
    assert "btn-main" in form
    assert "More open times" in form
    buttons = re.findall(r'<button[^>]*form="act"[^>]*>([^<]*)', html)
    assert buttons[:2] == ["Nothing", "Take it in hand"]
    assert html.index(buttons[0]) < html.index('id="act"')


def test_a_refused_confirm_keeps_the_list_its_ticks_and_the_note(client, clinic, asked):
    tick = clinic.slot(day=4, hour=11).code
    response = press(client, "confirm", asked, slot="", offer=[tick], wide="1", note=NOTE)
    assert (response.status_code, ticked(response), note_in(response)) == (400, [tick], NOTE)
    assert "All open times" in words(response)


# -- the next try


def test_the_chosen_next_try_stays_when_the_call_is_refused(client, asked):
    tries = re.findall(
        r'<option value="(\d+)">[^<]*</option>', content(client.get(page_of(asked))).split('id="next-try"')[1]
    )
    response = press(client, "log_call", asked, outcome="no_answer", note=LONG, next_try=tries[2])
    assert response.status_code == 400
    assert f'<option value="{tries[2]}" selected>' in content(response)
    assert note_in(response) == LONG
