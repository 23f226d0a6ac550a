"""The private link: what opens it, what does not, and for how long."""

import re
from datetime import date, timedelta
from itertools import islice

import pytest
from django.contrib.sessions.backends.db import SessionStore

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.notifications import links
from tests.builders import MONDAY, later, make_clerk

pytestmark = pytest.mark.django_db
RIGHT, WRONG = date(1951, 3, 9), date(1950, 3, 9)


def opened(text, now=MONDAY):
    return links.opened(text, now=now)


def test_a_link_opens_its_request_and_no_other(clinic, appointment_request):
    other = clinic.appointment_request()
    assert opened(links.secret(appointment_request)) == appointment_request
    assert opened(links.secret(other)) == other


def test_a_link_has_a_signature_of_256_bits_and_no_sequential_number(appointment_request):
    name, signature = links.secret(appointment_request).split("~")
    assert len(signature) == 43  # 6 bits each
    assert re.fullmatch(r"[A-Z2-9]{10}\.1", name)


def test_nothing_but_the_whole_link_opens_a_request(appointment_request):
    secret = links.secret(appointment_request)
    changed = [secret[:n] + ("A" if secret[n] != "A" else "B") + secret[n + 1 :] for n in range(len(secret))]
    cut = [secret[:n] for n in range(len(secret))]
    odd = [
        "",
        "~",
        "..~",
        "é" * 9,
        "\x00",
        "9" * 4000,
        secret + "A",
        f" {secret}",
        secret.lower(),
        appointment_request.reference,
    ]
    assert [text for text in [*changed, *cut, *odd] if opened(text)] == []


def test_a_signature_made_for_another_purpose_opens_nothing(appointment_request, settings):
    forged = links.Signer(salt="booking.other", sep="~").sign(f"{appointment_request.reference}.1")
    assert opened(forged) is None


def test_raising_the_link_version_invalidates_older_links(appointment_request):
    old = links.secret(appointment_request)
    appointment_request.link_version += 1
    appointment_request.save()
    assert opened(old) is None
    assert opened(links.secret(appointment_request)) == appointment_request


def test_links_survive_a_change_of_the_servers_key_while_the_old_one_is_kept(appointment_request, settings):
    old = links.secret(appointment_request)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new " * 20
    assert links.secret(appointment_request) != old
    assert opened(old) == appointment_request
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(old) is None


def test_good_and_bad_links_take_the_same_number_of_queries(appointment_request, django_assert_num_queries):
    revoked = links.secret(appointment_request)
    AppointmentRequest.objects.update(link_version=2)
    for text in ("nonsense", revoked):
        with django_assert_num_queries(1):
            opened(text)


def test_a_link_to_an_appointment_expires_90_days_after_it_ends(clinic):
    appointment = clinic.appointment()
    secret, end = links.secret(appointment.appointment_request), appointment.ends_at + timedelta(days=90)
    assert opened(secret, end - timedelta(seconds=1))
    assert opened(secret, end) is None


def test_a_link_to_a_canceled_appointment_lasts_as_long(clinic):
    appointment = clinic.appointment()
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=later(hours=1))
    assert opened(links.secret(appointment.appointment_request), appointment.ends_at + timedelta(days=89))
    assert opened(links.secret(appointment.appointment_request), appointment.ends_at + timedelta(days=90)) is None


@pytest.mark.parametrize("how", ["withdraw", "decline"])
def test_a_link_to_a_request_expires_90_days_after_we_closed_it(appointment_request, how):
    assert opened(links.secret(appointment_request), later(days=400))  # not while an answer is due
    if how == "withdraw":
        lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later(days=1))
    else:
        lifecycle.decline(
            appointment_request.pk, "other", "Sorry.", by=lifecycle.staff(make_clerk()), now=later(days=1)
        )
    assert opened(links.secret(appointment_request), later(days=90))
    assert opened(links.secret(appointment_request), later(days=91)) is None


# -- the date of birth


def tries(appointment_request, typed, now=MONDAY):
    while True:
        yield links.try_birth_date(appointment_request, typed, now=now)


def test_after_three_wrong_dates_of_birth_even_the_right_one_must_wait(appointment_request):
    assert list(islice(tries(appointment_request, WRONG), 3)) == [False] * 3
    assert not links.try_birth_date(appointment_request, RIGHT, now=MONDAY)
    assert links.until_next_try(appointment_request, now=later(minutes=5)) == timedelta(minutes=10)
    assert links.try_birth_date(appointment_request, RIGHT, now=later(minutes=15))


def test_the_third_try_may_be_right_and_resets_the_count(appointment_request):
    for _ in range(3):
        assert list(islice(tries(appointment_request, WRONG), 2)) == [False] * 2
        assert links.try_birth_date(appointment_request, RIGHT, now=MONDAY)


def test_ten_wrong_dates_of_birth_block_for_the_rest_of_the_day(appointment_request):
    moments = [later(minutes=16 * n) for n in range(5)]
    for now in moments:
        list(islice(tries(appointment_request, WRONG, now), 5))
    assert not links.try_birth_date(appointment_request, RIGHT, now=later(hours=12))
    assert links.until_next_try(appointment_request, now=later(hours=12)) == timedelta(hours=12)
    assert links.try_birth_date(appointment_request, RIGHT, now=later(hours=24))


def test_tries_at_one_request_do_not_block_another(clinic, appointment_request):
    list(islice(tries(appointment_request, WRONG), 5))
    assert links.try_birth_date(clinic.appointment_request(), RIGHT, now=MONDAY)


def test_the_session_remembers_it_for_thirty_minutes_for_this_request_and_link_only(clinic, appointment_request):
    session, other = SessionStore(), clinic.appointment_request()
    session.create()
    before = session.session_key
    links.remember_birth_date(session, appointment_request, now=MONDAY)
    assert session.session_key != before
    assert links.birth_date_known(session, appointment_request, now=later(minutes=29))
    assert not links.birth_date_known(session, appointment_request, now=later(minutes=30))
    assert not links.birth_date_known(session, other, now=MONDAY)
    appointment_request.link_version += 1
    assert not links.birth_date_known(session, appointment_request, now=MONDAY)


def test_a_session_keeps_two_requests_apart_and_drops_expired_ones(clinic, appointment_request):
    session, other = SessionStore(), clinic.appointment_request()
    session["answers"] = "of a request being filled in"
    links.remember_birth_date(session, appointment_request, now=MONDAY)
    links.remember_birth_date(session, other, now=later(minutes=20))
    assert links.birth_date_known(session, appointment_request, now=later(minutes=25))
    links.remember_birth_date(session, other, now=later(minutes=40))
    assert len(session[links.KNOWN]) == 1
    assert session["answers"]
