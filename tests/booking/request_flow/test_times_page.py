"""The open-times page: what its buttons do, without a script."""

import re
from datetime import date
from html import unescape
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import AppointmentRequest
from booking.scheduling.slots import ANSWER_MARGIN, Slot
from clinic import practice_info
from clinic.models import Schedule, ScheduleException
from tests.booking.request_flow.walk import ASK_FOR_A_CALL, Walker
from tests.builders import local, make_location, make_practitioner

pytestmark = pytest.mark.django_db


@pytest.fixture
def june(client, clinic):
    return Walker(client).until("times")


def part_of(page, heading):
    """The section under this heading."""
    return page.split(f'id="{heading}"')[1].split("</section>")[0]


def day_of(page):
    return part_of(page, "day-h")


def words_of(markup):
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", unescape(markup)))


def strip_of(page):
    items = page.split('class="strip"')[1].split("</ul>")[0].split("<li>")[1:]
    return [(" ".join(words_of(item).split()[:2]), item) for item in items]


def clinic_zone():
    return ZoneInfo("America/New_York")


def codes(june):
    return june.client.session["flows"][june.key]["times"]["codes"]


def test_the_first_week_shown_is_the_first_with_an_open_time(june, clinic):
    ScheduleException.objects.create(first_day="2026-11-23", last_day="2026-11-29")
    practice_info.forget()
    page = june.get("times").text
    assert "November\u00a030 to December\u00a04" in page
    # closed until Monday, so the response deadline is Monday, 5 pm, and Tuesday is the first day
    assert '<h2 id="day-h">Tuesday, December\u00a01</h2>' in page
    assert day_of(page).count('name="add"') == 12
    assert [(day, "none" not in page) for day, page in strip_of(page)] == [
        ("Mon 30", False), ("Tue 1", True), ("Wed 2", True), ("Thu 3", True), ("Fri 4", True),
    ]  # fmt: skip


def test_the_soonest_times_are_of_three_days_and_one_press_away(june, clinic):
    page = june.get("times").text
    soonest = [Slot.parse(code) for code in re.findall(r'name="add" value="([^"]+)"', part_of(page, "soon-h"))]
    assert [slot.starts_at for slot in soonest] == [local(2026, 11, day, 9) for day in (25, 26, 27)]
    june.post("times", {"add": soonest[0].code})
    assert codes(june) == [soonest[0].code]
    assert 'id="soon-h"' not in june.get("times").text  # the choices stand in their place


def test_another_day_is_shown_alone_and_kept_when_a_time_is_chosen(june, clinic):
    page = june.get("times", day="2026-12-03").text
    assert '<h2 id="day-h">Thursday, December\u00a03</h2>' in page
    assert {Slot.parse(code).starts_at.date() for code in re.findall(r'name="add" value="([^"]+)"', page)} == {
        clinic.slot().starts_at.date()
    }
    after = june.press("times", {"add": clinic.slot().code, "day": "2026-12-03"}).text
    assert '<h2 id="day-h">Thursday, December\u00a03</h2>' in after


def test_a_day_without_times_opens_the_next_day_that_has_some(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-02", last_day="2026-12-02")
    assert '<h2 id="day-h">Thursday, December\u00a03</h2>' in june.get("times", day="2026-12-02").text


def test_providers_are_merged_for_each_time_and_the_patient_sees_who_is_free_where(june, clinic):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    make_practitioner(clinic.appointment_type, harbor, name="Priya Nadar, NP")
    page = day_of(june.get("times", day="2026-12-03").text)
    assert page.count("<summary") == 12
    nine = words_of(page.split("<summary")[1])
    assert "9:00\u00a0am 2 open" in nine
    assert "Harbor Avenue office" in nine
    assert "Priya" in nine


@pytest.mark.parametrize(
    ("part", "hours"), [("morning", {9, 10, 11}), ("afternoon", {12, 13, 14, 15, 16}), ("x", None)]
)
def test_mornings_or_afternoons_alone(june, part, hours):
    page = june.get("times", day="2026-12-03", part=part).text
    found = {
        Slot.parse(code).starts_at.astimezone(clinic_zone()).hour
        for code in re.findall(r'name="add" value="([^"]+)"', day_of(page))
    }
    assert found == (hours or {9, 10, 11, 12, 13, 14, 15, 16})
    assert f"part={part}" in page  # the other days and the filters keep it


def test_with_three_chosen_the_other_times_are_text(june, clinic):
    for minute in (0, 40):
        june.post("times", {"add": clinic.slot(minute=minute).code})
    june.post("times", {"add": clinic.slot(hour=11).code})
    page = june.get("times", day="2026-12-03").text
    assert 'name="add"' not in page
    assert page.count("is-calm") == 9
    assert "You have three. Remove one above" in page


def test_the_bar_says_how_many_are_chosen_and_leads_on(june, clinic):
    assert "pick-bar" not in june.get("times").text
    june.post("times", {"add": clinic.slot().code})
    bar = june.get("times").text.split('class="pick-bar"')[1]
    assert "1 of 3 chosen" in bar
    assert 'name="go"' in bar
    assert 'href="#go"' in june.get("times").text


def test_no_time_is_before_the_response_deadline(june):
    page = june.get("times").text
    first = Slot.parse(re.search(r'name="add" value="([^"]+)"', page)[1])
    assert first.starts_at >= local(2026, 11, 24, 17) + ANSWER_MARGIN  # the deadline is Tuesday, 5:00 pm


def test_the_order_of_clicks_is_the_order_of_preference(june, clinic):
    later, first = clinic.slot(hour=11), clinic.slot()
    june.post("times", {"add": later.code})
    page = june.client.get(june.post("times", {"add": first.code})["Location"]).text
    assert codes(june) == [later.code, first.code]
    assert "Thu, Dec\u00a03, 9:00\u00a0am is now your 2nd choice." in page
    assert 'id="added"' in page


def test_a_double_click_adds_a_time_once(june, clinic):
    for _click in range(2):
        june.post("times", {"add": clinic.slot().code})
    assert codes(june) == [clinic.slot().code]


def test_a_fourth_time_is_refused_with_a_message(june, clinic):
    for minute in (0, 40):
        june.post("times", {"add": clinic.slot(minute=minute).code})
    june.post("times", {"add": clinic.slot(hour=11).code})
    page = june.press("times", {"add": clinic.slot(hour=15).code}).text
    assert "You have three already." in page
    assert len(codes(june)) == 3


def test_a_choice_can_be_made_the_first_or_removed(june, clinic):
    one, two = clinic.slot(), clinic.slot(hour=11)
    june.post("times", {"add": one.code})
    june.post("times", {"add": two.code})
    june.post("times", {"up": "2"})
    assert codes(june) == [two.code, one.code]
    june.post("times", {"remove": "1"})
    assert codes(june) == [one.code]


@pytest.mark.once
def test_crafted_buttons_get_a_page_and_change_nothing(june):
    values = ("", "0", "4", "-1", "x", "99999999999999999999-1-1", "1-2", "１-１-１")
    for button, value in product(["remove", "up", "add", "go", "nothing"], values):
        response = june.post("times", {button: value})
        assert response.status_code in (200, 302), (button, value)
    assert codes(june) == []


@pytest.mark.parametrize(
    ("time", "why"),
    [
        pytest.param({"day": 3, "hour": 9, "minute": 7}, "is not a time that we offer", id="never-offered"),
        pytest.param({"day": 5, "hour": 9}, "is not a time that we offer", id="a-saturday"),
        pytest.param({"month": 11, "day": 20, "hour": 9}, "has passed", id="past"),
        pytest.param({"month": 11, "day": 24, "hour": 9}, "is too soon", id="before-the-deadline"),
        pytest.param({"year": 2027, "day": 3, "hour": 9}, "is too far ahead", id="beyond-the-horizon"),
    ],
)
def test_a_time_that_is_not_open_gets_a_message_and_other_times(june, clinic, time, why):
    page = june.press("times", {"add": clinic.slot(**time).code}).text
    assert why in page
    assert "Someone else" not in page
    assert 'name="add"' in page
    assert codes(june) == []


def test_a_time_of_a_doctor_who_does_not_offer_this_type_is_refused(june, clinic):
    other = make_practitioner(location=clinic.location)
    page = june.press("times", {"add": clinic.slot(practitioner=other).code}).text
    assert "is not a time that we offer" in page
    assert codes(june) == []


def test_a_closed_day_is_refused(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-03", last_day="2026-12-03", location=clinic.location)
    assert "is not a time that we offer" in june.press("times", {"add": clinic.slot().code}).text


def test_continuing_without_a_time_asks_for_one_or_a_call(june):
    assert "Pick a time, or ask us to find one together." in june.press("times", {"go": "1"}).text


def test_asking_for_a_call_requires_the_best_time(june):
    page = june.press("times", {"call": "1", "part_of_day": "any"}).text
    assert "Tell us the best time to call." in page
    assert re.search(r"<title>\s*Error:\s", page)


def test_choices_stay_when_the_patient_opens_the_call_form_and_comes_back(june, clinic):
    june.post("times", {"add": clinic.slot().code})
    june.post("times", ASK_FOR_A_CALL)
    assert "1st choice" in june.get("times").text
    june.post("times", {"go": "1"})
    june.finish()
    june.send()
    assert AppointmentRequest.objects.get().wants_call is False


def test_the_filter_limits_the_times_and_becomes_the_preference(june, clinic):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    priya = make_practitioner(clinic.appointment_type, harbor, name="Priya Nadar, NP", slug="priya")
    page = june.get("times", doctor="priya", office="harbor").text
    assert "Priya Nadar, NP" in part_of(page, "soon-h")
    assert "Mara" not in part_of(page, "soon-h")
    assert "<summary" not in day_of(page)  # who it is with is known: one press chooses
    slot = clinic.slot(practitioner=priya)
    june.post("times", {"add": f"{slot.code.rsplit('-', 1)[0]}-{harbor.pk}", "doctor": "priya", "office": "harbor"})
    june.post("times", {"go": "1", "doctor": "priya", "office": "harbor"})
    june.finish()
    june.send()
    appointment_request = AppointmentRequest.objects.get()
    assert (appointment_request.practitioner, appointment_request.location) == (priya, harbor)


@pytest.mark.once
def test_a_crafted_url_still_shows_a_week(june):
    days = ("x", "0001-01-01", "9999-12-31")
    for query in [*({"day": day} for day in days), {"week": "x"}, {"doctor": "nobody"}, {"office": "'"}, {"part": "'"}]:
        page = june.get("times", **query)
        assert page.status_code == 200, query
        assert 'id="week-h"' in page.text, query


def test_an_empty_week_links_to_the_next_open_time(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-07", last_day="2026-12-11")
    page = june.get("times", day="2026-12-07").text
    assert "No open times this week" in page
    assert "Monday, December\u00a014, 9:00\u00a0am Eastern Time" in page
    assert "day=2026-12-14" in page


def test_without_any_open_time_there_is_the_call(june):
    ScheduleException.objects.create(first_day="2026-11-01", last_day="2027-12-31")
    page = june.get("times").text
    assert "We have no open times to show" in page
    assert 'times/?call"' in page


def test_a_type_that_only_the_desk_books_has_no_times_online(june, clinic):
    type(clinic.appointment_type).objects.update(is_public=False)
    page = june.get("times").text
    assert "We have no open times to show" in page
    assert "is not a time that we offer" in june.press("times", {"add": clinic.slot().code}).text
    assert codes(june) == []


def test_a_time_at_which_many_are_free_stays_short_and_says_how_many_more(june, clinic):
    for _n in range(9):
        make_practitioner(clinic.appointment_type, clinic.location)
    page = june.get("times", day="2026-11-30").text
    assert day_of(page).count('name="add"') == 6 * 12
    assert day_of(page).count("4 more are free then.") == 12


@pytest.mark.parametrize("doctors", [1, 20])
def test_the_page_costs_the_same_queries_for_one_doctor_and_for_twenty(
    june, clinic, doctors, django_assert_num_queries
):
    for _n in range(doctors - 1):
        make_practitioner(clinic.appointment_type, clinic.location)
    june.post("times", {"add": clinic.slot().code})
    june.get("times")  # loads the practice, which a server keeps for ten seconds
    with django_assert_num_queries(5):
        june.get("times", day="2026-11-30")


def test_an_empty_week_costs_one_query_more(june, clinic, django_assert_num_queries):
    ScheduleException.objects.create(first_day="2026-12-07", last_day="2026-12-11")
    june.get("times")
    with django_assert_num_queries(6):
        june.get("times", day="2026-12-07")


@pytest.mark.parametrize("lost", ["practitioner", "hours", "appointment type"])
def test_a_chosen_time_whose_doctor_or_type_was_deactivated_does_not_break_the_page(june, clinic, lost):
    june.post("times", {"add": clinic.slot().code})
    if lost == "practitioner":
        type(clinic.practitioner).objects.update(is_active=False)
    elif lost == "hours":
        Schedule.objects.all().delete()
    else:
        type(clinic.appointment_type).objects.update(is_public=False)
    assert "Mara" in june.get("times").text.split('id="choices"')[1]
    june.post("times", {"go": "1"})
    june.finish()
    page = june.press("check", {}).text
    assert "is not a time that we offer" in page
    assert not AppointmentRequest.objects.exists()


def test_the_closest_times_to_a_lost_afternoon_are_afternoons(june, clinic):
    lost = clinic.slot(day=4, hour=13)
    june.post("times", {"add": lost.code})
    june.post("times", {"go": "1"})
    june.finish()
    for hour, minute in ((13, 0), (13, 40), (14, 20), (15, 0), (15, 40), (16, 20)):
        clinic.appointment(clinic.slot(day=4, hour=hour, minute=minute))
    closest = june.press("check", {}).text.split('class="swap"')[1].split("</ul>")[0]
    assert closest.count("pm") == 2, closest


def test_removing_a_choice_is_announced_on_the_page_that_follows(june, clinic):
    june.post("times", {"add": clinic.slot().code})
    address = june.post("times", {"remove": "1"})["Location"]
    assert address.endswith("#choices")
    assert "We took that time off your choices." in june.client.get(address).text


# -- other times that would work, beside the chosen ones


WINDOW = {"part_of_day": "afternoon", "wanted_week": "2026-11-30", "never_days": ["4"]}


def test_other_times_are_asked_about_once_a_time_is_chosen(june, clinic):
    assert "Would other times work, too?" not in june.get("times").text
    page = june.press("times", {"add": clinic.slot().code}).text
    assert "Would other times work, too?" in page
    assert re.search(r'type="radio"[^>]*name="part_of_day"[^>]*checked', page) is None


def test_what_is_said_of_other_times_stays_through_every_button_is_read_back_and_stored(june, clinic):
    june.post("times", {"add": clinic.slot().code})
    page = june.press("times", {"add": clinic.slot(hour=11).code} | WINDOW).text
    assert re.search(r'name="part_of_day"\s+value="afternoon"\s+checked', page)
    june.post("times", {"go": "1"} | WINDOW)
    june.finish()
    check = words_of(june.get("check").text)
    assert "Other times that would work Any afternoon In which week Next week" in check
    assert "Days that never work for you Friday" in check
    june.send()
    sent = AppointmentRequest.objects.get()
    assert (sent.part_of_day, sent.never_days, sent.wants_call) == ("afternoon", [4], False)
    assert sent.wanted_week == date(2026, 11, 30)
    assert sent.requested_times.count() == 2


@pytest.mark.parametrize(
    "said",
    [{}, {"part_of_day": "any"}, {"part_of_day": "x"}, {"never_days": ["x", "9"]}, {"wanted_week": "2026-11-16"}],
)
def test_who_says_nothing_of_other_times_asks_for_the_chosen_ones_alone(june, clinic, said):
    june.post("times", {"add": clinic.slot().code})
    june.post("times", {"go": "1"} | said)
    june.finish()
    assert "Other times that would work" not in june.get("check").text
    june.send()
    sent = AppointmentRequest.objects.get()
    assert (sent.part_of_day, sent.wanted_week, sent.never_days) == ("any", None, [])


def test_what_was_said_of_other_times_survives_a_time_that_was_taken_and_can_be_taken_back(june, clinic):
    june.post("times", {"add": clinic.slot().code})
    june.post("times", {"go": "1", "window": "1"} | WINDOW)
    june.finish()
    clinic.appointment(clinic.slot())
    june.press("check", {})
    page = june.press("times", {"add": clinic.slot(hour=11).code}).text  # nobody was asked on that page
    assert re.search(r'name="part_of_day"\s+value="afternoon"\s+checked', page)
    assert re.search(r'name="never_days"\s+value="4"\s+checked', page)
    page = june.press("times", {"up": "1", "window": "1"}).text  # asked, and every box is unticked
    assert not re.search(r'name="never_days"\s+value="4"\s+checked', page)


def test_the_week_one_looks_at_and_a_saturday_one_works_on_can_be_said(june, clinic):
    Schedule.objects.create(practitioner=clinic.practitioner, location=clinic.location, weekday=5, starts=540, ends=720)
    practice_info.forget()
    june.post("times", {"add": clinic.slot().code})
    page = june.get("times", day="2027-01-05").text
    assert re.search(r'name="never_days"\s+value="5"', page)
    assert not re.search(r'name="never_days"\s+value="6"', page)
    assert "The week of January\u00a04" in page
    june.post("times", {"go": "1", "wanted_week": "2027-01-04", "never_days": ["5"]})
    june.finish().send()
    sent = AppointmentRequest.objects.get()
    assert (sent.wanted_week, sent.never_days) == (date(2027, 1, 4), [5])


def test_the_desks_suggestions_follow_the_window_beside_the_chosen_times(june, clinic, rosa):
    june.post("times", {"add": clinic.slot().code})
    june.post("times", {"go": "1"} | WINDOW)
    june.finish()
    june.send()
    desk = Client()
    desk.force_login(rosa)
    page = desk.get(reverse("desk:request", args=[AppointmentRequest.objects.get().reference])).text
    suggested = page.split("Suggested:")[1].split("</tbody>")[0]
    suggested_codes = re.findall(r'value="(\d+-\d+-\d+)"', suggested)
    found = [Slot.parse(code).starts_at.astimezone(clinic_zone()) for code in suggested_codes]
    assert len(found) > 2
    assert {moment.hour >= 12 for moment in found} == {True}
    assert 4 not in {moment.weekday() for moment in found}


# -- a week with few open times


def test_few_open_times_of_a_week_are_listed_together_without_days_and_filters(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-01", last_day="2026-12-04")
    Schedule.objects.filter(weekday=0).update(starts=540, ends=540 + 4 * 40)
    page = june.get("times", day="2026-11-30").text
    assert "Nearly full: 4 times are open in these days, and here they all are." in words_of(page)
    assert page.count('name="add"') == 4
    assert not any(part in page for part in ('class="strip"', 'class="seg"', 'id="soon-h"', 'id="day-h"'))
    assert "Show later days" in page


def test_few_times_are_chosen_taken_off_and_calm_like_all_others(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-01", last_day="2026-12-04")
    Schedule.objects.filter(weekday=0).update(starts=540, ends=540 + 4 * 40)
    found = re.findall(r'name="add" value="([^"]+)"', june.get("times", day="2026-11-30").text)
    for code in found[:3]:
        page = june.press("times", {"add": code}).text
    assert codes(june) == found[:3]
    assert page.count("is-calm") == 1
    assert 'name="add"' not in page
    page = june.press("times", {"remove": "2"}).text
    assert codes(june) == [found[0], found[2]]


def test_a_filter_that_leaves_few_times_can_be_widened(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-01", last_day="2026-12-04")
    page = june.get("times", day="2026-11-30", part="morning").text
    assert "times of these days fit what you chose above" in page
    assert "Nearly full" not in page
    assert 'class="seg"' in page
