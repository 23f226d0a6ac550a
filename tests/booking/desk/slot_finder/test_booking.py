"""Booking for a caller or a walk-in: one plain form, confirmed at once, never twice."""

import re
from datetime import date

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.patients.forms import PersonForm
from booking.models import Appointment, AppointmentRequest, Message, Patient
from clinic.models import AppointmentType, Location
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.builders import MONDAY, make_appointment_type, make_location, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db


def codes(response):
    return re.findall(r'name="hold" value="([0-9-]+)"', markup(response))


def test_the_form_starts_with_the_reason(client, clinic, rosa):
    assert "Choose a reason, then press “Show open times”." in words(client.get(BOOK))


def test_open_times_are_listed_by_day_with_practitioner_and_office(client, clinic, rosa):
    page = words(client.get(BOOK, {"reason": clinic.reason.slug}))
    assert "Open times for New-patient consultation, 40 min" in page
    assert "Tue, Nov 24, 10:20 AM EST Dr. Mara Ellison, MD Pier Street office Hold Tue, Nov 24, 10:20 AM EST" in page
    assert "Hold Mon, Nov 23, 10:20 AM EST" in page.split("short notice for this appointment type")[1]
    assert "Times starting" in page


def test_a_booking_is_confirmed_at_once_and_its_page_follows(client, clinic, rosa):
    page = words(client.post(BOOK, typed(clinic, needs=["walker"], note="Comes with her son."), follow=True))
    appointment_request, appointment = AppointmentRequest.objects.get(), Appointment.objects.get()
    assert (appointment_request.status, appointment_request.channel, appointment.status) == (
        "confirmed",
        "phone",
        "booked",
    )
    assert appointment.starts_at == clinic.slot(day=1).starts_at
    assert "Booked: Tomasina Demo , Tue, Dec 1, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office." in page
    assert str(appointment_request) in page
    assert "Note by Rosa: Comes with her son." in page
    patient = Patient.objects.get()
    assert (patient.name, str(patient.phone), patient.phone_typed) == ("Tomasina Demo", "+17185550171", "718 555 0171")
    assert patient.needs == ["walker"]


def test_a_caller_needs_no_second_call_and_a_patient_with_email_gets_one(client, clinic, rosa):
    client.post(BOOK, typed(clinic))
    message = Message.objects.get()
    assert message.status == "notified"
    page = client.get(reverse("desk:request", args=[message.appointment_request.reference]))
    assert "Your appointment is confirmed: told when booking" in words(page)
    assert reverse("desk:letter", args=[message.pk]) in page.content.decode()
    client.post(BOOK, typed(clinic, email="t@example.org", slot=clinic.slot(day=2).code))
    assert Message.objects.latest("pk").status == "queued"


def test_who_wants_a_letter_and_has_no_email_is_on_the_list_of_letters(client, clinic, rosa):
    page = words(client.post(BOOK, typed(clinic, letter="1"), follow=True))
    assert "The letter is under “Letters to print”." in page
    letters = words(client.get(reverse("desk:queue"), {"view": "to-call", "only": "letters"}))
    assert "Letter to print Tue, Dec 1" in letters
    client.post(BOOK, typed(clinic, letter="1", email="t@example.org", slot=clinic.slot(day=2).code))
    assert Message.objects.latest("pk").status == "queued"


def test_a_walk_in_is_recorded_as_such(client, clinic, rosa):
    assert 'value="walk_in" selected' in client.get(BOOK, {"channel": "walk_in"}).content.decode()
    client.post(BOOK, typed(clinic, channel="walk_in"))
    assert AppointmentRequest.objects.get().channel == "walk_in"


def test_a_double_click_books_only_once(client, clinic, rosa):
    data = typed(clinic)
    first, second = client.post(BOOK, data), client.post(BOOK, data)
    assert first["Location"] == second["Location"]
    assert Appointment.objects.count() == 1


def test_the_same_form_sent_later_for_someone_else_says_that_it_was_already_booked(client, clinic, rosa, at):
    data = typed(clinic)
    client.post(BOOK, data)
    at("2026-11-23 10:19")
    page = words(client.post(BOOK, data | {"name": "Another Demo", "slot": clinic.slot(day=2).code}, follow=True))
    assert "You already booked this, so it was not booked twice." in page
    assert Patient.objects.count() == 1


def test_a_date_of_birth_is_accepted_in_any_usual_format():
    field = PersonForm.base_fields["birth_date"]
    for text in ("3/9/1951", "03-09-1951", "March 9, 1951", "mar 9 1951", "1951-03-09", "3.9.1951"):
        assert field.clean(text).isoformat() == "1951-03-09", text


def test_names_in_any_script_are_kept(client, clinic, rosa):
    names = ["Ирина Демо", "偉明 Demo", "Zoë O’Brien-Nuñez", "Nguyễn Thị Ánh", "X Æ", "李", "فاطمة"]
    assert [PersonForm.base_fields["name"].clean(name) for name in names] == names
    client.post(BOOK, typed(clinic, name=names[-1], birth_date="mar 9 1951"))
    assert (Patient.objects.get().name, Patient.objects.get().birth_date) == (names[-1], date(1951, 3, 9))


CANNOT_BE = [
    ("name", "", "Enter the full name."),
    ("name", "123", "Enter a name with letters."),
    ("name", "x" * 121, "Use up to 120 characters."),
    ("birth_date", "", "Enter the date of birth."),
    ("birth_date", "1951", "Enter the full date of birth"),
    ("birth_date", "2/30/1951", "that exists"),
    ("birth_date", "3/9/2051", "between 1900 and today"),
    ("birth_date", "9" * 500, "Enter the full date of birth"),
    ("phone", "", "Enter a phone number."),
    ("phone", "555", "Enter a phone number with area code"),
    ("email", "june", "Enter a full email address"),
    ("note", "x" * 201, "Use up to 200 characters."),
    ("channel", "web", "Choose from the list."),
    ("needs", "money", "Choose from the list."),
    ("reason", "nothing", "Choose a reason."),
    ("since", "tomorrow", "Enter the day as month/day/year"),
    ("since", "9999-12-31", "We book up to 400 days ahead."),
    ("slot", "", "Choose an open time."),
    ("slot", "x", "Choose an open time."),
    ("flow_key", "x", "Part of this form was missing."),
    ("flow_key", "", "Part of this form was missing."),
]


def test_an_invalid_value_has_its_error_beside_the_field_and_nothing_typed_is_lost(client, clinic, rosa):
    for field, value, sentence in CANNOT_BE:
        data = typed(clinic, email="t@example.org", note="Stairs are hard.") | {field: value}
        response = client.post(BOOK, data)
        assert response.status_code == 400, (field, value)
        assert sentence in words(response), (field, value)
        html = response.content.decode()
        for name in {"name", "birth_date", "phone", "email"} - {field}:
            assert f'value="{data[name]}"' in html, (field, value)
        assert not Appointment.objects.exists(), (field, value)


def test_other_times_can_be_searched_without_losing_what_was_typed(client, clinic, rosa):
    data = typed(clinic, needs=["walker"], phone="not yet") | {"look": "1", "since": "2026-12-07"}
    del data["book"]
    response = client.post(BOOK, data)
    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="Tomasina Demo"' in html
    assert 'value="not yet"' in html
    assert re.search(r'value="walker"[^>]* checked', html)
    assert data["flow_key"] in html
    assert "There is a problem" not in html
    assert "Mon, Dec 7" in words(response)
    assert not Appointment.objects.exists()


def test_a_time_that_was_just_taken_gives_a_message_and_other_times(client, clinic, rosa):
    taken = clinic.appointment(clinic.slot(day=1))
    response = client.post(BOOK, typed(clinic))
    assert response.status_code == 409
    assert f"Appointment {taken} is already at this time. Your change was not saved." in words(response)
    assert 'value="Tomasina Demo"' in response.content.decode()
    assert Appointment.objects.count() == 1
    assert Patient.objects.count() == 1


def test_a_time_that_was_never_open_is_refused(client, clinic, rosa):
    for code in ("1-1-1", "29813460-999999-999999", "99999999-1-1"):
        assert client.post(BOOK, typed(clinic, slot=code)).status_code == 409, code
        assert not Patient.objects.exists(), code


def test_a_past_time_cannot_be_booked(client, clinic, rosa):
    assert client.post(BOOK, typed(clinic, slot=clinic.slot(day=23, month=11).code)).status_code == 409


def test_a_held_time_is_not_listed_and_cannot_be_booked(client, clinic, rosa):
    clinic.appointment_request(clinic.slot(day=1))
    assert clinic.slot(day=1).code not in codes(client.get(BOOK, {"reason": clinic.reason.slug, "since": "2026-12-01"}))
    assert client.post(BOOK, typed(clinic)).status_code == 409


def test_office_practitioner_and_appointment_type_filter_the_times(client, clinic, rosa):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas Okafor-Lind, MD", slug="tomas")
    procedure = make_appointment_type(name="Procedure appointment", slug="procedure", minutes=60, is_public=False)
    procedure.practitioners.add(clinic.practitioner)
    page = words(client.get(BOOK, {"reason": clinic.reason.slug, "place": "harbor"}))
    assert "Okafor-Lind, MD Harbor Avenue office" in page
    assert "Ellison, MD Pier" not in page
    page = words(client.get(BOOK, {"reason": clinic.reason.slug, "practitioner": clinic.practitioner.slug}))
    assert "Okafor-Lind, MD Harbor" not in page
    page = words(client.get(BOOK, {"reason": clinic.reason.slug, "appointment": "procedure"}))
    assert "Open times for Procedure appointment, 60 min" in page
    client.post(BOOK, typed(clinic, appointment="procedure", slot=clinic.slot(day=1).code))
    assert AppointmentRequest.objects.get().appointment_type == AppointmentType.objects.get(slug="procedure")


def test_a_returning_patient_gets_the_type_for_returning_patients(client, clinic, rosa):
    clinic.reason.appointment_type_returning = make_appointment_type(name="Follow-up", minutes=20, step=20)
    clinic.reason.appointment_type_returning.practitioners.add(clinic.practitioner)
    clinic.reason.save()
    client.post(BOOK, typed(clinic, returning="yes"))
    appointment_request = AppointmentRequest.objects.get()
    assert (appointment_request.returning, appointment_request.appointment_type.name) == (True, "Follow-up")


def test_it_says_so_if_there_is_no_open_time(client, clinic, rosa):
    Location.objects.update(is_active=False)
    assert "No openings through" in words(client.get(BOOK, {"reason": clinic.reason.slug}))


def test_the_page_shows_whole_days_and_costs_no_more_with_a_larger_team(
    client, clinic, rosa, django_assert_max_num_queries
):
    look = {"reason": clinic.reason.slug}
    client.get(BOOK, look)
    with django_assert_max_num_queries(14) as one:
        shown = codes(client.get(BOOK, look))
    number = len(one)
    assert 24 <= len(shown) < 48
    for n in range(9):
        make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
    client.get(BOOK, look)
    with django_assert_max_num_queries(number):  # fewer days may be enough
        client.get(BOOK, look)


@pytest.mark.once
def test_an_invalid_url_parameter_is_no_error(client, clinic, rosa):
    for query in (
        {"channel": "x"},
        {"reason": "x"},
        {"reason": "\U0001f480" * 50},
        {"reason": "broken-bone", "since": "0001-01-01"},
        {"reason": "broken-bone", "since": "x"},
        {"reason": "broken-bone", "place": "x", "practitioner": "y", "appointment": "z"},
        {"reason": "broken-bone", "returning": "maybe"},
    ):
        assert client.get(BOOK, query).status_code == 200, query


def test_the_booking_can_be_undone_for_a_minute(client, clinic, rosa):
    html = client.post(BOOK, typed(clinic), follow=True).content.decode()
    client.post(re.search(r"/admin/desk/undo/\d+/", html)[0])
    assert Appointment.objects.get().status == "released"
    assert clinic.slot(day=1).code in codes(client.get(BOOK, {"reason": clinic.reason.slug, "since": "2026-12-01"}))


def test_the_page_of_a_phone_booking_says_what_was_booked(client, clinic, rosa):
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=lifecycle.staff(rosa, "phone"), now=MONDAY)
    page = words(client.get(reverse("desk:request", args=[appointment_request.reference])))
    assert "The appointment Booked Thu, Dec 3, 9:00 – 9:40 AM EST Dr. Mara Ellison, MD" in page


# -- a held time that is too short, or between the regular start times


@pytest.fixture
def quick(clinic, rosa):
    """A follow-up of 20 minutes, for which a walk-in is held until we know why they come."""
    kind = make_appointment_type(name="Follow-up", minutes=20, step=20)
    kind.practitioners.add(clinic.practitioner)
    return kind


def walk_in(client, clinic, slot):
    held = client.post(BOOK, {"channel": "walk_in", "hold": slot.code})
    assert "Held for you" in words(held)
    assert "Choose a reason, then press" not in words(held)
    return client.post(BOOK, typed(clinic, slot=slot.code, channel="walk_in"))


def test_a_walk_in_takes_an_open_time_between_the_regular_start_times(client, clinic, quick):
    clinic.appointment(clinic.slot(day=23, month=11, hour=10, minute=40))
    between = clinic.slot(day=23, month=11, hour=11, minute=20)  # the regular ones are 11:00 and 11:40
    assert f'value="{between.code}"' in markup(client.get("/admin/desk/day/", {"walk_in": "1"}))
    assert between.code in codes(client.get(BOOK, {"reason": clinic.reason.slug, "channel": "walk_in"}))
    assert walk_in(client, clinic, between).status_code == 302
    assert Appointment.objects.filter(
        starts_at=between.starts_at, status="arrived", appointment_type__minutes=40
    ).exists()


def test_a_held_time_that_is_too_short_says_so_and_shows_todays_times_that_fit(client, clinic, quick):
    taken = clinic.appointment(clinic.slot(day=23, month=11, hour=11, minute=40))
    short = clinic.slot(day=23, month=11, hour=11, minute=20)
    page = walk_in(client, clinic, short)
    assert page.status_code == 409
    assert "New-patient consultation takes 40 minutes; this time is open for 20." in words(page)
    assert str(taken) not in words(page)
    assert "Today’s times that fit are under “1 Time”." in words(page)
    assert clinic.slot(day=23, month=11, hour=12, minute=20).code in codes(page)
    assert short.code not in codes(page)


def test_before_the_break_the_open_minutes_count(client, clinic, quick):
    page = walk_in(client, clinic, clinic.slot(day=23, month=11, hour=16, minute=40))
    assert "takes 40 minutes; this time is open for 20. Your change was not saved. Enter a reason" in words(page)


def test_a_held_time_does_not_pass_while_the_clerk_types(client, clinic, quick, at):
    slot = clinic.slot(day=23, month=11, hour=11, minute=20)
    at("2026-11-23 11:18")
    client.post(BOOK, {"channel": "walk_in", "hold": slot.code})
    at("2026-11-23 11:21")
    assert client.post(BOOK, typed(clinic, slot=slot.code, channel="walk_in")).status_code == 302


def test_a_typed_time_between_the_regular_ones_is_not_called_outside_hours(client, clinic, rosa):
    data = {"special": "1", "on": "2026-12-01", "at": "09:10", "who": clinic.practitioner.slug}
    page = client.post(BOOK, {"reason": clinic.reason.slug, "where": "pier-street"} | data)
    assert "This is not one of the regular start times. Your change was not saved. Enter a reason" in words(page)


def test_a_time_too_close_for_the_buffer_says_so(client, clinic, rosa):
    clinic.appointment_type.buffer_after = 15
    clinic.appointment_type.save()
    taken = clinic.appointment(clinic.slot(day=1, hour=9, minute=40))
    page = client.post(BOOK, typed(clinic))
    assert f"Appointment {taken} is too close to this time." in words(page)
