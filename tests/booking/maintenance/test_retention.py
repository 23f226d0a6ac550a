"""What is past its limit goes everywhere, by itself; what is not, and a stub of what is, stays."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command

from booking import lifecycle
from booking.maintenance import free_pages, integrity, retention
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.notifications import outbox
from clinic import rate_limits
from clinic.models import RateLimitCounter, StaffMessage
from tests.booking.records.canaries import dump, fill, found_in
from tests.builders import MONDAY, later, make_clerk

pytestmark = pytest.mark.django_db


def a_day(job, now):
    """All parts of the table: the rounds of 24 hours."""
    return sum(job(now=now + timedelta(hours=hour)) for hour in range(24))


@pytest.fixture
def ended(clinic, by):
    """One person for each way to end, and the setting that says for how long they are kept."""
    how = {"by": by, "now": MONDAY}
    day = iter(range(1, 20))

    def asked(name):
        return clinic.appointment_request(patient={"name": name})

    def booked(name):
        slot = clinic.slot(day=20, month=11, hour=9 + next(day) % 7)
        return clinic.appointment(slot, now=later(days=-10), patient={"name": name})

    lifecycle.decline(asked("Declined").pk, "other", "Call us.", **how)
    lifecycle.withdraw(asked("Withdrawn").pk, **how)
    lifecycle.close(asked("Closed").pk, "Not reached.", **how)
    lifecycle.no_show(booked("No-show").pk, **how)
    lifecycle.cancel(clinic.appointment(clinic.slot(), patient={"name": "Canceled"}).pk, "patient", **how)
    seen = booked("Seen")
    lifecycle.check_in(seen.pk, by=by, now=seen.starts_at)
    lifecycle.fulfil(seen.pk, by=by, now=seen.starts_at)
    booked("Never marked")
    asked("Waiting")
    lifecycle.waitlist(asked("On the list").pk, **how)
    unbooked, missed, came = ("UNBOOKED_KEPT_DAYS", "MISSED_KEPT_DAYS", "SEEN_KEPT_DAYS")
    return {
        "Declined": unbooked, "Withdrawn": unbooked, "Closed": unbooked, "No-show": missed, "Canceled": missed,
        "Seen": came, "Never marked": came, "Waiting": None, "On the list": None,
    }  # fmt: skip


def left():
    return set(Patient.objects.filter(erased_at=None).values_list("name", flat=True))


def test_each_end_has_its_limit_and_what_is_open_is_kept_until_we_answer(ended, settings):
    settings.UNBOOKED_KEPT_DAYS, settings.MISSED_KEPT_DAYS, settings.SEEN_KEPT_DAYS = 100, 200, 300
    for days, gone in [
        (98, "nothing"),
        (115, "UNBOOKED_KEPT_DAYS"),
        (215, "MISSED_KEPT_DAYS"),
        (315, "SEEN_KEPT_DAYS"),
    ]:
        before = left()
        erased = a_day(retention.people, later(days=days))
        assert before - left() == {name for name, setting in ended.items() if setting == gone}, days
        assert erased == len(before - left())
    assert left() == {"Waiting", "On the list"}
    assert list(integrity.findings()) == []


@pytest.mark.parametrize("days", [0, -1])
def test_zero_and_a_limit_that_was_mistyped_keep_for_ever(ended, settings, days):
    settings.UNBOOKED_KEPT_DAYS = settings.MISSED_KEPT_DAYS = settings.SEEN_KEPT_DAYS = days
    settings.MESSAGE_TEXTS_KEPT_DAYS = settings.CALL_NOTES_KEPT_DAYS = days
    Event.objects.filter(verb="decline").update(verb="log_call", note="Called.")
    Message.objects.update(sent_at=MONDAY, sent_copy="A text")
    for job in (retention.people, retention.message_texts, retention.call_notes):
        assert a_day(job, later(days=20_000)) == 0


def test_a_call_or_a_note_later_on_counts_as_something_that_happened(clinic, by, settings):
    settings.UNBOOKED_KEPT_DAYS = 100
    asked = clinic.appointment_request()
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    lifecycle.add_note(asked.pk, "She called again.", by=by, now=later(days=50))
    assert a_day(retention.people, later(days=140)) == 0
    assert a_day(retention.people, later(days=155)) == 1


def test_what_is_past_its_limit_is_gone_everywhere_and_the_stub_stays(ended, settings):
    values = [pair for patient in Patient.objects.filter(name__in=["Declined", "Seen"]) for pair in fill(patient)]
    counts = [model.objects.count() for model in (Patient, AppointmentRequest, Appointment, Event, Message)]
    a_day(retention.people, later(days=20_000))
    after = dump()
    assert [column for column, value in values if found_in(after, value)] == []
    assert counts == [model.objects.count() for model in (Patient, AppointmentRequest, Appointment, Event, Message)]


def test_a_round_looks_at_one_part_erases_a_limited_number_and_asks_a_fixed_number_of_questions(
    clinic, by, settings, monkeypatch, django_assert_num_queries
):
    for n in range(5):
        asked = clinic.appointment_request(patient={"name": f"Person {n}"})
        lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    size = Patient.objects.latest("pk").pk // retention.PARTS + 1  # keys of earlier tests are not used again
    parts = Counter(pk // size for pk in Patient.objects.values_list("pk", flat=True))
    rounds = [retention.people(now=later(days=500).replace(hour=hour)) for hour in range(24)]
    assert rounds == [parts[hour] for hour in range(24)]
    assert sum(rounds) == 5
    Patient.objects.update(erased_at=None, email="june@example.org")
    monkeypatch.setattr(retention, "PARTS", 1)
    monkeypatch.setattr(retention, "MOST_ERASED", 2)
    midnight = later(days=500).replace(hour=0)
    assert [retention.people(now=midnight) for _round in range(4)] == [2, 2, 1, 0]
    with django_assert_num_queries(6):
        assert retention.people(now=midnight) == 0


def test_texts_of_emails_and_notes_of_calls_have_limits_of_their_own(clinic, by, settings, mailoutbox, monkeypatch):
    settings.MESSAGE_TEXTS_KEPT_DAYS, settings.CALL_NOTES_KEPT_DAYS = 100, 200
    asked = clinic.appointment_request()
    lifecycle.log_call(asked.pk, "voicemail", by=by, now=MONDAY, note="Called.")
    lifecycle.add_note(asked.pk, "A note.", by=by, now=MONDAY)
    StaffMessage.objects.create(kind="news", status="sent", due_at=MONDAY, sent_at=MONDAY, sent_copy="To the desk")
    outbox.deliver_due(clock=lambda: MONDAY)
    texts = Message.objects.filter(status="sent").exclude(sent_copy="")
    notes = Event.objects.exclude(note="").values_list("verb", flat=True)
    assert (texts.count(), set(notes)) == (1, {"log_call", "add_note"})
    assert a_day(retention.message_texts, later(days=98)) == a_day(retention.call_notes, later(days=198)) == 0
    assert a_day(retention.message_texts, later(days=101)) == 2
    assert a_day(retention.call_notes, later(days=201)) == 1
    assert (texts.count(), list(notes.all()), Message.objects.get().status) == (0, ["add_note"], "sent")
    Event.objects.update(verb="log_call", note="Called.")
    monkeypatch.setattr(retention, "MOST_TEXTS", 2)
    assert retention.call_notes(now=later(days=300)) <= 2


def test_half_filled_forms_and_counters_are_gone_after_their_time(client, clinic, settings, at):
    client.get("/request/")
    store = SessionStore()
    store["flows"] = {"a": "zqcanary"}
    store.save()
    rate_limits.hit("somebody", limit=1, window=timedelta(minutes=15), now=MONDAY)
    at("2026-11-24 10:04")
    retention.sessions(now=later(hours=23))
    assert Session.objects.filter(session_key=store.session_key).exists()
    at("2026-11-24 10:06")
    retention.sessions(now=later(hours=25))
    retention.counters(now=later(hours=25))
    assert (Session.objects.count(), RateLimitCounter.objects.count()) == (0, 0)


def test_the_worker_does_it_all(ended, settings, monkeypatch):
    monkeypatch.setattr(free_pages, "wipe", lambda: 0)  # impossible inside the transaction of a test
    monkeypatch.setattr(retention, "PARTS", 1)
    make_clerk()
    settings.UNBOOKED_KEPT_DAYS = 1
    monkeypatch.setattr("django.utils.timezone.now", lambda: later(days=30).replace(hour=0))
    call_command("run_worker", "--once")
    assert left() & {"Declined", "Withdrawn", "Closed"} == set()
