"""The page on which a lead reads who looked at what, by person, clerk, day and kind, and the file of it."""

import csv

import pytest

from booking.desk.access.sentences import SAID, SCREENS, WORDS, screen, sentence
from booking.desk.expired_form_labels import TITLES
from booking.desk.patients.search import SearchTerms
from booking.desk.urls import urlpatterns
from clinic.models import AccessLog
from tests.builders import LOGGED, MONDAY, later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
LOG, FILE = "/admin/desk/access/", "/admin/desk/access/file/"


@pytest.fixture
def june(clinic):
    return clinic.appointment_request()


@pytest.fixture
def walt(clinic):
    return clinic.appointment_request(patient={"name": "Walt Demo", "email": "w@example.org", "phone": "+17185550199"})


def looked(*requests, at=MONDAY, **more):
    shown = " ".join(key for request in requests for key in request.access_keys)
    given = {"kind": "view", "address": "192.0.2.7", "screen": "desk:queue", "shown": shown} | more
    return AccessLog.objects.create(at=at, **given)


@pytest.fixture
def rows(june, walt, lead):
    """Rosa sees the queue, then June's page; the day before, a search finds Walt; a stranger tries to sign in."""
    rosa = make_clerk(first_name="Rosa")
    looked(walt, user=rosa, at=later(days=-1), kind="search", screen="desk:found", asked_by="phone name", hits=1)
    looked(june, walt, user=rosa)
    looked(june, user=rosa, screen="desk:patient", at=later(minutes=1))
    looked(kind="failed", screen="account_login", at=later(minutes=2))
    return rosa


def lines(answer):
    return words(answer).partition("Show ")[2]


def test_a_day_is_read_in_sentences_newest_first_with_whom_each_page_showed(client, rows):
    page = words(client.get(LOG))
    said = [
        "Someone failed to sign in, with a name that no one here has",
        "Rosa opened “Patient” : June Demo",
        "Rosa opened “Requests” : June Demo , Walt Demo",
    ]
    assert sorted(said, key=page.index) == said
    assert "192.0.2.7" in page
    assert "searched" not in page
    assert "Rosa searched by phone, name: 1 found : Walt Demo" in words(client.get(LOG, {"day": "2026-11-22"}))


def test_it_is_narrowed_to_a_person_a_clerk_and_a_kind(client, rows, june, walt, lead):
    of_walt = words(client.get(LOG, {"of": walt.reference}))
    assert "Rosa opened “Requests” with 1 other patient" in of_walt
    assert "Rosa searched by phone, name: 1 found" in of_walt  # of every day
    assert "June" not in of_walt
    assert "Rosa opened “Patient”" not in of_walt
    assert "Rosa looked" not in words(client.get(LOG, {"by": lead.pk}))
    assert "Rosa looked" not in words(client.get(LOG, {"kind": "failed"}))
    assert "No request has this confirmation number." in words(client.get(LOG, {"of": "nonsense"}))
    for bad in ({"by": "x"}, {"day": "x"}, {"before": "x"}, {"by": "9" * 40}, {"kind": "x"}, {"of": "p" + "9" * 30}):
        assert client.get(LOG, bad).status_code == 200, bad


def test_an_erased_patient_is_found_by_the_id_that_the_log_has(client, rows):
    looked(shown="p999999 r999999", user=rows)
    assert "Rosa opened “Requests”" in words(client.get(LOG, {"of": "p999999"}))
    assert "an erased patient" in words(client.get(LOG))
    assert "No activity." in words(client.get(LOG, {"of": "p99999"}))  # which begins like it


def test_the_records_of_one_person_are_read_together(client, clinic, lead, june):
    again = clinic.appointment_request(patient={"phone_typed": "+1 718 555 0167"})
    assert again.patient_id != june.patient_id
    looked(again, user=lead, screen="desk:patient")
    assert "Lena opened “Patient”" in words(client.get(LOG, {"of": june.reference}))


def test_reading_the_log_is_logged_with_whom_it_names(client, rows, june, walt, lead):
    client.get(LOG)
    row = AccessLog.objects.first()
    assert (row.user, row.screen) == (lead, "desk:access")
    assert {f"p{june.patient_id}", f"p{walt.patient_id}"} <= set(row.shown.split())


def test_a_long_log_goes_on_page_by_page_and_costs_no_more(client, rows, june, django_assert_max_num_queries):
    client.get(LOG)
    for _ in range(120):
        looked(june, user=rows)
    for query in ({}, {"of": june.reference}):
        with django_assert_max_num_queries(11 + LOGGED):
            first = client.get(LOG, query)
        assert first.text.count("data-row") == 50
        second = client.get(LOG + first.context["older"])
        assert second.text.count("data-row") == 50


def test_the_file_holds_ids_alone_cannot_be_a_formula_and_is_logged(client, rows, june, lead):
    AccessLog.objects.create(
        at=MONDAY, kind="view", address="=1+1", screen="desk:queue", user=make_clerk(username="@x")
    )
    answer = client.post(FILE, {"day": "2026-11-23"})
    header, newest, *more = csv.reader(answer.text.splitlines())
    assert answer["Content-Disposition"] == 'attachment; filename="access-log.csv"'
    assert header[:4] == ["Row", "When", "User", "From"]
    assert newest[2:6] == ["'@x", "'=1+1", "Looked", "Requests"]
    assert any(f"r{june.pk} p{june.patient_id}" in row for row in more)
    assert "Demo" not in answer.text
    row = AccessLog.objects.first()
    assert (row.user, row.kind, row.screen) == (lead, "export", "desk:access_file")
    assert client.get(FILE).status_code == 302


def test_only_leads_and_managers_are_shown_the_way_there(client, rows, june):
    pages = [f"/admin/desk/requests/{june.reference}/", f"/admin/desk/patients/{june.patient.random_id}/"]
    for address in pages:
        assert f"/admin/desk/access/?of={june.reference}" in client.get(address).text
    client.force_login(make_clerk())
    for address in pages:
        assert "/admin/desk/access/" not in client.get(address).text
    assert client.get(LOG).status_code == client.post(FILE).status_code == 403


def test_every_kind_and_every_screen_has_words():
    assert set(SAID) == set(AccessLog.Kind)
    everything = SearchTerms(reference="x", dates=(MONDAY.date(),), digits="5", words=("x",))
    assert set(WORDS) == set(everything.kinds)
    silent = {"new_requests"}  # shows nobody and changes nothing
    assert {route.name for route in urlpatterns} - {*SCREENS, *TITLES} == silent
    assert screen("admin:booking_patient_changelist") == "Setup (booking_patient_changelist)"
    assert sentence(AccessLog(kind="failed", user=make_clerk(first_name="Rosa"))) == "Someone failed to sign in as Rosa"
