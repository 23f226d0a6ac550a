"""Wrong passwords: ten lock a name from one address, fifty in an hour slow it everywhere, and nobody else notices."""

import multiprocessing
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone

from booking.notifications import outbox
from clinic.accounts.sign_in.attempts import Tries
from clinic.models import RateLimitCounter, StaffMessage
from tests.clinic.accounts.signing_in import PASSWORD, is_in
from tests.pages import words

TOO_OFTEN = "Too many wrong tries. Wait 15 minutes, then try again, or ask your manager."


@pytest.fixture
def hashes(monkeypatch):
    """Counts the passwords that were hashed."""
    counted = Counter()
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: counted.update(all=1) or encode(*given))
    return counted


def wrong(post, times, **more):
    return [post(password="wrong", **more) for _ in range(times)]


def test_ten_wrong_passwords_lock_the_name_from_that_address(client, post, rosa):
    answers = wrong(post, 10)
    assert "Please enter the correct username and password" in words(answers[-1])
    assert TOO_OFTEN in words(post())
    assert not is_in(client)


def test_the_lock_ends_15_minutes_after_the_tenth(client, post, rosa, at):
    wrong(post, 9)
    at("2026-11-23 10:15")
    wrong(post, 1)
    at("2026-11-23 10:29")
    assert "Wait 1 minute, then" in words(post())
    at("2026-11-23 10:30")
    post()
    assert is_in(client)


def test_nothing_is_hashed_beyond_the_limit(post, rosa, hashes):
    wrong(post, 10)
    before = hashes["all"]
    wrong(post, 5)
    assert hashes["all"] == before


@pytest.mark.parametrize(("proxies", "behind"), [(0, ""), (1, ", 203.0.113.9"), (2, ", 203.0.113.9, 10.0.0.2")])
def test_a_forged_address_lifts_no_lock(client, rosa, settings, proxies, behind):
    def sign_in(password, forged):
        data = {"username": "rosa", "password": password}
        return client.post("/admin/login/", data, HTTP_X_FORWARDED_FOR=f"{forged}{behind}")

    settings.TRUSTED_PROXIES = proxies
    for n in range(10):
        sign_in("wrong", f"198.51.100.{n}")
    assert "Too many wrong tries." in words(sign_in(PASSWORD, "198.51.100.99"))
    behind = behind.replace("203.0.113.9", "203.0.113.77")
    sign_in(PASSWORD, "198.51.100.99")
    assert is_in(client) == (proxies > 0)


def test_another_address_and_another_name_are_unaffected(client, post, rosa, make_user):
    make_user("dmitri")
    wrong(post, 12)
    post("dmitri")
    assert is_in(client)
    client.logout()
    post(address="198.51.100.7")
    assert is_in(client)


def test_a_right_password_starts_the_count_again(client, post, rosa):
    for _ in range(3):
        wrong(post, 9)
        post()
        assert is_in(client)
        client.logout()


def test_a_name_is_the_same_in_any_case(post, rosa):
    wrong(post, 5)
    wrong(post, 5, name="ROSA ")
    assert TOO_OFTEN in words(post())


def test_known_and_unknown_names_read_the_same_and_cost_the_same(post, rosa, hashes):
    for password in ("wrong", "too often"):
        answers, costs = [], []
        for name in ("rosa", "nobody"):
            hashes.clear()
            answers.append([words(post(name, password)) for _ in range(6)])
            costs.append(hashes["all"])
        assert answers[0] == answers[1]
        assert costs[0] == costs[1]


def test_fifty_wrong_passwords_in_an_hour_slow_the_name_everywhere(client, post, rosa):
    for place in range(50):
        wrong(post, 1, address=f"192.0.2.{place}")
    assert "Please enter the correct" in words(wrong(post, 1, address="198.51.100.1")[0])
    assert "Wait 1 minute, then" in words(wrong(post, 1, address="198.51.100.2")[0])
    assert "Wait 1 minute, then" in words(post(address="198.51.100.3"))


def test_where_somebody_signed_in_before_their_name_is_not_slow(client, post, rosa, at):
    post(address="203.0.113.5")
    client.logout()
    now = at("2026-11-24 09:00")
    for place in range(55):
        Tries("password", "rosa", f"192.0.2.{place}").wait(now=now)
    post(address="203.0.113.5")
    assert is_in(client)


def test_a_slow_name_is_tried_once_a_minute(post, rosa, at):
    now = at("2026-11-23 10:10")
    for place in range(52):
        Tries("password", "rosa", f"192.0.2.{place}").wait(now=now)
    at("2026-11-23 10:11")
    assert "Please enter the correct" in words(wrong(post, 1, address="198.51.100.1")[0])
    assert "Wait 1 minute" in words(wrong(post, 1, address="198.51.100.2")[0])


def test_signing_in_often_is_no_attack(client, post, rosa):
    for place in range(60):
        post(address=f"192.0.2.{place}")
        assert is_in(client)
        client.logout()


def test_the_manager_is_told_once_an_hour_and_not_of_a_name_that_is_nobodys(make_user, at, mailoutbox):
    make_user("imani", "Manager", email="imani@example.org")
    make_user("rosa")
    now = at("2026-11-23 10:10")
    for name in ("rosa", "nobody"):
        for place in range(70):
            Tries("password", name, f"192.0.2.{place}").wait(now=now)
    assert StaffMessage.objects.get().about.username == "rosa"
    outbox.deliver_due(clock=timezone.now, rows=StaffMessage.objects.all())
    assert [mail.to for mail in mailoutbox] == [["imani@example.org"]]
    assert "rosa" not in mailoutbox[0].subject
    assert "username rosa" in mailoutbox[0].body


def test_the_counters_hold_neither_name_nor_address(post, rosa):
    wrong(post, 10)
    assert not [row for row in RateLimitCounter.objects.all() if "rosa" in row.key or "192" in row.key]


def try_many(start, answers):
    connection.close()
    start.wait(timeout=20)
    client, outcomes = Client(), Counter()
    for _ in range(8):
        answer = client.post("/admin/login/", {"username": "rosa", "password": "wrong"})
        outcomes["refused" if "Too many wrong tries" in answer.content.decode() else "hashed"] += 1
    answers.put(outcomes)


@pytest.mark.django_db(transaction=True)
def test_four_processes_at_once_get_exactly_ten_tries(rosa):
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    children = [fork.Process(target=try_many, args=(start, answers)) for _ in range(4)]
    for child in children:
        child.start()
    outcomes = sum((answers.get(timeout=60) for _ in children), Counter())
    for child in children:
        child.join()
    assert outcomes == {"hashed": 10, "refused": 22}


@pytest.mark.django_db
def test_a_lock_is_as_long_as_the_setting_says(settings, at):
    settings.SIGN_IN_TRIES, settings.SIGN_IN_LOCK_MINUTES = 2, 60
    now, tries = at("2026-11-23 10:10"), Tries("password", "rosa", "192.0.2.1")
    assert [tries.wait(now=now) for _ in range(2)] == [timedelta(0)] * 2
    assert tries.wait(now=now) == timedelta(hours=1)
