"""Wherever the desk suggests times: after the notice, two a day, spread; sooner ones apart, and with a reason."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import product

import pytest

from booking import lifecycle
from booking.lifecycle import NotAllowed
from booking.models import Appointment, Event
from booking.scheduling.slots import Slot
from booking.templatetags.desk_format import desk_day
from clinic.models import Schedule
from clinic.practice_info import local_date
from tests.booking.desk.page import page_of, press, status_of
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.builders import LOGGED, MONDAY, later, make_clerk, make_practitioner
from tests.pages import markup, words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
ASKS = "This is short notice for this appointment type. Enter a reason."
UNTIL = {"until": int(later(days=2).timestamp()) // 60}


@pytest.fixture(autouse=True)
def ben(clinic):
    return make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Ben Demo, MD")


@pytest.fixture
def soon(clinic):
    """A time tomorrow morning: inside the notice of 24 hours."""
    return clinic.slot(day=24, month=11, hour=9, minute=0)


def under(response, heading):
    """The times of the group of rows with this heading."""
    group = re.search(rf'scope="rowgroup">\s*{heading}.*?</tbody>', markup(response), re.S)
    return _slots(group[0]) if group else []


def sooner(response):
    """The times inside the fold that asks for a reason."""
    fold = re.search(r'<details class="more special".*?</details>', markup(response), re.S)
    return _slots(fold[0]) if fold else []


def _slots(html):
    return [Slot.parse(code) for code in re.findall(r'name="(?:slot|hold)" value="([\d-]+)"', html)]


def assert_kept(suggestions):
    days = Counter(local_date(slot.starts_at) for slot in suggestions)
    assert min(slot.starts_at for slot in suggestions) >= later(hours=24)
    assert max(days.values()) <= 2
    assert len(days) >= 3
    assert len({slot.practitioner_id for slot in suggestions}) == 2


def assert_sooner(slots):
    assert slots
    assert all(MONDAY < slot.starts_at < later(hours=24) for slot in slots)


# -- the request's page


def test_a_request_gets_suggestions_that_one_can_keep(client, clinic, rosa):
    page = client.get(page_of(clinic.appointment_request(wants_call=True)))
    assert_kept(under(page, "Suggested:"))
    assert_sooner(sooner(page))


@pytest.mark.parametrize(
    "window",
    [{"part_of_day": "afternoon"}, {"part_of_day": "morning"}, {"never_days": [1, 2]}, {"never_days": [0, 3, 4]}],
)
def test_suggestions_follow_the_patients_window(client, clinic, rosa, window):
    page = client.get(page_of(clinic.appointment_request(wants_call=True, **window)))
    for slot in [*under(page, "Suggested:"), *sooner(page)]:
        here = slot.starts_at.astimezone(clinic.location.tz)
        assert window.get("part_of_day") in (None, "morning" if here.hour < 12 else "afternoon")
        assert here.weekday() not in window.get("never_days", [])


@pytest.mark.parametrize(
    ("monday", "kept"),
    [(date(2026, 11, 30), True), (date(2026, 12, 7), True), (date(2026, 11, 16), False)],  # the last has passed
)
def test_suggestions_follow_the_week_that_the_patient_asked_for(client, clinic, rosa, monday, kept):
    page = client.get(page_of(clinic.appointment_request(wants_call=True, wanted_week=monday)))
    suggestions = [local_date(slot.starts_at) for slot in under(page, "Suggested:")]
    assert len(suggestions) >= 3
    assert all(monday <= day < monday + timedelta(weeks=1) for day in suggestions) == kept
    assert f"In the week of {monday:%B} {monday.day}." in words(page)


@pytest.mark.parametrize("day", [3, 9, 21])  # the last one is beyond the two weeks that are searched
def test_suggestions_follow_the_days_that_the_patient_chose(client, clinic, rosa, day):
    page = client.get(page_of(clinic.appointment_request(clinic.slot(day=day))))
    suggestions = [local_date(slot.starts_at) for slot in under(page, "Suggested:")]
    assert [each.day for each in suggestions[:2]] == [day, day]
    assert suggestions[2:] == sorted(suggestions[2:])


def test_suggestions_after_the_date_of_an_urgent_request_come_last_and_under_their_own_head(client, clinic, rosa):
    """The patient chose December 9, which is too late."""
    asked = clinic.appointment_request(clinic.slot(day=9))
    nadar = lifecycle.staff(make_clerk("Clinician"))
    for see_by, in_time in ((date(2026, 11, 24), 2), (date(2026, 11, 23), 0), (date(2026, 12, 31), 6)):
        lifecycle.triage(asked.pk, "urgent", f"By {see_by}.", see_by=see_by, by=nadar, now=MONDAY)
        for query in ({}, {"from": "2026-11-23"}):
            page = client.get(page_of(asked), query)
            groups = [
                under(page, "Matching open times:" if query else "Suggested:"),
                under(page, "After the urgent date"),
            ]
            days = [[local_date(slot.starts_at) for slot in group] for group in groups]
            assert all(day <= see_by for day in days[0]), (see_by, query)
            assert all(day > see_by for day in days[1]), (see_by, query)
            assert days[1] == sorted(days[1]), (see_by, query)
            assert ("No openings through Mon, Nov 23" in words(page)) == (not in_time), (see_by, query)
            assert query or [len(group) for group in groups] == [in_time, 6 - in_time], see_by


@pytest.mark.parametrize("verb", ["confirm", "offer"])
def test_a_sooner_time_is_confirmed_or_offered_only_with_a_reason(client, clinic, rosa, soon, verb):
    appointment_request = clinic.appointment_request(wants_call=True)
    data = {"slot": soon.code} if verb == "confirm" else {"offer": [soon.code], **UNTIL}
    refused = press(client, verb, appointment_request, **data)
    assert refused.status_code == 409
    assert ASKS in words(refused)
    assert '<details class="more special" open>' in markup(refused)
    assert (status_of(appointment_request), Appointment.objects.count()) == ("new", 0)
    press(client, verb, appointment_request, soon_why="Can’t walk since Sunday.", **data)
    assert status_of(appointment_request) in ("confirmed", "offered")
    assert Event.objects.get(verb=verb, appointment=None).note == "Can’t walk since Sunday."
    assert "Can’t walk since Sunday." in words(client.get(page_of(appointment_request)))


@pytest.mark.parametrize("why", ["", " ", "\n\t"])
def test_a_blank_reason_is_none(client, clinic, rosa, soon, why):
    appointment_request = clinic.appointment_request(wants_call=True)
    assert ASKS in words(press(client, "confirm", appointment_request, slot=soon.code, soon_why=why))


def test_what_the_patient_chose_needs_no_reason_however_late_the_answer(client, clinic, rosa, at):
    appointment_request = clinic.appointment_request(clinic.slot(day=3))
    at("2026-12-02 12:00")
    client.force_login(rosa)
    press(client, "confirm", appointment_request, slot=clinic.slot(day=3).code)
    assert status_of(appointment_request) == "confirmed"


def test_of_a_taken_time_on_short_notice_the_desk_reads_that_it_is_taken(client, clinic, rosa, soon):
    clinic.appointment(soon)
    response = press(client, "confirm", clinic.appointment_request(wants_call=True), slot=soon.code)
    assert "is already at this time" in words(response)


def test_the_reason_that_was_typed_is_kept_when_the_answer_is_refused(client, clinic, rosa, soon):
    clinic.appointment(soon)
    appointment_request = clinic.appointment_request(wants_call=True)
    response = press(client, "confirm", appointment_request, slot=soon.code, soon_why="In great pain")
    assert 'value="In great pain"' in response.content.decode()
    response = press(client, "times", appointment_request, wide="1", soon_why="In great pain", follow=True)
    assert 'value="In great pain"' in response.content.decode()


def test_without_a_sooner_time_there_is_no_fold(client, clinic, rosa):
    clinic.appointment_type.notice = 0
    clinic.appointment_type.save()
    page = client.get(page_of(clinic.appointment_request(wants_call=True)))
    assert "Short notice" not in words(page)


def test_more_open_times_lists_all_of_them_by_the_same_rule(client, clinic, rosa):
    page = client.get(page_of(clinic.appointment_request(wants_call=True)), {"from": "2026-11-23"})
    listed = under(page, "Matching open times:")
    assert len(listed) > 6
    assert all(slot.starts_at >= later(hours=24) for slot in listed)
    assert_sooner(sooner(page))


def test_a_demo_of_the_verb_says_no_without_a_reason(clinic, by, soon):
    appointment_request = clinic.appointment_request(wants_call=True)
    with pytest.raises(NotAllowed):
        lifecycle.offer(appointment_request.pk, [soon], later(days=1), by=by, now=MONDAY)


# -- what it costs


FINDS = [{}, {"q": "june", "find": "1"}, {"q": "718 555 0167", "find": "1"}]
CRITERIA = [{}, {"part": "morning"}, {"channel": "walk_in"}, {"since": "2026-12-01"}]


def test_a_search_that_goes_on_to_the_second_week_costs_at_most_fifteen_queries_and_the_log(
    client, clinic, rosa, ben, django_assert_max_num_queries
):
    Schedule.objects.exclude(practitioner=ben, weekday=0).delete()  # so few times are open that it goes on
    clinic.appointment_request(patient={"name": "June Demo"})
    client.post(BOOK, typed(clinic, hold=clinic.slot(day=7, practitioner=ben).code, why="Pain.") | {"book": ""})
    for find, criteria in product(FINDS, CRITERIA):
        data = typed(clinic, **criteria, **find)
        for button in ("book", "slot"):
            del data[button]
        client.post(BOOK, data)
        with django_assert_max_num_queries(15 + LOGGED, info=f"{find} {criteria}"):
            client.post(BOOK, data)


def test_a_requests_page_costs_the_same_with_more_people_and_sooner_times(
    client, clinic, rosa, django_assert_max_num_queries
):
    there = page_of(clinic.appointment_request(wants_call=True))
    client.get(there)
    with django_assert_max_num_queries(100) as one:
        client.get(there)
    for _n in range(5):
        make_practitioner(clinic.appointment_type, clinic.location)
    with django_assert_max_num_queries(len(one)):
        client.get(there)


# -- a phone booking, a walk-in, a move


def test_a_caller_gets_suggestions_that_one_can_keep(client, clinic, rosa):
    page = client.get(BOOK, {"reason": clinic.reason.slug})
    assert_kept(under(page, "Suggested"))
    assert_sooner(sooner(page))
    assert all(slot.starts_at >= later(hours=24) for slot in under(page, "Other open times"))


def test_if_only_sooner_times_are_open_they_are_in_view(client, clinic, rosa):
    clinic.appointment_type.notice = 60 * 24 * 60
    clinic.appointment_type.save()
    appointment = clinic.appointment()
    page = client.get(BOOK, {"reason": clinic.reason.slug})
    assert '<details class="more special" open>' in markup(page)
    assert_sooner(sooner(page))
    page = client.get(f"/admin/desk/appointments/{appointment.pk}/reschedule/")
    assert_sooner(_slots(markup(page).partition("Times that need a reason")[2].partition("</section>")[0]))


def test_the_callers_part_of_the_day_is_followed(client, clinic, rosa):
    page = client.get(BOOK, {"reason": clinic.reason.slug, "part": "afternoon"})
    for slot in [*under(page, "Suggested"), *under(page, "Other open times")]:
        assert slot.starts_at.astimezone(clinic.location.tz).hour >= 12


def test_a_walk_in_sees_todays_gaps_first(client, clinic, rosa):
    page = client.get(BOOK, {"reason": clinic.reason.slug, "channel": "walk_in"})
    today = under(page, "Today, for a walk-in")
    assert today[0].starts_at == clinic.slot(day=23, month=11, hour=10, minute=20).starts_at
    assert {local_date(slot.starts_at) for slot in today} == {local_date(MONDAY)}
    assert today == sorted(today)
    assert markup(page).index("Today, for a walk-in") < markup(page).index(">Suggested<")
    assert local_date(MONDAY) not in [local_date(slot.starts_at) for slot in under(page, "Suggested")]
    client.post(BOOK, typed(clinic, slot=today[0].code, channel="walk_in"))
    assert Appointment.objects.get().starts_at == today[0].starts_at


@pytest.mark.parametrize("query", [{}, {"since": "2026-11-23"}, {"part": "afternoon"}])
def test_a_walk_in_reads_that_today_is_full(client, clinic, rosa, query):
    Schedule.objects.filter(weekday=0).delete()
    page = client.get(BOOK, {"reason": clinic.reason.slug, "channel": "walk_in"} | query)
    assert "Today, for a walk-in No opening today. Suggested Tue, Nov 24" in words(page)


def test_a_walk_in_for_whom_a_later_day_was_chosen_is_not_told_of_today(client, clinic, rosa):
    page = client.get(BOOK, {"reason": clinic.reason.slug, "channel": "walk_in", "since": "2026-12-01"})
    assert "Today, for a walk-in" not in words(page)
    assert under(page, "Suggested")


def test_an_appointment_is_moved_to_a_suggestion_or_sooner_with_a_reason(client, clinic, rosa, soon):
    appointment = clinic.appointment()
    there = f"/admin/desk/appointments/{appointment.pk}/reschedule/"
    page = client.get(there, {"anyone": "1"})
    assert_kept(under(page, "Suggested"))
    assert_sooner(sooner(page))
    data = {"version": appointment.version, "slot": soon.code}
    assert ASKS in words(client.post(there, data))
    client.post(there, data | {"why": "Pain is worse."})
    appointment.refresh_from_db()
    assert appointment.starts_at == soon.starts_at


def test_the_list_says_the_last_day_of_which_it_names_a_time(client, clinic, rosa):
    move = f"/admin/desk/appointments/{clinic.appointment().pk}/reschedule/?anyone=1"
    for path in (f"{BOOK}?reason={clinic.reason.slug}", move):
        page = client.get(path)
        listed = [*under(page, "Suggested"), *under(page, "Other open times")]
        last = desk_day(max(local_date(slot.starts_at) for slot in listed))
        assert f"through {last}.".replace("\xa0", " ") in words(page), path
