"""A practitioner's day as blocks: appointments, holds, open time between them, breaks and closures."""

from datetime import date, timedelta

import pytest

from booking import lifecycle
from booking.desk.day import appointments as day_appointments
from booking.scheduling.day_grid import day_grid
from clinic.models import Schedule, ScheduleException
from tests.builders import MONDAY, NEW_YORK, Clinic, local, make_clerk, make_location, make_practitioner

pytestmark = pytest.mark.django_db
THURSDAY = date(2026, 12, 3)


def blocks(day=THURSDAY, office=None, now=MONDAY):
    """“9:00-9:40 appointment” for each block of the first column."""
    found = day_appointments.listed(day, day, also_held=now)
    (column, *_others) = day_grid(found, [day], office=office)
    return [words(block) for block in column.on(day)]


def words(block):
    since, until = (moment.astimezone(NEW_YORK) for moment in (block.starts_at, block.ends_at))
    note = f" {block.note}" if block.note else ""
    return f"{since:%-H:%M}-{until:%-H:%M} {block.kind}{note}"


def close(first=THURSDAY, last=None, **fields):
    return ScheduleException.objects.create(first_day=first, last_day=last or first, **fields)


def test_the_day_is_open_between_the_appointments(clinic):
    clinic.appointment(clinic.slot(hour=9))
    clinic.appointment(clinic.slot(hour=13))
    assert blocks() == ["9:00-9:40 appointment", "9:40-13:00 open", "13:00-13:40 appointment", "13:40-17:00 open"]


def test_a_gap_between_hours_is_a_break(clinic):
    Schedule.objects.filter(weekday=3).update(starts=540, ends=720)
    Schedule.objects.create(
        practitioner=clinic.practitioner, location=clinic.location, weekday=3, starts=780, ends=1020
    )
    assert blocks() == ["9:00-12:00 open", "12:00-13:00 break", "13:00-17:00 open"]


def test_a_held_time_is_not_open_and_an_expired_one_is(clinic):
    clinic.appointment_request(clinic.slot(hour=9))
    assert blocks() == ["9:00-9:40 held", "9:40-17:00 open"]
    assert blocks(now=MONDAY + timedelta(days=9)) == ["9:00-17:00 open"]


def test_buffers_and_gaps_that_are_too_short_are_not_open():
    clinic = Clinic(buffer_before=15, buffer_after=15)
    clinic.appointment(clinic.slot(hour=9))
    clinic.appointment(clinic.slot(hour=10, minute=20))
    assert blocks() == ["9:00-9:40 appointment", "10:20-11:00 appointment", "11:15-17:00 open"]


def test_a_canceled_appointment_leaves_its_time_open(clinic):
    appointment = clinic.appointment(clinic.slot(hour=9))
    lifecycle.cancel(appointment.pk, "ill", by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert blocks() == ["9:00-17:00 open", "9:00-9:40 appointment"]


def test_a_closed_day_is_one_block_with_its_note(clinic):
    close(note="Thanksgiving")
    assert blocks() == ["9:00-17:00 closed Thanksgiving"]


def test_part_of_a_day_is_closed(clinic):
    clinic.appointment(clinic.slot(hour=9))
    close(starts=720, ends=1440, practitioner=clinic.practitioner, note="Hospital round")
    assert blocks() == ["9:00-9:40 appointment", "9:40-12:00 open", "12:00-17:00 blocked Hospital round"]


def test_a_closure_of_another_office_or_person_closes_nothing_here(clinic):
    close(location=make_location(), note="elsewhere")
    close(practitioner=make_practitioner(), note="someone else")
    exempt = close(note="but not you")
    exempt.except_for.add(clinic.practitioner)
    assert blocks() == ["9:00-17:00 open"]


def test_extra_hours_are_open(clinic):
    saturday = date(2026, 12, 5)
    close(saturday, kind="open", starts=600, ends=720, practitioner=clinic.practitioner, location=clinic.location)
    assert blocks(saturday) == ["10:00-12:00 open"]


def test_time_blocked_at_another_office_is_not_open_here(clinic):
    harbor = make_location(name="Harbor")
    Schedule.objects.create(practitioner=clinic.practitioner, location=harbor, weekday=3, starts=540, ends=600)
    slot = type(clinic.slot())(local(2026, 12, 3, 9), clinic.practitioner.pk, harbor.pk)
    lifecycle.book(clinic.draft(), slot, by=lifecycle.staff(make_clerk(), "phone"), now=MONDAY)
    assert blocks(office=clinic.location.pk) == ["9:40-17:00 open"]


def test_a_practitioner_without_hours_and_appointments_has_no_column(clinic):
    make_practitioner(name="Dr. Nobody")
    found = day_grid([], [THURSDAY])
    assert [column.practitioner.name for column in found] == ["Dr. Mara Ellison, MD"]
    assert day_grid([], [date(2026, 12, 6)]) == []


def test_a_practitioner_who_has_left_keeps_a_column_for_booked_appointments(clinic):
    clinic.appointment(clinic.slot(hour=9))
    type(clinic.practitioner).objects.update(is_active=False)
    assert blocks() == ["9:00-9:40 appointment"]


def test_the_night_when_the_clock_goes_back_is_an_hour_longer(clinic):
    owl = make_practitioner(clinic.appointment_type, clinic.location, hours=(0, 180), days=[6], name="Dr. Owl")
    (column,) = day_grid([], [date(2026, 11, 1)])
    assert column.practitioner == owl
    assert [block.minutes for block in column.on(date(2026, 11, 1))] == [240]


def test_columns_cost_two_queries_whatever_they_show(clinic, django_assert_num_queries):
    for n in range(5):
        other = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        clinic.appointment(clinic.slot(practitioner=other))
    found = day_appointments.listed(THURSDAY, THURSDAY + timedelta(days=7))
    with django_assert_num_queries(2):
        assert len(day_grid(found, [THURSDAY + timedelta(days=n) for n in range(7)])) == 6
