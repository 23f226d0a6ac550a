"""The open-times page: what its buttons do, without a script."""

import re

import pytest

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


def codes(june):
    return june.client.session["flows"][june.key]["times"]["codes"]


def test_the_first_week_shown_is_the_first_with_an_open_time(june, clinic):
    ScheduleException.objects.create(first_day="2026-11-23", last_day="2026-11-29")
    practice_info.forget()
    page = june.get("times").text
    assert "November\u00a030 to December\u00a04" in page
    assert (
        page.count('name="add"') == 4 * 12
    )  # closed until Monday, so the response deadline is Monday, 5 pm, and Tuesday is the first day


def test_no_time_is_before_the_response_deadline(june):
    page = june.get("times").text
    first = Slot.parse(re.search(r'name="add" value="([^"]+)"', page)[1])
    assert first.starts_at >= local(2026, 11, 24, 17) + ANSWER_MARGIN  # the deadline is Tuesday, 5:00 pm


def test_the_order_of_clicks_is_the_order_of_preference(june, clinic):
    later, first = clinic.slot(hour=11), clinic.slot()
    june.post("times", {"add": later.code})
    page = june.client.get(june.post("times", {"add": first.code})["Location"]).text
    assert codes(june) == [later.code, first.code]
    assert "9:00\u00a0am is now your 2nd choice." in page
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


@pytest.mark.parametrize("button", ["remove", "up", "add", "swap", "go", "nothing"])
def test_crafted_buttons_get_a_page_and_change_nothing(june, button):
    for value in ("", "0", "4", "-1", "x", "99999999999999999999-1-1", "1-2", "１-１-１"):
        response = june.post("times", {button: value})
        assert response.status_code in (200, 302), value
        assert codes(june) == [], value


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
    assert "Pick a time, or ask us to find one with you." in june.press("times", {"go": "1"}).text


def test_asking_for_a_call_requires_the_best_time(june):
    page = june.press("times", {"call": "1", "part_of_day": "any"}).text
    assert "Choose an answer: Best time to call" in page
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
    times = page.split('class="times-main"')[1]
    assert "Priya Nadar, NP" in times
    assert times.count('class="doc-name"') == 3  # Wednesday to Friday of the first week
    slot = clinic.slot(practitioner=priya)
    june.post("times", {"add": f"{slot.code.rsplit('-', 1)[0]}-{harbor.pk}", "doctor": "priya", "office": "harbor"})
    june.post("times", {"go": "1", "doctor": "priya", "office": "harbor"})
    june.finish()
    june.send()
    appointment_request = AppointmentRequest.objects.get()
    assert (appointment_request.practitioner, appointment_request.location) == (priya, harbor)


@pytest.mark.parametrize(
    "query", [{"week": "x"}, {"week": "0001-01-01"}, {"week": "9999-12-31"}, {"doctor": "nobody"}, {"office": "'"}]
)
def test_a_crafted_url_still_shows_a_week(june, query):
    page = june.get("times", **query)
    assert page.status_code == 200
    assert 'id="week-h"' in page.text


def test_an_empty_week_links_to_the_next_open_time(june, clinic):
    ScheduleException.objects.create(first_day="2026-12-07", last_day="2026-12-11")
    page = june.get("times", week="2026-12-07").text
    assert "No open times this week" in page
    assert "Monday, December\u00a014, 9:00\u00a0am Eastern Time" in page
    assert "week=2026-12-14" in page


def test_without_any_open_time_there_is_the_call(june):
    ScheduleException.objects.create(first_day="2026-11-01", last_day="2027-12-31")
    page = june.get("times").text
    assert "We have no open times to show" in page
    assert 'name="call"' in page


def test_a_type_that_only_the_desk_books_has_no_times_online(june, clinic):
    type(clinic.appointment_type).objects.update(is_public=False)
    page = june.get("times").text
    assert "We have no open times to show" in page
    assert "is not a time that we offer" in june.press("times", {"add": clinic.slot().code}).text
    assert codes(june) == []


def test_a_day_with_many_doctors_stays_short_and_says_how_many_more(june, clinic):
    for _n in range(9):
        make_practitioner(clinic.appointment_type, clinic.location)
    page = june.get("times", week="2026-11-30").text
    assert page.count('class="doc-name"') == 6 * 5
    assert "4 more doctors have open times this day." in page


@pytest.mark.parametrize("doctors", [1, 20])
def test_the_page_costs_the_same_queries_for_one_doctor_and_for_twenty(
    june, clinic, doctors, django_assert_num_queries
):
    for _n in range(doctors - 1):
        make_practitioner(clinic.appointment_type, clinic.location)
    june.post("times", {"add": clinic.slot().code})
    june.get("times")  # loads the practice, which a server keeps for ten seconds
    with django_assert_num_queries(5):
        june.get("times", week="2026-11-30")


def test_an_empty_week_costs_one_query_more(june, clinic, django_assert_num_queries):
    ScheduleException.objects.create(first_day="2026-12-07", last_day="2026-12-11")
    june.get("times")
    with django_assert_num_queries(6):
        june.get("times", week="2026-12-07")


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


def test_removing_a_choice_is_announced_on_the_page_that_follows(june, clinic):
    june.post("times", {"add": clinic.slot().code})
    address = june.post("times", {"remove": "1"})["Location"]
    assert address.endswith("#choices")
    assert "We took that time off your choices." in june.client.get(address).text
