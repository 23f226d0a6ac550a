"""“To call” says what to offer and takes each outcome; two presses are one call, and tries close together one try."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Message
from booking.scheduling.call_times import next_tries
from tests.builders import assert_sound, later, local, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
QUEUE = "/admin/desk/"
UNTIL = local(2026, 11, 25, 17)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def june(clinic):
    return clinic.appointment_request(patient={"email": ""})


@pytest.fixture
def declined(june, by):
    lifecycle.decline(june.pk, "other", "Call us.", by=by, now=later())
    return Message.objects.get(status="to_call")


def to_call(client, **query):
    return words(client.get(QUEUE, {"view": "to-call"} | query))


def log(client, message, outcome, **data):
    return client.post(reverse("desk:call_about", args=[message.pk]), {"outcome": outcome} | data, follow=True)


def attempts(request):
    request.refresh_from_db()
    return request.attempts


# -- on the list


def test_the_offered_times_are_said(client, clinic, rosa, june, by):
    slots = [clinic.slot(day=8), clinic.slot(day=9, hour=11)]
    lifecycle.offer(june.pk, slots, UNTIL, by=by, now=later())
    page = to_call(client)
    for said in ("Tue, Dec 8, 9:00 AM", "Wed, Dec 9, 11:00 AM", "Dr. Mara Ellison, MD, Pier Street office"):
        assert said in page


def test_one_that_is_not_held_any_more_is_not_offered(client, clinic, rosa, june, by, at):
    lifecycle.offer(june.pk, [clinic.slot(day=8)], UNTIL, by=by, now=later())
    at("2026-11-25 17:00")
    client.force_login(rosa)
    assert "Tue, Dec 8, 9:00 AM" not in to_call(client)


@pytest.mark.parametrize(
    ("outcome", "said", "is_told"),
    [
        ("no_answer", "1 try, not reached today, 10:05 AM: No answer, Rosa", False),
        ("voicemail", "1 try, not reached today, 10:05 AM: Left message, Rosa", False),
        ("wrong_number", "1 try, not reached today, 10:05 AM: Wrong number, Rosa", False),
        ("reached", "No one to call", True),
    ],
)
def test_each_outcome_is_logged_there(client, rosa, june, declined, outcome, said, is_told):
    assert said in words(log(client, declined, outcome))
    declined.refresh_from_db()
    assert declined.status == ("notified" if is_told else "to_call")
    assert june.events.get(verb="log_call").reason == outcome


def test_the_next_try_is_chosen_there(client, rosa, june, declined):
    moment = next_tries(june, now=later())[1]
    code = int(moment.timestamp()) // 60
    page = words(log(client, declined, "no_answer", **{f"next_try_{declined.pk}": code}))
    june.refresh_from_db()
    assert june.next_try_at == moment
    assert "next try" in page


def test_a_next_try_that_has_passed_is_not_shown(client, rosa, june, declined, at):
    page = words(log(client, declined, "no_answer"))
    assert "next try today, 11:30 AM" in page
    assert "Those to try again later come last." in page
    at("2026-11-23 11:30")
    client.force_login(rosa)
    assert "next try" not in to_call(client)


@pytest.mark.parametrize("outcome", ["", "shouted", "x" * 50])
def test_another_outcome_is_refused(client, rosa, june, declined, outcome):
    assert "Choose a call outcome." in words(log(client, declined, outcome))
    assert not june.events.filter(verb="log_call").exists()


def test_without_anything_to_tell_an_answered_request_takes_no_call(client, rosa, june, declined):
    log(client, declined, "reached")
    assert "This request has already been answered." in words(log(client, declined, "voicemail"))


# -- what is said afterwards


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("no_answer", "Logged “No answer” for June Demo. Next try today, 11:30 AM."),
        ("voicemail", "Logged “Left message” for June Demo. Next try today, 11:30 AM."),
        ("wrong_number", "Logged “Wrong number” for June Demo."),
        ("reached", "Logged “Reached and told” for June Demo."),
    ],
)
def test_what_was_logged_is_said_with_the_next_try(client, rosa, june, declined, outcome, said):
    assert said in words(log(client, declined, outcome))


def test_it_is_said_on_the_request_and_on_the_persons_page_too(client, rosa, june):
    said = "Logged “No answer” for June Demo. Next try today, 11:30 AM."
    paths = [
        reverse("desk:log_call", args=[june.reference]),
        reverse("desk:call_patient", args=[june.patient.random_id]),
    ]
    for path in paths:
        assert said in words(client.post(path, {"outcome": "no_answer", "again": "1"}, follow=True)), path


LINKED = re.compile(r'class="notice notice--ok"(?:(?!</p>).)*<a href="([^"]+)">([^<]+)</a>', re.DOTALL)


def _new_time(clinic, by, *slots):
    off = clinic.appointment(patient={"email": ""})
    offering = lifecycle.NewTimes(slots, UNTIL)
    looking = lifecycle.mark_needs_rebooking(off.pk, by=by, now=later(), offering=offering)
    return reverse("desk:request", args=[looking.reference])


def looking(clinic, by):
    return _new_time(clinic, by), "Still needs a new time"


def offered(clinic, by):
    return _new_time(clinic, by, clinic.slot(day=8)), "Still has times to choose from: record the answer"


def canceled(clinic, by):
    lost = clinic.appointment(patient={"email": ""})
    lifecycle.cancel(lost.pk, "clinic", by=by, now=later())
    return reverse("desk:next_appointment", args=[lost.pk]), "Book another time"


@pytest.mark.parametrize("way", ["call_about", "mark_notified"])
@pytest.mark.parametrize("story", [looking, offered, canceled])
def test_who_was_told_not_to_come_is_led_to_a_new_time(client, clinic, rosa, by, story, way):
    wanted = story(clinic, by)
    message = Message.objects.get(status="to_call")
    page = client.post(reverse(f"desk:{way}", args=[message.pk]), {"outcome": "reached"}, follow=True)
    assert LINKED.search(page.text).groups() == wanted


def test_nothing_is_next_for_who_was_told_the_answer(client, rosa, june, declined):
    assert not LINKED.search(log(client, declined, "reached").text)


# -- one press or two calls


def test_a_second_no_answer_within_a_minute_asks_on_the_list(client, rosa, june, declined):
    log(client, declined, "no_answer")
    page = words(log(client, declined, "no_answer"))
    assert "“No answer” was logged less than a minute ago." in page
    assert "I called again" in page
    assert june.events.filter(verb="log_call").count() == 1
    log(client, declined, "no_answer", again="1")
    assert june.events.filter(verb="log_call").count() == 2


def test_a_second_no_answer_within_a_minute_asks_on_the_request(client, rosa, june):
    path = reverse("desk:log_call", args=[june.reference])
    client.post(path, {"outcome": "no_answer"})
    page = client.post(path, {"outcome": "no_answer"})
    assert page.status_code == 409
    assert "I called again" in words(page)


@pytest.mark.parametrize(("seconds", "asks"), [(0, True), (30, True), (59, True), (60, False), (300, False)])
@pytest.mark.parametrize("same_clerk", [True, False])
def test_it_asks_for_one_minute_whoever_calls(clinic, june, by, seconds, asks, same_clerk):
    other = by if same_clerk else lifecycle.staff(make_clerk(role=None))
    lifecycle.log_call(june.pk, "no_answer", by=by, now=later())
    if asks:
        with pytest.raises(lifecycle.LoggedJustNow):
            lifecycle.log_call(june.pk, "no_answer", by=other, now=later(seconds=seconds))
    else:
        lifecycle.log_call(june.pk, "no_answer", by=other, now=later(seconds=seconds))


@pytest.mark.parametrize("second", ["voicemail", "reached", "wrong_number"])
def test_another_outcome_within_a_minute_does_not_ask(clinic, june, by, second):
    lifecycle.log_call(june.pk, "no_answer", by=by, now=later())
    lifecycle.log_call(june.pk, second, by=by, now=later(seconds=20))
    logged = june.events.filter(verb="log_call").order_by("pk").values_list("reason", flat=True)
    assert list(logged) == ["no_answer", second]


# -- three tries


@pytest.mark.parametrize(
    ("minutes", "counted"),
    [
        ([0], 1),
        ([0, 5], 1),
        ([0, 29], 1),
        ([0, 30], 2),
        ([0, 20, 40], 2),  # half an hour from the try that counted
        ([0, 10, 20, 29], 1),
        ([0, 45, 90], 3),
        ([0, 31, 50, 62], 3),
    ],
)
def test_tries_within_half_an_hour_count_as_one(clinic, june, by, minutes, counted):
    for minute in minutes:
        lifecycle.log_call(june.pk, "voicemail", by=by, now=later(minutes=minute))
    assert attempts(june) == counted
    assert june.events.filter(verb="log_call").count() == len(minutes)


def test_after_the_patient_was_reached_the_next_try_counts_anew(clinic, june, by):
    for minute, outcome in ((0, "voicemail"), (5, "reached"), (10, "no_answer")):
        lifecycle.log_call(june.pk, outcome, by=by, now=later(minutes=minute))
    assert attempts(june) == 1


@pytest.mark.parametrize(("tries", "number"), [(2, 0), (3, 1), (4, 1)])
def test_three_tries_without_an_answer_are_a_view(client, clinic, rosa, june, by, tries, number):
    for n in range(tries):
        lifecycle.log_call(june.pk, "no_answer", by=by, now=later() + n * timedelta(hours=1))
    page = words(client.get(QUEUE, {"view": "not-reached"}))
    assert f"3 tries, not reached {number}" in page
    assert (str(june) in page) == bool(number)
