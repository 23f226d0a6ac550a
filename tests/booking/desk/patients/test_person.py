"""A person's page: all that the desk knows of one person, from every request, at an address that names nobody."""

from datetime import date

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Event, Patient
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, local, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
SEEN = local(2026, 11, 16, 9)
QUERIES = 14


def address(patient):
    return reverse("desk:patient", args=[patient.random_id])


def missed(clinic, by, **overrides):
    """An appointment of last Monday to which June did not come."""
    appointment = clinic.appointment(clinic.slot(day=16, month=11), now=local(2026, 11, 9, 9), **overrides)
    lifecycle.no_show(appointment.pk, by=by, now=SEEN)
    return appointment


def came(clinic, by):
    """An appointment of last Monday to which June came."""
    appointment = clinic.appointment(clinic.slot(day=16, month=11), now=local(2026, 11, 9, 9))
    lifecycle.check_in(appointment.pk, by=by, now=SEEN)
    return lifecycle.fulfil(appointment.pk, by=by, now=SEEN)


def test_the_page_tells_contact_needs_coming_and_past_appointments_and_requests(client, clinic, rosa, by):
    needs = {"needs": ["walker"], "chart_number": "004417", "may_leave_message": True}
    asked = clinic.appointment_request(patient=needs)
    missed(clinic, by)
    booked = clinic.appointment()
    response = client.get(address(asked.patient))
    page = words(response)
    for said in (
        "June Demo , 75", "1 no-show in 12 months", "(718) 555-0167", "OK to leave a message", "DOB Mar 9, 1951",
        "Chart 004417", "june@example.org", "walker or cane", "Thu, Dec 3, 9:00 – 9:40 AM EST",
        "A second appointment may be right.", f"{asked} today, 10:05 AM Broken bone in the spine New",
        f"{booked.appointment_request}", "Mon, Nov 16, 9:00 AM Ellison", "No-show not called yet", "Rebook",
    ):  # fmt: skip
        assert said in page, said
    title = response.content.decode().split("</title>")[0]
    assert "June" not in title + address(asked.patient)


def test_a_called_off_appointment_is_not_shown_as_standing(client, clinic, rosa, by):
    appointment = clinic.appointment()
    again = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY)
    first, patient = appointment.appointment_request, appointment.appointment_request.patient
    page = words(client.get(address(patient)))
    assert "Upcoming appointments Called off, needs a new time Thu, Dec 3" in page
    assert "Broken bone in the spine Called off" in page
    assert "Confirmed" not in page
    for each in (again, first):
        page = words(client.get(reverse("desk:request", args=[each.reference])))
        assert "Called off, needs a new time Thu, Dec 3" in page, each.status
        assert "Booked now" not in page, each.status


def test_a_past_appointment_that_was_seen_leads_to_its_request_and_to_a_follow_up(client, clinic, rosa, by):
    seen = clinic.appointment(clinic.slot(day=16, month=11), now=local(2026, 11, 9, 9))
    for verb in ("check_in", "fulfil"):
        getattr(lifecycle, verb)(seen.pk, by=by, now=SEEN)
    past = client.get(address(seen.appointment_request.patient)).content.decode().split('id="past"')[1]
    for name, key in (("next_appointment", seen.pk), ("request", seen.appointment_request.reference)):
        assert reverse(f"desk:{name}", args=[key]) in past, name


def test_records_of_one_person_are_one_page_and_strangers_are_not(client, clinic, rosa):
    first = clinic.appointment_request(patient={"name": "June Demo"})
    again = clinic.appointment_request(patient={"name": "Demo, June", "email": "new@example.org"})
    namesake = clinic.appointment_request(patient={"phone": "+17185550199", "email": "namesake@example.org"})
    stranger = clinic.appointment_request(patient={"name": "Wei Other", "birth_date": date(1960, 1, 1)})
    for record in (first, again):
        page = words(client.get(address(record.patient)))
        assert {str(first), str(again)} <= set(page.split())
        assert "new@example.org" not in page  # what the public site adds never changes how a person looks
        assert {str(namesake), str(stranger)}.isdisjoint(page.split())
        assert "Possible duplicate June Demo (compare)" in page
    assert Patient.objects.count() == 4


def test_a_coming_appointment_under_a_similar_record_is_named(client, clinic, rosa):
    clinic.appointment(patient={"phone": "+17185550199", "email": ""})
    asked = clinic.appointment_request()
    page = words(client.get(address(asked.patient)))
    assert "Another record with this name and date of birth has an appointment Thu, Dec 3, 9:00 AM." in page


def test_an_appointment_that_we_called_off_is_not_named_as_coming(client, clinic, rosa, by):
    looking = lifecycle.mark_needs_rebooking(clinic.appointment().pk, by=by, now=MONDAY)
    other = clinic.appointment_request(patient={"phone": "+17185550199", "email": ""})
    picker = words(client.get(reverse("desk:book"), {"person": looking.patient.random_id}))
    for page in (picker, words(client.get(address(other.patient))), words(client.get(page_of(other)))):
        assert "alled off, needs a new time: Thu, Dec 3, 9:00 AM" in page
        assert "as an appointment Thu" not in page


def test_a_call_is_logged_from_the_page_also_after_a_no_show(client, clinic, rosa, by):
    patient = missed(clinic, by).appointment_request.patient
    there = reverse("desk:call_patient", args=[patient.random_id])
    key = "0" * 32
    for _double_press in range(2):
        page = words(client.post(there, {"outcome": "voicemail", "key": key}, follow=True))
    assert Event.objects.filter(verb="log_call", reason="voicemail").count() == 1
    assert "No-show called: left message" in page
    assert Event.objects.get(verb="log_call").appointment_request.next_try_at is None


def test_who_calls_back_is_told_what_no_email_told(client, clinic, rosa, by):
    """After a message on the answering machine, and found by name."""
    request = clinic.appointment_request(patient={"email": ""})
    lifecycle.confirm(request.pk, clinic.slot(), by=by, now=MONDAY)
    message = request.messages.get(kind="confirmed")
    lifecycle.log_call(request.pk, "voicemail", by=by, now=MONDAY, about=message.pk)
    there = address(request.patient)
    page = client.get(there)
    assert "Not told yet: Your appointment is confirmed" in words(page)
    assert f'href="{page_of(request)}#told"' in page.text
    lifecycle.mark_notified(message.pk, by=by, now=MONDAY)
    assert "Not told yet" not in words(client.get(there))


def test_a_note_can_be_pinned_and_unpinned(client, clinic, rosa):
    first, again = clinic.appointment_request(), clinic.appointment_request()
    there = reverse("desk:note_patient", args=[first.patient.random_id])
    client.post(there, {"note": "Ring the side bell.", "pin": "1", "about": again.reference, "key": "0" * 32})
    note = Event.objects.get(verb="add_note")
    assert (note.appointment_request, note.pinned) == (again, True)
    assert "Pinned: Ring the side bell." in words(client.get(address(first.patient)))
    assert "Pinned: Ring the side bell." in words(client.get(page_of(again)))
    assert "Pinned: Ring the side bell." in words(client.get(page_of(first)))
    for verb, pinned, happened in (("unpin_note", False, 1), ("unpin_note", False, 1), ("pin_note", True, 1)):
        client.post(reverse(f"desk:{verb}", args=[note.pk]))
        note.refresh_from_db()
        assert note.pinned is pinned
        assert Event.objects.filter(verb=verb).count() == happened


NOT_JUNE = ({"name": "Jane Demo"}, {"birth_date": date(1951, 3, 10)}, {"phone": "", "email": "another@example.org"})


def test_a_pinned_note_is_on_today_under_whatever_record_the_person_is_booked(client, clinic, rosa, by, at):
    """The public site makes a new record with each request. Others share her name, her birthday or her phone."""
    pinned = clinic.appointment_request(patient={"phone": "", "email": "JUNE@example.org"})
    lifecycle.add_note(pinned.pk, "Ring the side bell.", by=by, now=MONDAY, pin=True)
    booked = clinic.appointment(patient={"name": "june demo"})
    for hour, patient in zip((11, 13, 15), NOT_JUNE, strict=True):
        clinic.appointment(clinic.slot(hour=hour), patient=patient)
    at("2026-12-03 08:30")
    client.force_login(rosa)
    assert words(client.get("/admin/desk/day/")).count("Ring the side bell.") == 1
    assert "Ring the side bell." in words(client.get(page_of(booked.appointment_request)))


def test_what_is_wrong_is_said_and_nothing_is_done(client, clinic, rosa):
    patient = clinic.appointment_request().patient
    call, note = (reverse(f"desk:{name}_patient", args=[patient.random_id]) for name in ("call", "note"))
    for there, data, said in ((call, {}, "Choose a call outcome."), (note, {"note": " "}, "Enter a note first.")):
        response = client.post(there, data)
        assert (response.status_code, said in words(response)) == (400, True)
    lifecycle.claim(patient.appointment_requests.get().pk, user=make_clerk(first_name="Lena"), now=MONDAY)
    response = client.post(call, {"outcome": "reached"})
    assert (response.status_code, "Lena is working on this request." in words(response)) == (409, True)
    assert not Event.objects.filter(verb__in=("log_call", "add_note")).exists()


def test_new_appointment_starts_with_the_person_and_the_last_office_and_leaves_the_reason_to_choose(
    client, clinic, rosa, by
):
    patient = came(clinic, by).patient
    clinic.appointment()  # to come: it says nothing about the last time
    response = client.get(reverse("desk:book"), {"person": patient.random_id})
    page = response.content.decode()
    assert "checked" in page.split(f'id="person-{patient.pk}"')[1].split(">")[0]
    assert f'<option value="{clinic.location.slug}" selected>' in page
    assert '<option value="broken-bone" selected>' not in page
    assert "Last time: Broken bone in the spine, Mon, Nov 16, 9:00 AM," in words(response)
    assert 'name="hold"' not in page
    assert "Has an appointment" in page
    same = client.post(reverse("desk:book"), {"reason": ["", "broken-bone"], "person": str(patient.pk)})
    assert 'name="hold"' in same.text
    assert "The same reason is chosen." in words(same)


def test_a_person_who_never_came_has_no_last_time(client, clinic, rosa):
    patient = clinic.appointment().patient
    assert "Last time:" not in words(client.get(reverse("desk:book"), {"person": patient.random_id}))


def test_the_last_time_under_another_record_of_the_person_counts_and_a_walk_in_begins_with_its_reason(
    client, clinic, rosa, by
):
    came(clinic, by)
    newest = clinic.appointment_request(patient={"phone": "+17185550199"}).patient
    page = words(client.get(reverse("desk:book"), {"person": newest.random_id}))
    assert "Last time: Broken bone in the spine" in page
    for channel, said in (("walk_in", "The same reason is chosen."), ("phone", "Same reason: Broken bone")):
        found = client.post(reverse("desk:book"), {"q": "June 0199", "find": "1", "channel": channel})
        assert said in words(found), channel
        picked = f'<option value="{clinic.location.slug}" selected'
        assert (picked in found.content.decode()) == (channel == "phone")  # a walk-in may hold a time at another one


def test_edited_details_lead_back_to_the_page(client, clinic, rosa):
    asked = clinic.appointment_request()
    there = reverse("desk:correct_patient", args=[asked.reference])
    assert f'href="{there}?back=patient"' in client.get(address(asked.patient)).content.decode()
    data = {"name": "Junia Demo", "birth_date": "3/9/1951", "phone": "718 555 0167", "email": "june@example.org"}
    response = client.post(there, data | {"version": asked.version, "back": "patient"})
    assert response["Location"] == address(asked.patient)
    assert "Junia Demo , 75" in words(client.get(response["Location"]))


def test_thirty_requests_cost_as_many_queries_as_one(client, clinic, rosa, by, django_assert_max_num_queries):
    patient = missed(clinic, by).appointment_request.patient
    client.get(address(patient))
    with django_assert_max_num_queries(QUERIES) as one:
        client.get(address(patient))
    for n in range(29):
        owner = make_practitioner(clinic.appointment_type, clinic.location)
        clinic.appointment(clinic.slot(practitioner=owner), patient={"email": f"june{n}@example.org"})
    with django_assert_max_num_queries(len(one)):
        page = words(client.get(address(patient)))
    assert page.count("Move this one") == 29


def test_the_times_of_an_open_offer_are_named_with_the_way_to_record_the_answer(
    client, clinic, rosa, by, django_assert_max_num_queries
):
    off = clinic.appointment(patient={"email": ""})
    offering = lifecycle.NewTimes((clinic.slot(day=8), clinic.slot(day=9)), local(2026, 11, 25, 17))
    looking = lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY, offering=offering)
    with django_assert_max_num_queries(QUERIES):
        page = client.get(address(off.patient))
    said = words(page)
    assert "Offered 2 times, no answer yet until Wed, Nov 25, 5:00 PM" in said
    assert "Tue, Dec 8, 9:00 AM EST · Ellison · Pier Street office" in said
    assert f'href="{reverse("desk:request", args=[looking.reference])}#answer"' in page.text
    lifecycle.refuse_offer(looking.pk, by=by, now=MONDAY)
    assert "no answer yet" not in words(client.get(address(off.patient)))
