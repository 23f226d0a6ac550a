"""Removing weekly or extra hours that contain appointments says how many, and asks for confirmation."""

import re
from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, AppointmentRequest
from clinic.models import Location, Practitioner, Schedule, ScheduleException
from tests.booking.admin.closure_form import affected, closure
from tests.builders import make_clerk, make_location, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
THURSDAY = 3  # the weekday of Clinic.appointment(): December 3, 2026, 9:00 to 9:40 am


def row_of(clinic, weekday=THURSDAY):
    return Schedule.objects.get(practitioner=clinic.practitioner, weekday=weekday)


def hours(row, **changes):
    return {
        "practitioner": row.practitioner_id, "location": row.location_id, "weekday": row.weekday,
        "starts": "9:00 am", "ends": "5:00 pm", "valid_from": "", "valid_until": "",
    } | changes  # fmt: skip


def change(row):
    return reverse(f"admin:clinic_{row._meta.model_name}_change", args=[row.pk])


def delete(row):
    return reverse(f"admin:clinic_{row._meta.model_name}_delete", args=[row.pk])


def person(clinic, **changes):
    """The practitioner's own form."""
    data = {"name": clinic.practitioner.name, "slug": clinic.practitioner.slug, "order": "0", "is_active": "on"}
    return {name: value for name, value in (data | changes).items() if value is not None}


# -- weekly hours on their own page


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"starts": "9:30 am"}, True),
        ({"ends": "9:39 am"}, True),
        ({"ends": "9:40 am"}, False),
        ({"starts": "8:00 am"}, False),
        ({"weekday": 5}, True),
        ({"valid_until": "2026-12-02"}, True),
        ({"valid_until": "2026-12-03"}, False),
        ({"valid_from": "2026-12-04"}, True),
    ],
)
def test_hours_that_would_leave_an_appointment_outside_ask_and_others_are_saved(client, clinic, lead, changes, asks):
    clinic.appointment()
    row = row_of(clinic)
    response = client.post(change(row), hours(row, **changes))
    assert (response.status_code, affected(response)) == ((200, "1-0") if asks else (302, None))
    row.refresh_from_db()
    assert (row.starts, row.ends, row.weekday, row.valid_until) == (540, 1020, 3, None) or not asks


def test_hours_given_to_another_office_or_person_ask(client, clinic, lead):
    clinic.appointment()
    row, harbor, tomas = row_of(clinic), make_location(), make_practitioner()
    assert affected(client.post(change(row), hours(row, location=harbor.pk))) == "1-0"
    assert affected(client.post(change(row), hours(row, practitioner=tomas.pk))) == "1-0"


def test_the_confirmation_page_says_how_many_whom_to_call_and_that_nothing_is_saved(client, clinic, lead):
    appointment = clinic.appointment()
    clinic.appointment_request(clinic.slot(hour=13))
    row = row_of(clinic)
    response = client.post(change(row), hours(row, ends="9:15 am"))
    page = words(response)
    assert "1 booked and 1 held appointments would be outside working hours. Nothing has been saved yet." in page
    assert "2 appointments would be outside working hours" in page
    assert "Thu, Dec 3, 1:00 – 1:40 PM EST, Dr. Mara Ellison, MD, Pier Street office: Held" in page
    assert re.search(r"June Demo ?, \(718\) 555-0167", page)
    assert f"/admin/desk/requests/{appointment.appointment_request.reference}/" in response.content.decode()
    assert 'value="9:15 am"' in response.content.decode()
    assert not LogEntry.objects.exists()


def test_confirmed_hours_are_saved_and_no_appointment_is_changed(client, clinic, lead):
    appointment = clinic.appointment()
    row = row_of(clinic)
    assert client.post(change(row), hours(row, ends="9:15 am", affected="1-0")).status_code == 302
    row.refresh_from_db()
    appointment.refresh_from_db()
    assert (row.ends, appointment.status, appointment.needs_rebooking_since) == (555, "booked", None)


def test_find_them_another_time_opens_requests_to_rebook(client, clinic, lead, django_capture_on_commit_callbacks):
    appointment = clinic.appointment()
    row = row_of(clinic)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(change(row), hours(row, ends="9:15 am", affected="1-0 ask"))
    assert AppointmentRequest.objects.get(replaces=appointment).messages.get().kind == "needs_rebooking"


@pytest.mark.once
def test_a_wrong_count_saves_nothing(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic)
    for code in ("2-0", "x", "0-0", "9" * 500, "1-0x", ""):
        assert affected(client.post(change(row), hours(row, ends="9:15 am", affected=code))) == "1-0", code
        row.refresh_from_db()
        assert row.ends == 1020, code


def test_errors_of_the_form_are_shown_before_the_confirmation(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic)
    response = client.post(change(row), hours(row, ends="8:00 am"))
    assert affected(response) is None
    assert "The start time must be before the end time" in words(response)


def test_other_hours_that_still_contain_the_appointment_do_not_ask(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic)
    Schedule.objects.create(practitioner=clinic.practitioner, location=clinic.location, weekday=3, starts=480, ends=600)
    assert client.post(change(row), hours(row, starts="1:00 pm")).status_code == 302


def test_appointments_that_were_already_outside_do_not_count(client, clinic, lead):
    clinic.appointment(clinic.slot(hour=19))
    clinic.appointment(clinic.slot(day=10))
    ScheduleException.objects.create(first_day="2026-12-10", last_day="2026-12-10")
    row = row_of(clinic)
    assert client.post(change(row), hours(row, starts="1:00 pm")).status_code == 302


def test_another_practitioners_hours_do_not_matter(client, clinic, lead):
    clinic.appointment()
    tomas = make_practitioner(clinic.appointment_type, clinic.location)
    row = Schedule.objects.get(practitioner=tomas, weekday=THURSDAY)
    assert client.post(delete(row), {"post": "yes"}).status_code == 302


# -- deleting weekly hours


def test_deleting_hours_with_an_appointment_asks_on_a_page_of_its_own_first(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic)
    response = client.post(delete(row), {"post": "yes"})
    assert (response.status_code, affected(response)) == (200, "1-0")
    assert "1 appointment would be outside working hours Nothing has been deleted yet." in words(response)
    assert Schedule.objects.filter(pk=row.pk).exists()
    assert not LogEntry.objects.exists()
    assert client.post(delete(row), {"post": "yes", "affected": "1-0"}).status_code == 302
    assert not Schedule.objects.filter(pk=row.pk).exists()
    assert Appointment.objects.get().status == "booked"


def test_the_page_that_confirms_a_deletion_can_be_submitted(clinic):
    clinic.appointment()
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_clerk("Desk lead"))
    row = row_of(clinic)
    page = client.get(delete(row))
    for answer in ({}, {"affected": "1-0"}):
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[-1]
        page = client.post(delete(row), {"post": "yes", "csrfmiddlewaretoken": token, **answer})
    assert page.status_code == 302


def test_deleting_hours_can_open_requests_to_rebook(client, clinic, lead, django_capture_on_commit_callbacks):
    appointment = clinic.appointment()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(delete(row_of(clinic)), {"post": "yes", "affected": "1-0 ask"})
    assert AppointmentRequest.objects.get(replaces=appointment).status == "new"


def test_deleting_hours_without_appointments_asks_only_djangos_question(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic, weekday=0)
    assert "Are you sure" in words(client.get(delete(row)))
    assert client.post(delete(row), {"post": "yes"}).status_code == 302


def test_no_list_of_hours_has_bulk_deletion(client, clinic, lead):
    for model in ("schedule", "scheduleexception"):
        assert "delete_selected" not in client.get(f"/admin/clinic/{model}/").content.decode()


# -- on the practitioner's page


def test_a_practitioners_page_asks_before_it_removes_them(client, clinic, manager):
    clinic.appointment()
    data = person(clinic, is_active=None)
    assert affected(client.post(change(clinic.practitioner), data)) == "1-0"
    assert Practitioner.objects.get(pk=clinic.practitioner.pk).is_active
    assert client.post(change(clinic.practitioner), data | {"affected": "1-0"}).status_code == 302
    assert not Practitioner.objects.get(pk=clinic.practitioner.pk).is_active


def test_renaming_a_practitioner_does_not_ask(client, clinic, manager):
    clinic.appointment()
    response = client.post(change(clinic.practitioner), person(clinic, name="Dr. Mara Ellison-Reyes"))
    assert response.status_code == 302


def test_a_new_provider_leads_to_a_week_without_hours_and_a_known_one_has_a_link_to_it(client, clinic, manager):
    new = person(clinic, name="Dr. Lee, MD", slug="lee")
    answer = client.post(reverse("admin:clinic_practitioner_add"), new | {"_save": "Save"})
    assert answer["Location"] == "/admin/desk/hours/lee/"
    for name, slug in (("Dr. Lee, MD", "dr-lee-md"), ("Dr. Lee MD", "dr-lee-md-2"), ("李", "practitioner")):
        client.post(reverse("admin:clinic_practitioner_add"), new | {"name": name, "slug": ""})
        assert Practitioner.objects.filter(name=name, slug=slug).exists(), "without a script"
    page = client.get(change(Practitioner.objects.get(slug="lee"))).text
    assert '<a href="/admin/desk/hours/lee/">Weekly hours</a>' in page


def test_deactivating_an_office_asks(client, clinic, manager):
    clinic.appointment()
    data = {
        "name": "Pier Street office", "slug": "pier-street", "address": "100 Example Street",
        "zone": "America/New_York",
        "office_hours-TOTAL_FORMS": 0, "office_hours-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(change(clinic.location), data | {"is_active": "on"}).status_code == 302
    assert affected(client.post(change(clinic.location), data)) == "1-0"
    assert Location.objects.get(pk=clinic.location.pk).is_active


# -- extra hours


@pytest.fixture
def saturday(clinic):
    """Extra hours on Saturday, December 5, 9 to 1, with an appointment inside them."""
    row = ScheduleException.objects.create(
        kind="open", first_day=date(2026, 12, 5), last_day=date(2026, 12, 5), starts=540, ends=780,
        location=clinic.location, practitioner=clinic.practitioner,
    )  # fmt: skip
    clinic.appointment(clinic.slot(day=5))
    return row


def extra(row, **changes):
    day = {"first_day": "2026-12-05", "last_day": "2026-12-05", "starts": "9:00 am", "ends": "1:00 pm"}
    return closure(kind="open", **day, location=row.location_id, practitioner=row.practitioner_id) | changes


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"ends": "9:30 am"}, "1-0"),
        ({"first_day": "2026-12-06", "last_day": "2026-12-06"}, "1-0"),
        ({"kind": "closed"}, "1-0"),
        ({"kind": "closed", "first_day": "2026-12-06", "last_day": "2026-12-06"}, "1-0"),
        ({"ends": "10:00 am", "note": "shorter"}, None),
    ],
)
def test_shortening_extra_hours_below_an_appointment_asks(client, lead, saturday, changes, asks):
    response = client.post(change(saturday), extra(saturday, **changes))
    assert affected(response) == asks
    if asks:
        assert client.post(change(saturday), extra(saturday, **changes, affected=asks)).status_code == 302


def test_deleting_extra_hours_with_an_appointment_asks(client, lead, saturday):
    assert affected(client.post(delete(saturday), {"post": "yes"})) == "1-0"
    assert ScheduleException.objects.exists()


def test_deleting_a_closure_does_not_ask(client, clinic, lead):
    clinic.appointment()
    row = ScheduleException.objects.create(first_day="2026-12-03", last_day="2026-12-03")
    assert client.post(delete(row), {"post": "yes"}).status_code == 302


def test_a_new_closure_over_extra_hours_counts_each_appointment_once(client, lead, saturday):
    day = {"first_day": "2026-12-05", "last_day": "2026-12-05"}
    assert affected(client.post("/admin/clinic/scheduleexception/add/", closure(**day))) == "1-0"


# -- what it costs


def queries(client, row):
    with CaptureQueriesContext(connection) as counted:
        client.post(change(row), hours(row, ends="9:15 am"))
    return len(counted)


def test_the_check_costs_the_same_for_one_appointment_and_for_thirty(client, clinic, lead):
    clinic.appointment()
    row = row_of(clinic)
    queries(client, row)
    few = queries(client, row)
    for day in (3, 10, 17):
        for hour in range(10, 17):
            clinic.appointment(clinic.slot(day=day, hour=hour))
    for _ in range(30):
        make_practitioner(clinic.appointment_type, clinic.location)
    assert queries(client, row) == few


def test_users_who_may_not_change_hours_learn_nothing_about_appointments(client, clinic):
    clinic.appointment()
    client.force_login(make_clerk("Front desk"))
    row = row_of(clinic)
    for response in (client.post(change(row), hours(row, ends="9:15 am")), client.post(delete(row), {"post": "yes"})):
        assert response.status_code == 403
        assert "June Demo" not in response.content.decode()
