"""Reminders: seven days and one day before, each once, one per patient and day, and true when they are sent."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from booking import lifecycle
from booking.models import Message
from booking.notifications import outbox, reminders
from clinic import practice_info
from clinic.models import Practice
from tests.booking.lifecycle.race import ends, race
from tests.builders import WHY, later, local, make_clerk, make_practitioner

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


def test_reminders_are_due_seven_days_and_one_day_before_at_ten(appointment, mailoutbox):
    for moment, written in [(later(days=1), 0), (WEEK_BEFORE, 1), (DAY_BEFORE, 1)]:
        assert reminders.write(now=moment - timezone.timedelta(minutes=1)) == 0
        assert reminders.write(now=moment) == written
        deliver(moment)
    assert len(sent_reminders(mailoutbox)) == 2
    assert "Tuesday, December 8, 9:00 am Eastern Time" in sent_reminders(mailoutbox)[0]


@pytest.mark.parametrize(("first", "last", "number"), [(7, 0, 1), (0, 0, 0), (3, 2, 2), (1, 1, 1)])
def test_the_practice_chooses_when(appointment, first, last, number):
    Practice.objects.update(first_reminder_days=first, last_reminder_days=last)
    practice_info.forget()
    days = [local(2026, 12, day, 11) for day in range(1, 8)]
    assert sum(reminders.write(now=now) for now in days) == number


def test_an_appointment_made_after_the_reminders_hour_gets_none(clinic):
    clinic.appointment(clinic.slot(day=8), now=local(2026, 12, 1, 15))
    assert reminders.write(now=local(2026, 12, 1, 16)) == 0
    assert reminders.write(now=DAY_BEFORE) == 1


@pytest.mark.parametrize("email", ["june@example.org", ""])
@pytest.mark.parametrize(
    ("reminder", "told", "number"),
    [
        (WEEK_BEFORE, local(2026, 12, 1, 9, 59), 0),  # minutes before the reminder's own hour
        (WEEK_BEFORE, local(2026, 11, 30, 10, 1), 0),
        (WEEK_BEFORE, local(2026, 11, 30, 9, 59), 1),
        (DAY_BEFORE, local(2026, 12, 6, 12), 0),
        (DAY_BEFORE, local(2026, 12, 6, 9), 1),
    ],
)
def test_a_time_that_was_set_or_moved_in_the_day_before_is_not_reminded_of(clinic, by, email, reminder, told, number):
    clinic.appointment(clinic.slot(day=8), now=told, patient={"email": email})
    moved = clinic.appointment(clinic.slot(day=10), patient={"name": "Bo Demo", "email": email})
    lifecycle.reschedule(moved.pk, clinic.slot(day=8, hour=11), by=by, now=told, override=WHY)
    assert reminders.write(now=reminder) == 2 * number
    assert reminders.write(now=reminder + timezone.timedelta(hours=12)) == 0


def test_a_time_that_was_accepted_by_phone_minutes_ago_is_not_reminded_of(clinic, by):
    off = clinic.appointment(clinic.slot(day=3), patient={"email": ""})
    offering = lifecycle.NewTimes((clinic.slot(day=8),), local(2026, 12, 2, 17))
    before = local(2026, 12, 1, 9, 58)
    looking = lifecycle.mark_needs_rebooking(off.pk, by=by, now=before, offering=offering)
    lifecycle.accept_offer(looking.pk, clinic.slot(day=8), by=lifecycle.staff(by.user, "phone"), now=before)
    assert reminders.write(now=WEEK_BEFORE) == 0


def test_who_was_told_by_phone_in_the_last_day_gets_no_reminder(clinic, by):
    request = clinic.appointment_request(patient={"email": ""})
    lifecycle.confirm(request.pk, clinic.slot(day=8), by=by, now=later())
    told = Message.objects.get(kind="confirmed", status="to_call")
    lifecycle.log_call(request.pk, "reached", by=by, now=local(2026, 12, 6, 16), about=told.pk)
    assert reminders.write(now=DAY_BEFORE) == 0


@pytest.mark.parametrize("way", ["log_call", "mark_notified"])
def test_who_is_told_the_time_is_not_called_about_a_reminder_as_well(clinic, by, way):
    request = clinic.appointment_request(patient={"email": ""})
    lifecycle.confirm(request.pk, clinic.slot(day=8), by=by, now=later())
    told = Message.objects.get(kind="confirmed", status="to_call")
    assert reminders.write(now=DAY_BEFORE) == 1
    after = DAY_BEFORE + timezone.timedelta(minutes=5)
    if way == "log_call":
        lifecycle.log_call(request.pk, "reached", by=by, now=after, about=told.pk)
    else:
        lifecycle.mark_notified(told.pk, by=by, now=after)
    assert reminders.write(now=after) == 0
    assert waiting() == ["superseded"]


def test_an_email_of_the_new_time_in_the_last_day_is_enough(appointment):
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=local(2026, 12, 6, 16))
    assert reminders.write(now=DAY_BEFORE) == 0


def test_after_downtime_only_the_nearest_reminder_is_sent(appointment):
    assert reminders.write(now=local(2026, 12, 7, 22)) == 1
    assert Message.objects.get(kind="reminder").dedupe_key.endswith(" 1")


def test_an_appointment_that_has_started_gets_no_reminder(appointment):
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


def test_two_patients_on_one_day_get_one_reminder_each(clinic, appointment):
    clinic.appointment(clinic.slot(day=8, hour=11))
    assert reminders.write(now=DAY_BEFORE) == 2


def test_a_canceled_appointment_gets_no_reminder_even_if_one_is_queued(appointment, mailoutbox):
    reminders.write(now=DAY_BEFORE)
    claimed = outbox.claim(now=DAY_BEFORE)
    while claimed.kind != "reminder":
        claimed = outbox.claim(now=DAY_BEFORE)
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(make_clerk()), now=DAY_BEFORE)
    assert outbox.deliver(claimed, outbox.Post(), now=DAY_BEFORE) == "superseded"
    assert sent_reminders(mailoutbox) == []
    assert reminders.write(now=DAY_BEFORE) == 0


def test_a_rescheduled_appointment_gets_a_reminder_only_for_its_new_day(clinic, appointment, mailoutbox):
    reminders.write(now=WEEK_BEFORE)
    clerk = lifecycle.staff(make_clerk())
    lifecycle.reschedule(appointment.pk, clinic.slot(day=10), by=clerk, now=WEEK_BEFORE)
    deliver(local(2026, 12, 1, 12))
    assert sent_reminders(mailoutbox) == []
    assert reminders.write(now=local(2026, 12, 7, 12)) == 1  # the seven-day reminder, late: rescheduled six days ago
    assert reminders.write(now=local(2026, 12, 9, 12)) == 1


def test_a_superseded_reminder_is_queued_again_if_it_becomes_true_again(clinic, appointment, mailoutbox):
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


def test_an_appointment_that_needs_rebooking_gets_no_reminder(appointment):
    lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(make_clerk()), now=later(days=1))
    assert reminders.write(now=DAY_BEFORE) == 0


def test_without_email_a_letter_is_printed_in_time_and_the_day_before_the_desk_calls(clinic):
    clinic.appointment(clinic.slot(day=8), patient={"email": ""})
    reminders.write(now=WEEK_BEFORE)
    reminders.write(now=DAY_BEFORE)
    assert waiting() == ["to_print", "to_call"]


def test_nobody_needs_to_be_called_about_a_day_that_has_passed(clinic):
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
def test_simultaneous_workers_write_each_reminder_once(clinic):
    for hour in (9, 11, 13, 15):
        clinic.appointment(clinic.slot(day=8, hour=hour))
    [outcomes] = race(4, lambda *_: reminders.write(now=DAY_BEFORE))
    assert ends(outcomes) == {"done": 4}
    assert sum(outcome.value for outcome in outcomes) == 4
    assert waiting() == ["queued"] * 4


def test_the_worker_sends_reminders_in_its_round(appointment, mailoutbox, at, caplog):
    at("2026-12-07 10:00")
    with caplog.at_level("INFO", logger="booking.management.commands.run_worker"):
        call_command("run_worker", "--once")
    assert len(sent_reminders(mailoutbox)) == 1
    assert "reminders 1" in caplog.text
