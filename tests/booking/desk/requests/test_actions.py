"""A request's page beyond confirm and decline: offers, claims, calls, notes, duplicates, patient details."""

import re
import uuid
from itertools import product

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.desk.requests import duplicates
from booking.desk.requests.forms import MomentField
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.notifications import links
from clinic import practice_info
from clinic.models import OfficeHours
from tests.booking.desk.page import fresh, page_of, press, status_of
from tests.builders import LOGGED, MONDAY, Clinic, later, local, make_clerk, make_location, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
UNTIL = local(2026, 11, 25, 17)


@pytest.fixture
def dmitri():
    return make_clerk(first_name="Dmitri")


@pytest.fixture
def offered(clinic, appointment_request, dmitri):
    times = [clinic.slot(day=4, hour=11), clinic.slot(day=8)]
    return lifecycle.offer(appointment_request.pk, times, UNTIL, by=lifecycle.staff(dmitri), now=MONDAY)


# -- offers


def test_the_page_proposes_offer_deadlines_and_a_checkbox_for_every_open_time(
    client, clinic, rosa, appointment_request
):
    html = markup(client.get(page_of(appointment_request)))
    assert "Wed, Nov 25, 5:00 PM EST" in words(client.get(page_of(appointment_request)))
    assert (
        len(re.findall(r'type="checkbox" name="offer"', html)) == 3 + 6 + 6
    )  # the three chosen times, the suggestions, and those on short notice


def test_the_selected_times_are_offered_and_the_queue_says_so(client, clinic, rosa, appointment_request):
    codes = [clinic.slot(day=4, hour=11).code, clinic.slot(day=8).code]
    page = words(press(client, "offer", appointment_request, offer=codes, until=MomentField.code(UNTIL), follow=True))
    assert "Offered: June Demo" in page
    assert status_of(appointment_request) == "offered"
    assert Appointment.objects.filter(status="held", held_until=UNTIL).count() == 2
    page = words(client.get(page_of(appointment_request)))
    assert "Offered 2 times held until Wed, Nov 25, 5:00 PM" in page
    assert "On hold: waiting for patient" in page


def test_a_time_that_starts_before_the_offer_ends_is_said_and_no_offered_time_is_suggested_again(
    client, clinic, rosa, appointment_request
):
    codes = [clinic.slot(day=25, month=11, hour=9).code, clinic.slot(day=8).code]
    page = words(press(client, "offer", appointment_request, offer=codes, until=MomentField.code(UNTIL), follow=True))
    assert "Wed, Nov 25, 9:00 AM EST (only until it starts) · Tue, Dec 8, 9:00 AM EST" in page
    html = markup(client.get(page_of(appointment_request), {"wide": "1", "from": "2026-11-25"}))
    assert [html.count(f'value="{code}"') for code in codes] == [1, 1]


@pytest.mark.once
def test_an_incomplete_offer_gives_a_message(client, clinic, rosa, appointment_request):
    whole = {"until": MomentField.code(UNTIL), "offer": [clinic.slot(day=8).code]}
    for data, sentence in (
        ({"offer": []}, "Select 1 to 3 open times to offer."),
        ({"offer": ["x"]}, "Select 1 to 3 open times to offer."),
        ({"until": "x"}, "Choose when the offer ends."),
        ({"until": "9" * 30}, "Choose when the offer ends."),
        ({"until": "1"}, "must be a future time"),
    ):
        response = press(client, "offer", appointment_request, **whole | data)
        assert response.status_code in (400, 409), data
        assert sentence in words(response), data
        assert status_of(appointment_request) == "new", data


def test_four_times_or_a_taken_one_are_refused_with_a_message(client, clinic, rosa, appointment_request):
    until = MomentField.code(UNTIL)
    four = [clinic.slot(day=day).code for day in (7, 8, 9, 10)]
    assert "Offer 1 to 3 times." in words(press(client, "offer", appointment_request, offer=four, until=until))
    clinic.appointment(clinic.slot(day=8))
    response = press(client, "offer", appointment_request, offer=[clinic.slot(day=8).code], until=until)
    assert "is already at this time. Your change was not saved. Choose another time." in words(response)


def ticked(response):
    return re.findall(r'name="offer"[^>]* value="([0-9-]+)"[^>]* checked', response.content.decode())


def test_the_selection_stays_when_an_offer_is_refused(client, clinic, rosa, appointment_request):
    html = client.get(page_of(appointment_request)).content.decode()
    until = re.findall(r'<option value="(\d+)"', html.split('id="until"')[1])[3]
    four = [clinic.slot(day=3).code, *(clinic.slot(day=day).code for day in (7, 8, 9))]
    response = press(client, "offer", appointment_request, offer=four, until=until)
    assert sorted(ticked(response)) == sorted(four)
    assert "Selected earlier" in words(response)
    assert f'<option value="{until}" selected' in response.content.decode()


def test_a_selected_time_that_was_taken_says_so_and_is_no_longer_selected(client, clinic, rosa, appointment_request):
    clinic.appointment(clinic.slot(day=8))
    codes = [clinic.slot(day=8).code, clinic.slot(day=9).code]
    response = press(client, "offer", appointment_request, offer=codes, until=MomentField.code(UNTIL))
    assert ticked(response) == codes[1:]
    assert re.search("Tue, Dec 8, 9:00 AM EST Dr. Mara Ellison, MD Pier Street office Taken", words(response))


def test_one_offer_can_combine_times_from_several_pages_of_the_list(client, clinic, rosa, appointment_request):
    codes = [clinic.slot(day=8).code, clinic.slot(day=18).code]
    response = press(
        client, "times", appointment_request, offer=codes, by_phone="1", follow=True, **{"from": "2026-12-15"}
    )
    assert sorted(ticked(response)) == sorted(codes)
    assert "Tue, Dec 15" in words(response)
    response = press(client, "times", appointment_request, offer=codes, wide="1", follow=True)
    assert ticked(response) == codes
    assert "any day, office, or provider" in words(response)
    assert status_of(appointment_request) == "new"


def test_after_a_refusal_the_other_times_can_still_be_listed(client, clinic, rosa, appointment_request):
    html = press(client, "offer", appointment_request).content.decode()
    path = reverse("desk:times", args=[appointment_request.reference])
    assert len(re.findall(f'formaction="{path}#answer"', html)) == 2
    assert 'href="?' not in html


@pytest.mark.once
def test_an_invalid_selected_time_is_ignored(client, clinic, rosa, appointment_request):
    codes = ["x", "0-1-1", "99999999-1-1", "29999999-999-999", "9" * 60, "1-1"]
    response = press(
        client, "times", appointment_request, offer=codes, until="x" * 5000, follow=True, **{"from": "y" * 5000}
    )
    assert response.status_code == 200
    assert "Selected earlier" not in words(response)


def test_a_deadline_has_the_same_color_in_the_queue_and_on_the_page(client, clinic, rosa, at):
    """The deadline of a request for a call follows the default desk's hours, whichever office the patient prefers."""
    closes_early = make_location(name="Harbor Avenue office")
    OfficeHours.objects.create(location=closes_early, weekday=1, opens=540, closes=850)
    practice_info.forget()
    appointment_request = clinic.appointment_request(wants_call=True, location=closes_early)
    at("2026-11-24 14:00")
    client.force_login(rosa)
    in_queue, on_page = (
        re.search(r'class="due due--(\w+)">([^<]+)', client.get(path).content.decode()).groups()
        for path in ("/admin/desk/", page_of(appointment_request))
    )
    assert in_queue == on_page


def test_a_time_that_the_patient_chooses_by_phone_is_booked(client, clinic, rosa, offered):
    press(client, "accept_offer", offered, slot=clinic.slot(day=8).code)
    assert Appointment.objects.get(status="booked").starts_at == clinic.slot(day=8).starts_at
    assert offered.events.get(verb="accept_offer").channel == "phone"


def test_an_offer_can_be_extended_and_then_declined_for_the_patient(client, clinic, rosa, offered):
    longer = local(2026, 11, 27, 17)
    press(client, "extend_offer", offered, until=MomentField.code(longer))
    offered = fresh(offered)
    assert offered.offer_until == longer
    page = words(press(client, "refuse_offer", offered, follow=True))
    assert "Offer declined" in page
    assert fresh(offered).returned == "refused"


@pytest.mark.parametrize(
    ("email", "end", "said"),
    [
        ("june@example.org", local(2026, 11, 27, 17), "The patient’s page shows it."),
        ("june@example.org", local(2026, 11, 24, 17), "We’ll email the patient."),
        ("", local(2026, 11, 24, 17), "The call is on the “To call” list."),
    ],
)
def test_after_changing_the_deadline_the_desk_reads_whether_the_patient_is_notified(
    client, clinic, rosa, offered, email, end, said
):
    Patient.objects.update(email=email)
    assert said in words(press(client, "extend_offer", offered, until=MomentField.code(end), follow=True))


def ends(client, appointment_request):
    html = client.get(page_of(appointment_request)).content.decode().replace("\xa0", " ")
    select = re.search(r'<select class="form-select" id="until".*?</select>', html, re.DOTALL)
    return re.findall(r">([^<>]+)</option>", select[0]) if select else []


def test_the_deadline_may_be_earlier_or_later_but_not_after_the_last_time(client, clinic, rosa, offered):
    found = ends(client, offered)
    assert (found[0], found[-1]) == ("Tue, Nov 24, 5:00 PM EST", "Thu, Dec 3, 5:00 PM EST")
    assert "Wed, Nov 25, 5:00 PM EST" not in found
    press(client, "extend_offer", offered, until=MomentField.code(local(2026, 11, 24, 17)))
    assert "Wed, Nov 25, 5:00 PM EST" in ends(client, fresh(offered))


def test_without_another_possible_deadline_there_is_no_button(client, clinic, rosa, at):
    appointment_request = clinic.appointment_request()
    until = local(2026, 11, 24, 10)
    lifecycle.offer(
        appointment_request.pk, [clinic.slot(day=24, month=11, hour=11)], until, by=lifecycle.staff(rosa), now=MONDAY
    )
    page = client.get(page_of(appointment_request))
    assert "Patient chose this" in words(page)
    assert "/extend/" not in page.content.decode()


def test_an_expired_offer_that_the_worker_has_not_ended_yet_can_be_confirmed(client, clinic, rosa, offered, at):
    at("2026-11-25 17:00")
    client.force_login(rosa)
    page = words(client.get(page_of(offered)))
    assert "Patient chose this" not in page
    response = press(client, "accept_offer", offered, slot=clinic.slot(day=8).code)
    assert (response.status_code, "This offer has expired." in words(response)) == (409, True)
    press(client, "confirm", offered, slot=clinic.slot(day=8).code)
    assert status_of(offered) == "confirmed"


def test_pressing_offer_twice_makes_one_offer(client, clinic, rosa, appointment_request):
    data = {"offer": [clinic.slot(day=8).code], "until": MomentField.code(UNTIL)}
    first, second = (
        press(client, "offer", appointment_request, **data),
        press(client, "offer", appointment_request, **data),
    )
    assert first["Location"] == second["Location"]
    assert Message.objects.filter(kind="offered").count() == 1


def test_all_open_times_are_shown_on_request(client, clinic, rosa):
    tomas = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas Okafor-Lind, MD")
    appointment_request = clinic.appointment_request(practitioner=clinic.practitioner, wants_call=True)
    assert tomas.name not in words(client.get(page_of(appointment_request)))
    assert tomas.name in words(client.get(page_of(appointment_request), {"wide": "1"}))


# -- waitlist, close, reopen, letter


def test_one_press_puts_a_request_on_the_waitlist(client, clinic, rosa, appointment_request):
    assert "Added to the waitlist: June Demo" in words(press(client, "waitlist", appointment_request, follow=True))
    assert status_of(appointment_request) == "waitlisted"


def test_closing_early_requires_a_reason_and_the_letter_can_be_printed(client, clinic, rosa):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    response = press(client, "close", appointment_request)
    assert "We usually make more calls before closing." in words(response)
    page = words(press(client, "close", appointment_request, why="The number is a shop’s.", follow=True))
    assert "Print letter" in page
    letter = client.get(reverse("desk:letter", args=[Message.objects.get(kind="closed").pk]))
    assert "We could not reach you" in words(letter)
    assert "June" not in re.search("<title>(.*?)</title>", markup(letter))[1]
    client.post(reverse("desk:mark_notified", args=[Message.objects.get(kind="closed").pk]))
    assert Message.objects.get(kind="closed").status == "notified"


def test_a_lead_reopens_it_with_a_reason(client, clinic, lead, appointment_request):
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(lead), now=MONDAY)
    appointment_request = fresh(appointment_request)
    assert "Enter a reason." in words(press(client, "reopen", appointment_request))
    page = words(press(client, "reopen", appointment_request, why="Has a referral now.", follow=True))
    assert "Reopened" in page
    assert status_of(appointment_request) == "new"


# -- claims


def test_a_claim_shows_who_has_it_and_can_be_released(client, clinic, rosa, appointment_request):
    page = words(press(client, "claim", appointment_request, follow=True))
    assert "You’re working on this until 10:15 AM Release" in page
    assert "Start working on this" in words(press(client, "release_claim", appointment_request, follow=True))


def test_while_a_coworker_has_claimed_it_one_can_only_read_and_add_a_note(
    client, clinic, rosa, appointment_request, dmitri
):
    lifecycle.claim(appointment_request.pk, user=dmitri, now=later(minutes=20))
    page = words(client.get(page_of(appointment_request)))
    assert "Dmitri is working on this until 10:35 AM." in page
    assert "Dmitri may be on the phone with the patient now." in page
    assert "Confirm Thu" not in page
    assert "Add note" in page
    response = press(client, "confirm", appointment_request, slot=clinic.slot().code)
    assert (
        response.status_code,
        "Dmitri is working on this request. Your change was not saved. This page shows" in words(response),
    ) == (409, True)
    press(client, "take_over", appointment_request)
    assert "You’re working on this until" in words(client.get(page_of(appointment_request)))
    press(client, "confirm", appointment_request, slot=clinic.slot().code)
    assert status_of(appointment_request) == "confirmed"


def test_opening_the_page_claims_nothing(client, clinic, rosa, appointment_request):
    client.get(page_of(appointment_request))
    client.get(reverse("desk:claim", args=[appointment_request.reference]))
    assert fresh(appointment_request).claimed_by is None


# -- calls and notes


def test_a_call_and_its_next_try_are_logged_with_one_press(client, clinic, rosa):
    appointment_request = clinic.appointment_request(best_time="morning")
    html = markup(client.get(page_of(appointment_request)))
    first_try = re.search(r'<option value="(\d+)">today, 11:30', html.replace("\xa0", " "))[1]
    page = words(press(client, "log_call", appointment_request, outcome="no_answer", next_try=first_try, follow=True))
    assert "Calls 1 of 3 tries" in page
    assert "Next try: today, 11:30 AM" in page
    assert "No answer · Rosa" in page


@pytest.mark.once
def test_an_incomplete_call_gives_a_message(client, clinic, rosa, appointment_request):
    for data in ({}, {"outcome": "x"}, {"outcome": "no_answer", "next_try": "x"}):
        assert press(client, "log_call", appointment_request, **data).status_code == 400, data
    assert fresh(appointment_request).attempts == 0


def test_a_note_is_visible_only_to_the_desk(client, clinic, rosa, appointment_request):
    page = words(
        press(client, "add_note", appointment_request, note="Stairs are hard.\n<b>Ground floor.</b>", follow=True)
    )
    assert "Stairs are hard. <b>Ground floor.</b> Rosa, today, 10:05 AM" in page
    assert "Note added." in page
    response = press(client, "add_note", appointment_request, note="x" * 601)
    assert "Use up to 600 characters." in words(response)
    assert "x" * 601 in response.content.decode()


def test_a_note_written_during_a_call_is_saved_with_it(client, clinic, rosa, appointment_request):
    page = words(
        press(client, "log_call", appointment_request, outcome="no_answer", note="Ask her\n daughter.", follow=True)
    )
    assert "No answer · Rosa Ask her daughter." in page
    assert appointment_request.events.get(verb="log_call").note


def test_note_and_call_are_in_one_form(client, clinic, rosa, appointment_request):
    html = markup(client.get(page_of(appointment_request)))
    assert re.search('<textarea[^>]* name="note" form="act"', html)
    assert html.count(f'form="act" formaction="{reverse("desk:log_call", args=[appointment_request.reference])}"') == 4


@pytest.mark.once
def test_a_refused_call_keeps_its_note(client, clinic, rosa, appointment_request):
    for data in ({"outcome": "x"}, {"outcome": "no_answer", "next_try": "x"}):
        response = press(client, "log_call", appointment_request, note="Ask her daughter.", **data)
        assert response.status_code in (400, 409), data
        assert ">Ask her daughter.</textarea>" in response.content.decode(), data
    long = press(client, "log_call", appointment_request, outcome="no_answer", note="x" * 601)
    assert "Use up to 600 characters." in words(long)
    assert fresh(appointment_request).attempts == 0


def test_a_clerk_whose_account_was_deleted_is_shown_as_a_coworker(client, clinic, rosa, appointment_request):
    nobody = lifecycle.Actor("desk")
    lifecycle.log_call(appointment_request.pk, "no_answer", by=nobody, now=MONDAY)
    lifecycle.add_note(appointment_request.pk, "Stairs are hard.", by=nobody, now=MONDAY)
    page = words(client.get(page_of(appointment_request)))
    assert "No answer · A coworker" in page
    assert "Stairs are hard. A coworker" in page


# -- a wrong number


def call_now(client):
    return client.get("/admin/desk/?view=call-now").content.decode()


def test_a_wrong_number_is_not_to_be_called_until_it_is_corrected(client, clinic, rosa, appointment_request):
    assert appointment_request.reference in call_now(client)
    assert "Logged “Wrong number” for June Demo." in words(
        press(client, "log_call", appointment_request, follow=True, outcome="wrong_number")
    )
    assert appointment_request.reference not in call_now(client)
    assert "Wrong number" in words(client.get("/admin/desk/"))
    assert "(718) 555-0167 Wrong number" in words(client.get(page_of(appointment_request)))
    client.post(
        reverse("desk:correct_patient", args=[appointment_request.reference]),
        correction(appointment_request, phone="718 555 0199"),
    )
    assert appointment_request.reference in call_now(client)
    assert "(718) 555-0199 Log a call" in words(client.get(page_of(appointment_request)))


def in_vain(appointment_request, rosa):
    """Called at a wrong number, declined, and reopened."""
    by = lifecycle.staff(rosa)
    lifecycle.log_call(appointment_request.pk, "wrong_number", by=by, now=MONDAY)
    lifecycle.decline(appointment_request.pk, "not_reached", "Call us.", by=by, now=MONDAY)
    lifecycle.reopen(appointment_request.pk, "A letter came.", by=by, now=MONDAY)


def test_after_reopening_a_wrong_number_is_still_wrong(client, clinic, rosa, appointment_request):
    in_vain(appointment_request, rosa)
    assert "Wrong number" in words(client.get("/admin/desk/"))
    assert appointment_request.reference not in call_now(client)
    assert "(718) 555-0167 Wrong number" in words(client.get(page_of(appointment_request)))


@pytest.mark.parametrize("on_another", [False, True])
def test_after_reopening_the_corrected_number_can_be_called(client, clinic, rosa, appointment_request, on_another):
    lifecycle.log_call(appointment_request.pk, "wrong_number", by=lifecycle.staff(rosa), now=MONDAY)
    appointment = clinic.appointment(clinic.slot(day=10))
    AppointmentRequest.objects.filter(pk=appointment.appointment_request_id).update(patient=appointment_request.patient)
    of = appointment.appointment_request_id if on_another else appointment_request.pk
    lifecycle.correct_patient(of, {"phone": "+17185550133"}, by=lifecycle.staff(rosa), now=MONDAY)
    lifecycle.decline(appointment_request.pk, "not_reached", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    lifecycle.reopen(appointment_request.pk, "A letter came.", by=lifecycle.staff(rosa), now=MONDAY)
    assert "Wrong number" not in words(client.get("/admin/desk/"))
    assert appointment_request.reference in call_now(client)


def test_after_a_later_call_reached_the_patient_a_reopened_requests_number_counts_as_right(
    client, clinic, rosa, appointment_request
):
    in_vain(appointment_request, rosa)
    lifecycle.log_call(appointment_request.pk, "reached", by=lifecycle.staff(rosa), now=MONDAY)
    assert "Wrong number" not in words(client.get("/admin/desk/"))


def test_correcting_the_name_does_not_make_the_number_right(client, clinic, rosa, appointment_request):
    press(client, "log_call", appointment_request, outcome="wrong_number")
    client.post(
        reverse("desk:correct_patient", args=[appointment_request.reference]),
        correction(appointment_request, name="Jane Demo"),
    )
    assert appointment_request.reference not in call_now(client)


# -- inside the notice period


def test_a_time_inside_the_notice_period_is_marked_on_the_request(client, clinic, rosa):
    clinic.appointment_type.notice = 3 * 24 * 60
    clinic.appointment_type.save()
    page = words(client.get(page_of(clinic.appointment_request())))
    fold = page.partition("Short notice: needs a reason")[2]
    assert "Mon, Nov 23, 10:20 AM EST Dr. Mara Ellison, MD Pier Street office Open Offer" in fold
    page = words(
        client.get(page_of(clinic.appointment_request(patient={"name": "Second Demo"})), {"from": "2026-12-01"})
    )
    assert "Short notice" not in page


def test_a_time_that_was_selected_earlier_is_marked_too(client, clinic, rosa):
    clinic.appointment_type.notice = 30 * 24 * 60
    clinic.appointment_type.save()
    appointment_request, tick = (
        clinic.appointment_request(),
        {"offer": clinic.slot(day=4, hour=11).code, "from": "2026-12-30"},
    )
    page = (
        words(client.get(page_of(appointment_request), tick))
        .partition("Selected earlier")[2]
        .partition("Matching open times")[0]
    )
    assert "Open Short notice" in page


# -- possible duplicates


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"name": "Juna Demo", "phone": "+17185550100"}, "Same date of birth, similar name, different phone."),
        ({"name": "Demo, June"}, "Same date of birth and phone, similar name."),
        ({"name": "Somebody Else"}, "Same date of birth and phone, different name."),
        ({"name": "Somebody Else", "phone": "+17185550100", "email": "else@example.org"}, ""),
        ({"birth_date": "1951-03-10"}, "Same phone, same name, different date of birth."),
        ({"birth_date": "1951-03-10", "name": "Somebody Else"}, ""),
    ],
)
def test_a_possible_duplicate_is_pointed_out(client, clinic, rosa, appointment_request, person, why):
    other = clinic.appointment_request(patient=person)
    page = words(client.get(page_of(appointment_request)))
    assert ("Possible duplicate" in page, f"{other}, today" in page) == (bool(why), bool(why))
    assert why in page


def test_requests_more_than_sixty_days_apart_are_not_compared(client, clinic, rosa, appointment_request):
    clinic.appointment_request(now=later(days=-61))
    assert duplicates.of(appointment_request) == []


def test_two_requests_marked_as_different_people_are_not_suggested_again(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    page = words(press(client, "not_the_same", appointment_request, other=other.reference, follow=True))
    assert "Saved: these are two people." in page
    assert "Possible duplicate" not in page


def merge_page(appointment_request, other):
    return reverse("desk:merge", args=[appointment_request.reference, other.reference])


def test_two_requests_are_compared_and_merged(client, clinic, lead, appointment_request):
    other = clinic.appointment_request(clinic.slot(day=9), patient={"name": "Juna Demo"})
    page = words(client.get(merge_page(appointment_request, other)))
    assert "June Demo" in page
    assert "Juna Demo" in page
    data = {
        "keep": "other",
        "why": "Sent twice.",
        "version_other": appointment_request.version,
        "version_this": other.version,
    }
    page = words(client.post(merge_page(appointment_request, other), data, follow=True))
    assert "Merged: June Demo" in page
    assert (fresh(appointment_request).status, fresh(appointment_request).duplicate_of) == ("closed", other)
    response = client.get(page_of(appointment_request), follow=True)
    assert response.redirect_chain[-1][0] == page_of(other)
    assert "is a duplicate" in words(response)
    assert "Merged into" in words(client.get(page_of(appointment_request), {"itself": "1"}))


def test_either_request_can_be_the_one_to_keep(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    data = {
        "keep": "this",
        "why": "Twice.",
        "version_other": appointment_request.version,
        "version_this": other.version,
    }
    client.post(merge_page(appointment_request, other), data)
    assert fresh(other).duplicate_of == appointment_request


@pytest.mark.once
def test_an_incomplete_or_outdated_merge_merges_nothing(client, clinic, lead, appointment_request):
    other = clinic.appointment_request()
    data = {
        "keep": "other",
        "why": "Twice.",
        "version_other": appointment_request.version,
        "version_this": other.version,
    }
    for left_out in data:
        assert client.post(merge_page(appointment_request, other), data | {left_out: ""}).status_code == 400, left_out
    assert client.post(merge_page(appointment_request, other), data | {"version_other": 99}).status_code == 409
    assert client.get(merge_page(appointment_request, appointment_request)).status_code == 404
    assert status_of(appointment_request) == status_of(other) == "new"


# -- patient details, the link


def correction(appointment_request, **changes):
    return {
        "name": "June Demo", "birth_date": "3/9/1951", "phone": "718 555 0167", "email": "june@example.org",
        "language": "English", "version": appointment_request.version,
    } | changes  # fmt: skip


def test_patient_details_are_corrected(client, clinic, rosa, appointment_request):
    path = reverse("desk:correct_patient", args=[appointment_request.reference])
    html = client.get(path).content.decode()
    for value in ("June Demo", "3/9/1951", "718 555 0167", "june@example.org"):
        assert f'value="{value}"' in html
    page = words(
        client.post(path, correction(appointment_request, name="Juno Demo", email="juno@example.org"), follow=True)
    )
    assert "Juno Demo , 75" in page
    assert "Links sent to the old email no longer work" in page
    assert fresh(appointment_request).link_version == 2


def test_an_unchanged_form_changes_nothing(client, clinic, rosa, appointment_request):
    client.post(reverse("desk:correct_patient", args=[appointment_request.reference]), correction(appointment_request))
    assert not Event.objects.filter(verb="correct_patient").exists()
    assert fresh(appointment_request).version == appointment_request.version


@pytest.mark.once
def test_an_invalid_value_gives_an_error_and_the_other_values_are_kept(client, clinic, rosa, appointment_request):
    path = reverse("desk:correct_patient", args=[appointment_request.reference])
    wrong = {"name": "", "birth_date": "1951", "email": "x"}
    response = client.post(path, correction(appointment_request, language="Russian") | wrong)
    assert response.status_code == 400
    for sentence in ("Enter the full name.", "Enter the full date", "full email address"):
        assert sentence in words(response)
    assert 'value="Russian"' in response.content.decode()
    assert Patient.objects.get().name == "June Demo"


def test_a_coworker_who_corrected_first_is_named(client, clinic, rosa, appointment_request, dmitri):
    lifecycle.correct_patient(appointment_request.pk, {"name": "Juno Demo"}, by=lifecycle.staff(dmitri), now=MONDAY)
    response = client.post(
        reverse("desk:correct_patient", args=[appointment_request.reference]),
        correction(appointment_request, name="June X Demo"),
    )
    assert response.status_code == 409
    assert "Dmitri edited the patient details at 10:05 AM." in words(response)
    assert 'value="June X Demo"' in response.content.decode()


def test_the_link_is_sent_again(client, clinic, rosa, appointment_request):
    assert "The link is on its way" in words(press(client, "resend_link", appointment_request, follow=True))
    assert Message.objects.filter(kind="link").count() == 1


def test_without_an_email_address_the_button_is_missing(client, clinic, rosa):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    assert "Resend link" not in words(client.get(page_of(appointment_request)))
    assert "No link was sent" in words(press(client, "resend_link", appointment_request))


# -- requests for another time, and rescheduling


def test_a_request_for_another_time_shows_the_current_appointment_beside_the_new_times(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    appointment_request = lifecycle.ask_for_another_time(
        appointment.pk, [clinic.slot(day=9)], {}, by=lifecycle.PATIENT, now=MONDAY
    )
    page = words(client.get(page_of(appointment_request)))
    assert "Booked now Booked Thu, Dec 3, 9:00 – 9:40 AM EST" in page
    assert "Confirm Wed, Dec 9, 9:00 AM" in page
    done = words(press(client, "confirm", appointment_request, slot=clinic.slot(day=9).code, follow=True))
    assert "Moved: June Demo , Wed, Dec 9" in done
    page = words(client.get(page_of(appointment_request)))
    assert "June Demo , 75 Moved" in page
    assert "The appointment Booked Wed, Dec 9, 9:00 – 9:40 AM EST" in page
    assert "Moved to a new time: Wed, Dec 9, 9:00 AM EST" in page
    old = words(client.get(page_of(appointment.appointment_request)))
    assert "Moved to a new time: Wed, Dec 9, 9:00 AM EST" in old
    assert "Booked: Thu, Dec 3, 9:00 AM EST" in old


def reschedule_page(appointment):
    return reverse("desk:reschedule", args=[appointment.pk])


def test_an_appointment_is_rescheduled_with_one_button(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    page = words(client.get(reschedule_page(appointment), {"since": "2026-12-04"}))
    assert "Fri, Dec 4, 9:00 AM EST Dr. Mara Ellison, MD Pier Street office Move here" in page
    data = {"version": appointment.version, "slot": clinic.slot(day=4).code}
    page = words(client.post(reschedule_page(appointment), data, follow=True))
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=4).starts_at
    assert "Moved: June Demo , Fri, Dec 4, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office." in page
    again = client.post(reschedule_page(appointment), data)
    assert (again.status_code, Event.objects.filter(verb="reschedule").count()) == (302, 1)


@pytest.mark.once
def test_a_reschedule_that_is_impossible_gives_a_message(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    typed = {"at": "09:00", "who": clinic.practitioner.slug, "where": "pier-street", "version": appointment.version}
    for data, status, sentence in (
        ({}, 400, "Choose an open time."),
        ({"slot": "x"}, 400, "Choose an open time."),
        ({"version": ""}, 400, "Check the page and try again."),
        ({"special": "1", "on": "x"}, 400, "Enter the day as month/day/year"),
        ({"special": "1", "on": "2026-12-05"}, 409, "This time is outside working hours."),
    ):
        response = client.post(reschedule_page(appointment), typed | data)
        assert (response.status_code, sentence in words(response)) == (status, True), data
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=3).starts_at


def test_outside_working_hours_it_is_rescheduled_with_a_reason(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    data = {
        "special": "1", "on": "12/5/2026", "at": "9:00 AM", "who": clinic.practitioner.slug, "where": "pier-street",
        "version": appointment.version, "why": "Only day with a driver.",
    }  # fmt: skip
    client.post(reschedule_page(appointment), data)
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=5).starts_at


def test_the_slower_of_two_clerks_reads_who_was_faster(client, clinic, rosa, dmitri):
    appointment = clinic.appointment(clinic.slot(day=3))
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=lifecycle.staff(dmitri), now=MONDAY)
    response = client.post(
        reschedule_page(appointment), {"version": appointment.version, "slot": clinic.slot(day=7).code}
    )
    assert (response.status_code, "Dmitri moved this appointment at 10:05 AM." in words(response)) == (409, True)


def test_a_reschedule_is_undone_from_the_bar(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    data = {"version": appointment.version, "slot": clinic.slot(day=4).code}
    html = client.post(reschedule_page(appointment), data, follow=True).content.decode()
    client.post(re.search(r"/admin/desk/undo/\d+/", html)[0])
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=3).starts_at


def test_a_request_for_another_time_is_queued_only_once(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    path, key = reverse("desk:ask_again", args=[appointment.pk]), uuid.uuid4()
    for _ in range(2):
        page = words(client.post(path, {"note": "Any Friday.", "flow_key": key}, follow=True))
        assert "Booked now" in page
        assert "Any Friday." in page
    assert AppointmentRequest.objects.filter(replaces=appointment).count() == 1
    assert client.post(path, {"note": "", "flow_key": key}).status_code == 400


def test_times_too_short_for_the_current_appointment_are_not_proposed(client, clinic, rosa):
    first = lifecycle.book(clinic.draft(), clinic.slot(), by=lifecycle.staff(rosa), now=MONDAY, minutes=120)
    clinic.appointment(clinic.slot(day=4, hour=9, minute=40))
    appointment_request = lifecycle.ask_for_another_time(
        first.appointments.get().pk, [], {}, by=lifecycle.PATIENT, now=MONDAY
    )
    page = client.get(f"{page_of(appointment_request)}?from=2026-12-04")
    assert "New-patient consultation, 120 min" in words(page)
    assert clinic.slot(day=4).code not in page.content.decode()


def test_rescheduling_costs_the_same_with_a_larger_team(client, clinic, rosa, django_assert_num_queries):
    appointment = clinic.appointment(clinic.slot(day=3))
    client.get(reschedule_page(appointment), {"anyone": "1"})
    with django_assert_num_queries(9 + LOGGED):
        client.get(reschedule_page(appointment), {"anyone": "1"})
    for n in range(5):
        make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
    with django_assert_num_queries(9 + LOGGED):
        client.get(reschedule_page(appointment), {"anyone": "1"})


# -- no URL bypasses the version check, and none answers 5xx


VERSIONED = ["offer", "extend_offer", "accept_offer", "refuse_offer", "waitlist", "close", "reopen"]


@pytest.mark.once
def test_an_invalid_version_changes_nothing(client, clinic, lead, appointment_request):
    """Of no row, and of another: `test_views.py` has more that a form refuses."""
    data = {"slot": clinic.slot().code, "offer": [clinic.slot().code], "until": MomentField.code(UNTIL), "why": "x"}
    for verb, version in product(VERSIONED, ("x", "٣")):
        response = press(client, verb, appointment_request, **data | {"version": version})
        assert response.status_code in (400, 409), (verb, version)
        assert status_of(appointment_request) == "new", (verb, version)


@pytest.mark.once
def test_an_unknown_confirmation_number_gives_a_page_that_says_so(client, clinic, lead):
    """More that is no confirmation number: `test_views.py`."""
    for verb in (*VERSIONED, "claim", "take_over", "release_claim", "log_call", "add_note", "not_the_same"):
        for reference in ("AAAAAAAAAA", "x"):
            address = reverse(f"desk:{verb}", args=[reference])
            assert client.post(address, {"version": 1}).status_code in (400, 404), (verb, reference)
        assert client.get(address).status_code in (400, 404), verb


def test_a_corrected_email_invalidates_the_links_of_duplicates_too(client):
    clinic, by = Clinic(), lifecycle.staff(make_clerk())
    duplicate, kept = clinic.appointment_request(), clinic.appointment_request()
    lifecycle.merge(duplicate.pk, kept.pk, "One person.", by=by, now=later())
    old = reverse("patient_page:page", args=[links.secret(duplicate)])
    assert client.get(old).status_code == 200
    lifecycle.correct_patient(kept.pk, {"email": "new@example.org"}, by=by, now=later())
    assert client.get(old).status_code == 404


# -- messages say what was done


@pytest.mark.parametrize(
    ("email", "said"),
    [("june@example.org", "Closed. The letter will go out by email."), ("", "Closed. Print the letter now.")],
)
def test_closing_says_how_the_letter_is_sent(client, clinic, rosa, email, said):
    appointment_request = clinic.appointment_request(patient={"email": email})
    page = words(press(client, "close", appointment_request, why="Moved away.", follow=True))
    assert [each in page for each in (said, "Print the letter now")] == [True, not email]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Jane Demo"}, "Saved."),
        ({}, "No changes to save."),
        ({"email": ""}, "Links sent to the old email no longer work."),
        ({"email": "j@example.org"}, "no longer work. Send a new one."),
    ],
)
def test_a_correction_says_what_follows_from_it(client, clinic, rosa, appointment_request, changes, said):
    path = reverse("desk:correct_patient", args=[appointment_request.reference])
    page = words(client.post(path, correction(appointment_request, **changes), follow=True))
    assert said in page
    assert ("no longer work" in page) == ("email" in changes)


def test_undoing_a_booking_says_that_its_request_is_closed(client, clinic, rosa):
    appointment_request = lifecycle.book(
        clinic.draft(), clinic.slot(), by=lifecycle.staff(rosa), now=local(2026, 11, 23, 10, 30)
    )
    html = client.get(page_of(appointment_request)).content.decode()
    assert "Booked; Booked" not in html.replace("\xa0", " ")
    assert "Booked: Thu, Dec 3, 9:00 AM EST Rosa" in words(client.get(page_of(appointment_request)))
    page = words(client.post(re.search(r"/admin/desk/undo/\d+/", html)[0], follow=True))
    assert "Undone. Nothing is booked, and the request is closed." in page


def test_undoing_a_reschedule_mentions_the_appointment(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=3))
    data = {"version": appointment.version, "slot": clinic.slot(day=4).code}
    html = client.post(reschedule_page(appointment), data, follow=True).content.decode()
    page = words(client.post(re.search(r"/admin/desk/undo/\d+/", html)[0], follow=True))
    assert "Undone. Back to where it was." in page
