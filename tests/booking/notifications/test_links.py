"""The private link: what opens it, what does not, for how long."""

import re
from datetime import date, timedelta
from itertools import islice

import pytest
from django.contrib.sessions.backends.db import SessionStore

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.notifications import links
from tests.builders import MONDAY, Clinic, later, make_clerk

pytestmark = pytest.mark.django_db
RIGHT, WRONG = date(1951, 3, 9), date(1950, 3, 9)


@pytest.fixture
def clinic():
    return Clinic()


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot())


def opened(text, now=MONDAY):
    return links.opened(text, now=now)


def test_a_link_opens_its_request_and_no_other(clinic, asked):
    other = clinic.request()
    assert opened(links.secret(asked)) == asked
    assert opened(links.secret(other)) == other


def test_a_link_carries_a_signature_of_256_bits_and_no_number_that_counts_requests(asked):
    name, signature = links.secret(asked).split("~")
    assert len(signature) == 43  # 6 bits each
    assert re.fullmatch(r"[A-Z2-9]{10}\.1", name)


def test_no_text_but_the_whole_link_opens_anything(asked):
    secret = links.secret(asked)
    changed = [secret[:n] + ("A" if secret[n] != "A" else "B") + secret[n + 1 :] for n in range(len(secret))]
    cut = [secret[:n] for n in range(len(secret))]
    odd = ["", "~", "..~", "é" * 9, "\x00", "9" * 4000, secret + "A", f" {secret}", secret.lower(), asked.reference]
    assert [text for text in [*changed, *cut, *odd] if opened(text)] == []


def test_a_signature_made_for_another_purpose_opens_nothing(asked, settings):
    forged = links.Signer(salt="booking.other", sep="~").sign(f"{asked.reference}.1")
    assert opened(forged) is None


def test_a_raised_version_voids_the_older_links(asked):
    old = links.secret(asked)
    asked.link_version += 1
    asked.save()
    assert opened(old) is None
    assert opened(links.secret(asked)) == asked


def test_links_outlive_a_change_of_the_servers_key_while_the_old_one_is_kept(asked, settings):
    old = links.secret(asked)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new " * 20
    assert links.secret(asked) != old
    assert opened(old) == asked
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(old) is None


def test_good_and_bad_links_ask_the_database_the_same_number_of_times(asked, django_assert_num_queries):
    revoked = links.secret(asked)
    AppointmentRequest.objects.update(link_version=2)
    for text in ("nonsense", revoked):
        with django_assert_num_queries(1):
            opened(text)


def test_a_link_to_a_visit_dies_90_days_after_it_ends(clinic):
    visit = clinic.visit()
    secret, end = links.secret(visit.request), visit.ends_at + timedelta(days=90)
    assert opened(secret, end - timedelta(seconds=1))
    assert opened(secret, end) is None


def test_a_cancelled_visits_link_lives_as_long(clinic):
    visit = clinic.visit()
    lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=later(hours=1))
    assert opened(links.secret(visit.request), visit.ends_at + timedelta(days=89))
    assert opened(links.secret(visit.request), visit.ends_at + timedelta(days=90)) is None


@pytest.mark.parametrize("how", ["withdraw", "decline"])
def test_a_link_to_a_request_dies_90_days_after_we_closed_it(asked, how):
    assert opened(links.secret(asked), later(days=400))  # while we owe an answer it does not
    if how == "withdraw":
        lifecycle.withdraw(asked.pk, by=lifecycle.PATIENT, now=later(days=1))
    else:
        lifecycle.decline(asked.pk, "other", "Sorry.", by=lifecycle.desk(make_clerk()), now=later(days=1))
    assert opened(links.secret(asked), later(days=90))
    assert opened(links.secret(asked), later(days=91)) is None


# -- the birth date


def tries(asked, typed, now=MONDAY):
    while True:
        yield links.try_birth_date(asked, typed, now=now)


def test_three_wrong_birth_dates_and_then_even_the_right_one_waits(asked):
    assert list(islice(tries(asked, WRONG), 3)) == [False] * 3
    assert not links.try_birth_date(asked, RIGHT, now=MONDAY)
    assert links.until_next_try(asked, now=later(minutes=5)) == timedelta(minutes=10)
    assert links.try_birth_date(asked, RIGHT, now=later(minutes=15))


def test_the_third_try_may_be_the_right_one_and_then_the_count_begins_anew(asked):
    for _ in range(3):
        assert list(islice(tries(asked, WRONG), 2)) == [False] * 2
        assert links.try_birth_date(asked, RIGHT, now=MONDAY)


def test_patience_is_not_enough_ten_wrong_ones_end_the_day(asked):
    moments = [later(minutes=16 * n) for n in range(5)]
    for now in moments:
        list(islice(tries(asked, WRONG, now), 5))
    assert not links.try_birth_date(asked, RIGHT, now=later(hours=12))
    assert links.until_next_try(asked, now=later(hours=12)) == timedelta(hours=12)
    assert links.try_birth_date(asked, RIGHT, now=later(hours=24))


def test_tries_at_one_request_do_not_lock_another(clinic, asked):
    list(islice(tries(asked, WRONG), 5))
    assert links.try_birth_date(clinic.request(), RIGHT, now=MONDAY)


def test_the_session_knows_it_for_thirty_minutes_of_this_request_and_link_only(clinic, asked):
    session, other = SessionStore(), clinic.request()
    session.create()
    before = session.session_key
    links.remember_birth_date(session, asked, now=MONDAY)
    assert session.session_key != before
    assert links.birth_date_known(session, asked, now=later(minutes=29))
    assert not links.birth_date_known(session, asked, now=later(minutes=30))
    assert not links.birth_date_known(session, other, now=MONDAY)
    asked.link_version += 1
    assert not links.birth_date_known(session, asked, now=MONDAY)


def test_a_session_keeps_two_requests_apart_and_drops_what_has_run_out(clinic, asked):
    session, other = SessionStore(), clinic.request()
    session["answers"] = "of a request being filled in"
    links.remember_birth_date(session, asked, now=MONDAY)
    links.remember_birth_date(session, other, now=later(minutes=20))
    assert links.birth_date_known(session, asked, now=later(minutes=25))
    links.remember_birth_date(session, other, now=later(minutes=40))
    assert len(session[links.KNOWN]) == 1
    assert session["answers"]
