"""What was typed and selected on a request's page: no button loses it, even if a coworker was faster."""

import re
import uuid
from html import unescape

import pytest
from django.urls import reverse

from booking import lifecycle
from tests.booking.desk.page import page_of, press
from tests.builders import MONDAY, later, make_clerk
from tests.pages import markup, words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NOTE = "She comes with her daughter"
LONG = "x" * 601


@pytest.fixture
def appointment_request(clinic, rosa):
    return clinic.appointment_request(clinic.slot(day=3), clinic.slot(day=4, hour=11))


@pytest.fixture
def dmitri():
    return make_clerk(username="dmitri", first_name="Dmitri")


def content(response):
    return unescape(markup(response))


def note_in(response):
    return re.search(r'<textarea[^>]* name="note"[^>]*>(.*?)</textarea>', content(response), re.DOTALL)[1]


def ticked(response):
    return re.findall(r'name="offer"[^>]* value="([^"]+)" checked', content(response))


# -- an unfinished note


@pytest.mark.parametrize("verb", ["times", "claim", "release_claim", "take_over", "resend_link"])
def test_an_unfinished_note_survives_every_button_and_is_in_no_url(client, appointment_request, verb):
    if verb == "release_claim":
        press(client, "claim", appointment_request)
    response = press(client, verb, appointment_request, note=NOTE, wide="1")
    assert (response.status_code, note_in(response)) == (200, NOTE)


@pytest.mark.parametrize("verb", ["times", "claim", "log_call", "add_note"])
def test_the_selection_survives_every_button(client, clinic, appointment_request, verb):
    data = {"offer": [clinic.slot(day=4, hour=11).code], "wide": "1"}
    data |= {"log_call": {"outcome": "no_answer"}, "add_note": {"note": NOTE}}.get(verb, {})
    response = press(client, verb, appointment_request, follow=True, **data)
    assert ticked(response) == data["offer"]
    assert "any day, office, or provider" in words(response)
    assert note_in(response) == ""


def test_without_a_selection_the_page_keeps_its_plain_url(client, appointment_request):
    assert press(client, "claim", appointment_request, note="", until="1")["Location"] == page_of(appointment_request)


def test_all_fields_are_in_one_form_and_its_first_button_does_nothing(client, appointment_request):
    html = content(client.get(page_of(appointment_request)))
    form = re.search(r'<form[^>]* id="act".*?</form>', html, re.DOTALL)[0]
    assert "btn-main" in form
    assert "More open times" in form
    buttons = re.findall(r'<button[^>]*form="act"[^>]*>([^<]*)', html)
    assert buttons[:2] == ["Nothing", "Start working on this"]
    assert html.index(buttons[0]) < html.index('id="act"')


def test_a_refused_confirm_keeps_the_list_the_selection_and_the_note(client, clinic, appointment_request):
    tick = clinic.slot(day=4, hour=11).code
    response = press(client, "confirm", appointment_request, slot="", offer=[tick], wide="1", note=NOTE)
    assert (response.status_code, ticked(response), note_in(response)) == (400, [tick], NOTE)
    assert "any day, office, or provider" in words(response)


def test_marking_two_people_as_different_keeps_the_note(client, clinic, appointment_request):
    client.force_login(make_clerk("Desk lead"))
    other = clinic.appointment_request()
    path = reverse("desk:not_the_same", args=[appointment_request.reference])
    assert f'form="act" formaction="{path}" name="other" value="{other.reference}"' in content(
        client.get(page_of(appointment_request))
    )
    response = press(client, "not_the_same", appointment_request, other=other.reference, note=NOTE)
    assert (response.status_code, note_in(response)) == (200, NOTE)


def test_none_of_it_gets_into_the_search_box(client, appointment_request):
    response = press(client, "times", appointment_request, note=NOTE)
    assert 'value=""' in re.search(r'<input[^>]* id="desk-q"[^>]*>', content(response))[0]


# -- the next try


def test_the_chosen_next_try_stays_when_the_call_is_refused(client, appointment_request):
    tries = re.findall(
        r'<option value="(\d+)">[^<]*</option>',
        content(client.get(page_of(appointment_request))).split('id="next-try"')[1],
    )
    response = press(client, "log_call", appointment_request, outcome="no_answer", note=LONG, next_try=tries[2])
    assert response.status_code == 400
    assert f'<option value="{tries[2]}" selected>' in content(response)
    assert note_in(response) == LONG


# -- a coworker was faster


def hidden_fields(response):
    form = re.search(r'<form id="act".*?</form>', content(response), re.DOTALL)[0]
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)


def lost(response):
    return words(response).partition("What you typed")[2].partition("Dmitri is working on this")[0]


def take_over(client, appointment_request, refused):
    fields = {}
    for name, value in hidden_fields(refused):
        fields.setdefault(name, []).append(value)
    return client.post(reverse("desk:take_over", args=[appointment_request.reference]), fields)


def test_ones_own_decline_message_is_shown_after_a_coworkers_claim_and_can_be_taken_over(
    client, appointment_request, dmitri
):
    lifecycle.claim(appointment_request.pk, user=dmitri, now=later(minutes=25))
    refused = press(client, "decline", appointment_request, code="no_times", sentence="We are away. Call us.")
    assert refused.status_code == 409
    assert "Reason No suitable time" in lost(refused)
    assert "Message to the patient We are away. Call us." in lost(refused)

    mine = take_over(client, appointment_request, refused)
    assert mine.status_code == 200
    assert re.search(r'<textarea[^>]* name="sentence"[^>]*>We are away. Call us.</textarea>', content(mine))
    assert re.search('value="no_times"[^>]* checked', content(mine))
    assert re.search(r'<details class="more" open>\s*<summary>Decline', content(mine))


def test_a_reason_to_close_is_shown_after_a_coworkers_claim_and_can_be_taken_over(client, appointment_request, dmitri):
    lifecycle.claim(appointment_request.pk, user=dmitri, now=later(minutes=25))
    refused = press(client, "close", appointment_request, why="She went elsewhere.")
    assert "Reason She went elsewhere." in lost(refused)
    mine = take_over(client, appointment_request, refused)
    assert re.search('id="why-close"[^>]* value="She went elsewhere."', content(mine))


def test_the_selection_and_deadline_of_an_offer_are_shown_after_a_coworkers_claim(
    client, clinic, appointment_request, dmitri
):
    ends = re.search(
        r'<select[^>]* id="until".*?</select>', content(client.get(page_of(appointment_request))), re.DOTALL
    )[0]
    until = re.findall(r'value="(\d+)"', ends)[3]
    lifecycle.claim(appointment_request.pk, user=dmitri, now=later(minutes=25))
    ticks = [clinic.slot(day=4, hour=11).code, clinic.slot(day=8).code]
    refused = press(client, "offer", appointment_request, offer=ticks, until=until)
    assert lost(refused).count("Time to offer") == 2
    mine = client.get(take_over(client, appointment_request, refused)["Location"])
    assert sorted(ticked(mine)) == sorted(ticks)
    assert f'<option value="{until}" selected>' in content(mine)


def test_what_was_typed_is_shown_if_a_coworker_has_already_answered(client, appointment_request, dmitri):
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(dmitri), now=MONDAY)
    refused = press(client, "decline", appointment_request, code="no_times", sentence="We are away.")
    assert (refused.status_code, "Message to the patient We are away." in words(refused)) == (409, True)


def test_the_selection_is_shown_if_a_coworker_has_already_made_an_offer(client, clinic, appointment_request, dmitri):
    by, until = lifecycle.staff(dmitri), MONDAY.replace(day=25)
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=8)], until, by=by, now=MONDAY)
    refused = press(
        client, "offer", appointment_request, offer=[clinic.slot(day=9).code], until=int(until.timestamp()) // 60
    )
    assert "Time to offer Wed, Dec 9, 9:00 AM EST" in lost(refused)


def test_a_reason_to_reopen_does_not_become_a_reason_to_close(client, clinic, appointment_request, dmitri):
    client.force_login(make_clerk("Desk lead"))
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(dmitri), now=MONDAY)
    appointment_request.refresh_from_db()
    old = appointment_request.version
    lifecycle.reopen(appointment_request.pk, "She called.", by=lifecycle.staff(dmitri), now=MONDAY)
    refused = press(client, "reopen", appointment_request, version=old, why="He called.")
    assert (refused.status_code, "Reason He called." in lost(refused)) == (409, True)
    assert 'value="He called."' not in content(refused)


def test_what_was_typed_is_shown_only_once_where_its_form_is_on_the_page(client, appointment_request):
    refused = press(client, "decline", appointment_request, code="no_times", sentence=LONG)
    assert content(refused).count(LONG) == 1
    assert "What you typed" not in words(refused)


def test_markup_in_what_was_typed_is_shown_as_text(client, appointment_request, dmitri):
    lifecycle.claim(appointment_request.pk, user=dmitri, now=later(minutes=25))
    refused = press(client, "close", appointment_request, why='"><script>alert(1)</script>')
    assert "<script>alert" not in refused.content.decode()


# -- a request for another time


def ask_again_form(client, appointment, note="Fridays, please."):
    path = reverse("desk:ask_again", args=[appointment.pk])
    return client.post(path, {"note": note, "flow_key": uuid.uuid4()})


@pytest.mark.parametrize(("note", "status"), [("Fridays, please.", 409), ("Fridays! " * 30, 400)])
def test_a_refused_request_for_another_time_can_be_copied_into_the_notes_of_the_open_one(
    client, clinic, rosa, note, status
):
    appointment = clinic.appointment()
    waits = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    response = ask_again_form(client, appointment, note)
    assert response.status_code == status
    assert f"What you typed Note {note.strip()} Copy it into a note on {waits}:" in words(response)
    assert f'href="{page_of(waits)}#notes"' in content(response)


def test_what_the_patient_wants_is_not_lost_if_the_appointment_was_canceled(client, clinic, rosa):
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(rosa), now=MONDAY, version=appointment.version)
    response = ask_again_form(client, appointment)
    assert response.status_code == 409
    assert f"Note Fridays, please. Copy it into a note on {appointment.appointment_request}:" in words(response)


def test_what_the_patient_wants_is_only_in_its_field_while_it_can_still_be_sent(client, clinic, rosa):
    response = ask_again_form(client, clinic.appointment(), "x" * 201)
    assert content(response).count("x" * 201) == 1
