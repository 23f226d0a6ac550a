"""A provider is out: the day's patients are called off, offered other times or called, in one act with one undo."""

from datetime import timedelta

import pytest

from booking import lifecycle
from booking.lifecycle import NotAllowed, SlotTaken, _locks
from booking.lifecycle.providers.weekly_hours import code_of
from booking.lifecycle.time_off.closure import to_call_off
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import emails
from booking.scheduling.closure_impact import Closing
from clinic.models import ScheduleException
from tests.builders import MONDAY, assert_settled, assert_sound, local, make_clerk, make_practitioner

pytestmark = pytest.mark.django_db
THURSDAY = local(2026, 12, 3)
UNTIL = local(2026, 11, 25, 17)


@pytest.fixture
def closing(clinic):
    return Closing(THURSDAY.date(), THURSDAY.date(), 0, 1440, practitioner_id=clinic.practitioner.pk)


@pytest.fixture
def three(clinic):
    """Three patients of Thursday; the last has no email."""
    return [
        clinic.appointment(clinic.slot(hour=hour), patient={"name": f"Person {hour}", "email": email})
        for hour, email in ((9, "a@example.org"), (11, "b@example.org"), (13, ""))
    ]


@pytest.fixture
def offers(clinic):
    """Two times for the first, one for the second, none for the third."""
    other = make_practitioner(clinic.appointment_type, clinic.location)
    one, two = (clinic.slot(hour=hour, practitioner=other) for hour in (9, 11))
    return [(one, clinic.slot(day=4)), (two,), ()]


def seen(three, offers=((), (), ()), **more):
    return [
        lifecycle.Seen(appointment.pk, appointment.version, lifecycle.NewTimes(tuple(slots), UNTIL, **more))
        for appointment, slots in zip(three, offers, strict=True)
    ]


def act(closing, what, user=None, now=MONDAY):
    by = lifecycle.staff(user or make_clerk(), form_key="pressed")
    return lifecycle.close_time(closing, what, private_reason="Sick", by=by, now=now)


def requests():
    return AppointmentRequest.objects.filter(replaces__isnull=False).order_by("replaces__starts_at")


def test_each_patient_is_called_off_and_gets_an_offer_or_a_call(clinic, closing, three, offers):
    closure = act(closing, seen(three, offers))
    assert (closure.private_reason, closure.note, closure.starts, closure.ends) == ("Sick", "", 0, 1440)
    assert [(row.status, row.appointments.filter(status="held").count()) for row in requests()] == [
        ("offered", 2), ("offered", 1), ("new", 0),
    ]  # fmt: skip
    told = Message.objects.filter(appointment_request__in=requests()).order_by("appointment__starts_at")
    assert list(told.values_list("kind", "status")) == [
        ("offered", "queued"), ("offered", "queued"), ("needs_rebooking", "to_call"),
    ]  # fmt: skip
    assert {message.due_at for message in told} == {MONDAY + timedelta(seconds=60)}
    assert all(row.needs_rebooking for row in Appointment.objects.filter(status="booked"))
    assert_sound()


def test_who_is_to_be_called_is_not_written_to(clinic, closing, three, offers):
    act(closing, seen(three, offers, by_phone=True))
    told = Message.objects.filter(appointment_request__in=requests())
    assert set(told.values_list("status", flat=True)) == {"to_call"}


def test_each_new_request_is_due_four_desk_hours_before_the_old_start_at_the_latest(clinic, rosa):
    today = Closing(MONDAY.date(), MONDAY.date(), 0, 1440, practitioner_id=clinic.practitioner.pk)
    late = clinic.appointment(clinic.slot(day=23, month=11, hour=16))
    act(today, [lifecycle.Seen(late.pk, late.version)])
    assert requests().get().respond_by == local(2026, 11, 23, 12)


def test_one_undo_puts_everything_back(clinic, closing, three, offers, rosa):
    before = list(Appointment.objects.order_by("pk").values_list("pk", "status", "needs_rebooking_since"))
    closure = act(closing, seen(three, offers), user=rosa.user)
    lifecycle.undo_closure(closure.pk, user=rosa.user, now=MONDAY + timedelta(seconds=59))
    assert not ScheduleException.objects.exists()
    assert list(requests().values_list("status", flat=True)) == ["closed"] * 3
    kept = Appointment.objects.exclude(status="released").order_by("pk")
    assert list(kept.values_list("pk", "status", "needs_rebooking_since")) == before
    assert not Message.objects.filter(appointment_request__in=requests()).exclude(status="superseded").exists()
    confirmed = Message.objects.filter(kind="confirmed").order_by("pk").values_list("status", flat=True)
    assert list(confirmed) == ["queued", "queued", "notified"]
    assert_sound()
    assert_settled()


def test_it_cannot_be_undone_later_or_by_another_or_after_a_patient_was_answered(clinic, closing, three, offers, rosa):
    closure = act(closing, seen(three, offers), user=rosa.user)
    for user, seconds in ((rosa.user, 61), (make_clerk(), 10)):
        with pytest.raises(NotAllowed):
            lifecycle.undo_closure(closure.pk, user=user, now=MONDAY + timedelta(seconds=seconds))
    by, chosen = lifecycle.staff(make_clerk(), "phone"), offers[1][0]
    lifecycle.accept_offer(requests()[1].pk, chosen, by=by, now=MONDAY + timedelta(seconds=20))
    with pytest.raises(NotAllowed):
        lifecycle.undo_closure(closure.pk, user=rosa.user, now=MONDAY + timedelta(seconds=30))
    assert ScheduleException.objects.filter(pk=closure.pk).exists()
    assert list(requests().values_list("status", flat=True)) == ["offered", "confirmed", "new"]


def test_the_offer_says_first_not_to_come_at_the_old_time(clinic, closing, three, offers):
    act(closing, seen(three, offers))
    mail = emails.render(Message.objects.filter(kind="offered").first(), now=MONDAY)
    assert mail.subject.startswith("Your appointment needs a new time")
    text = " ".join(mail.text.split())
    assert "We cannot see you on Thursday, December 3, 9:00 am" in text
    assert text.index("Please do not come then.") < text.index("We have times for you to choose from.")


def test_one_that_was_undone_alone_does_not_stop_the_undo_of_the_others(clinic, closing, three, offers, rosa):
    closure = act(closing, seen(three, offers), user=rosa.user)
    lifecycle.undo(requests()[0].events.get(cause=None).pk, user=rosa.user, now=MONDAY)
    lifecycle.undo_closure(closure.pk, user=rosa.user, now=MONDAY)
    assert list(requests().values_list("status", flat=True)) == ["closed"] * 3
    assert_sound()


def test_if_the_impact_changed_nothing_is_saved(clinic, closing, three, offers):
    more = clinic.appointment(clinic.slot(hour=15))
    with pytest.raises(lifecycle.ImpactChanged):
        act(closing, seen(three, offers))
    lifecycle.cancel(more.pk, "ill", by=lifecycle.staff(make_clerk()), now=MONDAY)
    lifecycle.reschedule(three[0].pk, clinic.slot(hour=15), by=lifecycle.staff(make_clerk()), now=MONDAY)
    with pytest.raises(lifecycle.ImpactChanged):
        act(closing, seen(three, offers))
    assert not ScheduleException.objects.exists()
    assert not requests().exists()


def test_if_an_offered_time_was_just_taken_nothing_is_saved(clinic, closing, three, offers):
    clinic.appointment(offers[1][0])
    with pytest.raises(SlotTaken):
        act(closing, seen(three, offers))
    with pytest.raises(SlotTaken):  # a time of the provider who is out
        act(closing, seen(three, [(clinic.slot(hour=15),), (), ()]))
    assert not ScheduleException.objects.exists()
    assert not requests().exists()


def test_the_patients_own_request_for_another_time_gets_the_offer(clinic, closing, three, offers):
    own = lifecycle.ask_for_another_time(three[0].pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    act(closing, seen(three, offers))
    own.refresh_from_db()
    assert (own.status, requests().count()) == ("offered", 3)
    assert_sound()


def test_the_calendar_in_which_that_request_holds_a_time_is_locked_with_the_others(
    clinic, closing, three, offers, monkeypatch
):
    """In a second step it would be locked out of order, and two such acts could wait for each other."""
    other = make_practitioner(clinic.appointment_type, clinic.location)
    lifecycle.ask_for_another_time(
        three[0].pk, [clinic.slot(hour=15, practitioner=other)], {}, by=lifecycle.PATIENT, now=MONDAY
    )
    locked, lock = [], _locks.lock_calendars
    name = "booking.lifecycle.time_off.closure.lock_calendars"
    monkeypatch.setattr(name, lambda who, **how: (locked.append(who), lock(who, **how)))
    act(closing, seen(three, offers))
    assert other.pk in locked[0]


def test_a_second_press_does_nothing_more(clinic, closing, three, offers, rosa):
    first, second = (act(closing, seen(three, offers), user=rosa.user) for _ in range(2))
    assert (first, requests().count(), ScheduleException.objects.count()) == (second, 3, 1)


def test_who_was_called_off_before_is_not_called_off_again(clinic, closing, three):
    lifecycle.mark_needs_rebooking(three[0].pk, by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert to_call_off(closing, now=MONDAY) == three[1:]


def hold_for_a_call(clinic, rosa):
    lifecycle.hold(clinic.slot(hour=15), clinic.appointment_type, user=rosa.user, now=MONDAY)


def book_it(clinic, rosa):
    return lifecycle.book(clinic.draft(), clinic.slot(hour=15), by=lifecycle.staff(rosa.user, "phone"), now=MONDAY)


def out(clinic, closing, three):
    act(closing, seen(three))


def holiday(clinic, closing, three):
    Appointment.objects.filter(status="booked").update(needs_rebooking_since=MONDAY)
    assert lifecycle.close_days({closing.first_day: "Holiday"}, by=lifecycle.staff(make_clerk()), now=MONDAY) == []


def never_on_thursdays(clinic, closing, three):
    rows = list(clinic.practitioner.schedules.exclude(weekday=3))
    week = lifecycle.Week(clinic.practitioner, rows, code_of(clinic.practitioner.schedules.all()))
    lifecycle.replace_weeks([week], answer="3-1", by=lifecycle.staff(make_clerk()), now=MONDAY)


@pytest.mark.parametrize("close", [out, holiday, never_on_thursdays])
def test_what_a_coworker_holds_for_a_call_is_not_booked_after_that(clinic, closing, three, rosa, close):
    hold_for_a_call(clinic, rosa)
    close(clinic, closing, three)
    with pytest.raises(SlotTaken):
        book_it(clinic, rosa)
    assert Appointment.objects.filter(status="booked").count() == 3
    assert_sound()


def test_a_call_about_another_day_keeps_its_time(clinic, three, rosa):
    hold_for_a_call(clinic, rosa)
    friday = Closing(local(2026, 12, 4).date(), local(2026, 12, 4).date(), 0, 1440)
    lifecycle.close_time(friday, (), by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert book_it(clinic, rosa).status == "confirmed"
