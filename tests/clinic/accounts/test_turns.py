"""However many passwords arrive at once, few threads of a process are busy with them."""

import threading

import pytest

from clinic.accounts.sign_in import turns
from tests.pages import words

pytestmark = pytest.mark.once


def test_a_third_from_one_address_is_refused_and_others_are_let_in(monkeypatch):
    monkeypatch.setattr(turns, "_inside", turns.Counter({"192.0.2.1": 2}))
    with pytest.raises(turns.Busy), turns.turn("192.0.2.1"):
        pass
    with turns.turn("198.51.100.7"):
        assert turns._inside["198.51.100.7"] == 1


def test_one_password_is_hashed_at_a_time():
    inside, most = [], []

    def come(address):
        with turns.turn(address):
            inside.append(address)
            most.append(len(inside))
            inside.remove(address)

    threads = [threading.Thread(target=come, args=(f"192.0.2.{place}",)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_not_all_threads_are_taken_by_addresses_however_many(monkeypatch):
    monkeypatch.setattr(turns, "_inside", turns.Counter({f"192.0.2.{place}": 1 for place in range(3)}))
    with pytest.raises(turns.Busy), turns.turn("198.51.100.7"):
        pass


def test_who_left_is_forgotten():
    with turns.turn("192.0.2.1"):
        assert turns._inside == {"192.0.2.1": 1}
    assert turns._inside == {}


def test_the_page_says_that_it_is_busy_and_counts_nothing(monkeypatch, post, rosa):
    monkeypatch.setattr(turns, "AT_ALL", 0)
    assert all("Try again in a few seconds." in words(post(password="wrong")) for _ in range(12))
    monkeypatch.undo()
    assert post()["Location"] == "/admin/"
