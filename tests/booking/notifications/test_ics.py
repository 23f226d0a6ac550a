"""The calendar entry, parsed by a calendar library and checked against RFC 5545 and 5546."""

import email as standard_email
from datetime import timedelta

import pytest
from icalendar import Calendar

from booking import lifecycle
from booking.models import Appointment
from booking.notifications import emails, ics, links
from booking.scheduling.slots import Slot
from tests.builders import Clinic, later, local, make_clerk, make_location

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture
def appointment():
    clinic = Clinic()
    clinic.location.address = "100 Example Street; Suite 4, Brooklyn, NY, where the café used to be, second floor, left"
    clinic.location.save()
    appointment_request = clinic.appointment_request(
        clinic.slot(hour=10, minute=20), note="my back hurts", patient={"name": "June Demo"}
    )
    return lifecycle.confirm(
        appointment_request.pk, clinic.slot(hour=10, minute=20), by=lifecycle.PATIENT, now=later(hours=1)
    )


def read(raw):
    calendar = Calendar.from_ical(raw)
    return calendar, calendar.walk("VEVENT")[0]


def test_method_and_status_distinguish_the_three_kinds(appointment):
    made = [
        ics.invitation(appointment, now=later()),
        ics.cancellation(appointment, now=later()),
        ics.entry(appointment, now=later()),
    ]
    said = [(str(calendar["METHOD"]), str(event["STATUS"])) for calendar, event in map(read, made)]
    assert said == [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED"), ("PUBLISH", "CONFIRMED")]


def test_it_has_the_appointments_time_in_the_offices_zone(appointment):
    calendar, event = read(ics.invitation(appointment, now=later()))
    assert event["DTSTART"].dt == appointment.starts_at
    assert event["DTEND"].dt == appointment.ends_at
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event["DTSTART"].to_ical() == b"20261203T102000"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert event["DTSTAMP"].to_ical().endswith(b"Z")


@pytest.mark.parametrize(
    ("month", "day", "offset"), [(7, 1, -4), (12, 1, -5), (3, 14, -4), (3, 13, -5), (11, 7, -5), (11, 6, -4)]
)
def test_the_zone_it_contains_is_right_in_summer_and_winter(appointment, month, day, offset):
    appointment.starts_at = local(2027, month, day, 12)
    appointment.ends_at = appointment.starts_at + timedelta(minutes=40)
    calendar, _event = read(ics.entry(appointment, now=later()))
    zone = calendar.walk("VTIMEZONE")[0].to_tz()
    assert appointment.starts_at.astimezone(zone).utcoffset() == timedelta(hours=offset)


def test_an_office_elsewhere_has_its_own_zone(appointment):
    appointment.location = make_location(zone="America/Phoenix")
    calendar, event = read(ics.entry(appointment, now=later()))
    assert event["DTSTART"].params["TZID"] == "America/Phoenix"
    assert event["DTSTART"].dt == appointment.starts_at
    assert len(calendar.walk("VTIMEZONE")) == 1


def test_lines_end_in_crlf_and_are_folded_at_75_octets(appointment):
    raw = ics.invitation(appointment, now=later())
    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert str(read(raw)[1]["LOCATION"]) == f"{appointment.location.name}, {appointment.location.address}"


def test_each_kind_has_what_the_standard_requires(appointment):
    for raw, attendees in [(ics.invitation, 1), (ics.cancellation, 1), (ics.entry, 0)]:
        calendar, event = read(raw(appointment, now=later()))
        assert {"PRODID", "VERSION", "METHOD"} <= set(calendar)
        assert {"UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY"} <= set(event)
        assert len([name for name, _value in event.property_items() if name == "ATTENDEE"]) == attendees
        assert str(event["ORGANIZER"]) == "mailto:desk@example.org"
        assert event["ORGANIZER"].params["CN"] == "Lantern Pier"


def test_the_attendee_is_only_an_address_and_is_not_asked_to_reply(appointment):
    _calendar, event = read(ics.invitation(appointment, now=later()))
    assert str(event["ATTENDEE"]) == "mailto:june@example.org"
    assert dict(event["ATTENDEE"].params) == {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    assert "does not reach us" in event["DESCRIPTION"]


def test_it_stays_the_same_entry_and_each_change_has_a_higher_number(appointment):
    first = read(ics.invitation(appointment, now=later()))[1]
    cancelled = lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=later(hours=2))
    last = read(ics.cancellation(cancelled, now=later(hours=2)))[1]
    assert first["UID"] == last["UID"]
    assert last["SEQUENCE"] > first["SEQUENCE"]


def test_a_rescheduled_appointment_changes_its_entry(appointment):
    first = read(ics.invitation(appointment, now=later()))[1]
    slot = Slot(local(2026, 12, 8, 9), appointment.practitioner_id, appointment.location_id)
    appointment = lifecycle.reschedule(appointment.pk, slot, by=lifecycle.staff(make_clerk()), now=later(hours=2))
    calendar, rescheduled = read(ics.invitation(appointment, now=later(hours=2)))
    assert (rescheduled["UID"], rescheduled["SEQUENCE"]) == (first["UID"], first["SEQUENCE"] + 1)
    assert rescheduled["DTSTART"].to_ical() == b"20261208T090000"
    assert (str(calendar["METHOD"]), str(rescheduled["STATUS"])) == ("REQUEST", "CONFIRMED")


def test_the_file_is_sent_byte_for_byte(appointment):
    message = appointment.appointment_request.messages.get(kind="confirmed")
    raw = emails.email(message, emails.render(message, now=later(hours=1))).message().as_bytes(linesep="\r\n")
    parts = standard_email.message_from_bytes(raw).walk()
    sent = next(part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/calendar")
    assert sent == ics.invitation(appointment, now=later(hours=1))
    for line in sent.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
    for wanted in (b"METHOD:REQUEST", b"BEGIN:VTIMEZONE", b"ORGANIZER;CN=", b"BEGIN:VALARM", b"SEQUENCE:0"):
        assert sum(line.startswith(wanted) for line in sent.split(b"\r\n")) == 1, wanted


def test_two_appointments_of_one_request_are_two_entries_and_neither_names_the_request(appointment):
    second = Appointment.objects.get(pk=appointment.pk)
    second.pk += 1
    uids = {str(read(ics.entry(row, now=later()))[1]["UID"]) for row in (appointment, second)}
    assert len(uids) == 2
    for uid in uids:
        assert appointment.appointment_request.flow_key.hex not in uid.replace("-", "")
        assert appointment.appointment_request.reference not in uid


def test_it_reminds_two_hours_before_and_only_of_a_booked_appointment(appointment):
    _calendar, event = read(ics.invitation(appointment, now=later()))
    alarm = event.walk("VALARM")[0]
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)
    assert {"ACTION", "DESCRIPTION", "TRIGGER"} <= set(alarm)
    assert not read(ics.cancellation(appointment, now=later()))[1].walk("VALARM")


def test_it_is_private_and_links_to_the_patients_page(appointment):
    _calendar, event = read(ics.entry(appointment, now=later()))
    assert str(event["CLASS"]) == "PRIVATE"
    assert str(event["URL"]) == links.absolute(appointment.appointment_request)


def test_it_says_nothing_about_the_patient_the_practitioner_or_the_reason(appointment):
    appointment.practitioner.specialty = "pain medicine"
    for make in (ics.invitation, ics.cancellation, ics.entry):
        text = make(appointment, now=later()).replace(b"\r\n ", b"").decode().lower()
        secret = links.secret(appointment.appointment_request).lower()
        words = ["june demo", "ellison", "pain", "spine", "bone", "consultation", "hurts", "718-555-0167", "1951"]
        assert [word for word in words if word in text.replace(secret, "")] == []
