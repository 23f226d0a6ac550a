"""Tomorrow's day sheets as a file that needs no server."""

import re

import pytest
from django.test import Client

from booking import lifecycle
from booking.desk.day.sheet_file import sheets
from clinic.models import AccessLog, ScheduleException
from tests.builders import MONDAY, WHY, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
DAY, TODAY = "/admin/desk/day/2026-12-03/", "/admin/desk/day/"
SHEET, FILE, CALENDAR = DAY + "sheet/", DAY + "sheet/file/", "/admin/desk/calendar/?day=2026-12-03"


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
        found = sheets(MONDAY.date().replace(month=12, day=3), MONDAY)
    assert [len(sheet.rows) for sheet in found] == [1, 2]


def both(client):
    """The day sheet's page and the file."""
    return client.get(SHEET), client.post(FILE)


def test_both_sheets_have_birth_date_phone_needs_and_papers(client, clinic, rosa):
    clinic.appointment(patient={"needs": ["wheelchair"]}, scan="no", referral="yes")
    for sheet in both(client):
        page = words(sheet)
        assert "June Demo , 75 DOB 03/09/1951 (718) 555-0167" in page
        assert "wheelchair Scan: no Referral: yes" in page


def test_who_was_called_off_is_not_coming_and_has_no_box_to_check(client, clinic, rosa):
    gone = clinic.appointment()
    assert [sheet.text.count('class="box"') for sheet in both(client)] == [1, 1]
    lifecycle.mark_needs_rebooking(gone.pk, by=lifecycle.staff(rosa), now=MONDAY)
    for sheet in both(client):
        assert "Called off: not coming" in words(sheet)
        assert 'class="box"' not in sheet.text


def test_each_printed_page_of_a_provider_repeats_name_date_and_office(client, clinic, rosa):
    """A browser repeats the head of a table on each page."""
    clinic.appointment()
    for sheet in both(client):
        (head,) = re.findall(r"<thead>(.*?)</thead>", sheet.text, re.DOTALL)
        assert " ".join(re.sub(r"<[^>]+>", " ", head).split()) == (
            "Dr. Mara Ellison, MD Thu, Dec 3, 2026 , EST Pier Street office"
            " Time Patient Appointment Needs and paperwork Checked in"
        )


@pytest.mark.parametrize("part", [{"opens": None, "closes": None}, {"starts": 840, "ends": 900}])
def test_a_private_reason_is_on_the_screen_and_not_on_paper(client, clinic, rosa, part):
    clinic.appointment()
    part = {name: minute for name, minute in part.items() if minute}
    ScheduleException.objects.create(
        first_day="2026-12-03", last_day="2026-12-03", practitioner=clinic.practitioner, private_reason="Sick child",
        note="Away at a meeting", **part,
    )  # fmt: skip
    for sheet in both(client):
        assert "Sick" not in sheet.text
    assert "Away at a meeting" in words(client.get(SHEET))
    for screen in (DAY + "?by=practitioner", CALENDAR, CALENDAR + "&span=week"):
        page = client.get(screen).text
        shown = [tag for tag in re.findall(r"<[^>]+>[^<]*Sick child", page) if "popover" not in tag]
        assert shown, screen
        assert all('class="no-print"' in tag for tag in shown), (screen, shown)


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
