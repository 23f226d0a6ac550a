"""The lists of the desk: what needs an answer by when, whom to call, what was answered; bounded, whatever waits."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from booking import lifecycle
from booking.models import AppointmentRequest, Message
from tests.builders import MONDAY, Clinic, make_clerk, make_location

pytestmark = pytest.mark.django_db
QUEUE = "/admin/desk/"


@pytest.fixture
def clinic(at):
    at("2026-11-23 10:05")
    return Clinic()


@pytest.fixture
def rosa(client, clinic):
    user = make_clerk()
    client.force_login(user)
    return user


def words(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(text.replace("\xa0", " ").replace("&nbsp;", " ").split())


def promise(asked, **delta):
    AppointmentRequest.objects.filter(pk=asked.pk).update(reply_by=MONDAY + timedelta(**delta))
    return asked


def many(clinic, number):
    return [promise(clinic.request(), minutes=60 + n) for n in range(number)]


def test_the_soonest_promise_stands_first(client, clinic, rosa):
    later, sooner = promise(clinic.request(), hours=9), promise(clinic.request(), hours=2)
    page = words(client.get(QUEUE))
    assert page.index(str(sooner)) < page.index(str(later))


def test_two_of_one_promise_stand_in_the_order_they_came(client, clinic, rosa):
    first, second = clinic.request(), clinic.request()
    page = words(client.get(QUEUE))
    assert page.index(str(first)) < page.index(str(second))


@pytest.mark.parametrize(
    ("minutes", "level", "sentence"),
    [
        (-34, "late", "34 min late today, 9:31 AM"),
        (30, "near", "30 min left today, 10:35 AM"),
        (120, "soon", "2 h 0 min left today, 12:05 PM"),
        (121, "plain", "2 h 1 min left today, 12:06 PM"),
        (60 * 24, "plain", "tomorrow Tue, Nov 24, 10:05 AM"),
        (-60 * 50, "late", "2 days late Sat, Nov 21, 8:05 AM"),
    ],
)
def test_the_time_left_turns_amber_then_red_and_says_it_in_words(client, clinic, rosa, minutes, level, sentence):
    promise(clinic.request(), minutes=minutes)
    response = client.get(QUEUE)
    assert f"due due--{level}" in response.content.decode()
    assert sentence in words(response)


def test_the_hours_of_the_desk_count_and_not_the_night(client, clinic, rosa, at):
    promise(clinic.request(), hours=23.5)  # Tuesday, 9:35: 35 minutes after the desk opens
    at("2026-11-23 16:30")
    response = client.get(QUEUE)
    assert "1 h 5 min of desk time left" in words(response)
    assert "due due--soon" in response.content.decode()


def test_the_first_choice_says_whether_it_is_held(client, clinic, rosa, at):
    clinic.request(clinic.slot(day=3))
    clinic.request()
    assert "1st: Thu, Dec 3, 9:00 AM EST, held" in words(client.get(QUEUE))
    assert "Call me, no time chosen" in words(client.get(QUEUE))
    at("2026-12-02 16:00")
    client.force_login(rosa)
    assert "1st: Thu, Dec 3, 9:00 AM EST, hold ended" in words(client.get(QUEUE))


def test_a_request_above_the_cap_says_that_nothing_is_held(client, clinic, rosa):
    clinic.practice.hold_cap = 0
    clinic.practice.save()
    clinic.request(clinic.slot(day=3))
    assert "1st: Thu, Dec 3, 9:00 AM EST, not held" in words(client.get(QUEUE))


def test_needs_readiness_and_the_call_stand_in_words(client, clinic, rosa):
    person = {
        "needs": ["walker", "hearing"],
        "language": "Russian",
        "needs_interpreter": True,
        "may_leave_message": True,
    }
    clinic.request(patient=person, scan="yes", referral="no", best_time="morning", returning=True)
    page = words(client.get(QUEUE))
    assert "Russian interpreter, walker or cane, hard of hearing" in page
    assert "Scan: yes Referral: no" in page
    assert "(718) 555-0167 Call now , mornings, message is fine" in page
    assert "June Demo , 75 Returning" in page


def test_it_is_not_the_time_to_call_who_asked_for_afternoons(client, clinic, rosa):
    clinic.request(best_time="afternoon")
    assert "Call now" not in words(client.get(QUEUE))


def test_a_page_holds_fifty_and_leads_to_the_rest(client, clinic, rosa):
    asked = many(clinic, 52)
    first = client.get(QUEUE)
    assert words(first).count("June Demo") == 50
    following = re.search(r"\?after=[0-9-]+", first.content.decode())[0]
    second = words(client.get(QUEUE + following))
    assert str(asked[50]) in second
    assert str(asked[51]) in second
    assert second.count("June Demo") == 2


def test_a_page_goes_on_in_the_middle_of_one_promise(client, clinic, rosa):
    for asked in many(clinic, 55):
        promise(asked, hours=1)
    following = re.search(r"\?after=[0-9-]+", client.get(QUEUE).content.decode())[0]
    assert words(client.get(QUEUE + following)).count("June Demo") == 5


@pytest.mark.parametrize("code", ["x", "-", "1", "1-", "9" * 39, f"{'9' * 20}-1", "1-" + "9" * 30, "٣-٣", "1_0-1"])
def test_a_mistyped_place_in_the_list_is_its_beginning_or_its_end(client, clinic, rosa, code):
    clinic.request()
    assert client.get(QUEUE, {"after": code}).status_code == 200


def test_an_empty_queue_says_so(client, clinic, rosa):
    assert "Quiet desk" in words(client.get(QUEUE))


def test_counting_stops_at_two_hundred(client, clinic, rosa, monkeypatch):
    monkeypatch.setattr("booking.desk.door.MOST_COUNTED", 2)
    many(clinic, 3)
    assert "Needs answer 2+" in words(client.get(QUEUE))


@pytest.mark.parametrize("view", ["", "to-call", "answered"])
def test_thirty_rows_cost_as_many_queries_as_one(
    client, clinic, rosa, view, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(number):
        for _ in range(number):
            asked = clinic.request(patient={"email": "", "needs": ["walker"]})
            if view:
                lifecycle.decline(asked.pk, "other", "Call us.", by=lifecycle.desk(rosa), now=MONDAY)

    fill(1)
    client.get(QUEUE, {"view": view})  # the practice is read once in ten seconds
    with django_assert_max_num_queries(14) as one:
        client.get(QUEUE, {"view": view})
    number = len(one)
    fill(29)
    with django_assert_num_queries(number):
        response = client.get(QUEUE, {"view": view})
    assert response.content.decode().count('<th scope="row">') == 30


def test_rows_with_holds_cost_no_more(client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries):
    clinic.request(clinic.slot(day=3))
    client.get(QUEUE)
    with django_assert_max_num_queries(14) as one:
        client.get(QUEUE)
    number = len(one)
    clinic.practice.hold_cap = 99
    clinic.practice.save()
    for day in (1, 2, 4):
        for hour in (9, 11, 13, 15):
            clinic.request(clinic.slot(day=day, hour=hour), location=make_location())
    client.get(QUEUE)
    with django_assert_num_queries(number):
        assert words(client.get(QUEUE)).count("June Demo") == 13


def test_the_bar_of_an_act_fits_into_the_fifteen_queries(client, clinic, rosa, django_assert_max_num_queries):
    asked = clinic.request(clinic.slot())
    act = {"version": asked.version, "slot": clinic.slot().code}
    there = client.post(reverse("desk:confirm", args=[asked.reference]), act)["Location"]
    with django_assert_max_num_queries(14):
        assert "Confirmed: June Demo" in words(client.get(there))


# -- whom to call


@pytest.fixture
def without_email(clinic):
    return clinic.request(clinic.slot(), patient={"email": "", "may_leave_message": False})


def test_who_has_no_e_mail_is_to_be_called_with_what_to_say(client, clinic, rosa, without_email):
    lifecycle.confirm(without_email.pk, clinic.slot(), by=lifecycle.desk(rosa), now=MONDAY)
    page = words(client.get(QUEUE, {"view": "to-call"}))
    assert "To call 1" in page
    assert "Your visit is set: Thu, Dec 3, 9:00 AM EST, with Dr. Mara Ellison, MD, Pier Street office." in page
    assert "any time, no message" in page


def test_declined_without_e_mail_the_sentence_is_read_out(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "needs_scan", "We need a scan first.", by=lifecycle.desk(rosa), now=MONDAY)
    assert "We need a scan first." in words(client.get(QUEUE, {"view": "to-call"}))


def test_an_e_mail_that_did_not_reach_leads_to_a_call(client, clinic, rosa):
    asked = clinic.request()
    Message.objects.filter(request=asked).update(status=Message.Status.FAILED)
    page = words(client.get(QUEUE, {"view": "to-call"}))
    assert "E-mail not delivered" in page
    assert "We have your request." in page


def test_told_by_phone_takes_the_call_off_the_list_once(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "other", "Call us.", by=lifecycle.desk(rosa), now=MONDAY)
    message = Message.objects.get(status=Message.Status.TO_CALL)
    told = reverse("desk:told", args=[message.pk])
    assert "Noted: the patient was told by phone." in words(client.post(told, follow=True))
    message.refresh_from_db()
    assert message.status == Message.Status.TOLD
    again = words(client.post(told, follow=True))
    assert "someone else had done so" in again
    assert "Nobody to call" in again
    assert not mail.outbox


def test_looking_at_the_address_of_a_call_notes_nothing(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "other", "Call us.", by=lifecycle.desk(rosa), now=MONDAY)
    message = Message.objects.get(status=Message.Status.TO_CALL)
    client.get(reverse("desk:told", args=[message.pk]))
    message.refresh_from_db()
    assert message.status == Message.Status.TO_CALL


# -- what was answered


def test_answers_stand_newest_first_with_who_gave_them(client, clinic, rosa):
    dmitri = make_clerk(first_name="Dmitri")
    declined, confirmed = clinic.request(), clinic.request(clinic.slot())
    lifecycle.decline(declined.pk, "other", "Call us.", by=lifecycle.desk(dmitri), now=MONDAY)
    lifecycle.confirm(confirmed.pk, clinic.slot(), by=lifecycle.desk(rosa), now=MONDAY + timedelta(minutes=1))
    page = words(client.get(QUEUE, {"view": "answered"}))
    assert page.index(str(confirmed)) < page.index(str(declined))
    assert "Dmitri" in page
    assert "Thu, Dec 3, 9:00 AM EST" in page


def test_an_answer_that_was_undone_is_none(client, clinic, rosa):
    asked = clinic.request()
    lifecycle.decline(asked.pk, "other", "Call us.", by=lifecycle.desk(rosa), now=MONDAY)
    act = asked.events.get(verb="decline")
    lifecycle.undo(act.pk, user=rosa, now=MONDAY + timedelta(seconds=5))
    assert "Nothing was answered lately" in words(client.get(QUEUE, {"view": "answered"}))


def test_no_title_carries_a_name(client, clinic, rosa):
    asked = clinic.request()
    for path in (QUEUE, f"{QUEUE}?view=answered", reverse("desk:request", args=[asked.reference])):
        title = re.search(r"<title>(.*?)</title>", client.get(path).content.decode(), re.DOTALL)[1]
        assert "June" not in title
