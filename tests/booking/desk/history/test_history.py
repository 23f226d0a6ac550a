"""The history that a lead reads: who did what, in sentences with names, by clerk, day and patient."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from booking import lifecycle, roles
from booking.desk.history.sentences import BY_PATIENT, BY_STAFF
from booking.lifecycle.verbs import VERBS
from booking.scheduling.closure_impact import Closing
from tests.booking.desk.page import page_of
from tests.builders import LOGGED, MONDAY, later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
HISTORY, MINE = "/admin/desk/history/", "/admin/desk/history/mine/"


@pytest.fixture
def told(clinic, lead):
    """June sends a request, Rosa calls and declines; the day before, Walt sent one."""
    by = lifecycle.staff(make_clerk(first_name="Rosa"))
    walt = clinic.appointment_request(now=later(days=-3), patient={"name": "Walt Demo", "email": ""})
    june = clinic.appointment_request(now=later(hours=-1))
    lifecycle.log_call(june.pk, "no_answer", by=by, now=later(minutes=-9), note="Rang long.")
    lifecycle.decline(june.pk, "other", "Call us.", by=by, now=MONDAY)
    return {"june": june, "walt": walt, "rosa": by.user}


def test_a_day_is_told_in_sentences_newest_first(client, told):
    page = words(client.get(HISTORY))
    said = [
        "Rosa declined the request from June Demo (Other reason)",
        "Rosa called June Demo (No answer)", "“ Rang long. ”",
        "June Demo sent a request",
    ]  # fmt: skip
    assert sorted(said, key=page.index) == said
    assert "Walt" not in page
    assert "log_call" not in page


def test_it_is_read_by_clerk_by_day_and_by_patient(client, told):
    assert "sent a request" not in words(client.get(HISTORY, {"by": told["rosa"].pk})).split("History, Monday")[-1]
    assert "Rosa called" not in words(client.get(HISTORY, {"by": "patients"}))
    assert "Walt Demo sent a request" in words(client.get(HISTORY, {"day": "2026-11-20"}))
    of_walt = client.get(HISTORY, {"of": told["walt"].reference})
    assert "Walt Demo sent a request" in words(of_walt)
    assert "June" not in words(of_walt)
    assert "Walt" not in re.search(r"<title>(.*?)</title>", of_walt.text, re.DOTALL)[1]
    assert "No request has this confirmation number." in words(client.get(HISTORY, {"of": "nonsense"}))
    for bad in ({"by": "x"}, {"day": "x"}, {"before": "x"}, {"by": "9" * 40}):
        assert client.get(HISTORY, bad).status_code == 200, bad


def test_of_a_patient_it_tells_what_happened_under_each_record(client, clinic, told):
    again = clinic.appointment_request(now=later(days=-10), patient={"name": "JUNE DEMO", "phone": ""})
    for request in (again, told["june"]):
        page = words(client.get(HISTORY, {"of": request.reference}))
        assert "JUNE DEMO sent a request" in page
        assert "Rosa called June Demo" in page


def test_who_took_the_day_sheets_away_is_told(client, told):
    client.post(reverse("desk:sheet_file", args=["2026-12-03"]))
    assert "Lena downloaded day sheets with phone numbers." in words(client.get(HISTORY))
    assert "downloaded" not in words(client.get(HISTORY, {"day": "2026-11-20"}))


def test_a_long_history_costs_no_more_queries_and_goes_on_page_by_page(client, told, django_assert_max_num_queries):
    june = told["june"]
    for number in range(60):
        lifecycle.add_note(june.pk, f"Note {number}.", by=lifecycle.staff(told["rosa"]), now=MONDAY)
    with django_assert_max_num_queries(11 + LOGGED):
        first = client.get(HISTORY, {"of": june.reference})
    assert first.text.count("data-row") == 50
    older = re.search(r'href="(\?[^"]*before=\d+)"', first.text)[1].replace("&amp;", "&")
    second = client.get(HISTORY + older)
    assert "June Demo sent a request" in words(second)
    assert second.text.count("data-row") == 13


def test_every_verb_of_people_has_a_sentence_with_a_name():
    silent = {name for name, verb in VERBS.items() if not verb.is_effect} - {"hold", "extend_hold"}
    assert silent - set(BY_STAFF) == set()
    for said in (*BY_STAFF.values(), *BY_PATIENT.values()):
        assert "%(patient)s" in str(said), said


def test_the_request_says_why_each_message_was_sent(client, told):
    page = words(client.get(page_of(told["june"])))
    told_why = page.split("Messages sent")[1]
    assert "Rosa declined the request from June Demo (Other reason) ·" in told_why
    assert "June Demo sent a request ·" in told_why


def test_a_clerk_reads_what_they_did_and_nothing_of_others(client, clinic, told):
    rosa = told["rosa"]
    client.force_login(rosa)
    assert reverse("desk:mine") in client.get("/admin/").text
    assert reverse("desk:mine") in client.get("/admin/desk/", {"view": "answered"}).text
    lena = lifecycle.staff(make_clerk(roles.LEAD, username="other", first_name="Other"))
    lifecycle.add_note(told["june"].pk, "By another.", by=lena, now=MONDAY)
    page = words(client.get(MINE))
    assert "What you did" in page
    assert "Rosa called June Demo (No answer)" in page
    assert "By another." not in page
    assert "sent a request" not in page
    assert "No activity." in words(client.get(MINE, {"day": "2026-11-20"}))
    assert "Recent actions" not in client.get("/admin/").text


def test_time_off_is_told_with_who_entered_it(client, clinic, told):
    rosa, who = told["rosa"], clinic.practitioner
    by, day = lifecycle.staff(rosa), MONDAY.date()
    lifecycle.block(clinic.slot(), clinic.slot().starts_at + timedelta(minutes=30), by=by, now=MONDAY)
    for closing in (Closing(day, day, 0, 1440, practitioner_id=who.pk), Closing(day, day, 0, 1440)):
        lifecycle.close_time(closing, (), by=lifecycle.staff(rosa, form_key=uuid4().hex), now=MONDAY)
    said = [
        f"Rosa blocked time for {who} on Thu, Dec 3.",
        f"Rosa marked {who} out from Mon, Nov 23.",
        "Rosa closed all offices from Mon, Nov 23.",
    ]
    for sent in ({}, {"by": rosa.pk}):
        assert [each for each in said if each in words(client.get(HISTORY, sent))] == said
    for sent in ({"by": "patients"}, {"day": "2026-11-20"}, {"of": told["june"].reference}):
        assert "blocked time" not in words(client.get(HISTORY, sent))
    client.force_login(rosa)
    assert said[0] in words(client.get(MINE))
