"""Reminders: seven days and one day before, each once, merged by patient and day, true when they are sent."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from booking import lifecycle
from booking.models import Message
from booking.notifications import outbox, reminders
from clinic import practice_info
from clinic.models import Practice
from tests.booking.lifecycle.race import ends, race
from tests.builders import later, local, make_clerk, make_practitioner

pytestmark = pytest.mark.django_db
WEEK_BEFORE, DAY_BEFORE = local(2026, 12, 1, 10), local(2026, 12, 7, 10)  # of Tuesday, December 8


@pytest.fixture
def appointment(clinic):
    return clinic.appointment(clinic.slot(day=8))


def deliver(now):
    return outbox.deliver_due(clock=lambda: now)


def sent_reminders(mailoutbox):
    return [mail.body for mail in mailoutbox if mail.subject.startswith("Reminder: your appointment on ")]


def waiting():
    return list(Message.objects.filter(kind="reminder").order_by("pk").values_list("status", flat=True))


def test_an_appointment_is_reminded_of_seven_days_and_one_day_before_at_ten(appointment, mailoutbox):
    for moment, written in [(later(days=1), 0), (WEEK_BEFORE, 1), (DAY_BEFORE, 1)]:
        assert reminders.write(now=moment - timezone.timedelta(minutes=1)) == 0
        assert reminders.write(now=moment) == written
        deliver(moment)
    assert len(sent_reminders(mailoutbox)) == 2
    assert "Tuesday, December 8, 9:00 am Eastern Time" in sent_reminders(mailoutbox)[0]


@pytest.mark.parametrize(("first", "last", "number"), [(7, 0, 1), (0, 0, 0), (3, 2, 2), (1, 1, 1)])
def test_the_practice_says_when(appointment, first, last, number):
    Practice.objects.update(first_reminder_days=first, last_reminder_days=last)
    practice_info.forget()
    days = [local(2026, 12, day, 11) for day in range(1, 8)]
    assert sum(reminders.write(now=now) for now in days) == number


def test_one_who_was_just_given_the_time_is_not_reminded_of_it(clinic):
    clinic.appointment(clinic.slot(day=8), now=local(2026, 12, 1, 15))
    assert reminders.write(now=local(2026, 12, 1, 16)) == 0
    assert reminders.write(now=DAY_BEFORE) == 1


def test_after_a_downtime_only_the_nearest_one_is_sent(appointment):
    assert reminders.write(now=local(2026, 12, 7, 22)) == 1
    assert Message.objects.get(kind="reminder").dedupe_key.endswith(" 1")


def test_nothing_is_reminded_of_once_it_has_begun(appointment):
    assert reminders.write(now=appointment.starts_at) == 0


def test_two_appointments_of_one_patient_on_one_day_share_a_reminder(clinic, appointment, mailoutbox):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    by = lifecycle.staff(make_clerk(role=None), "phone")
    draft = clinic.draft()
    draft.known = appointment.appointment_request.patient_id
    slot = clinic.slot(day=8, hour=13, practitioner=other)
    lifecycle.book(draft, slot, by=by, now=later())
    assert reminders.write(now=DAY_BEFORE) == 1
    deliver(DAY_BEFORE)
    [body] = sent_reminders(mailoutbox)
    assert "These are your appointments that day:" in body
    assert [clock in body for clock in ("9:00 am", "1:00 pm", "8:45 am")] == [True] * 3


def test_two_patients_of_one_day_are_reminded_one_by_one(clinic, appointment):
    clinic.appointment(clinic.slot(day=8, hour=11))
    assert reminders.write(now=DAY_BEFORE) == 2


def test_a_cancelled_appointment_is_not_reminded_of_not_even_when_the_reminder_waits_already(appointment, mailoutbox):
    reminders.write(now=DAY_BEFORE)
    claimed = outbox.claim(now=DAY_BEFORE)
    while claimed.kind != "reminder":
        claimed = outbox.claim(now=DAY_BEFORE)
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(make_clerk()), now=DAY_BEFORE)
    assert outbox.deliver(claimed, outbox.Post(), now=DAY_BEFORE) == "superseded"
    assert sent_reminders(mailoutbox) == []
    assert reminders.write(now=DAY_BEFORE) == 0


def test_a_moved_appointment_is_reminded_of_on_its_new_day_only(clinic, appointment, mailoutbox):
    reminders.write(now=WEEK_BEFORE)
    clerk = lifecycle.staff(make_clerk())
    lifecycle.reschedule(appointment.pk, clinic.slot(day=10), by=clerk, now=WEEK_BEFORE)
    deliver(local(2026, 12, 1, 12))
    assert sent_reminders(mailoutbox) == []
    assert reminders.write(now=local(2026, 12, 7, 12)) == 1  # seven days before, late, of the move of six days ago
    assert reminders.write(now=local(2026, 12, 9, 12)) == 1


def test_a_reminder_that_was_overtaken_waits_again_when_it_is_true_again(clinic, appointment, mailoutbox):
    reminders.write(now=DAY_BEFORE)
    clerk = make_clerk()
    lifecycle.cancel(appointment.pk, "mistake", by=lifecycle.staff(clerk), now=DAY_BEFORE)
    assert waiting() == ["superseded"]
    lifecycle.undo(appointment.events.get(verb="cancel").pk, user=clerk, now=DAY_BEFORE)
    reminders.write(now=DAY_BEFORE)
    assert waiting() == ["queued"]
    deliver(DAY_BEFORE)
    assert len(sent_reminders(mailoutbox)) == 1
    assert reminders.write(now=DAY_BEFORE) == 0


def test_an_appointment_whose_time_we_cannot_keep_is_not_reminded_of(appointment):
    lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(make_clerk()), now=later(days=1))
    assert reminders.write(now=DAY_BEFORE) == 0


def test_without_an_e_mail_a_letter_is_printed_in_time_and_the_day_before_the_desk_calls(clinic):
    clinic.appointment(clinic.slot(day=8), patient={"email": ""})
    reminders.write(now=WEEK_BEFORE)
    reminders.write(now=DAY_BEFORE)
    assert waiting() == ["to_print", "to_call"]


def test_nobody_need_be_called_about_a_day_that_has_passed(clinic):
    clinic.appointment(clinic.slot(day=8), patient={"email": ""})
    reminders.write(now=DAY_BEFORE)
    reminders.write(now=local(2026, 12, 8, 20))
    assert waiting() == ["to_call"]
    reminders.write(now=local(2026, 12, 9, 0, 1))
    assert waiting() == ["superseded"]


def test_the_number_of_queries_does_not_grow_with_the_appointments(clinic, appointment, django_assert_max_num_queries):
    for hour in (11, 13, 15):
        clinic.appointment(clinic.slot(day=8, hour=hour))
    reminders.write(now=DAY_BEFORE)
    with django_assert_max_num_queries(3):
        assert reminders.write(now=DAY_BEFORE) == 0


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_write_at_one_moment_each_reminder_is_written_once(clinic):
    for hour in (9, 11, 13, 15):
        clinic.appointment(clinic.slot(day=8, hour=hour))
    [outcomes] = race(4, lambda *_: reminders.write(now=DAY_BEFORE))
    assert ends(outcomes) == {"done": 4}
    assert sum(outcome.value for outcome in outcomes) == 4
    assert waiting() == ["queued"] * 4


def test_the_worker_reminds_in_its_round(appointment, mailoutbox, at, caplog):
    at("2026-12-07 10:00")
    with caplog.at_level("INFO", logger="booking.management.commands.run_worker"):
        call_command("run_worker", "--once")
    assert len(sent_reminders(mailoutbox)) == 1
    assert "reminders 1" in caplog.text
