"""The appointments of one day: status changes, canceling, the days ahead."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Event, Message
from clinic.models import ScheduleException
from tests.booking.desk.page import status_of
from tests.builders import MONDAY, later, local, make_clerk, make_location, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
TODAY, THURSDAY = "/admin/desk/day/", "/admin/desk/day/2026-12-03/"
MARKS = ["check_in", "fulfil", "mark_left", "no_show", "revert_status"]


@pytest.fixture
def appointment(clinic, rosa, client, at):
    """June's appointment is on Thursday at 9; it is 8:55."""
    appointment = clinic.appointment()
    at("2026-12-03 08:55")
    client.force_login(rosa)
    return appointment


def mark(client, verb, appointment, follow=False, **data):
    appointment.refresh_from_db()
    return client.post(
        reverse(f"desk:{verb}", args=[appointment.pk]), {"version": appointment.version} | data, follow=follow
    )


def buttons(response):
    return re.findall(r'formaction="/admin/desk/appointments/\d+/([a-z-]+)/"', response.content.decode())


def test_appointments_are_listed_by_time_with_patient_reason_and_needs(client, clinic, rosa):
    clinic.appointment(clinic.slot(hour=11), patient={"name": "Late Demo"})
    clinic.appointment(patient={"name": "Early Demo", "needs": ["wheelchair"]}, scan="no")
    page = words(client.get(THURSDAY))
    assert "Thursday, December 3" in page
    assert "9:00 AM Early Demo age 75" in page
    assert page.index("Early Demo") < page.index("Late Demo")
    assert "Ellison · New-patient consultation Broken bone in the spine · Pier Street office" in page
    assert "Missing: scan · wheelchair" in page
    assert "2 appointments 2 to come" in page


def test_a_hold_is_not_listed(client, clinic, rosa):
    clinic.appointment_request(clinic.slot())
    assert "No appointments this day" in words(client.get(THURSDAY))


def test_the_day_is_the_practices_local_day(client, clinic, rosa):
    owl = make_practitioner(clinic.appointment_type, clinic.location, hours=(0, 1440), name="Dr. Owl")
    clinic.appointment(clinic.slot(hour=23, minute=20, practitioner=owl), patient={"name": "Night Demo"})
    assert "11:20 PM Night Demo" in words(client.get(THURSDAY))
    assert "Night Demo" not in words(client.get("/admin/desk/day/2026-12-04/"))


def test_an_appointment_in_another_zone_shows_its_zone(client, clinic, rosa):
    chicago = make_location(name="Chicago", zone="America/Chicago")
    ray = make_practitioner(clinic.appointment_type, chicago, name="Dr. Ray")
    slot = clinic.slot(practitioner=ray)
    slot = type(slot)(local(2026, 12, 3, 10), ray.pk, chicago.pk)
    lifecycle.book(clinic.draft(), slot, by=lifecycle.staff(rosa, "phone"), now=MONDAY)
    assert "9:00 AM CST" in words(client.get(THURSDAY))


def test_the_list_can_be_filtered_by_office(client, clinic, rosa):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    tomas = make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas")
    slot = clinic.slot(practitioner=tomas)
    clinic.appointment(patient={"name": "Pier Demo"})
    lifecycle.book(
        clinic.draft(patient={"name": "Harbor Demo"}), type(slot)(slot.starts_at, tomas.pk, harbor.pk),
        by=lifecycle.staff(rosa, "phone"), now=MONDAY,
    )  # fmt: skip
    page = words(client.get(THURSDAY, {"place": "harbor"}))
    assert "Harbor Demo" in page
    assert "Pier Demo" not in page
    assert "Pier Demo" in words(client.get(THURSDAY, {"place": "nowhere"}))


def test_the_list_can_be_filtered_by_practitioner(client, clinic, rosa):
    tomas = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas", slug="tomas")
    clinic.appointment(patient={"name": "Mara Demo"})
    clinic.appointment(clinic.slot(practitioner=tomas), patient={"name": "Tomas Demo"})
    for appointment_request in ({}, {"by": "practitioner"}):
        response = client.get(THURSDAY, {"with": "tomas"} | appointment_request)
        assert "Tomas Demo" in words(response)
        assert "Mara Demo" not in words(response)
        assert 'name="with" value="tomas"' in response.content.decode()
    assert client.get(THURSDAY, {"with": '"><b>'}).status_code == 200


def test_previous_next_and_upcoming_days_are_linked(client, clinic, rosa):
    clinic.appointment()
    clinic.appointment(clinic.slot(day=4))
    clinic.appointment(clinic.slot(day=4, hour=11))
    page = client.get(TODAY)
    html = page.content.decode()
    assert "/admin/desk/day/2026-11-22/" in html
    assert "/admin/desk/day/2026-11-24/" in html
    assert "Upcoming appointments Thu, Dec 3 1 appointment Fri, Dec 4 2 appointments" in words(page)


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-12-3", "9" * 60, "1999-12-31"])
def test_an_invalid_day_gives_a_message(client, clinic, rosa, day):
    response = client.get(f"/admin/desk/day/{day}/")
    assert response.status_code == 404
    assert "Page not found" in words(response)


# -- status changes


def test_checked_in_then_seen(client, appointment):
    assert buttons(client.get(TODAY)) == ["arrived"]
    page = words(mark(client, "check_in", appointment, follow=True))
    assert f"June Demo : checked in, 8:55 AM. 9:00 AM appointment, {appointment.appointment_request} Undo" in page
    assert status_of(appointment) == "arrived"
    assert buttons(client.get(TODAY)) == ["seen", "left", "revert"]
    assert "June Demo : seen, 8:55 AM." in words(mark(client, "fulfil", appointment, follow=True))
    assert status_of(appointment) == "fulfilled"
    assert buttons(client.get(TODAY)) == ["revert"]


def test_a_late_patient_can_be_marked_as_a_no_show_and_still_be_checked_in(client, appointment, at):
    at("2026-12-03 09:20")
    page = client.get(TODAY)
    assert "Not here yet 20 min late" in words(page)
    assert buttons(page) == ["arrived", "no-show"]
    mark(client, "no_show", appointment)
    assert status_of(appointment) == "noshow"
    assert "Arrived late" in words(client.get(TODAY))
    mark(client, "check_in", appointment)
    assert status_of(appointment) == "arrived"


def test_left_without_being_seen_can_be_reverted(client, appointment):
    mark(client, "check_in", appointment)
    mark(client, "mark_left", appointment)
    assert status_of(appointment) == "left"
    mark(client, "revert_status", appointment)
    assert status_of(appointment) == "arrived"
    mark(client, "revert_status", appointment)
    assert status_of(appointment) == "booked"


def test_a_no_show_before_the_start_is_refused(client, appointment):
    assert "This appointment hasn’t started yet." in words(mark(client, "no_show", appointment, follow=True))
    assert status_of(appointment) == "booked"


def test_nobody_can_be_checked_in_before_the_day(client, clinic, rosa):
    appointment = clinic.appointment()
    assert buttons(client.get(THURSDAY)) == []
    assert "This appointment is on a later day." in words(mark(client, "check_in", appointment, follow=True))


def test_pressing_a_status_button_twice_counts_once(client, appointment):
    old = appointment.version
    mark(client, "check_in", appointment)
    response = client.post(reverse("desk:check_in", args=[appointment.pk]), {"version": old}, follow=True)
    assert "June Demo : checked in" in words(response)
    assert Event.objects.filter(verb="check_in").count() == 1


def test_a_coworker_who_was_faster_is_named_and_nothing_is_overwritten(client, appointment, rosa):
    dmitri = make_clerk(first_name="Dmitri")
    at_nine = lifecycle.check_in(appointment.pk, by=lifecycle.staff(dmitri), now=local(2026, 12, 3, 8, 54))
    response = client.post(
        reverse("desk:cancel", args=[appointment.pk]), {"version": appointment.version, "code": "patient"}
    )
    assert response.status_code == 409
    assert "Dmitri checked in this patient at 8:54 AM." in words(response)
    page = client.post(reverse("desk:mark_left", args=[appointment.pk]), {"version": appointment.version}, follow=True)
    assert "Dmitri checked in this patient at 8:54 AM." in words(page)
    assert status_of(appointment) == at_nine.status


@pytest.mark.parametrize("verb", MARKS)
def test_an_invalid_version_changes_nothing(client, appointment, verb):
    for version in ("", "x", "0", "-1", "9" * 30, None):
        data = {} if version is None else {"version": version}
        page = client.post(reverse(f"desk:{verb}", args=[appointment.pk]), data, follow=True)
        assert "Part of this form was missing. Your change was not saved." in words(page), version
        assert status_of(appointment) == "booked", version


@pytest.mark.parametrize("verb", [*MARKS, "cancel"])
def test_an_unknown_appointment_gives_a_message(client, appointment, verb):
    for pk in ("0", "999999", "9" * 40):
        path = reverse(f"desk:{verb}", args=[1]).replace("/1/", f"/{pk}/")
        for response in (client.get(path), client.post(path, {"version": 1})):
            assert response.status_code == 404, pk
            assert "Page not found" in words(response), pk


@pytest.mark.parametrize("verb", MARKS)
def test_a_get_on_a_status_url_changes_nothing(client, appointment, verb):
    assert client.get(reverse(f"desk:{verb}", args=[appointment.pk]))["Location"] == THURSDAY
    assert status_of(appointment) == "booked"


def test_a_hold_has_no_status_to_change(client, clinic, rosa):
    hold = clinic.appointment_request(clinic.slot()).appointments.get()
    assert mark(client, "check_in", hold).status_code == 404


def test_the_office_filter_stays(client, appointment, clinic):
    there = mark(client, "check_in", appointment, place="pier-street", by="practitioner")["Location"]
    assert there.startswith(f"{THURSDAY}?place=pier-street&by=practitioner&mark=")
    assert mark(client, "fulfil", appointment, place="//evil.example", by="x")["Location"].startswith(
        f"{THURSDAY}?mark="
    )


def test_the_bar_reverts_the_last_status_change_and_then_disappears(client, appointment):
    there = mark(client, "check_in", appointment)["Location"]
    version = re.search(r'class="undo".*?name="version" value="(\d+)"', client.get(there).content.decode(), re.S)[1]
    client.post(reverse("desk:revert_status", args=[appointment.pk]), {"version": version})
    assert status_of(appointment) == "booked"
    assert "Undo" not in words(client.get(there)).split("Thursday, December 3")[0].rsplit("arrived", 1)[-1]


def test_only_the_clerk_who_changed_the_status_sees_the_bar(client, appointment):
    there = mark(client, "check_in", appointment)["Location"]
    client.force_login(make_clerk(first_name="Dmitri"))
    assert 'class="undo"' not in client.get(there).content.decode()


@pytest.mark.parametrize("key", ["", "x", "0", "9" * 30, "٣", "-1"])
def test_an_invalid_event_in_the_url_shows_no_bar(client, appointment, key):
    response = client.get(TODAY, {"mark": key, "undo": key})
    assert response.status_code == 200
    assert 'class="undo"' not in response.content.decode()


# -- canceling


def test_canceling_asks_for_a_reason_and_says_who_is_notified(client, clinic, rosa):
    appointment = clinic.appointment()
    page = words(client.get(reverse("desk:cancel", args=[appointment.pk])))
    assert "Note for the history (optional)" in page
    assert "The email to the patient goes out after 60 seconds." in page
    assert "Cancel Thu, Dec 3, 9:00 AM" in page
    other = clinic.appointment(clinic.slot(hour=11), patient={"email": ""})
    assert "No email on file" in words(client.get(reverse("desk:cancel", args=[other.pk])))


def test_canceling_frees_the_time_and_can_be_undone(client, clinic, rosa):
    appointment = clinic.appointment()
    response = mark(client, "cancel", appointment, follow=True, code="clinic")
    page = words(response)
    assert status_of(appointment) == "cancelled"
    assert "Canceled: June Demo , Thu, Dec 3, 9:00 AM EST" in page
    assert Message.objects.latest("pk").kind == "cancelled_by_us"
    client.post(re.search(r"/admin/desk/undo/\d+/", response.content.decode())[0])
    assert status_of(appointment) == "booked"


@pytest.mark.parametrize(("code", "notified"), [("patient", "notified"), ("ill", "notified"), ("clinic", "to_call")])
def test_without_email_the_patient_is_called_unless_the_patient_canceled(client, clinic, rosa, code, notified):
    appointment = clinic.appointment(patient={"email": ""})
    mark(client, "cancel", appointment, code=code)
    assert Message.objects.latest("pk").status == notified


@pytest.mark.parametrize("code", ["", "x", "because"])
def test_canceling_requires_a_reason(client, clinic, rosa, code):
    appointment = clinic.appointment()
    response = mark(client, "cancel", appointment, code=code)
    assert response.status_code == 400
    assert "Choose a reason." in words(response)
    assert status_of(appointment) == "booked"


def test_pressing_cancel_twice_cancels_once(client, clinic, rosa):
    appointment = clinic.appointment()
    data = {"version": appointment.version, "code": "clinic"}
    path = reverse("desk:cancel", args=[appointment.pk])
    assert client.post(path, data)["Location"] == client.post(path, data)["Location"]
    assert Event.objects.filter(verb="cancel").count() == 1
    assert "This appointment is marked “Canceled” and cannot be canceled." in words(client.get(path))


def test_an_appointment_that_has_started_is_not_canceled_without_a_reason(client, appointment, at):
    at("2026-12-03 09:01")
    response = mark(client, "cancel", appointment, code="patient")
    assert response.status_code == 409
    assert "This appointment has already started." in words(response)


def test_a_second_clerk_who_cancels_gets_a_message(client, clinic, rosa):
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, "ill", by=lifecycle.PATIENT, now=later(minutes=-1))
    response = client.post(
        reverse("desk:cancel", args=[appointment.pk]), {"version": appointment.version, "code": "clinic"}
    )
    assert response.status_code == 409
    assert "The patient canceled this appointment at 10:04 AM." in words(response)


# -- cost


def test_thirty_appointments_cost_as_many_queries_as_one(
    client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries
):
    clinic.appointment()
    client.get(THURSDAY)
    with django_assert_max_num_queries(14) as one:
        client.get(THURSDAY)
    number = len(one)
    for n in range(29):
        owner = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        clinic.appointment(clinic.slot(practitioner=owner))
    client.get(THURSDAY)
    with django_assert_num_queries(number):
        response = client.get(THURSDAY)
    assert len(re.findall(r'<tr id="appointment-', response.content.decode())) == 30


def test_a_question_that_nobody_asked_on_the_phone_says_not_asked(client, appointment):
    """On the day's sheet and on the request's page; the day itself says only what is missing."""
    for path in (THURSDAY, THURSDAY + "?by=practitioner"):
        assert "Missing" not in words(client.get(path))
    assert "Scan: not asked Referral: not asked" in words(client.get(THURSDAY + "sheet/"))
    page = words(client.get(reverse("desk:request", args=[appointment.appointment_request.reference])))
    assert "Scan: not asked · patient Mark as on file Scan: Referral: not asked · patient" in page
    assert "Insurance Not asked" in page


def test_the_day_sheet_has_age_and_phone_and_counts_who_is_expected(client, clinic, rosa, by):
    gone = clinic.appointment()
    clinic.appointment(clinic.slot(hour=11), patient={"name": "Eve Demo"})
    page = words(client.get(THURSDAY + "sheet/"))
    assert "June Demo , 75 DOB 03/09/1951 (718) 555-0167" in page
    assert "2 appointments Printed by" in page
    lifecycle.mark_needs_rebooking(gone.pk, by=by, now=MONDAY)
    assert "1 appointment · 1 called off Printed by" in words(client.get(THURSDAY + "sheet/"))


@pytest.mark.parametrize("alone", [True, False])
def test_the_day_sheet_says_who_is_out_and_what_is_closed(client, clinic, rosa, alone):
    clinic.appointment()
    whose = {"practitioner": clinic.practitioner} if alone else {}
    ScheduleException.objects.create(first_day="2026-12-03", last_day="2026-12-03", **whose)
    page = words(client.get(THURSDAY + "sheet/"))
    assert ("9:00 AM Out" in page, "9:00 AM Closed all day" in page) == (alone, not alone)


def test_the_day_and_its_sheet_name_only_papers_that_the_type_needs(client, clinic, rosa):
    clinic.appointment(scan="no", referral="no")
    for needs_scan, needs_referral, missing, said in (
        (True, True, "Missing: scan, referral", "Scan: no Referral: no"),
        (False, True, "Missing: referral", "Referral: no"),
        (False, False, "", ""),
    ):
        type(clinic.appointment_type).objects.update(needs_scan=needs_scan, needs_referral=needs_referral)
        for path, each in ((THURSDAY, missing), (THURSDAY + "sheet/", said)):
            found = re.findall(r"Missing: (?:scan, )?\w+|(?:Scan: no )?Referral: no", words(client.get(path)))
            assert found == [each] * bool(each), (path, needs_scan, needs_referral)


def test_one_appointment_is_counted_as_one(client, appointment):
    assert "1 appointment 1 to come" in words(client.get(THURSDAY))
