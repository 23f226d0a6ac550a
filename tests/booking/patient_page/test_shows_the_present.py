"""The patient's page shows the present: no promise that has passed, each move, and what is valid comes first."""

import re

import pytest
from django.test import Client

from booking import lifecycle
from booking.lifecycle.holds import release_expired
from booking.models import AppointmentRequest
from clinic.practice_info import practice_info
from clinic.templatetags.clinic_format import tappable
from tests.booking.patient_page.patient import RIGHT, give_birth_date, url
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import WHY, later, local, make_location
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
LIT = r'<li class="done now" aria-current="step"><span class="lamp" aria-hidden="true">(\d)</span>'
PHONE = '<a class="num nowrap" href="tel:+17185550142">(718)\u00a0555-0142</a>'
ON_LIST = "We put you on our list Monday, November 23, 10:05 am."


def page_of(appointment_request, client=None):
    return (client or Client()).get(url(appointment_request))


def offer(clinic, row, by, until=None):
    return lifecycle.offer(row.pk, [clinic.slot(day=8)], until or later(days=2), by=by, now=later())


# -- the steps: lit where the request is, and no promise that is over


@pytest.mark.parametrize(
    ("standing", "moment", "step", "said", "unsaid"),
    [
        ("waitlisted", "2026-11-23 10:06", "2", ON_LIST, "By Tuesday, November 24"),
        ("waitlisted", "2026-12-20 09:00", "2", ON_LIST, "November 24"),
        ("offered", "2026-11-24 09:00", "2", "Choose one of our times by Wednesday, November 25", "November 24"),
        ("offered", "2026-11-25 10:06", "2", "They are free for others again", "Choose one of our times"),
    ],
)
def test_the_step_that_is_lit_is_the_present_one(
    clinic, appointment_request, by, now, standing, moment, step, said, unsaid
):
    if standing == "waitlisted":
        lifecycle.waitlist(appointment_request.pk, by=by, now=later())
    if standing == "offered":
        offer(clinic, appointment_request, by)
    now(moment)
    page = page_of(appointment_request)
    assert re.findall(LIT, markup(page)) == [step]
    steps = words(page).partition("You asked")[2]
    assert said in steps
    assert unsaid not in steps


@pytest.mark.parametrize(
    ("status", "moment", "said", "unsaid"),
    [
        ("waitlisted", "2026-11-23 10:10", "You stay on our list", "We’ll answer by"),
        ("waitlisted", "2026-12-02 10:10", "You stay on our list", "November 24"),
        ("new", "2026-11-23 10:10", "We’ll answer by Tuesday, November 24, 5:00 pm", "We are late"),
        ("new", "2026-11-24 17:01", "We said that we’d answer by Tuesday, November 24", "We’ll answer by"),
        ("new", "2026-11-30 09:00", "We are late, and we are sorry", "We’ll answer by"),
    ],
)
def test_the_check_of_new_times_promises_nothing_that_is_over(
    client, clinic, appointment_request, by, now, status, moment, said, unsaid
):
    if status == "waitlisted":
        lifecycle.waitlist(appointment_request.pk, by=by, now=later())
    now(moment)
    give_birth_date(client, appointment_request)
    client.post(url(appointment_request, "times"), {"call": "1", "best_time": "any"})
    page = words(client.get(url(appointment_request, "check_times"), follow=True))
    assert said in page
    assert unsaid not in page


# -- a move: was, now


@pytest.mark.parametrize(("day", "hour", "minute"), [(3, 9, 40), (3, 13, 0), (4, 9, 0), (8, 15, 40), (23, 11, 40)])
def test_a_move_says_what_it_was_and_what_it_is(clinic, appointment, by, day, hour, minute):
    new = clinic.slot(day=day, hour=hour, minute=minute)
    lifecycle.reschedule(appointment.pk, new, by=by, now=later(), override=WHY)
    page = words(page_of(appointment.appointment_request))
    assert "Your appointment moved" in page
    assert "Was: Thursday, December 3, 9:00 am Eastern Time, Pier Street office Now: " in page
    clock = f"December {day} {hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'} Eastern Time"
    assert clock in page.partition("Now: ")[2]


def test_the_second_move_is_told_from_the_first_one(clinic, appointment, by):
    for day in (4, 8):
        lifecycle.reschedule(appointment.pk, clinic.slot(day=day), by=by, now=later(), override=WHY)
    assert "Was: Friday, December 4, 9:00 am" in words(page_of(appointment.appointment_request))


def test_a_move_that_was_undone_is_not_told(clinic, appointment, rosa, now):
    by = lifecycle.staff(rosa)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=by, now=later(), override=WHY)
    event = appointment.events.get(verb="reschedule")
    lifecycle.undo(event.pk, user=rosa, now=later())
    page = words(page_of(appointment.appointment_request))
    assert "Was:" not in page
    assert "Your appointment is confirmed" in page


def test_a_move_to_another_office_at_the_same_time_names_both_offices(clinic, appointment, by):
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=by, now=later(), override=WHY)
    there = make_location(name="Harbor Avenue office")
    event = appointment.events.get(verb="reschedule")
    event.before["starts_at"] = clinic.slot(day=4).starts_at.isoformat()
    event.before["location_id"] = there.pk
    event.save()
    page = words(page_of(appointment.appointment_request))
    assert "Your appointment is at another office" in page
    assert "9:00 am Eastern Time, Harbor Avenue office Now: " in page
    assert "Pier Street office" in page.partition("Now: ")[2]
    assert "the old one" not in page


def test_an_appointment_that_nobody_moved_is_confirmed(appointment):
    page = words(page_of(appointment.appointment_request))
    assert "Your appointment is confirmed" in page
    assert "Was:" not in page


# -- what is valid comes before what is only held or offered


@pytest.mark.parametrize("day", [4, 7, 8, 9, 10])
def test_the_appointment_that_is_valid_comes_before_the_new_held_time(clinic, appointment, by, client, day):
    new = lifecycle.ask_for_another_time(
        appointment.pk, [clinic.slot(day=day)], {}, by=lifecycle.PATIENT, now=later(), version=appointment.version
    )
    give_birth_date(client, new)
    page = words(page_of(new, client))
    valid, held = page.index("The appointment that you keep until then"), page.index("The new time that you asked for")
    assert valid < page.index("December 3") < held < page.index("We hold this for you until")


def test_the_appointment_that_is_valid_comes_before_the_offered_times(clinic, appointment, by, client):
    new = lifecycle.ask_for_another_time(appointment.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=later())
    offer(clinic, new, by)
    give_birth_date(client, new)
    page = words(page_of(new, client))
    assert page.index("The appointment that you keep until then") < page.index("Which time do you want?")


# -- a hold that lapsed


@pytest.mark.parametrize("worker_ran", [True, False])
@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize("day", [3, 4])
def test_a_hold_that_lapsed_unanswered_is_told_before_the_birth_date_too(clinic, client, now, day, knows, worker_ran):
    row = clinic.appointment_request(clinic.slot(day=day))
    over = now("2026-11-26 09:00")
    if worker_ran:
        release_expired(now=over)
    if knows:
        give_birth_date(client, row)
    page = words(page_of(row, client))
    assert "We no longer hold a time for you. Your request stays open." in page
    assert ("December" in page) == knows


@pytest.mark.parametrize("state", ["held", "changed to a call", "an offer lapsed", "confirmed", "waitlisted"])
def test_without_a_lapsed_hold_the_page_speaks_of_none(clinic, appointment_request, by, now, state):
    if state == "changed to a call":
        lifecycle.change_times(appointment_request.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=later())
    if state == "an offer lapsed":
        offer(clinic, appointment_request, by, later(hours=8))
        lifecycle.expire_offers(now=later(hours=9))
    if state == "confirmed":
        lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())
    if state == "waitlisted":
        lifecycle.waitlist(appointment_request.pk, by=by, now=later())
    now("2026-11-23 10:06" if state == "held" else "2026-11-24 10:00")
    assert "The time that we held for you" not in words(page_of(AppointmentRequest.objects.get()))


# -- the way on


@pytest.mark.parametrize("ended", ["cancelled", "cancelled_by_us", "declined", "withdrawn", "closed", "past", "noshow"])
def test_what_has_ended_leads_on_to_a_new_request(client, clinic, appointment_request, by, now, ended):
    pk = appointment_request.pk
    if ended in ("cancelled", "cancelled_by_us", "past", "noshow"):
        appointment = lifecycle.confirm(pk, clinic.slot(), by=by, now=later())
        code = {"cancelled": "patient", "cancelled_by_us": "clinic"}.get(ended)
        if code:
            lifecycle.cancel(appointment.pk, code, by=by, now=later())
        if ended == "noshow":
            lifecycle.no_show(appointment.pk, by=by, now=local(2026, 12, 3, 10))
    if ended == "declined":
        lifecycle.decline(pk, "other", "Please see your own doctor.", by=by, now=later())
    if ended == "withdrawn":
        lifecycle.withdraw(pk, by=lifecycle.PATIENT, now=later())
    if ended == "closed":
        lifecycle.close(pk, "No answer.", by=by, now=later())
    now("2026-12-04 10:00")
    give_birth_date(client, appointment_request)
    page = markup(page_of(appointment_request, client))
    assert '<a class="btn btn-primary" href="/request/">Request another appointment</a>' in page


def test_nobody_is_asked_to_come_again_when_the_patient_has_died(clinic, appointment_request, by):
    lifecycle.end_quietly(appointment_request.pk, "died", by=by, now=later())
    assert "Request another appointment" not in words(page_of(appointment_request))


# -- phone numbers in sentences can be tapped


@pytest.mark.parametrize(
    ("state", "before"),
    [
        ("late", "Call us at"),
        ("needs_rebooking", "To be faster, call us at"),
        ("closed", "Is that a surprise to you? Call us at"),
        ("offer_ended", "To be faster, call us at"),
        ("near", "This appointment is too near to cancel it here. Call us at"),
        ("declined", "Do you want to talk about it? Call us at"),
    ],
)
def test_a_phone_number_in_a_sentence_can_be_tapped(client, clinic, appointment_request, by, now, state, before):
    pk, at = appointment_request.pk, "2026-11-23 10:07"
    if state in ("needs_rebooking", "near"):
        appointment = lifecycle.confirm(pk, clinic.slot(), by=by, now=later())
        at = "2026-12-02 12:00" if state == "near" else at
    if state == "needs_rebooking":
        lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    if state == "closed":
        lifecycle.close(pk, "No answer.", by=by, now=later())
    if state == "declined":
        lifecycle.decline(pk, "other", "Please see your own doctor.", by=by, now=later())
    if state == "offer_ended":
        offer(clinic, appointment_request, by)
    now({"late": "2026-11-25 09:00", "offer_ended": "2026-11-25 12:00"}.get(state, at))
    give_birth_date(client, appointment_request)
    assert before + PHONE in markup(page_of(appointment_request, client))


TAPPED = re.compile(r"<a [^>]*href=\"tel:[^>]*>.*?</a>", re.S)


def assert_tappable(response):
    """Every number of the practice is a link, but for the summary of errors, whose errors are links to their fields."""
    without_summary = re.sub(r'<div class="err-box".*?</div>', "", response.text, flags=re.S)
    assert "call us at" in without_summary
    assert practice_info().phone_display not in TAPPED.sub("", without_summary)


YEARS = {"1901": "If it is right, call us at", "1905": "If it is right, call us at"} | dict.fromkeys(
    ("2012", "2025", "2009"), "or call us at"
)


@pytest.mark.once
def test_a_number_in_an_error_of_the_form_can_be_tapped(client, clinic):
    walker = Walker(client)
    walker.until("you")
    for year, sentence in YEARS.items():
        answer = walker.press("you", ANSWERS["you"] | {"birth_date_year": year})
        assert f"{sentence} {PHONE}" in answer.text, year
        assert_tappable(answer)


def test_after_too_many_tries_the_number_can_be_tapped(client, appointment_request):
    for year in ("1952", "1953", "1954"):
        answer = give_birth_date(client, appointment_request, RIGHT | {"birth_date_year": year})
    assert answer.status_code == 429
    assert f"or call us at {PHONE}" in answer.text
    assert_tappable(answer)


def test_what_was_typed_cannot_become_a_link(clinic):
    evil = f"<b>Call</b> {practice_info().phone_display} & more"
    assert tappable(evil) == f"&lt;b&gt;Call&lt;/b&gt; {PHONE} &amp; more"
    assert tappable("Check the year.") == "Check the year."


@pytest.mark.once
def test_numbers_on_every_public_page_can_be_tapped(client, clinic):
    for path in ("/", "/visit-us/", "/team/", "/request/", "/visit/", "/not/there/", "/procedures/"):
        page = TAPPED.sub("", client.get(path).text)
        visible = re.sub(r"<script.*?</script>|<meta[^>]*>", "", page, flags=re.S)
        assert practice_info().phone_display not in visible, path
        assert not re.search(r"\b(?:911|711)\b", visible), path


def test_a_refused_act_can_be_answered_by_a_tap(client, appointment, now):
    now("2026-12-02 12:00")
    give_birth_date(client, appointment.appointment_request)
    answer = client.post(url(appointment.appointment_request, "cancel"), {"version": appointment.version})
    assert answer.status_code == 409
    assert f"Call us at {PHONE}." in answer.content.decode()


# -- one clear next act in each state, and nothing that promises what is not yet so


def main_act(page):
    """The words of the filled button."""
    return [words_of(act) for act in re.findall(r'<(?:a|button) class="btn btn-primary".*?</(?:a|button)>', page, re.S)]


def words_of(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_each_state_has_at_most_one_main_act(clinic, by, now):
    """What a patient who has entered the date of birth sees."""
    states = {
        "new": lambda pk: None,
        "offered": lambda pk: lifecycle.offer(pk, [clinic.slot(day=9)], later(days=2), by=by, now=later()),
        "waitlisted": lambda pk: lifecycle.waitlist(pk, by=by, now=later()),
        "declined": lambda pk: lifecycle.decline(pk, "other", "Please see your own doctor.", by=by, now=later()),
        "withdrawn": lambda pk: lifecycle.withdraw(pk, by=lifecycle.PATIENT, now=later()),
        "closed": lambda pk: lifecycle.close(pk, "No answer.", by=by, now=later()),
        "confirmed": lambda pk: lifecycle.confirm(pk, clinic.slot(day=10), by=by, now=later()),
        "offer_ended": lambda pk: lifecycle.offer(pk, [clinic.slot(day=11)], later(minutes=5), by=by, now=later()),
    }
    seen = {}
    for state, act in states.items():
        row, client = clinic.appointment_request(), Client()
        act(row.pk)
        give_birth_date(client, row)
        now("2026-11-23 10:12" if state == "offer_ended" else "2026-11-23 10:06")
        page = markup(page_of(row, client))
        seen[state] = main_act(page)
        assert practice_info().phone_display not in TAPPED.sub("", page), state
    again = ["Request another appointment"]
    assert seen == {
        "new": [], "offered": ["Send my answer"], "waitlisted": ["See every open time"], "declined": again,
        "withdrawn": again, "closed": again, "confirmed": ["Add to my calendar"],
        "offer_ended": ["Call (718) 555-0142"],
    }  # fmt: skip


def test_no_calendar_file_before_an_appointment_is_confirmed(clinic, appointment_request, by):
    for act in (None, lambda pk: offer(clinic, appointment_request, by), lambda pk: None):
        if act:
            act(appointment_request.pk)
        assert "calendar" not in words(page_of(appointment_request))
        assert Client().get(url(appointment_request, "calendar")).status_code == 404
        assert Client().get(url(appointment_request, "card")).status_code == 302
