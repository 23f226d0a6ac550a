"""Tomorrow's day sheets as a file that needs no server."""

import re

import pytest
from django.test import Client

from booking import lifecycle
from booking.desk.day.sheet_file import sheets
from clinic.models import AccessLog
from tests.builders import MONDAY, WHY, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
FILE, TODAY = "/admin/desk/day/2026-12-03/sheet/file/", "/admin/desk/day/"


def test_the_file_holds_who_is_expected_with_phones_and_refers_to_nothing_outside(client, clinic, rosa):
    clinic.appointment(clinic.slot(), patient={"needs": ["wheelchair"]})
    gone = clinic.appointment(clinic.slot(hour=11), patient={"name": "Walt Canceled"})
    lifecycle.cancel(gone.pk, "patient", by=lifecycle.PATIENT, now=MONDAY)
    answer = client.post(FILE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="day-sheets-2026-12-03.html"'
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.text
    for shown in ("June Demo", "03/09/1951", "555", "wheelchair", "9:00", "Dr. Mara Ellison, MD"):
        assert shown in page, shown
    assert "Walt Canceled" not in page
    assert not re.findall(r"(?:src|href|action)=|url\(|<script|<link|https?:", page)
    assert "June" not in re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]


def test_only_a_press_downloads_and_it_is_logged_without_a_name(client, clinic, rosa):
    clinic.appointment()
    assert "June" not in client.get(FILE).text
    assert not AccessLog.objects.exists()
    client.post(FILE)
    row = AccessLog.objects.get()
    assert (row.user, row.kind, row.screen) == (rosa, "export", "desk:sheet_file")


def test_a_clinician_and_a_stranger_get_no_file(clinic):
    clinic.appointment()
    stranger, clinician = Client(), Client()
    clinician.force_login(make_clerk("Clinician"))
    assert stranger.post(FILE).status_code != 200
    assert clinician.post(FILE).status_code == 403
    assert not AccessLog.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_day(clinic, django_assert_num_queries):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    for number, provider in enumerate((None, None, other)):
        clinic.appointment(clinic.slot(hour=9 + number, practitioner=provider), patient={"name": f"June Demo{number}"})
    with django_assert_num_queries(1):
        found = sheets(MONDAY.date().replace(month=12, day=3))
    assert [len(rows) for _provider, rows in found] == [1, 2]


def test_today_leads_to_the_day_sheets_of_the_next_day_with_appointments(client, clinic, rosa):
    assert "day sheets" not in words(client.get(TODAY))
    clinic.appointment()
    page = client.get(TODAY)
    assert f'href="{FILE}"' in page.text
    assert "Day sheets, Thu, Dec 3" in words(page)
    clinic.appointment(clinic.slot(day=24, month=11), override=WHY, patient={"name": "Walt Demo"})
    assert "Tomorrow’s day sheets" in words(client.get(TODAY))
    client.force_login(make_clerk("Clinician"))
    assert "day sheets" not in words(client.get(TODAY))
