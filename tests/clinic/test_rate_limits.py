"""Counters that stay exact when many processes count at the same moment."""

import multiprocessing
from datetime import timedelta

import pytest
from django.db import connection

from clinic import rate_limits
from clinic.models import RateLimitCounter
from tests.builders import MONDAY, later

WINDOW = timedelta(minutes=15)


def hit(key="a door", limit=3, now=MONDAY):
    return rate_limits.hit(key, limit=limit, window=WINDOW, now=now)


@pytest.mark.django_db
def test_hits_within_the_limit_pass_and_more_do_not():
    assert [hit() for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_each_key_is_counted_separately():
    assert all(hit() for _ in range(3))
    assert hit("another door")


@pytest.mark.django_db
def test_the_window_starts_with_the_first_hit_and_refused_hits_do_not_extend_it():
    hit()
    assert [hit(now=later(minutes=14)) for _ in range(3)] == [True, True, False]
    assert rate_limits.wait("a door", limit=3, now=later(minutes=14)) == timedelta(minutes=1)
    assert hit(now=later(minutes=15))
    assert rate_limits.wait("a door", limit=3, now=later(minutes=15)) == timedelta(0)
    assert rate_limits.wait("a door", limit=1, now=later(minutes=30)) == timedelta(0)  # at the limit, and above it


@pytest.mark.django_db
def test_asking_for_the_wait_counts_nothing():
    for _ in range(9):
        assert rate_limits.wait("a door", limit=1, now=MONDAY) == timedelta(0)
    assert hit(limit=1)


@pytest.mark.django_db
def test_several_limits_stop_at_the_first_that_is_exceeded():
    counts = [
        rate_limits.RateLimit("from one place", 2, WINDOW),
        rate_limits.RateLimit("of one thing", 9, timedelta(days=1)),
    ]
    waits = [rate_limits.hit_all(counts, now=MONDAY) for _ in range(4)]
    assert waits == [timedelta(0), timedelta(0), WINDOW, WINDOW]
    assert sorted(RateLimitCounter.objects.values_list("n", flat=True)) == [2, 4]


@pytest.mark.django_db
def test_several_keys_are_counted_in_one_statement(django_assert_num_queries):
    hour, day = (rate_limits.RateLimit(name, 9, WINDOW) for name in ("in an hour", "in a day"))
    hit("in a day")
    with django_assert_num_queries(1):
        assert rate_limits.count(hour, day, now=MONDAY) == [1, 2]
    assert rate_limits.count(day, hour, now=MONDAY) == [3, 2]


@pytest.mark.django_db
def test_a_forgotten_key_starts_again():
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
def test_neither_a_value_nor_a_reproducible_hash_is_stored(settings):
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
def test_four_simultaneous_processes_get_exactly_the_limit():
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
