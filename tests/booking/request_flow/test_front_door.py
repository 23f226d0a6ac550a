"""Who may send a request: no flood gets in, no patient is kept out, and nothing that was typed is lost."""

import pytest
from django.test import Client

from booking.models import AppointmentRequest, Message
from clinic.models import RateLimitCounter
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.pages import words


@pytest.fixture(autouse=True)
def _clinic(clinic, settings):
    settings.TRUSTED_PROXIES = 1


def ready(address="203.0.113.7", n=0):
    """One person at the last button."""
    you = ANSWERS["you"] | {"name": f"Person Demo{chr(97 + n // 26)}{chr(97 + n % 26)}"}
    walker = Walker(Client(headers={"X-Forwarded-For": f"198.51.100.{n}, {address}"}))
    return walker.ready(you=you)


def sent(address="203.0.113.7", n=0):
    return ready(address, n).send().status_code


def test_an_address_sends_so_many_an_hour_and_others_go_on(settings):
    settings.REQUESTS_PER_ADDRESS_AN_HOUR = 3
    assert [sent(n=n) for n in range(4)] == [302, 302, 302, 429]
    assert sent("203.0.113.8", 5) == 302
    assert AppointmentRequest.objects.count() == 4


def test_the_limit_of_a_day_outlasts_that_of_an_hour(settings, at):
    settings.REQUESTS_PER_ADDRESS_A_DAY = 2
    for hour in (10, 12):
        at(f"2026-11-23 {hour}:05")
        assert sent(n=hour) == 302
    at("2026-11-23 14:05")
    late = ready(n=14).send()
    assert late.status_code == 429
    assert int(late["Retry-After"]) == 20 * 3600 + 1
    assert "Send them in 20 hours" in words(late)


def test_a_network_sends_so_many_an_hour(settings):
    settings.REQUESTS_PER_NETWORK_AN_HOUR = 2
    assert [sent(f"203.0.113.{n}", n) for n in range(3)] == [302, 302, 429]
    assert sent("203.0.114.1", 5) == 302


def test_a_refused_address_does_not_use_up_its_neighbors_limit(settings):
    settings.REQUESTS_PER_ADDRESS_AN_HOUR, settings.REQUESTS_PER_NETWORK_AN_HOUR = 1, 3
    flood = ready()
    assert [flood.send().status_code, sent(n=1), sent(n=2), sent(n=3)] == [302, 429, 429, 429]
    assert sent("203.0.113.8", 5) == 302


def test_a_care_home_of_ten_and_a_family_of_six_meet_no_limit():
    assert [sent(n=n) for n in range(10)] == [302] * 10
    assert [sent("198.51.100.4", n) for n in range(10, 16)] == [302] * 6


def test_whoever_has_to_wait_is_told_how_long_and_whom_to_call_and_keeps_all_answers(settings, at):
    settings.REQUESTS_PER_ADDRESS_AN_HOUR = 1
    sent()
    june = ready(n=1)
    refused = june.send()
    assert refused["Retry-After"] == "3601"
    for said in ("Your request is not sent yet", "Nothing is lost", "(718) 555-0142"):
        assert said in words(refused)
    assert june.url("check") in refused.text
    at("2026-11-23 11:06")
    assert "Person Demoab" in june.get("check").text
    assert june.send()["Location"] == june.url("sent")


def test_opening_pages_and_answering_them_counts_nothing(settings):
    settings.REQUESTS_PER_ADDRESS_AN_HOUR = 1
    for n in range(3):
        assert ready(n=n).get("check").status_code == 200


# -- programs


def test_a_program_that_fills_in_every_field_gets_the_receipt_and_nothing_is_stored(clinic, caplog):
    june = Walker(Client()).ready(clinic.slot())
    answer = june.post("check", {"website": "https://spam.example"})
    receipts = [words(june.client.get(answer["Location"])) for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert not AppointmentRequest.objects.exists()
    assert not Message.objects.exists()
    assert "not kept" in caplog.text
    assert "spam" not in caplog.text

    person = Walker(Client()).ready(clinic.slot())
    real = words(person.client.get(person.send()["Location"]))
    assert without_reference(real) == without_reference(receipts[0])
    assert june.get("check")["Location"] == june.url("sent")


def without_reference(page):
    before, _label, after = page.partition("Your confirmation number ")
    return before, after.split(" ", 1)[1]


def test_what_the_trap_catches_is_counted(settings):
    settings.TRUSTED_PROXIES = 0  # so that the trap's counter is the only one at its number
    for n in range(2):
        ready(n=n).post("check", {"website": "x"})
    ready(n=2).send()
    of_person, of_place_and_all = [1, 1], [3, 3, 3, 3]
    found = sorted(RateLimitCounter.objects.values_list("n", flat=True))
    assert found == [*of_person, 2, *of_place_and_all]


def test_nobody_can_have_read_the_pages_in_a_moment(settings, at):
    settings.SHORTEST_REQUEST_SECONDS = 5
    june = ready()
    page = june.send()
    assert page.status_code == 200
    assert "Nothing is sent yet. Please look over your answers" in words(page)
    assert not AppointmentRequest.objects.exists()
    at("2026-11-23 10:06")
    assert june.send()["Location"] == june.url("sent")


def test_the_limits_cost_four_statements(django_assert_max_num_queries):
    june = ready()
    with django_assert_max_num_queries(100) as spent:
        june.send()
    counting = [query for query in spent.captured_queries if "ratelimitcounter" in query["sql"]]
    assert len(counting) == 4  # of the address, its network, everybody; of the person
