"""The patient's own page: what the link alone shows, what the birth date adds, and what one may do there."""

import multiprocessing
import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from booking.patient_page import lost_link as views
from tests.booking.patient_page.patient import RIGHT, give_birth_date, url, words
from tests.builders import MONDAY, Clinic, later, make_clerk

pytestmark = pytest.mark.django_db
DOORS = (
    "visit", "birth_date", "withdraw", "cancel", "calendar", "answer", "times", "check_times", "another_time",
    "check_another_time",
)  # fmt: skip
WRONG = RIGHT | {"birth_date_year": "1950"}
ANSWER = "We do not treat this. Ask Dr. Who at 555 0100."
# What only the birth date shows.
BEHIND = ["Ellison", "pain medicine", "Broken bone", "hurts", "walker", "December 4", "You sent your request", ANSWER]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(views, "SAME_TIME", 0)


@pytest.fixture(autouse=True)
def now(at):
    """Stop the clock; the returned function sets it anew."""
    at("2026-11-23 10:05")
    return at


@pytest.fixture
def clinic():
    return Clinic()


@pytest.fixture
def asked(clinic):
    times = clinic.slot(hour=10, minute=20), clinic.slot(day=4)
    return clinic.request(*times, note="my back <b>hurts</b>", patient={"needs": ["walker"]})


@pytest.fixture
def visit(clinic, asked):
    return lifecycle.confirm(asked.pk, clinic.slot(hour=10, minute=20), by=lifecycle.desk(make_clerk()), now=later())


@pytest.fixture
def known(client, asked):
    """A browser that has given the birth date."""
    give_birth_date(client, asked)
    return client


def act(client, asked, name, row):
    return client.post(url(asked, name), {"version": row.version})


# -- the link alone


def test_a_waiting_request_says_that_it_waits_until_when_and_whom_to_call(client, asked):
    page = words(client.get(url(asked)))
    for said in (
        "Waiting for our answer",
        "We answer by Tuesday, November 24, 5:00 pm Eastern Time",
        "not yet an appointment",
        "(718) 555-0142",
        str(asked),
    ):
        assert said in page
    assert "December 3" not in page
    assert "Take back" not in page


def test_a_visit_says_what_the_mail_said_day_time_zone_and_place(client, visit):
    page = words(client.get(url(visit.request)))
    for said in (
        "Confirmed",
        "Thursday, December 3",
        "10:20 am Eastern Time",
        "arrive at 10:05 am",
        "Pier Street office",
        "Add to my calendar",
    ):
        assert said in page


def test_the_link_alone_shows_nothing_that_stands_behind_the_birth_date(client, clinic, asked):
    by = lifecycle.desk(make_clerk())
    pages = [client.get(url(asked))]
    lifecycle.confirm(asked.pk, clinic.slot(hour=10, minute=20), by=by, now=later())
    declined = clinic.request(clinic.slot(day=4), note="it hurts")
    lifecycle.decline(declined.pk, "not_ours", ANSWER, by=by, now=later())
    pages += [client.get(url(asked)), client.get(url(declined)), client.get(url(asked, "cancel"), follow=True)]
    for page in pages:
        assert [said for said in BEHIND if said in words(page)] == []
        for said in ("June", "june@", "555-0167", '<form method="post" action="/visit/"'):
            assert said not in page.content.decode()


def test_a_late_answer_is_admitted(client, asked, now):
    now("2026-11-25 09:00")
    assert "We are late, and we are sorry" in words(client.get(url(asked)))


@pytest.mark.parametrize("status", ["offered", "waitlisted", "closed"])
def test_states_that_come_later_have_honest_words_already(client, asked, status):
    AppointmentRequest.objects.filter(pk=asked.pk).update(status=status, offer_until=later())
    page = client.get(url(asked))
    assert page.status_code == 200
    assert "Confirmed" not in words(page)


def test_no_state_is_without_its_words(client, clinic, visit, known):
    for status in AppointmentRequest.Status.values:
        AppointmentRequest.objects.filter(pk=visit.request_id).update(
            status=status, decline_code="other", offer_until=later()
        )  # fmt: skip
        assert known.get(url(visit.request)).status_code == 200
    for status in Appointment.Status.values:
        Appointment.objects.filter(pk=visit.pk).update(status=status, held_until=later(), cancel_code="clinic")
        assert known.get(url(visit.request)).status_code == 200
        assert Client().get(url(visit.request)).status_code == 200


def test_no_title_names_anyone(known, visit):
    for name in ("visit", "cancel", "withdraw"):
        title = re.search(r"<title>(.*?)</title>", known.get(url(visit.request, name)).content.decode())[1]
        assert not re.search(r"June|Ellison|December|bone|\d", title), title


def test_nothing_here_may_be_kept_by_a_browser_or_proxy(client, asked):
    for path in (url(asked), url(asked, "calendar"), "/visit/", "/visit/nonsense/"):
        assert "no-store" in client.get(path).headers["Cache-Control"]


# -- links that open nothing


def test_every_link_that_does_not_open_gives_one_and_the_same_404(client, clinic, asked, visit, now):
    revoked = url(clinic.request())
    AppointmentRequest.objects.exclude(pk=asked.pk).update(link_version=2)
    old = clinic.request()
    lifecycle.withdraw(old.pk, by=lifecycle.PATIENT, now=MONDAY)
    good = url(asked)
    mutated = [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(7, len(good) - 1)]
    now("2027-02-25 09:00")
    paths = [*mutated, revoked, url(old), f"/visit/{asked.reference}/", "/visit/%C3%A9~%F0%9F%98%80/", "/visit/1.1~/"]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "(718) 555-0142" in words(answers[0])
    assert "This link does not open a page" in words(answers[0])
    assert client.get(good).status_code == 200


def test_a_bad_link_gives_the_same_404_at_every_door(client, visit):
    bad = url(visit.request)[:-2] + "/"
    names = ("", "birth-date/", "withdraw/", "cancel/", "answer/", "times/", "times/check/", "another-time/")
    doors = [bad + name for name in (*names, "another-time/check/")]
    answers = [call(door) for door in doors for call in (client.get, client.post)]
    answers.append(client.get(f"{bad}visit.ics"))
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_a_wrong_link_and_an_unknown_one_cost_the_same(client, clinic, asked, django_assert_num_queries):
    unknown = AppointmentRequest(reference="2222222222", link_version=1)
    asked.link_version = 2
    for bad in (url(unknown), url(asked), "/visit/nonsense/"):
        with django_assert_num_queries(1):
            client.get(bad)


def test_one_patients_birth_date_opens_no_other_patients_page(known, clinic):
    other = clinic.request(clinic.slot(day=4), patient={"name": "May Demo"})
    assert "Ellison" not in words(known.get(url(other)))
    assert act(known, other, "withdraw", other).status_code == 403
    other.refresh_from_db()
    assert other.status == "new"


# -- the birth date


def test_the_birth_date_shows_all_the_rest(client, asked):
    answer = give_birth_date(client, asked)
    assert (answer.status_code, answer["Location"]) == (302, url(asked))
    page = words(client.get(url(asked)))
    for said in (
        "We hold this for you until",
        "Thursday, December 3",
        "Dr. Mara Ellison, MD, pain medicine",
        "Broken bone in the spine",
        "I use a walker or a cane",
        "Friday, December 4, 9:00 am Eastern Time (not held) Dr. Mara Ellison, MD",
        "You sent your request. Monday, November 23, 10:05 am Eastern Time",
        "Take back my request",
    ):
        assert said in page
    assert "<b>hurts" not in client.get(url(asked)).content.decode()


def test_it_is_forgotten_after_thirty_minutes_however_busy_one_is(known, asked, now):
    now("2026-11-23 10:34")
    assert "Ellison" in words(known.get(url(asked)))
    now("2026-11-23 10:35")
    assert "Ellison" not in words(known.get(url(asked)))
    answer = act(known, asked, "withdraw", asked)
    assert answer.status_code == 403
    assert "Nothing has changed" in words(answer)
    asked.refresh_from_db()
    assert asked.status == "new"


def test_the_session_gets_another_id_when_it_gains_rights(client, asked):
    client.get(url(asked))
    session = client.session
    session["answers"] = "typed so far"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    give_birth_date(client, asked)
    assert client.cookies["sessionid"].value != before
    assert client.session["answers"] == "typed so far"


def test_three_wrong_ones_and_one_waits_with_the_phone_number_at_hand(client, asked, now):
    answers = [give_birth_date(client, asked, WRONG) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Check it, and try once more" in words(answers[0])
    assert answers[2]["Retry-After"] == "901"
    assert "Wait 15 minutes, or call us at (718) 555-0142" in words(answers[2])
    now("2026-11-23 10:12")
    assert "Wait 8 minutes" in words(give_birth_date(client, asked))
    now("2026-11-23 10:20")
    assert give_birth_date(client, asked).status_code == 302


def test_a_new_browser_does_not_lift_the_wait(client, asked):
    for _ in range(3):
        give_birth_date(Client(), asked, WRONG)
    answer = Client().post(url(asked, "birth_date"), RIGHT, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429
    assert "Ellison" not in words(answer)


def test_a_slip_of_the_pen_is_no_try(client, asked):
    for typed in ({}, {"birth_date_month": "3"}, RIGHT | {"birth_date_day": "31", "birth_date_month": "2"}) * 3:
        page = give_birth_date(client, asked, typed)
        assert page.status_code == 200
        assert "There is a problem" in words(page)
        assert "<title>Error:" in page.content.decode()
    assert give_birth_date(client, asked).status_code == 302


def test_the_birth_date_is_posted_never_read_from_an_address(client, asked):
    assert client.get(url(asked, "birth_date"), RIGHT)["Location"] == url(asked)
    assert "Ellison" not in words(client.get(url(asked)))


# -- the calendar file


def test_the_link_alone_is_enough_for_the_calendar_entry_of_a_visit(client, visit):
    answer = client.get(url(visit.request, "calendar"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert b"METHOD:PUBLISH" in answer.content


def test_there_is_no_calendar_entry_of_what_is_no_visit(client, asked, clinic):
    assert client.get(url(asked, "calendar")).status_code == 404
    visit = clinic.visit()
    lifecycle.cancel(visit.pk, "clinic", by=lifecycle.desk(make_clerk()), now=later())
    assert client.get(url(visit.request, "calendar")).status_code == 404


# -- taking a request back


def test_to_look_at_a_door_changes_nothing(known, asked, visit):
    for name in DOORS:
        known.get(url(asked, name))
        known.head(url(asked, name))
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert asked.events.filter(actor="patient").count() == 2  # sent, and its hold


def test_a_request_is_taken_back_by_its_button(known, asked):
    page = known.get(url(asked, "withdraw")).content.decode()
    assert f'name="version" value="{asked.version}"' in page
    assert act(known, asked, "withdraw", asked)["Location"] == url(asked)
    asked.refresh_from_db()
    assert asked.status == "withdrawn"
    assert not asked.appointments.exclude(status="released").exists()
    page = words(known.get(url(asked)))
    assert "Taken back" in page
    assert "You took back your request. Monday" in page
    assert Message.objects.filter(kind="withdrawn", status="queued").count() == 1


def test_a_double_click_and_the_back_button_take_it_back_once(known, asked):
    answers = [act(known, asked, "withdraw", asked) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(asked)] * 2
    assert asked.events.filter(verb="withdraw").count() == 1
    page = words(known.get(url(asked, "withdraw")))
    assert "only while it waits for our answer" in page
    assert "Keep my request" not in page


def test_a_page_from_before_we_confirmed_says_so_and_changes_nothing(known, clinic, asked, visit):
    answer = act(known, asked, "withdraw", asked)
    assert answer.status_code == 409
    page = words(answer)
    assert "We did not change anything" in page
    assert "We confirmed your visit." in page
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_confirmed_request_is_not_taken_back(known, asked, visit):
    visit.request.refresh_from_db()
    answer = act(known, asked, "withdraw", visit.request)
    assert answer.status_code == 409
    assert "not possible any more" in words(answer)


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1e3", "٣"])
def test_a_crafted_version_is_refused_as_an_old_one(known, asked, version):
    assert known.post(url(asked, "withdraw"), {"version": version}).status_code == 409
    asked.refresh_from_db()
    assert asked.status == "new"


# -- cancelling a visit


def test_a_visit_is_cancelled_by_its_button_and_its_time_is_free(known, clinic, asked, visit):
    assert "Thursday, December 3, 10:20 am" in words(known.get(url(asked, "cancel")))
    assert act(known, asked, "cancel", visit)["Location"] == url(asked)
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_code) == ("cancelled", "patient")
    page = words(known.get(url(asked)))
    assert "You cancelled this visit" in page
    assert "Add to my calendar" not in page
    assert Message.objects.filter(kind="cancelled_by_you", status="queued").count() == 1
    assert clinic.visit(clinic.slot(hour=10, minute=20), now=later(hours=1))


def test_a_double_click_and_the_back_button_cancel_once(known, asked, visit):
    answers = [act(known, asked, "cancel", visit) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(asked)] * 2
    assert asked.events.filter(verb="cancel").count() == 1
    assert "no visit to cancel any more" in words(known.get(url(asked, "cancel")))


def test_a_visit_that_we_cancelled_meanwhile_is_no_error(known, asked, visit):
    lifecycle.cancel(visit.pk, "clinic", by=lifecycle.desk(make_clerk()), now=later())
    assert act(known, asked, "cancel", visit)["Location"] == url(asked)
    assert "We had to cancel this visit" in words(known.get(url(asked)))


def test_a_visit_that_was_changed_meanwhile_is_not_cancelled_unseen(known, asked, visit):
    Appointment.objects.filter(pk=visit.pk).update(version=visit.version + 1)
    answer = act(known, asked, "cancel", visit)
    assert answer.status_code == 409
    assert "Look again before you go on" in words(answer)


def test_a_day_before_one_cancels_here_and_then_by_phone(known, asked, visit, now):
    give = [("2026-12-02 10:19", 302), ("2026-12-02 10:20", 409)]
    for moment, status in reversed(give):
        now(moment)
        give_birth_date(known, asked)
        page = words(known.get(url(asked)))
        assert ("Cancel this visit" in page) == (status == 302)
        assert ("too near to cancel it here. Call us at (718) 555-0142" in page) == (status == 409)
        assert act(known, asked, "cancel", visit).status_code == status
    visit.refresh_from_db()
    assert visit.status == "cancelled"


@pytest.mark.parametrize(
    ("status", "moment", "said", "behind"),
    [
        ("booked", "2026-12-03 10:30", "Your visit is set", "begun"),
        ("booked", "2026-12-03 11:00", "This visit is over", None),
        ("arrived", "2026-12-03 10:10", "Your visit is today", "We know that you are here"),
        ("fulfilled", "2026-12-03 12:00", "This visit is over", None),
        ("left", "2026-12-03 12:00", "This visit is over", None),
        ("noshow", "2026-12-03 12:00", "This visit is over", "We did not see you that day"),
    ],
)
def test_on_the_day_and_after_it_each_state_has_its_sentence(client, asked, visit, now, status, moment, said, behind):
    Appointment.objects.filter(pk=visit.pk).update(status=status)
    now(moment)
    page = words(client.get(url(asked)))
    assert said in page
    assert behind is None or behind not in page
    give_birth_date(client, asked)
    assert behind is None or behind in words(client.get(url(asked)))
    assert act(client, asked, "cancel", visit).status_code == 409
    visit.refresh_from_db()
    assert visit.status == status


def test_there_is_nothing_to_cancel_before_there_is_a_visit(known, asked):
    assert "no visit to cancel" in words(known.get(url(asked, "cancel")))
    assert known.post(url(asked, "cancel"), {"version": 1}).status_code == 409


# -- our answer


def test_our_answer_stands_behind_the_birth_date_with_no_markup_of_its_own(client, clinic, asked):
    answer = f"{ANSWER} <script>alert(1)</script>"
    lifecycle.decline(asked.pk, "not_ours", answer, by=lifecycle.desk(make_clerk()), now=later())
    page = words(client.get(url(asked)))
    assert "We could not take it" in page
    assert "read our answer" in page
    give_birth_date(client, asked)
    page = client.get(url(asked))
    assert ANSWER in words(page)
    assert "<script>" not in page.content.decode()


def test_what_was_undone_is_no_history(known, clinic, asked):
    clerk = make_clerk()
    lifecycle.confirm(asked.pk, clinic.slot(day=4), by=lifecycle.desk(clerk), now=later())
    lifecycle.undo(asked.events.get(verb="confirm").pk, user=clerk, now=later(seconds=20))
    page = words(known.get(url(asked)))
    assert "Waiting for our answer" in page
    assert "We confirmed" not in page


# -- the lost link


def ask_for_link(client, reference, typed=RIGHT, **extra):
    return client.post(reverse("patient_page:lost_link"), {"reference": reference} | typed, **extra)


def queued_links():
    return Message.objects.filter(kind="link").count()


def test_the_link_is_sent_to_who_knows_reference_and_birth_date(client, asked):
    page = words(ask_for_link(client, f" {str(asked).lower()} "))
    assert "Look into your mail" in page
    assert Message.objects.get(kind="link").request == asked


def test_the_answer_is_the_same_whatever_we_have(client, clinic, asked):
    no_mail = clinic.request(patient={"email": ""})
    pages = [
        ask_for_link(client, asked.reference),
        ask_for_link(client, asked.reference, WRONG),
        ask_for_link(client, "2222222222"),
        ask_for_link(client, no_mail.reference),
    ]
    token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    assert len({token.sub(b"", page.content) for page in pages}) == 1
    assert {page.status_code for page in pages} == {200}
    assert queued_links() == 1


def test_the_answer_takes_as_long_whatever_we_have(client, asked, monkeypatch):
    slept = []
    monkeypatch.setattr(views, "SAME_TIME", 60)
    monkeypatch.setattr(views.time, "sleep", slept.append)
    monkeypatch.setattr(views.time, "monotonic", iter([0.0, 0.2, 100.0, 100.001]).__next__)
    ask_for_link(client, asked.reference)
    ask_for_link(client, "2222222222")
    assert slept == [pytest.approx(59.8), pytest.approx(59.999)]


def test_what_is_no_reference_is_said_before_anything_is_looked_up(client, asked):
    page = words(ask_for_link(client, asked.reference[:-1] + "?"))
    assert "A reference has 10 letters and numbers" in page
    assert queued_links() == 0
    assert client.get(reverse("patient_page:lost_link")).status_code == 200


def test_one_reference_is_asked_for_three_times_an_hour_from_wherever(client, asked, now):
    answers = [ask_for_link(client, asked.reference, WRONG, REMOTE_ADDR=f"203.0.113.{n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 3590 <= int(answers[3]["Retry-After"]) <= 3601
    assert ask_for_link(client, asked.reference).status_code == 429
    now("2026-11-23 11:06")
    assert ask_for_link(client, asked.reference).status_code == 200
    assert queued_links() == 1


def test_one_address_asks_twenty_times_whatever_it_writes_into_its_headers(client, clinic):
    answers = [
        ask_for_link(client, reference, headers={"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=10.0.0.{n}"})
        for n, reference in enumerate(valid_references(21))
    ]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "(718) 555-0142" in words(answers[-1])
    elsewhere = ask_for_link(client, next(valid_references(1)), REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 200


def valid_references(number):
    field = AppointmentRequest._meta.get_field("reference")
    return (field.get_default() for _ in range(number))


# -- two at one moment


def press(start, answers, path, version, cookie):
    connection.close()
    client = Client()
    client.cookies["sessionid"] = cookie
    start.wait(timeout=20)
    answers.put(client.post(path, {"version": version}).status_code)


@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_one_moment_cancel_once_and_none_sees_an_error(client, clinic):
    visit = clinic.visit()
    give_birth_date(client, visit.request)
    arguments = url(visit.request, "cancel"), visit.version, client.cookies["sessionid"].value
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    children = [fork.Process(target=press, args=(start, answers, *arguments)) for _ in range(4)]
    for child in children:
        child.start()
    assert [answers.get(timeout=30) for _ in children] == [302] * 4
    for child in children:
        child.join()
    assert visit.request.events.filter(verb="cancel").count() == 1
    assert Message.objects.filter(kind="cancelled_by_you").count() == 1


# -- cost


def test_the_page_asks_the_database_a_fixed_number_of_times(known, clinic, asked, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        known.get(url(asked))
