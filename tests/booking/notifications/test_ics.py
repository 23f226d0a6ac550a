"""The calendar entry, read back by a calendar library and checked against RFC 5545 and 5546."""

import email as standard_email
from datetime import timedelta

import pytest
from icalendar import Calendar

from booking import lifecycle
from booking.models import Appointment
from booking.notifications import emails, ics, links
from booking.scheduling.slots import Slot
from tests.builders import Clinic, later, local, make_clerk, make_location

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit():
    clinic = Clinic()
    clinic.location.address = "100 Example Street; Suite 4, Brooklyn, NY, where the café used to be, second floor, left"
    clinic.location.save()
    asked = clinic.request(clinic.slot(hour=10, minute=20), note="my back hurts", patient={"name": "June Demo"})
    return lifecycle.confirm(asked.pk, clinic.slot(hour=10, minute=20), by=lifecycle.PATIENT, now=later(hours=1))


def read(raw):
    calendar = Calendar.from_ical(raw)
    return calendar, calendar.walk("VEVENT")[0]


def test_the_three_kinds_are_told_apart_by_method_and_status(visit):
    made = [ics.invitation(visit, now=later()), ics.cancellation(visit, now=later()), ics.entry(visit, now=later())]
    said = [(str(calendar["METHOD"]), str(event["STATUS"])) for calendar, event in map(read, made)]
    assert said == [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED"), ("PUBLISH", "CONFIRMED")]


def test_it_stands_at_the_time_of_the_visit_in_the_zone_of_the_office(visit):
    calendar, event = read(ics.invitation(visit, now=later()))
    assert event["DTSTART"].dt == visit.starts_at
    assert event["DTEND"].dt == visit.ends_at
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event["DTSTART"].to_ical() == b"20261203T102000"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert event["DTSTAMP"].to_ical().endswith(b"Z")


@pytest.mark.parametrize(
    ("month", "day", "offset"), [(7, 1, -4), (12, 1, -5), (3, 14, -4), (3, 13, -5), (11, 7, -5), (11, 6, -4)]
)
def test_the_zone_it_brings_along_is_right_summer_and_winter(visit, month, day, offset):
    visit.starts_at = local(2027, month, day, 12)
    visit.ends_at = visit.starts_at + timedelta(minutes=40)
    calendar, _event = read(ics.entry(visit, now=later()))
    zone = calendar.walk("VTIMEZONE")[0].to_tz()
    assert visit.starts_at.astimezone(zone).utcoffset() == timedelta(hours=offset)


def test_an_office_elsewhere_has_its_own_zone(visit):
    visit.location = make_location(zone="America/Phoenix")
    calendar, event = read(ics.entry(visit, now=later()))
    assert event["DTSTART"].params["TZID"] == "America/Phoenix"
    assert event["DTSTART"].dt == visit.starts_at
    assert len(calendar.walk("VTIMEZONE")) == 1


def test_lines_end_in_crlf_and_are_folded_at_75_octets(visit):
    raw = ics.invitation(visit, now=later())
    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert str(read(raw)[1]["LOCATION"]) == f"{visit.location.name}, {visit.location.address}"


def test_what_the_standard_demands_of_each_kind_is_there(visit):
    for raw, attendees in [(ics.invitation, 1), (ics.cancellation, 1), (ics.entry, 0)]:
        calendar, event = read(raw(visit, now=later()))
        assert {"PRODID", "VERSION", "METHOD"} <= set(calendar)
        assert {"UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY"} <= set(event)
        assert len([name for name, _value in event.property_items() if name == "ATTENDEE"]) == attendees
        assert str(event["ORGANIZER"]) == "mailto:desk@example.org"
        assert event["ORGANIZER"].params["CN"] == "Lantern Pier"


def test_the_attendee_is_an_address_and_no_more_and_is_asked_for_no_answer(visit):
    _calendar, event = read(ics.invitation(visit, now=later()))
    assert str(event["ATTENDEE"]) == "mailto:june@example.org"
    assert dict(event["ATTENDEE"].params) == {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    assert "does not reach us" in event["DESCRIPTION"]


def test_it_is_the_same_entry_all_its_life_and_each_change_has_a_higher_number(visit):
    first = read(ics.invitation(visit, now=later()))[1]
    cancelled = lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=later(hours=2))
    last = read(ics.cancellation(cancelled, now=later(hours=2)))[1]
    assert first["UID"] == last["UID"]
    assert last["SEQUENCE"] > first["SEQUENCE"]


def test_a_moved_visit_changes_its_entry(visit):
    first = read(ics.invitation(visit, now=later()))[1]
    slot = Slot(local(2026, 12, 8, 9), visit.practitioner_id, visit.location_id)
    visit = lifecycle.move_visit(visit.pk, slot, by=lifecycle.desk(make_clerk()), now=later(hours=2))
    calendar, moved = read(ics.invitation(visit, now=later(hours=2)))
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], first["SEQUENCE"] + 1)
    assert moved["DTSTART"].to_ical() == b"20261208T090000"
    assert (str(calendar["METHOD"]), str(moved["STATUS"])) == ("REQUEST", "CONFIRMED")


def test_the_file_leaves_in_the_mail_byte_for_byte(visit):
    message = visit.request.messages.get(kind="confirmed")
    raw = emails.email(message, emails.render(message, now=later(hours=1))).message().as_bytes(linesep="\r\n")
    parts = standard_email.message_from_bytes(raw).walk()
    sent = next(part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/calendar")
    assert sent == ics.invitation(visit, now=later(hours=1))
    for line in sent.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
    for wanted in (b"METHOD:REQUEST", b"BEGIN:VTIMEZONE", b"ORGANIZER;CN=", b"BEGIN:VALARM", b"SEQUENCE:0"):
        assert sum(line.startswith(wanted) for line in sent.split(b"\r\n")) == 1, wanted


def test_two_visits_of_one_request_are_two_entries_and_neither_names_the_request(visit):
    second = Appointment.objects.get(pk=visit.pk)
    second.pk += 1
    uids = {str(read(ics.entry(row, now=later()))[1]["UID"]) for row in (visit, second)}
    assert len(uids) == 2
    for uid in uids:
        assert visit.request.flow_key.hex not in uid.replace("-", "")
        assert visit.request.reference not in uid


def test_it_reminds_two_hours_before_and_only_a_visit_that_stands(visit):
    _calendar, event = read(ics.invitation(visit, now=later()))
    alarm = event.walk("VALARM")[0]
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)
    assert {"ACTION", "DESCRIPTION", "TRIGGER"} <= set(alarm)
    assert not read(ics.cancellation(visit, now=later()))[1].walk("VALARM")


def test_it_is_private_and_leads_to_the_patients_page(visit):
    _calendar, event = read(ics.entry(visit, now=later()))
    assert str(event["CLASS"]) == "PRIVATE"
    assert str(event["URL"]) == links.absolute(visit.request)


def test_it_says_nothing_of_the_patient_the_practitioner_or_why(visit):
    visit.practitioner.specialty = "pain medicine"
    for make in (ics.invitation, ics.cancellation, ics.entry):
        text = make(visit, now=later()).replace(b"\r\n ", b"").decode().lower()
        secret = links.secret(visit.request).lower()
        words = ["june demo", "ellison", "pain", "spine", "bone", "consultation", "hurts", "718-555-0167", "1951"]
        assert [word for word in words if word in text.replace(secret, "")] == []
