"""Insurance, scan and referral: asked in a phone booking, corrected by the desk; "not sure" is not "not asked"."""

import importlib

import pytest
from django.apps import apps
from django.urls import reverse

from booking.models import AppointmentRequest
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.pages import words

pytestmark = pytest.mark.django_db
PAPERS = AppointmentRequest.PAPERS
WORDS = {"": "not asked", "unsure": "not sure", "yes": "yes", "no": "no"}
GIVEN = [
    {"insurance": "medicare", "scan": "yes", "referral": "no"},
    {"insurance": "unsure", "scan": "unsure", "referral": "unsure"},
    {"insurance": "self_pay", "scan": "no", "referral": ""},
    {"insurance": "", "scan": "yes", "referral": "unsure"},
    {"insurance": "", "scan": "", "referral": ""},
]


def stored(row):
    return AppointmentRequest.objects.values(*PAPERS).get(pk=row.pk)


def paperwork(client, row):
    page = words(client.get(reverse("desk:request", args=[row.reference])))
    assert "Ready?" in page
    return page


def correct(client, row, **changes):
    form = {
        "name": row.patient.name, "birth_date": "3/9/1951", "phone": "718 555 0167", "email": row.patient.email,
        "language": "English", "version": row.version,
    }  # fmt: skip
    return client.post(reverse("desk:correct_patient", args=[row.reference]), form | changes, follow=True)


def assert_shown(page, papers):
    assert f"Scan: {WORDS[papers['scan']]}" in page
    assert f"Referral: {WORDS[papers['referral']]}" in page
    says = AppointmentRequest(insurance=papers["insurance"]).get_insurance_display() or "Not asked"
    assert f"Insurance {says}" in page


@pytest.mark.parametrize("papers", GIVEN)
def test_a_phone_booking_can_ask_them(client, clinic, rosa, papers):
    page = words(client.get(BOOK, {"reason": clinic.reason.slug}))
    assert all(label in page for label in ("Insurance", "Scan done", "Referral"))
    client.post(BOOK, typed(clinic, **papers))
    row = AppointmentRequest.objects.get()
    assert stored(row) == papers
    assert_shown(paperwork(client, row), papers)


def test_a_phone_booking_that_did_not_ask_says_so(client, clinic, rosa):
    client.post(BOOK, typed(clinic))
    row = AppointmentRequest.objects.get()
    assert stored(row) == dict.fromkeys(PAPERS, "")
    assert_shown(paperwork(client, row), stored(row))


@pytest.mark.parametrize("papers", GIVEN)
def test_the_desk_corrects_them(client, clinic, rosa, papers):
    row = clinic.appointment_request(clinic.slot(), insurance="private", scan="no", referral="yes")
    correct(client, row, **papers)
    assert stored(row) == papers
    assert_shown(paperwork(client, row), papers)
    before = row.events.get(verb="correct_patient").before
    was = {"insurance": "private", "scan": "no", "referral": "yes"}
    assert {name: before[name] for name in PAPERS if name in before} == {
        name: value for name, value in was.items() if papers[name] != value
    }


def test_a_page_that_did_not_ask_changes_none(client, clinic, rosa):
    row = clinic.appointment_request(clinic.slot(), insurance="private", scan="no", referral="yes")
    correct(client, row, name="Juno Demo")
    assert stored(row) == {"insurance": "private", "scan": "no", "referral": "yes"}


@pytest.mark.parametrize(
    "wrong", [{"scan": "maybe"}, {"referral": "1"}, {"insurance": "gold"}, {"scan": "Yes"}, {"insurance": "x" * 99}]
)
def test_an_invented_answer_is_refused(client, clinic, rosa, wrong):
    row = clinic.appointment_request(clinic.slot(), insurance="private", scan="no", referral="yes")
    assert correct(client, row, **wrong).status_code == 400
    assert client.post(BOOK, typed(clinic, **wrong)).status_code == 400
    assert stored(row) == {"insurance": "private", "scan": "no", "referral": "yes"}


@pytest.mark.parametrize(("channel", "kept"), [("web", "unsure"), ("phone", ""), ("walk_in", "")])
def test_older_bookings_by_phone_become_not_asked(clinic, channel, kept):
    row = clinic.appointment_request(clinic.slot(), insurance="unsure", scan="unsure", referral="no")
    AppointmentRequest.objects.update(channel=channel)
    importlib.import_module("booking.migrations.0007_papers_not_asked").not_asked(apps, None)
    assert stored(row) == {"insurance": kept, "scan": kept, "referral": "no"}


# -- the ready list


def mark(client, row, value):
    return client.post(reverse("desk:mark_ready", args=[row.reference]), {"ready": value}, follow=True)


def test_the_desk_marks_what_is_in_place_and_takes_it_back(client, clinic, rosa):
    row = clinic.appointment_request(scan="unsure", referral="yes")
    assert (page := words(mark(client, row, "scan"))).count("2 of 2 on file") == 1
    assert "Saved: scan on file." in page
    assert (page.count("Mark as missing"), page.count("Mark as on file")) == (2, 0)
    assert "Ready list changed (scan on file)" in page
    mark(client, row, "scan")  # a second press
    assert stored(row)["scan"] == "yes"
    for value in ("no_scan", "no_referral"):
        page = words(mark(client, row, value))
    assert "0 of 2 on file" in page
    assert stored(row) == {"insurance": row.insurance, "scan": "unsure", "referral": "no"}
    reasons = row.events.filter(verb="mark_ready").order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["scan", "no_scan", "no_referral"]
    assert client.post(reverse("desk:mark_ready", args=[row.reference]), {"ready": "version"}).status_code == 400


def test_marking_disturbs_no_answer_and_can_be_done_after_it(client, clinic, rosa):
    row = clinic.appointment_request(clinic.slot(), scan="no")
    confirmed = {"slot": clinic.slot().code, "version": row.version}
    mark(client, row, "scan")
    client.post(reverse("desk:confirm", args=[row.reference]), confirmed)
    row.refresh_from_db()
    assert row.status == "confirmed"
    mark(client, row, "referral")
    assert {**stored(row), "insurance": ""} == {"insurance": "", "scan": "yes", "referral": "yes"}


def test_today_leads_from_what_is_missing_to_the_list(client, clinic, at, rosa):
    appointment = clinic.appointment(scan="no")
    at("2026-12-03 08:30")
    client.force_login(rosa)
    there = f"{reverse('desk:request', args=[appointment.appointment_request.reference])}#ready"
    assert f'href="{there}"' in client.get("/admin/desk/day/").text
    mark(client, appointment.appointment_request, "scan")
    assert there not in client.get("/admin/desk/day/").text
