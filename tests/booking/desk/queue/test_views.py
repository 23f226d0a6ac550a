"""The desk's lists: open requests by deadline, patients to call, recent answers; each limited in size."""

import re
import uuid
from datetime import UTC, timedelta

import pytest
from django.core import mail
from django.urls import reverse

from booking import lifecycle
from booking.models import AppointmentRequest, Message
from booking.models.bounded_count import MOST_COUNTED
from procedures.models import Procedure, PublishedVersion
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, make_clerk, make_location
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
QUEUE = "/admin/desk/"


def set_deadline(appointment_request, **delta):
    AppointmentRequest.objects.filter(pk=appointment_request.pk).update(respond_by=MONDAY + timedelta(**delta))
    return appointment_request


def many(clinic, number):
    return [set_deadline(clinic.appointment_request(), minutes=60 + n) for n in range(number)]


def test_the_request_that_is_due_first_is_listed_first(client, clinic, rosa):
    later, sooner = (
        set_deadline(clinic.appointment_request(), hours=9),
        set_deadline(clinic.appointment_request(), hours=2),
    )
    page = words(client.get(QUEUE))
    assert page.index(str(sooner)) < page.index(str(later))


def test_two_requests_with_the_same_deadline_are_listed_in_the_order_they_came(client, clinic, rosa):
    first, second = clinic.appointment_request(), clinic.appointment_request()
    page = words(client.get(QUEUE))
    assert page.index(str(first)) < page.index(str(second))


@pytest.mark.parametrize(
    ("minutes", "level", "sentence"),
    [
        (-34, "late", "Overdue by 34 min today, 9:31 AM"),
        (30, "near", "30 min left today, 10:35 AM"),
        (120, "soon", "2 h left today, 12:05 PM"),
        (121, "plain", "2 h 1 min left today, 12:06 PM"),
        (60 * 24, "plain", "tomorrow Tue, Nov 24, 10:05 AM"),
        (-60 * 50, "late", "Overdue since Sat, Nov 21, 8:05 AM"),
        (0, "late", "Due now today, 10:05 AM"),
    ],
)
def test_the_time_left_turns_amber_then_red_and_says_it_in_words(client, clinic, rosa, minutes, level, sentence):
    set_deadline(clinic.appointment_request(), minutes=minutes)
    response = client.get(QUEUE)
    assert f"due due--{level}" in response.content.decode()
    assert sentence in words(response)


def test_time_left_counts_desk_hours_and_not_the_night(client, clinic, rosa, at):
    set_deadline(clinic.appointment_request(), hours=23.5)  # Tuesday, 9:35: 35 minutes after the desk opens
    at("2026-11-23 16:30")
    response = client.get(QUEUE)
    assert "1 h 5 min left (desk hours)" in words(response)
    assert "due due--soon" in response.content.decode()


def test_the_first_choice_says_whether_it_is_held(client, clinic, rosa, at):
    clinic.appointment_request(clinic.slot(day=3))
    clinic.appointment_request()
    assert "1st choice: Thu, Dec 3, 9:00 AM EST, held" in words(client.get(QUEUE))
    assert "Wants a call, no time chosen" in words(client.get(QUEUE))
    at("2026-12-02 16:00")
    client.force_login(rosa)
    assert "1st choice: Thu, Dec 3, 9:00 AM EST, hold expired" in words(client.get(QUEUE))


def test_a_request_above_the_hold_cap_says_that_nothing_is_held(client, clinic, rosa):
    clinic.practice.hold_cap = 0
    clinic.practice.save()
    clinic.appointment_request(clinic.slot(day=3))
    assert "1st choice: Thu, Dec 3, 9:00 AM EST, not held" in words(client.get(QUEUE))


def test_needs_readiness_and_call_preferences_are_shown_in_words(client, clinic, rosa):
    person = {
        "needs": ["walker", "hearing"],
        "language": "Russian",
        "needs_interpreter": True,
        "may_leave_message": True,
    }
    clinic.appointment_request(patient=person, scan="yes", referral="no", best_time="morning", returning=True)
    page = words(client.get(QUEUE))
    assert "Russian interpreter, walker or cane, hard of hearing" in page
    assert "Scan: yes Referral: no" in page
    assert "(718) 555-0167 Log a call · Good time to call , mornings, OK to leave message" in page
    assert "June Demo , 75 Returning" in page


def test_a_patient_who_prefers_afternoons_is_not_to_be_called_in_the_morning(client, clinic, rosa):
    clinic.appointment_request(best_time="afternoon")
    assert 'class="hot"' not in client.get(QUEUE).content.decode()


def test_a_page_shows_twenty_requests_and_links_to_the_rest(client, clinic, rosa):
    appointment_requests = many(clinic, 22)
    first = client.get(QUEUE)
    assert words(first).count("June Demo") == 20
    following = re.search(r"after=[0-9-]+", first.content.decode())[0]
    second = words(client.get(f"{QUEUE}?{following}"))
    assert str(appointment_requests[20]) in second
    assert str(appointment_requests[21]) in second
    assert second.count("June Demo") == 2


def test_a_page_can_start_between_two_requests_with_the_same_deadline(client, clinic, rosa):
    for appointment_request in many(clinic, 25):
        set_deadline(appointment_request, hours=1)
    following = re.search(r"after=[0-9-]+", client.get(QUEUE).content.decode())[0]
    assert words(client.get(f"{QUEUE}?{following}")).count("June Demo") == 5


def test_an_invalid_place_in_the_list_is_no_error(client, clinic, rosa):
    clinic.appointment_request()
    for code in ("x", "-", "1", "1-", "9" * 39, f"{'9' * 20}-1", "1-" + "9" * 30, "٣-٣", "1_0-1"):
        assert client.get(QUEUE, {"after": code}).status_code == 200, code


def test_the_next_page_starts_after_all_requests_that_were_searched(client, clinic, rosa):
    appointment_requests = many(clinic, MOST_COUNTED + 2)
    interpreted = set_deadline(clinic.appointment_request(patient={"needs_interpreter": True}), days=3)
    first = client.get(QUEUE, {"view": "interpreter"})
    assert "No requests here" in words(first)
    assert "Interpreter 0+" in words(first)
    following = re.search(r"after=[0-9-]+", first.content.decode())[0]
    second = words(client.get(f"{QUEUE}?view=interpreter&{following}"))
    assert str(interpreted) in second
    assert str(appointment_requests[-1]) not in second


def test_an_empty_queue_says_so(client, clinic, rosa):
    assert "All caught up" in words(client.get(QUEUE))


def test_counts_stop_at_a_hundred(client, clinic, rosa):
    many(clinic, MOST_COUNTED + 1)
    assert "Needs answer 100+" in words(client.get(QUEUE))


@pytest.mark.parametrize("view", ["", "to-call", "answered"])
def test_thirty_rows_cost_as_many_queries_as_one(
    client, clinic, rosa, view, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(number):
        for _ in range(number):
            appointment_request = clinic.appointment_request(patient={"email": "", "needs": ["walker"]})
            if view:
                lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)

    fill(1)
    client.get(QUEUE, {"view": view})  # the practice is read once in ten seconds
    with django_assert_max_num_queries(14) as one:
        client.get(QUEUE, {"view": view})
    number = len(one)
    fill(29)
    with django_assert_num_queries(number):
        response = client.get(QUEUE, {"view": view})
    row = 'class="call__who"' if view == "to-call" else '<th scope="row"'
    assert response.text.count(row) == 20  # a page


def test_rows_with_holds_cost_no_more_queries(
    client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries
):
    clinic.appointment_request(clinic.slot(day=3))
    client.get(QUEUE)
    with django_assert_max_num_queries(14) as one:
        client.get(QUEUE)
    number = len(one)
    clinic.practice.hold_cap = 99
    clinic.practice.save()
    for day in (1, 2, 4):
        for hour in (9, 11, 13, 15):
            clinic.appointment_request(clinic.slot(day=day, hour=hour), location=make_location())
    client.get(QUEUE)
    with django_assert_num_queries(number):
        assert words(client.get(QUEUE)).count("June Demo") == 13


def test_the_undo_bar_fits_into_fifteen_queries(client, clinic, rosa, django_assert_max_num_queries):
    appointment_request = clinic.appointment_request(clinic.slot())
    act = {"version": appointment_request.version, "slot": clinic.slot().code}
    there = client.post(reverse("desk:confirm", args=[appointment_request.reference]), act)["Location"]
    with django_assert_max_num_queries(14):
        assert "Confirmed: June Demo" in words(client.get(there))


# -- whom to call


@pytest.fixture
def without_email(clinic):
    return clinic.appointment_request(clinic.slot(), patient={"email": "", "may_leave_message": False})


def test_a_patient_without_email_is_to_be_called_and_the_list_says_what_to_tell_them(
    client, clinic, rosa, without_email
):
    lifecycle.confirm(without_email.pk, clinic.slot(), by=lifecycle.staff(rosa), now=MONDAY)
    page = words(client.get(QUEUE, {"view": "to-call"}))
    assert "To call 1" in page
    assert (
        "Your appointment is confirmed: Thu, Dec 3, 9:00 AM EST, with Dr. Mara Ellison, MD, Pier Street office." in page
    )
    assert "any time, no message" in page


def test_the_call_for_a_declined_request_includes_our_answer(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "needs_scan", "We need a scan first.", by=lifecycle.staff(rosa), now=MONDAY)
    assert "We need a scan first." in words(client.get(QUEUE, {"view": "to-call"}))


def test_a_bounced_email_leads_to_a_call(client, clinic, rosa):
    appointment_request = clinic.appointment_request()
    Message.objects.filter(appointment_request=appointment_request).update(status=Message.Status.FAILED)
    page = words(client.get(QUEUE, {"view": "to-call"}))
    assert "Email bounced" in page
    assert "We have your request." in page


def test_marking_a_patient_as_notified_removes_the_call_once(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    message = Message.objects.get(status=Message.Status.TO_CALL)
    notified = reverse("desk:mark_notified", args=[message.pk])
    assert "Marked as notified by phone: June Demo." in words(client.post(notified, follow=True))
    message.refresh_from_db()
    assert message.status == Message.Status.NOTIFIED
    again = words(client.post(notified, follow=True))
    assert "already marked it" not in again
    assert "No one to call" in again
    client.force_login(make_clerk())
    assert "already marked it" in words(client.post(notified, follow=True))
    assert not mail.outbox


def test_a_get_on_the_url_of_a_call_marks_nothing(client, clinic, rosa, without_email):
    lifecycle.decline(without_email.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    message = Message.objects.get(status=Message.Status.TO_CALL)
    client.get(reverse("desk:mark_notified", args=[message.pk]))
    message.refresh_from_db()
    assert message.status == Message.Status.TO_CALL


# -- recent answers


def test_answers_are_listed_newest_first_with_who_gave_them(client, clinic, rosa):
    dmitri = make_clerk(first_name="Dmitri")
    declined, confirmed = clinic.appointment_request(), clinic.appointment_request(clinic.slot())
    lifecycle.decline(declined.pk, "other", "Call us.", by=lifecycle.staff(dmitri), now=MONDAY)
    lifecycle.confirm(confirmed.pk, clinic.slot(), by=lifecycle.staff(rosa), now=MONDAY + timedelta(minutes=1))
    page = words(client.get(QUEUE, {"view": "answered"}))
    assert page.index(str(confirmed)) < page.index(str(declined))
    assert "Dmitri" in page
    assert "Thu, Dec 3, 9:00 AM EST" in page


def test_an_undone_answer_is_not_listed(client, clinic, rosa):
    appointment_request = clinic.appointment_request()
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    act = appointment_request.events.get(verb="decline")
    lifecycle.undo(act.pk, user=rosa, now=MONDAY + timedelta(seconds=5))
    assert "No recent answers" in words(client.get(QUEUE, {"view": "answered"}))


def test_no_title_contains_a_name(client, clinic, rosa):
    appointment_request = clinic.appointment_request()
    for path in (QUEUE, f"{QUEUE}?view=answered", reverse("desk:request", args=[appointment_request.reference])):
        title = re.search(r"<title>([^<]*)</title>", client.get(path).content.decode(), re.DOTALL)[1]
        assert "June" not in title


# -- the views


def shown(client, view):
    """The confirmation numbers in a view, in its order."""
    html = client.get(QUEUE, {"view": view}).content.decode()
    return re.findall(r'<(?:a|button) class="row-link"[^>]*(?:href|formaction)="/admin/desk/requests/(\w+)/', html)


def numbers(client):
    """“Needs answer 3” from each pill."""
    html = markup(client.get(QUEUE))
    pills = re.search(r'<nav class="views".*?</nav>', html, re.DOTALL)[0]
    found = re.findall(r">([A-Z3][a-z, ]+)<span class=.num.[^>]*>([0-9+]+)<", pills)
    return dict(found)


@pytest.fixture
def full_queue(clinic, rosa):
    """One request in each state that the desk meets in a day."""
    by = lifecycle.staff(rosa)
    appointment_requests = {
        "new": clinic.appointment_request(),
        "afternoon": clinic.appointment_request(best_time="afternoon"),
        "interpreter": clinic.appointment_request(best_time="afternoon", patient={"needs_interpreter": True}),
        "message": clinic.appointment_request(),
        "offered": clinic.appointment_request(),
        "waitlisted": clinic.appointment_request(),
        "mine": clinic.appointment_request(best_time="afternoon"),
        "declined": clinic.appointment_request(),
    }
    lifecycle.log_call(appointment_requests["message"].pk, "voicemail", by=by, now=MONDAY)
    lifecycle.offer(appointment_requests["offered"].pk, [clinic.slot()], MONDAY + timedelta(days=2), by=by, now=MONDAY)
    lifecycle.waitlist(appointment_requests["waitlisted"].pk, by=by, now=MONDAY)
    lifecycle.claim(appointment_requests["mine"].pk, user=rosa, now=MONDAY)
    lifecycle.decline(appointment_requests["declined"].pk, "other", "Call us.", by=by, now=MONDAY)
    return appointment_requests


VIEWS = {
    "needs-answer": ["new", "afternoon", "interpreter", "message", "mine"],
    "call-now": ["new"],
    "left-message": ["message"],
    "offered": ["offered"],
    "waitlisted": ["waitlisted"],
    "interpreter": ["interpreter"],
    "mine": ["mine"],
    "all": ["new", "afternoon", "interpreter", "message", "offered", "waitlisted", "mine"],
    "mistyped": ["new", "afternoon", "interpreter", "message", "offered", "waitlisted", "mine"],
}


def test_each_view_shows_its_own_requests(client, full_queue):
    for view, in_it in VIEWS.items():
        assert sorted(shown(client, view)) == sorted(full_queue[name].reference for name in in_it), view


def test_the_list_of_requests_and_that_of_calls_name_no_two_counts_alike(client, clinic, by, rosa):
    """Requests to answer whose patients take calls now; patients who wait to be told something."""
    lifecycle.decline(clinic.appointment_request(patient={"email": ""}).pk, "other", "Call us.", by=by, now=MONDAY)
    page, calls = words(client.get(QUEUE)), words(client.get(f"{QUEUE}?view=to-call"))
    assert ("Good time to call 0" in page, "Call now" in page) == (True, False)
    assert ("Call now 1" in calls, "Good time to call" in calls) == (True, False)


def test_each_view_shows_its_count(client, full_queue):
    assert numbers(client) == {
        "Needs answer": "5", "Good time to call": "1", "Left message": "1", "Offered": "1", "Waitlisted": "1",
        "Interpreter": "1", "Mine": "1", "All": "7", "Urgent": "0",
        "Needs a new time": "0", "3 tries, not reached": "0",
    }  # fmt: skip


def test_after_a_message_was_left_the_patient_is_not_to_be_called_before_the_next_try(client, full_queue, rosa, at):
    message = full_queue["message"]
    message.refresh_from_db()
    assert "next try" in words(client.get(QUEUE, {"view": "left-message"}))
    at(message.next_try_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"), "UTC")
    client.logout()  # the session of two hours ago is over
    client.force_login(rosa)
    for path in (f"{QUEUE}?view=left-message", page_of(message)):
        assert "next try" not in words(client.get(path)).lower(), path
    assert message.reference in shown(client, "call-now")


def test_a_call_that_did_not_reach_the_patient_is_shown_and_counted(client, full_queue):
    page = words(client.get(QUEUE, {"view": "left-message"}))
    assert "Left message 1 of 3 tries" in page


def test_nobody_is_to_be_called_while_the_desk_is_closed(client, full_queue, rosa, at):
    at("2026-11-23 20:00")
    client.force_login(rosa)
    assert shown(client, "call-now") == []


def test_the_clerk_who_claimed_a_request_is_named_until_the_claim_ends(client, full_queue, rosa, at):
    assert "You’re working on this, 10 min left" in words(client.get(QUEUE))
    dmitri = make_clerk(first_name="Dmitri")
    client.force_login(dmitri)
    assert "Rosa is working on this, 10 min left" in words(client.get(QUEUE))
    assert shown(client, "mine") == []
    at("2026-11-23 10:16")
    client.force_login(rosa)
    assert "min left" not in words(client.get(QUEUE, {"view": "mine"}))


def test_the_name_claims_a_request_and_the_confirmation_number_only_opens_it(client, full_queue, rosa):
    mine, other = full_queue["mine"], full_queue["new"]
    client.force_login(make_clerk(first_name="Dmitri"))
    html = client.get(QUEUE).content.decode()
    assert f'formaction="/admin/desk/requests/{other.reference}/claim/"' in html
    assert f'href="/admin/desk/requests/{other.reference}/"' in html
    assert f"/admin/desk/requests/{mine.reference}/claim/" not in html
    client.get(f"/admin/desk/requests/{other.reference}/")
    other.refresh_from_db()
    assert other.claimed_by is None


def test_a_user_who_may_only_read_gets_links_instead_of_buttons(client, full_queue):
    client.force_login(make_clerk("Manager"))
    html = client.get(QUEUE).content.decode()
    assert "/claim/" not in html
    assert "#calls" not in html


def test_an_offer_says_when_it_ends(client, full_queue):
    assert "offer ends" in words(client.get(QUEUE, {"view": "offered"}))


def test_the_page_that_a_patient_came_from_is_named(client, clinic, rosa):
    page = Procedure.objects.create(name="Kyphoplasty", slug="kyphoplasty")
    version = PublishedVersion.objects.create(
        procedure=page, number=1, published_at=MONDAY, content={"name": "Kyphoplasty"}, sha256="x"
    )
    clinic.appointment_request(from_version=version)
    assert "Broken bone in the spine from page “Kyphoplasty”" in words(client.get(QUEUE))


def test_overdue_and_nearly_due_requests_are_counted_at_the_top(client, clinic, rosa):
    for minutes in (-5, 10, 20, 600):
        set_deadline(clinic.appointment_request(), minutes=minutes)
    assert "1 overdue · 2 due within 30 min" in words(client.get(QUEUE))


# -- new requests


def since(client):
    return re.search(r'data-new-requests="([^"]+)"', client.get(QUEUE).content.decode())[1]


def test_requests_that_came_since_are_announced_in_words(client, clinic, rosa):
    clinic.appointment_request()
    there = since(client)
    told = client.get(there).json()
    assert (told["count"], told["words"], told["counts"]["needs-answer"]) == (0, "", "1")
    clinic.appointment_request()
    assert client.get(there).json()["counts"]["needs-answer"] == "2"
    assert client.get(there).json()["words"].replace("\xa0", " ") == "1 new since 10:05 AM. Show it"
    clinic.appointment_request()
    assert client.get(there).json()["words"].replace("\xa0", " ") == "2 new since 10:05 AM. Show them"
    assert client.get(since(client)).json()["count"] == 0


def test_a_request_whose_offer_was_refused_is_announced_when_it_comes_back(client, clinic, rosa):
    appointment_request = clinic.appointment_request()
    lifecycle.offer(
        appointment_request.pk, [clinic.slot()], MONDAY + timedelta(days=2), by=lifecycle.staff(rosa), now=MONDAY
    )
    there = since(client)
    lifecycle.refuse_offer(appointment_request.pk, by=lifecycle.PATIENT, now=MONDAY)
    assert client.get(there).json()["count"] == 1


def test_what_coworkers_do_with_known_requests_is_not_announced(client, clinic, rosa):
    appointment_request, other = clinic.appointment_request(), clinic.appointment_request()
    there = since(client)
    lifecycle.claim(appointment_request.pk, user=rosa, now=MONDAY)
    lifecycle.log_call(appointment_request.pk, "no_answer", by=lifecycle.staff(rosa), now=MONDAY)
    lifecycle.decline(other.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    lifecycle.undo(other.events.get(verb="decline").pk, user=rosa, now=MONDAY)
    clinic.appointment()
    assert client.get(there).json()["count"] == 0


def test_a_request_that_came_and_was_answered_is_not_announced(client, clinic, rosa):
    there = since(client)
    appointment_request = clinic.appointment_request()
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(rosa), now=MONDAY)
    assert client.get(there).json()["count"] == 0


def test_an_invalid_question_for_new_requests_is_refused(client, clinic, rosa):
    for code in ("", "x", "-", "1-", "1-x", "9" * 30, f"{2**63}-1", f"1-{2**40}", "٣-٣"):
        response = client.get("/admin/desk/new-requests/", {"since": code})
        assert (response.status_code, response.json()["count"]) == (400, 0), code


def test_a_question_that_nobody_asked_on_the_phone_says_not_asked(client, clinic, rosa):
    appointment, answers = clinic.appointment(), {"wants_call": True}
    how = {"by": lifecycle.staff(rosa, "phone"), "now": MONDAY, "flow_key": uuid.uuid4()}
    lifecycle.ask_for_another_time(appointment.pk, [], answers, **how)
    assert "Scan: not asked Referral: not asked" in words(client.get("/admin/desk/"))
