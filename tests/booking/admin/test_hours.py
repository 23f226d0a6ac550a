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
from tests.builders import make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
THURSDAY = 3  # the weekday of Clinic.appointment(): December 3, 2026, 9:00 to 9:40 am


def change(row):
    return reverse(f"admin:clinic_{row._meta.model_name}_change", args=[row.pk])


def delete(row):
    return reverse(f"admin:clinic_{row._meta.model_name}_delete", args=[row.pk])


def person(clinic, **changes):
    """The practitioner's own form."""
    data = {"name": clinic.practitioner.name, "slug": clinic.practitioner.slug, "order": "0", "is_active": "on"}
    return {name: value for name, value in (data | changes).items() if value is not None}


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


# -- what the page says, and what confirming does


def test_the_confirmation_page_says_how_many_whom_to_call_and_that_nothing_is_saved(client, lead, clinic, saturday):
    appointment = Appointment.objects.get()
    clinic.appointment_request(clinic.slot(day=5, hour=11))
    response = client.post(change(saturday), extra(saturday, ends="9:15 am"))
    page = words(response)
    assert "1 booked and 1 held appointments would be outside working hours. Nothing has been saved yet." in page
    assert "2 appointments would be outside working hours" in page
    assert "Sat, Dec 5, 11:00 – 11:40 AM EST, Dr. Mara Ellison, MD, Pier Street office: Held" in page
    assert re.search(r"June Demo ?, \(718\) 555-0167", page)
    assert f"/admin/desk/requests/{appointment.appointment_request.reference}/" in response.content.decode()
    assert 'value="9:15 am"' in response.content.decode()
    assert not LogEntry.objects.exists()


def test_confirmed_hours_are_saved_and_no_appointment_is_changed(client, lead, saturday):
    shorter = extra(saturday, ends="9:15 am")
    for code in ("2-0", "x", "0-0", "9" * 500, "1-0x", ""):
        assert affected(client.post(change(saturday), shorter | {"affected": code})) == "1-0", code
        saturday.refresh_from_db()
        assert saturday.ends == 780, code
    assert client.post(change(saturday), shorter | {"affected": "1-0"}).status_code == 302
    saturday.refresh_from_db()
    appointment = Appointment.objects.get()
    assert (saturday.ends, appointment.status, appointment.needs_rebooking_since) == (555, "booked", None)


def test_find_them_another_time_opens_requests_to_rebook(client, lead, saturday, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(delete(saturday), {"post": "yes", "affected": "1-0 ask"})
    request = AppointmentRequest.objects.get(replaces=Appointment.objects.get())
    assert (request.status, request.messages.get().kind) == ("new", "needs_rebooking")


def test_errors_of_the_form_are_shown_before_the_confirmation(client, lead, saturday):
    response = client.post(change(saturday), extra(saturday, ends="8:00 am"))
    assert affected(response) is None
    assert "the start time before the end time" in words(response)


def test_appointments_that_were_already_outside_do_not_count(client, clinic, lead, saturday):
    clinic.appointment(clinic.slot(day=5, hour=19))
    Schedule.objects.all().delete()
    assert affected(client.post(delete(saturday), {"post": "yes"})) == "1-0"


def test_a_deletion_asks_on_a_page_of_its_own_first_which_can_be_submitted(client, clinic, saturday):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_clerk("Desk lead"))
    page = client.get(delete(saturday))
    assert "Are you sure" in words(page)
    for answer in ({}, {"affected": "1-0"}):
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[-1]
        page = client.post(delete(saturday), {"post": "yes", "csrfmiddlewaretoken": token, **answer})
        if not answer:
            assert "1 appointment would be outside working hours Nothing has been deleted yet." in words(page)
            assert ScheduleException.objects.exists()
    assert page.status_code == 302
    assert Appointment.objects.get().status == "booked"


def test_no_list_of_hours_has_bulk_deletion(client, clinic, lead):
    assert "delete_selected" not in client.get("/admin/clinic/scheduleexception/").content.decode()


# -- what it costs


def queries(client, row):
    with CaptureQueriesContext(connection) as counted:
        client.post(change(row), extra(row, ends="9:15 am"))
    return len(counted)


def test_the_check_costs_the_same_for_one_appointment_and_for_thirty(client, clinic, lead, saturday):
    queries(client, saturday)
    few = queries(client, saturday)
    for day in (3, 10, 17):
        for hour in range(10, 17):
            clinic.appointment(clinic.slot(day=day, hour=hour))
    for _ in range(30):
        make_practitioner(clinic.appointment_type, clinic.location)
    assert queries(client, saturday) == few


def test_users_who_may_not_change_hours_learn_nothing_about_appointments(client, clinic, saturday):
    client.force_login(make_clerk("Front desk"))
    shorter = extra(saturday, ends="9:15 am")
    for response in (client.post(change(saturday), shorter), client.post(delete(saturday), {"post": "yes"})):
        assert response.status_code == 403
        assert "June Demo" not in response.content.decode()
