"""Holding time: the cap, expired holds, and that a request's own holds never block it."""

from datetime import timedelta

import pytest

from booking import lifecycle
from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars
from booking.models import Appointment, AppointmentRequest, Event
from booking.scheduling.slots import Slot
from clinic import practice_info
from clinic.models import OfficeHours, Practice
from tests.builders import (
    MONDAY,
    Clinic,
    assert_settled,
    assert_sound,
    later,
    local,
    make_location,
    make_practitioner,
)

OVER = local(2026, 11, 25, 17)  # when the hold of a request sent on MONDAY has expired


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def hold_at_most(number):
    Practice.objects.update(hold_cap=number)
    practice_info.forget()


def holds_its_time(appointment_request):
    return appointment_request.appointments.filter(status="held").exists()


# -- the cap: how many unanswered public holds one practitioner may have per day


def test_above_the_cap_a_request_is_accepted_without_a_hold(clinic):
    hold_at_most(2)
    appointment_requests = [
        clinic.appointment_request(clinic.slot(hour=9)),
        clinic.appointment_request(clinic.slot(hour=11)),
        clinic.appointment_request(clinic.slot(hour=13)),
    ]
    assert [holds_its_time(each) for each in appointment_requests] == [True, True, False]
    assert [each.status for each in appointment_requests] == ["new"] * 3
    assert appointment_requests[2].requested_times.count() == 1
    assert appointment_requests[2].messages.get().kind == "received"


def test_the_desks_holds_do_not_count(clinic, rosa):
    hold_at_most(1)
    clinic.appointment_request(clinic.slot(hour=9))
    AppointmentRequest.objects.update(channel="phone")
    assert holds_its_time(clinic.appointment_request(clinic.slot(hour=11)))
    assert not holds_its_time(clinic.appointment_request(clinic.slot(hour=13)))


def test_the_hold_ends_by_the_preferred_offices_desk_hours(clinic):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    OfficeHours.objects.create(location=harbor, weekday=1, opens=540, closes=720)
    OfficeHours.objects.create(location=harbor, weekday=2, opens=540, closes=660)
    practice_info.forget()
    hold = clinic.appointment_request(clinic.slot(), location=harbor).appointments.get()
    assert hold.held_until == local(2026, 11, 25, 11)


def test_without_a_hold_a_time_stays_open_to_others(clinic, rosa):
    hold_at_most(0)
    appointment_requests = [clinic.appointment_request(clinic.slot()), clinic.appointment_request(clinic.slot())]
    assert lifecycle.confirm(appointment_requests[1].pk, clinic.slot(), by=rosa, now=MONDAY).status == "booked"
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(appointment_requests[0].pk, clinic.slot(), by=rosa, now=MONDAY)


def test_the_cap_counts_per_practitioner_and_day(clinic):
    hold_at_most(1)
    other = make_practitioner(clinic.appointment_type, clinic.location)
    assert holds_its_time(clinic.appointment_request(clinic.slot(hour=9)))
    assert not holds_its_time(clinic.appointment_request(clinic.slot(hour=11)))
    assert holds_its_time(clinic.appointment_request(clinic.slot(hour=11, practitioner=other)))
    assert holds_its_time(clinic.appointment_request(clinic.slot(day=4)))


def test_the_caps_day_is_local_to_the_office():
    clinic = Clinic()
    hold_at_most(1)
    late = make_practitioner(clinic.appointment_type, clinic.location, hours=(0, 24 * 60), days=range(7))
    evening, morning = local(2026, 12, 3, 23, 20), local(2026, 12, 3, 0, 40)  # two days in UTC
    appointment_requests = [
        clinic.appointment_request(Slot(at, late.pk, clinic.location.pk)) for at in (evening, morning)
    ]
    assert [holds_its_time(each) for each in appointment_requests] == [True, False]
    night = Slot(local(2026, 12, 4, 0, 0), late.pk, clinic.location.pk)
    assert holds_its_time(clinic.appointment_request(night))


def test_answered_and_expired_requests_no_longer_count(clinic, rosa):
    hold_at_most(1)
    first = clinic.appointment_request(clinic.slot(hour=9))
    lifecycle.confirm(first.pk, clinic.slot(hour=9), by=rosa, now=MONDAY)
    second = clinic.appointment_request(clinic.slot(hour=11))
    assert holds_its_time(second)
    lifecycle.decline(second.pk, "other", "Call us.", by=rosa, now=MONDAY)
    third = clinic.appointment_request(clinic.slot(hour=11))
    assert holds_its_time(third)
    assert holds_its_time(clinic.appointment_request(clinic.slot(hour=13), now=OVER))


def test_the_desks_bookings_do_not_count(clinic):
    hold_at_most(1)
    for hour in (11, 13):
        clinic.appointment(clinic.slot(hour=hour))
    assert holds_its_time(clinic.appointment_request(clinic.slot(hour=9)))


# -- expired holds


def test_a_hold_blocks_until_its_last_moment(clinic):
    clinic.appointment_request(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment(clinic.slot(), now=OVER - timedelta(microseconds=1))
    assert clinic.appointment(clinic.slot(), now=OVER).status == "booked"


def test_the_worker_releases_only_expired_holds(clinic, rosa):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    early = [
        clinic.appointment_request(clinic.slot()),
        clinic.appointment_request(clinic.slot(practitioner=other)),
        clinic.appointment_request(clinic.slot(hour=11)),
    ]
    late = clinic.appointment_request(clinic.slot(day=4), now=later(days=1))
    booked = clinic.appointment_request(clinic.slot(day=7))
    lifecycle.confirm(booked.pk, clinic.slot(day=7), by=rosa, now=MONDAY)
    assert holds.release_expired(now=OVER) == 3
    assert not any(holds_its_time(appointment_request) for appointment_request in early)
    assert holds_its_time(late)
    assert booked.appointments.get().status == "booked"
    assert [event.actor for event in Event.objects.filter(verb="expire")] == ["worker"] * 3
    assert holds.release_expired(now=OVER) == 0


def test_expired_holds_are_released_in_a_constant_number_of_queries(clinic, django_assert_num_queries):
    def run_out(number):
        for hour in range(9, 9 + 2 * number, 2):
            clinic.appointment_request(clinic.slot(hour=hour))
        return Appointment.objects.filter(status="held")

    for number in (1, 3):
        assert run_out(number).count() == number
        with django_assert_num_queries(5):  # the lock, the search, the rows, their events, flags that may be cleared
            lock_calendars([clinic.practitioner.pk], now=OVER)


def test_a_calendar_without_holds_costs_two_queries(clinic, django_assert_num_queries):
    appointment_request = clinic.appointment_request()
    with django_assert_num_queries(2):
        lock_calendars([clinic.practitioner.pk], now=MONDAY, holder=appointment_request)
    with django_assert_num_queries(1):
        lock_calendars([], now=MONDAY, holder=appointment_request)


# -- own holds


def test_a_hold_at_another_office_does_not_become_the_appointment(clinic, rosa):
    second = make_location()
    clinic.practitioner.schedules.create(location=second, weekday=3, starts=540, ends=1020)
    appointment_request = clinic.appointment_request(clinic.slot())
    there = Slot(clinic.slot().starts_at, clinic.practitioner.pk, second.pk)
    appointment = lifecycle.confirm(appointment_request.pk, there, by=rosa, now=MONDAY)
    assert appointment.location == second
    assert sorted(appointment_request.appointments.values_list("status", flat=True)) == ["booked", "released"]


def test_another_requests_hold_blocks_the_time(clinic, rosa):
    clinic.appointment_request(clinic.slot())
    other = clinic.appointment_request(clinic.slot(day=4))
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(other.pk, clinic.slot(), by=rosa, now=MONDAY)
    assert holds_its_time(other)
