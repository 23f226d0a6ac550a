"""Counters that are exact also when many processes count at one moment."""

import multiprocessing
from datetime import timedelta

import pytest
from django.db import connection

from booking import rate_limits
from booking.models import RateLimitCounter
from tests.builders import MONDAY, later

WINDOW = timedelta(minutes=15)


def hit(key="a door", limit=3, now=MONDAY):
    return rate_limits.hit(key, limit=limit, window=WINDOW, now=now)


@pytest.mark.django_db
def test_within_the_limit_and_then_no_more():
    assert [hit() for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_each_key_is_counted_by_itself():
    assert all(hit() for _ in range(3))
    assert hit("another door")


@pytest.mark.django_db
def test_the_window_begins_with_the_first_and_is_not_made_longer_by_those_refused():
    hit()
    assert [hit(now=later(minutes=14)) for _ in range(3)] == [True, True, False]
    assert rate_limits.wait("a door", limit=3, now=later(minutes=14)) == timedelta(minutes=1)
    assert hit(now=later(minutes=15))
    assert rate_limits.wait("a door", limit=3, now=later(minutes=15)) == timedelta(0)
    assert rate_limits.wait("a door", limit=1, now=later(minutes=30)) == timedelta(0)  # full, and over


@pytest.mark.django_db
def test_to_ask_how_long_counts_nothing():
    for _ in range(9):
        assert rate_limits.wait("a door", limit=1, now=MONDAY) == timedelta(0)
    assert hit(limit=1)


@pytest.mark.django_db
def test_several_limits_stop_at_the_first_that_is_full():
    counts = [
        rate_limits.RateLimit("from one place", 2, WINDOW),
        rate_limits.RateLimit("of one thing", 9, timedelta(days=1)),
    ]
    waits = [rate_limits.hit_all(counts, now=MONDAY) for _ in range(4)]
    assert waits == [timedelta(0), timedelta(0), WINDOW, WINDOW]
    assert sorted(RateLimitCounter.objects.values_list("n", flat=True)) == [2, 4]


@pytest.mark.django_db
def test_what_is_forgotten_begins_again():
    for _ in range(4):
        hit()
    rate_limits.forget("a door")
    assert hit()


@pytest.mark.django_db
def test_only_windows_that_have_passed_are_cleared():
    hit("old")
    hit("new", now=later(minutes=10))
    assert rate_limits.clear_old(now=later(minutes=15)) == 1
    assert not hit("new", limit=1, now=later(minutes=16))


@pytest.mark.django_db
def test_no_value_is_stored_nor_a_hash_that_anyone_could_make(settings):
    hit("june@example.org")
    kept = RateLimitCounter.objects.get().key
    settings.SECRET_KEY = "another " * 9
    hit("june@example.org")
    assert "june" not in kept
    assert len(kept) == 64
    assert RateLimitCounter.objects.exclude(key=kept).count() == 1


def count_many(start, answers):
    connection.close()
    start.wait(timeout=20)
    answers.put(sum(hit(limit=20) for _ in range(25)))


@pytest.mark.django_db(transaction=True)
def test_four_processes_together_get_exactly_the_limit():
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    children = [fork.Process(target=count_many, args=(start, answers)) for _ in range(4)]
    for child in children:
        child.start()
    granted = [answers.get(timeout=30) for _ in children]
    for child in children:
        child.join()
    assert sum(granted) == 20
    assert RateLimitCounter.objects.get().n == 100
