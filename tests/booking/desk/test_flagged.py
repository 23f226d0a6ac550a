"""Flagged appointments: called off, or double-booked."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Message
from tests.booking.desk.page import page_of, press
from tests.builders import LOGGED, MONDAY, make_clerk
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rosa")]
THURSDAY = "/admin/desk/day/2026-12-03/"
CALENDAR = "/admin/desk/calendar/?span=week&day=2026-12-03"
PAGES = [THURSDAY, f"{THURSDAY}?by=practitioner", CALENDAR]
CALLED_OFF = "Called off"
OVER = "Double-booked"
TOLD = "We told the patient not to come then"
EVERYWHERE = [*PAGES, f"{THURSDAY}sheet/"]


@pytest.fixture
def looking(appointment, rosa):
    """The open request for another time, made when we could not keep the appointment."""
    return lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=MONDAY)


@pytest.fixture
def over(clinic, appointment):
    override = lifecycle.Override("Both come for results.", overlap=True)
    return clinic.appointment(override=override, patient={"name": "Second Demo"})


def html(client, path):
    return client.get(path).content.decode()


# -- called off


def test_an_appointment_that_needs_rebooking_is_marked(client, looking):
    for path in EVERYWHERE:
        assert CALLED_OFF in words(client.get(path)), path


def test_an_appointment_we_can_keep_is_not_marked(client, appointment):
    for path in EVERYWHERE:
        assert CALLED_OFF not in words(client.get(path)), path


def test_the_mark_links_to_the_request_for_another_time(client, looking):
    for path in PAGES:
        assert page_of(looking) in html(client, path), path


def test_on_the_printed_sheet_the_mark_is_no_link(client, looking):
    assert page_of(looking) not in html(client, f"{THURSDAY}sheet/")


def test_a_user_who_may_not_see_requests_gets_no_link(client, looking):
    client.force_login(make_clerk("Clinician"))
    page = client.get(THURSDAY)
    assert (CALLED_OFF in words(page), page_of(looking) in page.content.decode()) == (True, False)


def test_a_patient_who_was_told_not_to_come_is_neither_late_nor_a_no_show(
    client, clinic, appointment, looking, rosa, at
):
    now = at("2026-12-03 09:20")
    client.force_login(rosa)
    page = client.get(THURSDAY)
    assert "1 called off" in words(page)
    assert "Not here yet" not in words(page)
    assert "/no-show/" not in page.content.decode()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.no_show(appointment.pk, by=lifecycle.staff(rosa), now=now)


def test_a_patient_who_comes_anyway_can_be_checked_in(client, appointment, looking, rosa, at):
    at("2026-12-03 09:20")
    client.force_login(rosa)
    assert "/arrived/" in html(client, THURSDAY)


def test_the_pages_of_the_appointment_and_of_the_new_request_say_so(client, appointment, looking):
    assert CALLED_OFF in words(client.get(page_of(appointment.appointment_request)))
    page = client.get(page_of(looking))
    assert "The email that tells the patient not to come then is on its way." in words(page)
    assert reverse("desk:cancel", args=[appointment.pk]) in page.content.decode()


@pytest.mark.parametrize("status", ["failed", "to_call", "to_print"])
def test_the_new_request_says_that_the_patient_does_not_know_yet(client, looking, status):
    looking.messages.update(status=status)
    press(client, "log_call", looking, outcome="voicemail")
    page = words(client.get(page_of(looking)))
    assert ("The patient does not know yet: call." in page, TOLD in page) == (True, False)


@pytest.mark.parametrize("status", ["sent", "notified", "superseded"])
def test_the_new_request_says_that_the_patient_knows(client, looking, status):
    looking.messages.update(status=status)
    page = words(client.get(page_of(looking)))
    assert ("does not know yet" in page, TOLD in page) == (False, True)


def test_a_refused_decline_says_what_must_be_done_first(client, appointment, looking):
    response = press(client, "decline", looking, code="other", sentence="Call us.")
    assert response.status_code == 409
    assert "Cancel or move that appointment first." in words(response)
    assert reverse("desk:reschedule", args=[appointment.pk]) in response.content.decode()


STAYS = "The patient keeps the old time until you do."


def test_rescheduling_it_does_not_say_that_the_current_time_stays(client, appointment, looking):
    page = words(client.get(f"{CALENDAR}&rescheduling={appointment.pk}"))
    assert "We called off the old time." in page
    assert STAYS not in page


def test_rescheduling_an_appointment_we_can_keep_does_say_so(client, appointment):
    assert STAYS in words(client.get(f"{CALENDAR}&rescheduling={appointment.pk}"))


@pytest.mark.parametrize("verb", ["reschedule", "cancel"])
def test_the_pages_that_reschedule_and_cancel_it_say_so(client, appointment, looking, verb):
    assert CALLED_OFF in words(client.get(reverse(f"desk:{verb}", args=[appointment.pk])))


@pytest.mark.parametrize("marks", [["check_in"], ["check_in", "fulfil"]])
def test_the_request_says_that_the_patient_came_anyway(client, appointment, looking, rosa, at, marks):
    now = at("2026-12-03 09:20")
    for mark in marks:
        getattr(lifecycle, mark)(appointment.pk, by=lifecycle.staff(rosa), now=now)
    client.force_login(rosa)
    page = words(client.get(page_of(looking)))
    assert "The patient came anyway. If they don’t need another time, close this request" in page
    assert "is no longer on the schedule" not in page


def test_comparing_two_requests_shows_the_appointment_and_its_actions(client, clinic, appointment, looking):
    client.force_login(make_clerk("Desk lead"))
    kept = clinic.appointment_request()
    path = reverse("desk:merge", args=[looking.reference, kept.reference])
    data = {"keep": "other", "why": "One person.", "version_other": looking.version, "version_this": kept.version}
    refused = client.post(path, data)
    assert (refused.status_code, "We called off the appointment below" in words(refused)) == (
        409,
        True,
    )
    assert "Thu, Dec 3, 9:00" in words(refused)
    for verb in ("reschedule", "cancel"):
        assert reverse(f"desk:{verb}", args=[appointment.pk]) in refused.content.decode()


def test_the_words_for_the_call_begin_with_not_to_come(client, clinic, rosa):
    appointment = clinic.appointment(patient={"email": ""})
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=MONDAY)
    not_then = "We’re sorry: Dr. Mara Ellison, MD can’t see you on Thu, Dec 3, 9:00 AM EST, so please don’t come then."
    for page in (client.get("/admin/desk/?view=to-call"), client.get(page_of(new))):
        assert f"{not_then} Would you like to find another time?" in words(page)
    lifecycle.waitlist(new.pk, by=lifecycle.staff(rosa), now=MONDAY)
    assert f"{not_then} We don’t have an opening" in words(client.get("/admin/desk/?view=to-call"))


def test_seven_of_them_cost_no_more_queries_to_call_than_one(client, clinic, rosa, django_assert_num_queries):
    appointment = clinic.appointment(patient={"email": ""})
    by = lifecycle.staff(rosa)
    lifecycle.waitlist(lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY).pk, by=by, now=MONDAY)
    client.get("/admin/desk/?view=to-call")
    with django_assert_num_queries(5 + LOGGED):
        client.get("/admin/desk/?view=to-call")
    for day in (4, 7, 8, 9, 10, 11):
        other = clinic.appointment(clinic.slot(day=day), patient={"email": ""})
        lifecycle.waitlist(lifecycle.mark_needs_rebooking(other.pk, by=by, now=MONDAY).pk, by=by, now=MONDAY)
    assert Message.objects.filter(status="to_call").count() == 7
    with django_assert_num_queries(5 + LOGGED):
        client.get("/admin/desk/?view=to-call")


# -- double-booked


def test_a_double_booking_is_flagged_on_every_page(client, over):
    for path in EVERYWHERE:
        assert words(client.get(path)).count(OVER) == 1, path


def test_without_an_overlap_nothing_is_flagged(client, appointment):
    for path in EVERYWHERE:
        assert OVER not in words(client.get(path)), path


@pytest.mark.parametrize("path", PAGES[:2])
def test_the_day_shows_the_reason(client, over, path):
    assert "Both come for results." in words(client.get(path))


def test_a_canceled_appointment_is_no_longer_flagged(client, over, rosa):
    lifecycle.cancel(over.pk, "clinic", by=lifecycle.staff(rosa), now=MONDAY)
    assert OVER not in words(client.get(THURSDAY))


def test_the_flag_costs_no_query(
    client, clinic, appointment, rosa, looking, django_assert_num_queries, django_assert_max_num_queries
):
    for n, path in enumerate(PAGES, 1):
        other = clinic.slot(hour=9 + 40 * n // 60, minute=40 * n % 60)
        client.get(path)
        with django_assert_max_num_queries(14) as flagged:
            client.get(path)
        number = len(flagged)
        lifecycle.reschedule(appointment.pk, other, by=lifecycle.staff(rosa), now=MONDAY)
        assert not re.search(CALLED_OFF, words(client.get(path)))
        with django_assert_num_queries(number):
            client.get(path)
        appointment.refresh_from_db()
        lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=MONDAY)
