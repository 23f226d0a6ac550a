"""A closure that affects appointments says how many, and asks for confirmation."""

import html
import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest
from clinic.models import ScheduleException
from tests.booking.admin.closure_form import affected, closure
from tests.builders import MONDAY, make_clerk, make_location, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
ADD = "/admin/clinic/scheduleexception/add/"


def test_a_closure_without_appointments_is_saved_at_once(client, clinic, lead):
    clinic.appointment(clinic.slot(day=4))
    assert client.post(ADD, closure()).status_code == 302
    assert ScheduleException.objects.count() == 1


def test_a_closure_over_appointments_says_how_many_and_is_not_saved(client, clinic, lead):
    clinic.appointment()
    clinic.appointment(clinic.slot(hour=11))
    clinic.appointment_request(clinic.slot(hour=13))
    response = client.post(ADD, closure())
    page = words(response)
    assert "This closure affects 2 booked and 1 held appointments. It has not been saved yet." in page
    assert "3 appointments are affected" in page
    assert "Thu, Dec 3, 1:00 – 1:40 PM EST, Dr. Mara Ellison, MD, Pier Street office: Held" in page
    assert affected(response) == "2-1"
    assert not ScheduleException.objects.exists()


def test_a_confirmed_closure_is_saved_and_changes_no_appointment(client, clinic, lead):
    appointment = clinic.appointment()
    data = closure()
    code = affected(client.post(ADD, data))
    del data["_save"]
    assert client.post(ADD, data | {"affected": code}).status_code == 302
    assert ScheduleException.objects.count() == 1
    assert Appointment.objects.get(pk=appointment.pk).status == "booked"


def test_if_the_count_changed_in_the_meantime_it_asks_again(client, clinic, lead):
    clinic.appointment()
    code = affected(client.post(ADD, closure()))
    clinic.appointment(clinic.slot(hour=11))
    response = client.post(ADD, closure(affected=code))
    assert affected(response) == "2-0"
    assert not ScheduleException.objects.exists()


@pytest.mark.once
def test_a_made_up_count_saves_nothing(client, clinic, lead):
    clinic.appointment()
    for code in ("x", "0-0", "1", "9" * 500, "-"):
        assert affected(client.post(ADD, closure(affected=code))) == "1-0", code
        assert not ScheduleException.objects.exists(), code


@pytest.mark.parametrize(
    ("starts", "ends", "asks"),
    [
        ("9:00 am", "9:40 am", True),
        ("9:39 am", "5:00 pm", True),
        ("8:00", "9:00", False),
        ("9:40 am", "24:00", False),
        ("noon", "midnight", False),
        ("12:00 am", "12:00 am", True),
    ],
)
def test_a_partial_closure_affects_only_what_overlaps_it(client, clinic, lead, starts, ends, asks):
    clinic.appointment()
    assert bool(affected(client.post(ADD, closure(starts=starts, ends=ends)))) == asks


def test_closed_hours_are_in_each_offices_own_zone(client, clinic, lead):
    honolulu = make_location(name="Honolulu", zone="Pacific/Honolulu")
    kai = make_practitioner(clinic.appointment_type, honolulu, name="Dr. Kai")
    slot = clinic.slot(hour=14, practitioner=kai)  # 9:00 in Honolulu
    slot = type(slot)(slot.starts_at, kai.pk, honolulu.pk)
    lifecycle.book(clinic.draft(), slot, by=lifecycle.staff(lead, "phone"), now=MONDAY)
    assert affected(client.post(ADD, closure(starts="9:00 am", ends="10:00 am"))) == "1-0"
    assert affected(client.post(ADD, closure(starts="2:00 pm", ends="3:00 pm"))) is None


def test_only_the_closed_office_and_practitioners_count(client, clinic, lead):
    harbor, tomas = make_location(), make_practitioner()
    clinic.appointment()
    assert affected(client.post(ADD, closure(location=clinic.location.pk))) == "1-0"
    assert affected(client.post(ADD, closure(practitioner=clinic.practitioner.pk))) == "1-0"
    assert affected(client.post(ADD, closure(location=harbor.pk))) is None
    assert affected(client.post(ADD, closure(practitioner=tomas.pk))) is None
    assert affected(client.post(ADD, closure(except_for=[clinic.practitioner.pk]))) is None


def test_past_appointments_canceled_ones_and_expired_holds_do_not_count(client, clinic, lead, at):
    clinic.appointment_request(clinic.slot(hour=11))
    cancelled, early = clinic.appointment(clinic.slot(hour=13)), clinic.appointment()
    lifecycle.cancel(cancelled.pk, "patient", by=lifecycle.staff(lead), now=MONDAY)
    at("2026-12-03 10:00")
    client.force_login(lead)
    assert early.starts_at < MONDAY + timedelta(days=20)
    assert affected(client.post(ADD, closure())) is None


def test_extra_hours_affect_no_appointment(client, clinic, lead):
    clinic.appointment()
    data = closure(
        kind="open", starts="6:00 pm", ends="8:00 pm", location=clinic.location.pk, practitioner=clinic.practitioner.pk
    )
    assert client.post(ADD, data).status_code == 302


def test_a_longer_closure_asks_again_and_a_new_note_does_not(client, clinic, lead):
    clinic.appointment()
    row = ScheduleException.objects.create(first_day=date(2026, 12, 3), last_day=date(2026, 12, 3))
    path = reverse("admin:clinic_scheduleexception_change", args=[row.pk])
    assert client.post(path, closure(note="for a storm")).status_code == 302
    assert affected(client.post(path, closure(last_day="2026-12-04"))) == "1-0"
    row.refresh_from_db()
    assert (row.note, row.last_day) == ("for a storm", date(2026, 12, 3))


INVALID = [
    {"last_day": "2026-12-02"}, {"first_day": "x"}, {"first_day": ""}, {"starts": "25:00"}, {"ends": ""},
    {"starts": "5 pm", "ends": "9 am"}, {"kind": "x"}, {"kind": "open"}, {"location": "999999"},
    {"practitioner": "9" * 30}, {"except_for": "x"}, {"note": "x" * 121}, {"first_day": "99999-01-01"},
]  # fmt: skip


def test_invalid_values_are_errors_on_the_form(client, clinic, lead):
    clinic.appointment()
    for changes in INVALID:
        response = client.post(ADD, closure() | changes)
        assert response.status_code == 200, changes
        assert "errornote" in response.content.decode(), changes
        assert not ScheduleException.objects.exists(), changes


def test_a_closure_of_centuries_is_checked_quickly(client, clinic, lead):
    clinic.appointment()
    data = closure(first_day="0001-01-01", last_day="9999-12-31")
    assert affected(client.post(ADD, data)) == "1-0"


def test_affected_appointments_beyond_those_shown_are_counted(client, clinic, lead, monkeypatch):
    monkeypatch.setattr("booking.lifecycle.time_off.affected.SHOWN", 2)
    for n in range(5):
        clinic.appointment(
            clinic.slot(practitioner=make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}"))
        )
    response = client.post(ADD, closure())
    assert affected(response) == "5-0"
    assert "and 3 more" in words(response)


def test_only_leads_and_managers_may_add_closures(client, clinic):
    for role, status in [("Front desk", 403), ("Clinician", 403), ("Desk lead", 200), ("Manager", 200)]:
        client.force_login(make_clerk(role))
        assert client.get(ADD).status_code == status


def test_booked_patients_are_notified_and_get_a_request_to_rebook(
    client, clinic, lead, django_capture_on_commit_callbacks
):
    appointment = clinic.appointment()
    clinic.appointment_request(clinic.slot(hour=13))  # only held
    code = affected(client.post(ADD, closure()))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(ADD, closure(affected=f"{code} ask")).status_code == 302
    appointment.refresh_from_db()
    assert appointment.needs_rebooking_since is not None
    again = AppointmentRequest.objects.get(replaces=appointment)
    assert (again.status, again.messages.get().kind) == ("new", "needs_rebooking")
    assert AppointmentRequest.objects.filter(replaces__isnull=False).count() == 1


def test_save_only_notifies_nobody(client, clinic, lead, django_capture_on_commit_callbacks):
    clinic.appointment()
    code = affected(client.post(ADD, closure()))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ADD, closure(affected=code))
    assert not AppointmentRequest.objects.filter(replaces__isnull=False).exists()


def test_the_confirmation_page_names_the_patients_to_call(client, clinic, lead):
    clinic.appointment()
    page = words(client.post(ADD, closure()))
    assert re.search(r"June Demo ?, \(718\) 555-0167", page)


def test_a_new_closure_leads_to_the_page_that_finds_other_times_for_its_patients(client, clinic, lead):
    clinic.appointment()
    other = clinic.appointment(clinic.slot(hour=15), patient={"name": "Later Demo"})
    asking = client.post(ADD, closure(starts="2:00 pm", practitioner=clinic.practitioner.pk, private_reason="Sick"))
    (there,) = re.findall(r'href="(/admin/desk/provider-out/[^"]*)"', html.unescape(asking.content.decode()))
    assert "Sick" not in there
    page = words(client.get(there))
    assert "1 appointment affected" in page
    assert "Only part of the day: 2:00 PM – 12:00 AM." in page
    assert "Later Demo" in page
    assert "June Demo" not in page
    shown = client.get(there)
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.content.decode()))
    first = {"first": "2026-12-03", "practitioner": clinic.practitioner.slug, "act": "1"}
    client.post("/admin/desk/provider-out/", form | first)
    saved = ScheduleException.objects.get()
    assert (saved.starts, saved.ends, saved.practitioner) == (840, 1440, clinic.practitioner)
    other.refresh_from_db()
    assert other.needs_rebooking
