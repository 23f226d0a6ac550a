"""How long staff stay signed in: idle, in all, on several devices, after a change to their account."""

from datetime import timedelta

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from clinic.accounts import sessions
from tests.builders import MONDAY, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
DESK = "/admin/desk/"
IDLE, ALL_DAY = timedelta(minutes=15), timedelta(hours=12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def rosa(clinic):
    user = make_clerk(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user):
    """A browser of this user, signed in through the door."""
    browser = Client()
    browser.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert is_in(browser)
    return browser


def is_in(browser, page=DESK):
    return browser.get(page).status_code == 200


@pytest.fixture
def move(time_machine):
    """`move(delta)`: the clock stands still at this distance from Monday, 10:05 am."""
    return lambda delta: time_machine.move_to(MONDAY + delta, tick=False)


# -- idle


def test_staff_are_signed_out_after_fifteen_idle_minutes_and_not_a_second_before(rosa, move):
    early, late = signed_in(rosa), signed_in(rosa)
    move(IDLE - SECOND)
    assert is_in(early)
    move(IDLE)
    assert not is_in(late)


def test_each_page_that_somebody_opens_begins_the_fifteen_minutes_again(rosa, move):
    browser = signed_in(rosa)
    for n in range(1, 5):
        move(n * (IDLE - SECOND))
        assert is_in(browser)
    move(4 * (IDLE - SECOND) + IDLE)
    assert not is_in(browser)


@pytest.mark.parametrize("page", ["/admin/account/time-left/", "/admin/desk/new-requests/?since=1-1"])
def test_what_a_page_asks_on_its_own_is_no_activity(rosa, move, page):
    browser = signed_in(rosa)
    for n in range(1, 15):
        move(timedelta(minutes=n))
        assert browser.get(page).status_code == 200
    move(IDLE)
    assert not is_in(browser)


def test_asking_for_the_time_left_after_the_end_ends_the_session_and_says_so(rosa, move):
    browser = signed_in(rosa)
    move(IDLE - SECOND)
    assert browser.get("/admin/account/time-left/").json()["seconds"] == 1
    move(IDLE)
    left = browser.get("/admin/account/time-left/").json()
    assert (left["seconds"], left["who"]) == (0, "")
    assert "You were signed out after 15 minutes without activity." in words(browser.get(DESK, follow=True))


def test_the_answer_to_the_warning_begins_the_fifteen_minutes_again(rosa, move):
    browser = signed_in(rosa)
    move(IDLE - SECOND)
    assert browser.post("/admin/account/stay/").json()["seconds"] == 15 * 60
    move(2 * IDLE - 2 * SECOND)
    assert is_in(browser)


def test_only_a_post_answers_the_warning(rosa, move):
    assert signed_in(rosa).get("/admin/account/stay/").status_code == 405


def test_the_activity_is_written_once_a_minute_so_that_lists_stay_fast(rosa, move, django_assert_num_queries):
    browser = signed_in(rosa)
    browser.get("/admin/account/")
    move(timedelta(seconds=59))
    with django_assert_num_queries(2):  # the session, and the user with the rights
        browser.get("/admin/account/")


def test_the_idle_time_is_a_setting(rosa, move, settings):
    settings.STAFF_IDLE_MINUTES = 5
    browser = signed_in(rosa)
    move(timedelta(minutes=5))
    assert not is_in(browser)


# -- the whole day


def work_until(browser, move, end):
    """Open a page every ten minutes until this time after the sign-in."""
    moment = timedelta()
    while moment < end - timedelta(minutes=10):
        moment += timedelta(minutes=10)
        move(moment)
        assert is_in(browser, "/admin/account/")
    move(end)


def test_a_sign_in_lasts_twelve_hours_however_busy_the_desk_and_not_a_second_longer(rosa, move):
    browser = signed_in(rosa)
    work_until(browser, move, ALL_DAY - SECOND)
    assert is_in(browser)
    move(ALL_DAY)
    assert "You were signed out: a sign-in lasts 12 hours." in words(browser.get(DESK, follow=True))
    assert not is_in(browser)


def test_the_time_left_counts_to_the_nearer_end(rosa, move):
    browser = signed_in(rosa)
    work_until(browser, move, ALL_DAY - timedelta(minutes=4))
    assert browser.post("/admin/account/stay/").json()["seconds"] == 4 * 60


# -- visitors


def test_a_visitor_keeps_a_half_filled_request_for_a_day(client, clinic, move):
    page = client.post("/request/", follow=True).redirect_chain[-1][0]
    move(timedelta(hours=24) - SECOND)
    assert client.get(page).status_code == 200
    assert sessions.STAMPS not in client.session
    assert site_settings.SESSION_COOKIE_AGE == 24 * 60 * 60


def test_a_visitor_who_looks_at_the_sign_in_page_gets_no_session(client, clinic):
    client.get("/admin/login/")
    assert not Session.objects.exists()


# -- other devices


def test_a_user_ends_all_other_sessions_and_keeps_the_own_one(rosa):
    here, there, colleague = signed_in(rosa), signed_in(rosa), signed_in(other_clerk())
    response = here.post("/admin/account/end-other-sessions/", follow=True)
    assert "You are signed out everywhere else." in words(response)
    assert is_in(here)
    assert not is_in(there)
    assert is_in(colleague)


def other_clerk():
    user = make_clerk()
    user.set_password(PASSWORD)
    user.save()
    return user


def test_ending_the_other_sessions_takes_a_post_and_a_sign_in(rosa, client):
    here, there = signed_in(rosa), signed_in(rosa)
    assert here.get("/admin/account/end-other-sessions/").status_code == 405
    assert client.post("/admin/account/end-other-sessions/").status_code == 302
    assert is_in(there)


def test_a_later_sign_in_is_not_ended_by_an_earlier_end(rosa):
    here = signed_in(rosa)
    here.post("/admin/account/end-other-sessions/")
    assert is_in(signed_in(rosa))


def test_a_new_password_ends_the_other_sessions_at_their_next_request(rosa):
    here, there = signed_in(rosa), signed_in(rosa)
    new = "a lantern on the pier at night"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("admin:password_change"), data).status_code == 302
    assert is_in(here)
    assert not is_in(there)


def test_a_session_that_was_used_while_the_person_was_inactive_is_over_for_good(rosa):
    browser = signed_in(rosa)
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    assert not is_in(browser)
    User.objects.filter(pk=rosa.pk).update(is_active=True)
    assert not is_in(browser)


def test_a_form_that_is_sent_after_the_idle_end_is_kept(rosa, clinic, move):
    appointment_request = clinic.appointment_request()
    browser = signed_in(rosa)
    move(IDLE)
    url = reverse("desk:add_note", args=[appointment_request.reference])
    response = browser.post(url, {"note": "Comes with her son"}, headers={"origin": "http://testserver"})
    assert response.status_code == 403
    assert "Nothing was sent, and nothing was lost." in words(response)
    assert "Comes with her son" in words(response)


def test_a_page_with_a_failed_form_check_does_not_say_who_was_signed_in_once_the_session_is_over(rosa, clinic, move):
    url = reverse("desk:add_note", args=[clinic.appointment_request().reference])
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rosa)
    browser.get(DESK)
    move(IDLE)
    page = words(browser.post(url, {"note": "Comes with her son"}, headers={"origin": "http://testserver"}))
    assert "You were signed out" in page
    assert "You are signed in as" not in page
