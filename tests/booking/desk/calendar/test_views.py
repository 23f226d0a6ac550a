"""The calendar, the day by practitioner, and the printable sheet."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.scheduling.slots import Slot
from clinic.models import ScheduleException
from tests.booking.desk.calendar.grid import CALENDAR, WEEK, cells, plain
from tests.builders import MONDAY, local, make_location, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
THURSDAY = "/admin/desk/day/2026-12-03/"


# -- the week


def test_the_week_shows_appointments_holds_open_times_and_closures_in_words(client, clinic, rosa):
    clinic.appointment(clinic.slot(day=3, hour=9))
    clinic.appointment_request(clinic.slot(day=4, hour=9), patient={"name": "Held Demo"})
    ScheduleException.objects.create(first_day="2026-12-01", last_day="2026-12-01", note="for a holiday")
    response = client.get(CALENDAR, WEEK)
    ((who, monday, tuesday, _wednesday, thursday, friday),) = cells(response)
    assert "November 30 – December 4" in words(response)
    assert who.startswith("Dr. Mara Ellison, MD")
    assert monday.startswith("Open 9:00 AM – 5:00 PM , Mon, Nov 30, Dr. Mara Ellison, MD")
    assert tuesday == "Closed all day for a holiday"
    assert thursday.startswith("9:00 AM Booked June Demo")
    assert friday.startswith("9:00 AM Held Held Demo")


def test_a_time_held_during_a_call_shows_no_name(client, clinic, rosa):
    hold = clinic.appointment_request(clinic.slot()).appointments.get()
    type(hold).objects.filter(pk=hold.pk).update(appointment_request=None, held_for=rosa)
    assert "9:00 AM Held On a call at the desk" in words(client.get(CALENDAR, WEEK))


def test_weekend_days_are_shown_if_somebody_works(client, clinic, rosa):
    assert "Sat, Dec 5" not in words(client.get(CALENDAR, WEEK))
    make_practitioner(clinic.appointment_type, clinic.location, days=[5], name="Dr. Saturday")
    assert "Sat, Dec 5" in words(client.get(CALENDAR, WEEK))


def test_a_day_is_shown_unless_a_week_is_asked_for(client, clinic, rosa):
    clinic.appointment()
    for span in ({}, {"span": "day"}, {"span": "fortnight"}):
        response = client.get(CALENDAR, {"day": WEEK["day"]} | span)
        assert "Thursday, December 3" in words(response)
        assert markup(response).count('class="tg__col ') == 1


def test_office_and_practitioner_can_be_filtered(client, clinic, rosa):
    harbor = make_location(name="Harbor office", slug="harbor")
    tomas = make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas", slug="tomas")
    by = lifecycle.staff(rosa, "phone")
    slot = Slot(local(2026, 12, 3, 9), tomas.pk, harbor.pk)
    lifecycle.book(clinic.draft(patient={"name": "Harbor Demo"}), slot, by=by, now=MONDAY)
    clinic.appointment(patient={"name": "Pier Demo"})
    for appointment_request in ({"place": "harbor"}, {"with": "tomas"}):
        page = words(client.get(CALENDAR, WEEK | appointment_request))
        assert "Harbor Demo" in page
        assert "Pier Demo" not in page
    assert "Pier Demo" in words(client.get(CALENDAR, WEEK | {"place": "nowhere", "with": "nobody"}))


def test_previous_and_next_week_keep_the_filters(client, clinic, rosa):
    html = client.get(CALENDAR, WEEK | {"place": "pier-street"}).content.decode()
    assert "?place=pier-street&amp;span=week&amp;day=2026-11-23" in html
    assert "?place=pier-street&amp;span=week&amp;day=2026-12-07" in html
    day = client.get(CALENDAR, WEEK | {"span": "day"}).content.decode()
    assert "?day=2026-12-02" in day
    assert "?day=2026-12-04" in day


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9" * 50])
def test_an_invalid_day_gives_a_message(client, clinic, rosa, day):
    response = client.get(CALENDAR, {"day": day})
    assert response.status_code == 404
    assert "Page not found" in words(response)


def test_a_future_open_time_leads_to_a_new_appointment_and_a_past_one_does_not(client, clinic, rosa):
    html = client.get(CALENDAR, WEEK).content.decode()
    assert (
        f"/admin/desk/book/?since=2026-12-03&amp;at=09:00&amp;practitioner={clinic.practitioner.slug}&amp;place=pier-street"
        in html
    )
    past = client.get(CALENDAR, WEEK | {"day": "2026-11-16"})
    assert "/admin/desk/book/?since" not in past.content.decode()
    assert "Open 9:00 AM – 5:00 PM" in words(past)


def test_canceled_appointments_are_not_shown(client, clinic, rosa):
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, "ill", by=lifecycle.staff(rosa), now=MONDAY)
    assert "June Demo" not in words(client.get(CALENDAR, WEEK))


def test_only_future_appointments_can_be_canceled_here(client, clinic, rosa, at):
    appointment = clinic.appointment()
    cancel = reverse("desk:cancel", args=[appointment.pk])
    assert cancel in client.get(CALENDAR, WEEK).content.decode()
    at("2026-12-03 17:00")
    client.force_login(rosa)
    assert cancel not in client.get(CALENDAR, WEEK).content.decode()


def test_practitioners_beyond_one_page_are_counted(client, clinic, rosa, monkeypatch):
    monkeypatch.setattr("booking.desk.calendar.views.MOST_COLUMNS", 2)
    for n in range(3):
        make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
    response = client.get(CALENDAR, WEEK)
    assert len(cells(response)) == 2
    assert "2 more providers work then. Choose one from the list of providers." in words(response)


@pytest.mark.parametrize(
    ("path", "appointment_request"),
    [(CALENDAR, WEEK), (THURSDAY, {"by": "practitioner"}), (f"{THURSDAY}sheet/", {})],
    ids=["calendar", "by practitioner", "sheet"],
)
def test_thirty_appointments_cost_as_many_queries_as_one(
    client, clinic, rosa, path, appointment_request, django_assert_num_queries, django_assert_max_num_queries
):
    clinic.appointment()
    client.get(path, appointment_request)
    with django_assert_max_num_queries(14) as one:
        client.get(path, appointment_request)
    number = len(one)
    for n in range(10):
        owner = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        for hour in (9, 11, 13):
            clinic.appointment(clinic.slot(hour=hour, practitioner=owner))
    client.get(path, appointment_request)
    with django_assert_num_queries(number):
        assert words(client.get(path, appointment_request)).count("June Demo") >= 30


# -- the day by practitioner


def test_each_practitioner_has_a_column_with_appointments_and_gaps(client, clinic, rosa):
    clinic.appointment(clinic.slot(hour=9), patient={"needs": ["walker"]}, scan="yes", referral="no")
    clinic.appointment_request(clinic.slot(hour=13), patient={"name": "Held Demo"})
    page = words(client.get(THURSDAY, {"by": "practitioner"}))
    column = page[page.index("Dr. Mara Ellison, MD") : page.index("Upcoming appointments")]
    assert "1 appointment, 1 to come · Pier Street office" in column
    assert "Missing: referral · walker or cane Booked" in column
    assert "9:40 AM Open, 200 min" in column
    assert "1:00 PM Held until" in column
    assert "Held Demo" not in column


def test_setting_a_status_in_a_column_keeps_the_grouping(client, clinic, rosa, at):
    appointment = clinic.appointment()
    at("2026-12-03 08:55")
    client.force_login(rosa)
    html = client.get("/admin/desk/day/", {"by": "practitioner"}).content.decode()
    assert re.findall(r'formaction="/admin/desk/appointments/\d+/([a-z-]+)/"', html) == ["arrived"]
    assert 'name="by" value="practitioner"' in html
    response = client.post(
        reverse("desk:check_in", args=[appointment.pk]),
        {"version": appointment.version, "by": "practitioner"},
        follow=True,
    )
    assert "June Demo : checked in, 8:55 AM." in words(response)
    assert 'class="columns lanes--tight"' in response.content.decode()


# -- the sheet


def sheet_of(client, **appointment_request):
    html = client.get(f"{THURSDAY}sheet/", appointment_request).content.decode()
    return [plain(article) for article in re.findall(r"<article.*?</article>", html, re.S)]


def test_each_practitioner_with_appointments_has_a_sheet(client, clinic, rosa):
    tomas = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas", order=1)
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Idle", order=2)
    clinic.appointment(
        clinic.slot(hour=9), patient={"needs": ["wheelchair"], "language": "Polish", "needs_interpreter": True}
    )
    clinic.appointment(clinic.slot(hour=11), scan="yes", referral="no")
    clinic.appointment(clinic.slot(hour=9, practitioner=tomas), patient={"name": "Wei Demo"})
    first, second = sheet_of(client)
    assert "Dr. Mara Ellison, MD Thu, Dec 3, 2026 , EST Pier Street office" in first
    assert (
        "9:00 AM June Demo , 75 DOB 03/09/1951 (718) 555-0167 New-patient consultation"
        " Polish interpreter, wheelchair Scan: not asked" in first
    )
    assert "9:40 AM Open, 80 min" in first
    assert "Scan: yes Referral: no" in first
    assert "2 appointments Printed by Rosa, Mon, Nov 23, 10:05 AM EST. Shred at the end of the day." in first
    assert "Wei Demo" in second


def test_a_sheet_shows_no_more_about_a_patient_than_the_day_needs(client, clinic, rosa):
    appointment = clinic.appointment(
        patient={"chart_number": "D10017", "email": "june@example.org"}, note="It hurts to stand."
    )
    paper = " ".join(sheet_of(client))
    for private in (
        str(appointment.appointment_request),
        appointment.appointment_request.reference,
        "Broken bone",
        "hurts",
        "D10017",
        "@",
        "nsurance",
    ):
        assert private not in paper


def test_a_sheet_leaves_out_canceled_appointments_and_holds(client, clinic, rosa):
    clinic.appointment(clinic.slot(hour=9))
    gone = clinic.appointment(clinic.slot(hour=11), patient={"name": "Gone Demo"})
    lifecycle.cancel(gone.pk, "ill", by=lifecycle.staff(rosa), now=MONDAY)
    clinic.appointment_request(clinic.slot(hour=13), patient={"name": "Held Demo"})
    (paper,) = sheet_of(client)
    assert "Gone Demo" not in paper
    assert "Held" not in paper


def test_a_sheet_can_be_limited_to_one_office(client, clinic, rosa):
    make_location(name="Harbor office", slug="harbor")
    clinic.appointment()
    assert sheet_of(client, place="harbor") == []
    assert len(sheet_of(client, place="pier-street")) == 1


def test_a_day_without_appointments_says_so(client, clinic, rosa):
    assert "No appointments this day" in words(client.get(f"{THURSDAY}sheet/"))
    assert client.get("/admin/desk/day/x/sheet/").status_code == 404


def test_the_sheet_marks_who_has_checked_in(client, clinic, rosa, at):
    appointment = clinic.appointment()
    at("2026-12-03 08:55")
    client.force_login(rosa)
    lifecycle.check_in(appointment.pk, by=lifecycle.staff(rosa), now=local(2026, 12, 3, 8, 55) - timedelta(minutes=1))
    (paper,) = sheet_of(client)
    assert "Checked in" in paper
