"""Open times from rows: who counts, what closes, what is busy, in a fixed number of queries."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from booking.lifecycle import holds
from booking.lifecycle._locks import lock_calendars
from booking.lifecycle.appointment import is_free
from booking.models import Appointment
from booking.scheduling import slots
from booking.scheduling.slots import Rules, Slot, no_longer_open, open_times, own_time
from booking.scheduling.working_hours import working_hours
from clinic.models import AppointmentType, ScheduleException
from tests.booking.scheduling.plans import plans
from tests.builders import (
    MONDAY,
    NEW_YORK,
    later,
    local,
    make_appointment_type,
    make_clerk,
    make_location,
    make_practitioner,
)

THURSDAY = date(2026, 12, 3)
DAY = timedelta(days=1)


@pytest.fixture
def clinic(clinic):
    """Open from 9 to 11, with one-hour appointments on the hour: 9 and 10 on Thursday."""
    AppointmentType.objects.filter(pk=clinic.appointment_type.pk).update(minutes=60, step=60, notice=0)
    clinic.appointment_type.refresh_from_db()
    clinic.practitioner.schedules.update(ends=11 * 60)
    return clinic


def found(clinic, *, first_day=THURSDAY, last_day=None, rules=None, now=MONDAY, **slot_filter):
    appointment_type = slot_filter.pop("appointment_type", clinic.appointment_type)
    rules = rules or Rules.desk(now)
    return open_times(
        appointment_type, rules, now=now, first_day=first_day, last_day=last_day or first_day, **slot_filter
    )


def hours(clinic, **slot_filter):
    """The hours of Thursday at which an appointment may start."""
    return [slot.starts_at.astimezone(NEW_YORK).hour for slot in found(clinic, **slot_filter)]


def change(clinic, starts=0, ends=24 * 60, *, first_day=THURSDAY, last_day=None, except_for=(), **fields):
    row = ScheduleException.objects.create(
        first_day=first_day, last_day=last_day or first_day, starts=starts, ends=ends, **fields
    )
    row.except_for.set(except_for)


def busy(clinic, hour=9, status="booked", **fields):
    at = local(2026, 12, 3, hour)
    row = {
        "appointment_request": clinic.appointment_request() if "held_for" not in fields else None,
        "appointment_type": clinic.appointment_type,
        "practitioner": clinic.practitioner,
        "location": clinic.location,
        "starts_at": at,
        "ends_at": at + timedelta(hours=1),
        "blocked_from": at,
        "blocked_until": at + timedelta(hours=1),
        "status": status,
    }
    return Appointment.objects.create(**(row | fields))


# -- practitioners and offices


def test_times_are_open_when_somebody_works(clinic):
    assert hours(clinic) == [9, 10]
    assert found(clinic)[0] == Slot(local(2026, 12, 3, 9), clinic.practitioner.pk, clinic.location.pk)


def test_any_practitioner_or_one(clinic):
    other = make_practitioner(clinic.appointment_type, clinic.location, hours=(600, 720))
    assert hours(clinic) == [9, 10, 10, 11]
    assert hours(clinic, practitioners=[other.pk]) == [10, 11]
    assert hours(clinic, practitioners=[clinic.practitioner.pk, other.pk]) == [9, 10, 10, 11]
    assert hours(clinic, practitioners=[]) == []


def test_any_office_or_one(clinic):
    harbor = make_location()
    clinic.practitioner.schedules.create(location=harbor, weekday=3, starts=13 * 60, ends=14 * 60)
    assert hours(clinic) == [9, 10, 13]
    assert hours(clinic, locations=[harbor.pk]) == [13]
    assert {slot.location_id for slot in found(clinic, locations=[harbor.pk])} == {harbor.pk}
    assert hours(clinic, locations=[]) == []


def test_only_practitioners_who_offer_this_type_count(clinic):
    make_practitioner(make_appointment_type(), clinic.location)
    make_practitioner(None, clinic.location)
    assert hours(clinic) == [9, 10]


def test_deactivated_practitioners_offices_and_types_have_no_open_times(clinic):
    make_practitioner(clinic.appointment_type, clinic.location, is_active=False)
    clinic.practitioner.schedules.create(location=make_location(is_active=False), weekday=3, starts=780, ends=840)
    assert hours(clinic) == [9, 10]


def test_hours_are_valid_from_and_until_their_days(clinic):
    clinic.practitioner.schedules.create(location=clinic.location, weekday=3, starts=780, ends=840, valid_from=THURSDAY)
    clinic.practitioner.schedules.create(
        location=clinic.location, weekday=3, starts=840, ends=900, valid_until=THURSDAY - DAY
    )
    assert hours(clinic) == [9, 10, 13]


def test_the_team_is_in_the_order_of_its_list(clinic):
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Zoe Demo, MD", order=0)
    make_practitioner(clinic.appointment_type, clinic.location, name="Ann Demo, PA-C", order=2)
    make_practitioner(clinic.appointment_type, make_location(name="Anchor Street"), name="Ann Demo, PA-C", order=2)
    team = working_hours(clinic.appointment_type, first_day=THURSDAY, last_day=THURSDAY)
    assert [(str(hours.practitioner), str(hours.location)) for hours in team[:2]] == [
        ("Dr. Mara Ellison, MD", "Pier Street office"), ("Dr. Zoe Demo, MD", "Pier Street office"),
    ]  # fmt: skip
    assert [str(hours.location) for hours in team[2:]] == ["Anchor Street", "Pier Street office"]


def test_times_are_sorted_across_practitioners(clinic):
    for n in range(3):
        make_practitioner(clinic.appointment_type, clinic.location, hours=(540, 720 - 60 * n), order=9 - n)
    times = found(clinic, last_day=THURSDAY + DAY)
    assert times == sorted(times)
    assert len(times) == len(set(times))


# -- dated exceptions


@pytest.mark.parametrize(
    ("closure", "left"),
    [
        ({}, []),
        ({"location": "here"}, []),
        ({"practitioner": "she"}, []),
        ({"location": "here", "practitioner": "she"}, []),
        ({"location": "elsewhere"}, [9, 10]),
        ({"practitioner": "another"}, [9, 10]),
        ({"location": "here", "practitioner": "another"}, [9, 10]),
        ({"except_for": "she"}, [9, 10]),
        ({"except_for": "another"}, []),
        ({"except_for": "both"}, [9, 10]),
        ({"first_day": THURSDAY - 9 * DAY, "last_day": THURSDAY + 9 * DAY}, []),
        ({"first_day": THURSDAY - DAY}, [9, 10]),
        ({"ends": 10 * 60}, [10]),
        ({"starts": 10 * 60}, [9]),
        ({"starts": 9 * 60 + 30, "ends": 9 * 60 + 45}, [9]),  # from 9:45 the starts count again
    ],
)
def test_a_closure_closes_only_what_it_names(clinic, closure, left):
    another = make_practitioner()
    rows = {"here": clinic.location, "elsewhere": make_location(), "she": clinic.practitioner, "another": another}
    named = {name: rows.get(row, row) for name, row in closure.items() if name != "except_for"}
    people = {"she": [clinic.practitioner], "another": [another], "both": [clinic.practitioner, another]}
    change(clinic, **named, except_for=people.get(closure.get("except_for"), []))
    assert hours(clinic) == left


def test_extra_hours_open_times_and_a_closure_overrides_them(clinic):
    extra = {"kind": "open", "practitioner": clinic.practitioner, "location": clinic.location}
    change(clinic, 13 * 60, 15 * 60, **extra)
    assert hours(clinic) == [9, 10, 13, 14]
    change(clinic, 14 * 60, 15 * 60)
    assert hours(clinic) == [9, 10, 13]


def test_extra_hours_may_be_a_practitioners_only_hours_at_an_office(clinic):
    harbor = make_location()
    saturday = THURSDAY + 2 * DAY
    change(clinic, 600, 720, first_day=saturday, kind="open", practitioner=clinic.practitioner, location=harbor)
    assert hours(clinic, first_day=saturday) == [10, 11]
    assert {slot.location_id for slot in found(clinic, first_day=saturday)} == {harbor.pk}
    assert hours(clinic, first_day=saturday, locations=[clinic.location.pk]) == []
    assert hours(clinic, first_day=saturday, practitioners=[make_practitioner().pk]) == []
    assert (
        no_longer_open(found(clinic, first_day=saturday), clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == []
    )


def test_extra_hours_of_a_practitioner_who_does_not_offer_this_type_open_nothing(clinic):
    others = [make_practitioner(make_appointment_type()), make_practitioner(clinic.appointment_type, is_active=False)]
    for other in others:
        change(clinic, 600, 720, kind="open", practitioner=other, location=clinic.location)
    gone = make_location(is_active=False)
    change(clinic, 600, 720, kind="open", practitioner=clinic.practitioner, location=gone)
    assert hours(clinic) == [9, 10]


# -- what is busy


@pytest.mark.parametrize("status", ["booked", "arrived", "fulfilled"])
def test_an_appointment_is_busy(clinic, status):
    busy(clinic, status=status)
    assert hours(clinic) == [10]


@pytest.mark.parametrize("status", ["noshow", "left", "cancelled", "released"])
def test_an_appointment_that_gave_up_its_time_is_not_busy(clinic, status):
    busy(clinic, status=status, cancel_code="clinic")
    assert hours(clinic) == [9, 10]


def test_a_hold_is_busy_until_it_expires(clinic):
    busy(clinic, status="held", held_until=later(hours=1))
    assert hours(clinic) == [10]
    assert hours(clinic, now=later(hours=1)) == [9, 10]
    assert hours(clinic, now=later(hours=1) - timedelta(microseconds=1)) == [10]


def test_a_clerks_hold_is_busy_for_everyone_else(clinic):
    busy(clinic, status="held", held_until=later(minutes=5), held_for=make_clerk(role=None))
    assert hours(clinic) == [10]


def test_being_busy_at_another_office_counts(clinic):
    busy(clinic, location=make_location())
    assert hours(clinic) == [10]
    assert hours(clinic, locations=[clinic.location.pk]) == [10]


def test_another_practitioners_appointments_do_not_count(clinic):
    busy(clinic, practitioner=make_practitioner(clinic.appointment_type, clinic.location, hours=(540, 600)))
    assert hours(clinic) == [9, 10]


def test_a_deliberate_overbooking_is_busy_too(clinic):
    busy(clinic, overbooked=True)
    assert hours(clinic) == [10]


def test_an_appointments_own_buffers_are_busy(clinic):
    at = local(2026, 12, 3, 11)
    busy(clinic, hour=11, blocked_from=at - timedelta(minutes=1))
    assert hours(clinic) == [9]


@pytest.mark.parametrize("moment", [timedelta(microseconds=1), timedelta(seconds=1), timedelta(seconds=59)])
def test_a_minute_that_is_partly_busy_is_busy(clinic, moment):
    at = local(2026, 12, 3, 8)
    row = busy(clinic, hour=8, blocked_until=at + timedelta(hours=1) + moment)
    assert hours(clinic) == [10]
    row.delete()
    eleven = local(2026, 12, 3, 11)
    busy(clinic, hour=11, blocked_from=eleven - moment)
    assert hours(clinic) == [9]


def test_the_new_appointments_buffers_need_room(clinic):
    AppointmentType.objects.update(buffer_before=1)
    clinic.appointment_type.refresh_from_db()
    busy(clinic, hour=8)
    assert hours(clinic) == [10]


def test_a_block_of_almost_a_day_reaches_into_the_morning(clinic):
    ten = local(2026, 12, 3, 10)
    busy(clinic, blocked_from=ten - DAY, blocked_until=ten, starts_at=ten - timedelta(hours=20), ends_at=ten)
    assert hours(clinic) == [10]


def test_own_holds_can_be_ignored_and_other_rows_of_the_request_cannot(clinic):
    held = busy(clinic, status="held", held_until=later(days=1))
    busy(clinic, hour=10, appointment_request=held.appointment_request)
    assert hours(clinic) == []
    assert hours(clinic, ignoring=own_time(held.appointment_request)) == [9]
    assert hours(clinic, ignoring=own_time(clinic.appointment_request())) == []


# -- rules


def test_the_public_is_bound_by_notice_and_the_response_deadline(clinic):
    clinic.appointment_type.notice = 60
    eight = local(2026, 12, 3, 8)
    public = Rules.public(clinic.appointment_type, local(2026, 12, 1))
    assert hours(clinic, now=eight, rules=public) == [9, 10]
    assert hours(clinic, now=eight + timedelta(seconds=1), rules=public) == [10]
    deadline = local(2026, 12, 3, 7)  # two hours before nine
    for late, left in [(timedelta(0), [9, 10]), (timedelta(seconds=1), [10])]:
        rules = Rules.public(clinic.appointment_type, deadline + late)
        assert hours(clinic, now=MONDAY, rules=rules) == left


def test_the_public_is_bound_by_the_horizon(clinic):
    clinic.appointment_type.horizon = 9
    public = Rules.public(clinic.appointment_type, MONDAY)
    times = found(clinic, rules=public, first_day=MONDAY.date(), last_day=date(2027, 6, 1))
    assert times[-1].starts_at == local(2026, 12, 2, 10)


def test_the_desk_can_book_at_once_and_far_ahead(clinic):
    assert hours(clinic, now=local(2026, 12, 3, 9)) == [9, 10]
    far = date(2027, 12, 23)
    assert hours(clinic, first_day=far) == [9, 10]
    assert hours(clinic, first_day=far + 7 * DAY) == []


def test_an_inverted_window_is_empty(clinic):
    assert found(clinic, first_day=THURSDAY, last_day=THURSDAY - DAY) == []


# -- are these slots open?


def test_slots_that_are_not_open_are_returned_in_their_order(clinic):
    nine, ten = found(clinic)
    half_past = Slot(nine.starts_at + timedelta(minutes=30), nine.practitioner_id, nine.location_id)
    lost = Slot(ten.starts_at, ten.practitioner_id + 999, ten.location_id)
    next_year = Slot(nine.starts_at + 364 * DAY, nine.practitioner_id, nine.location_id)
    wanted = [lost, nine, half_past, next_year, ten]
    assert no_longer_open(wanted, clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == [lost, half_past]


def test_no_slots_take_no_query(clinic, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert no_longer_open([], clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == []


def test_a_crafted_date_reads_no_calendar(clinic, django_assert_num_queries):
    wanted = [
        Slot(datetime(year, 1, 4, 9, tzinfo=UTC), clinic.practitioner.pk, clinic.location.pk) for year in (1970, 2159)
    ]
    with django_assert_num_queries(0):
        assert no_longer_open(wanted, clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == wanted


def test_a_local_day_may_be_another_day_in_utc(clinic):
    night = make_practitioner(clinic.appointment_type, clinic.location, hours=(22 * 60, 24 * 60))
    east = make_location(zone="Pacific/Auckland")
    far = make_practitioner(clinic.appointment_type, east, hours=(0, 120))
    for wanted in found(clinic, practitioners=[night.pk]), found(clinic, practitioners=[far.pk]):
        assert len(wanted) == 2
        assert no_longer_open(wanted, clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == []


# -- slots in forms


def test_a_slot_survives_its_form(clinic):
    for slot in found(clinic):
        assert Slot.parse(slot.code) == slot
        assert Slot.parse(slot.code).starts_at.tzinfo is UTC


@pytest.mark.parametrize(
    "code",
    [
        "", "-", "--", "1-2", "1-2-3-4", "-1-2-3", "1--3", "a-b-c", "1-2-x", " 1-2-3", "1-2-3 ", "1-2-3\n", "1-2-3\0",
        "+1-2-3", "1.5-2-3", "1e3-2-3", "0x1-2-3", "1_0-2-3", "١-٢-٣", "²-1-1", "1-2-3" * 50, "9" * 41,
        "100000001-1-1", "9999999999999999-1-1", "1-2147483649-1", "1-1-99999999999999999999", "1–2–3",
        "None-None-None", "1-2-3;DROP TABLE", "../../1-2-3", "NaN-1-1",
    ],
)  # fmt: skip
def test_anything_else_is_no_slot(code):
    assert Slot.parse(code) is None


def test_the_largest_slot_can_be_looked_up(clinic):
    extreme = Slot.parse(f"{10**8}-{2**31}-{2**31}")
    assert no_longer_open([extreme], clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == [extreme]
    tomorrow = Slot(MONDAY + DAY, 2**31, 2**31)
    assert no_longer_open([tomorrow], clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY) == [tomorrow]


# -- what it costs


def fill(clinic, *, appointments, people=None, first=MONDAY - 500 * DAY):
    """Past and future appointments in bulk, back to back in each calendar, without history."""
    people = people or [clinic.practitioner]
    appointment_request = clinic.appointment_request()
    Appointment.objects.bulk_create(
        Appointment(
            appointment_request=appointment_request, appointment_type=clinic.appointment_type,
            practitioner=people[n % len(people)], location=clinic.location,
            starts_at=at, ends_at=at + timedelta(minutes=40), blocked_from=at, blocked_until=at + timedelta(minutes=40),
            status="fulfilled" if at < MONDAY else "booked",
        )
        for n in range(appointments)
        for at in [first + timedelta(hours=n // len(people))]
    )  # fmt: skip


def test_there_are_three_queries_whatever_is_found(clinic, django_assert_num_queries):
    appointment_request = clinic.appointment_request()
    everyone = {"now": MONDAY, "first_day": THURSDAY, "ignoring": own_time(appointment_request)}
    with django_assert_num_queries(3):
        one = open_times(clinic.appointment_type, Rules.desk(MONDAY), last_day=THURSDAY, **everyone)
    team = [make_practitioner(clinic.appointment_type, clinic.location) for _ in range(29)]
    fill(clinic, appointments=500)
    for n in range(20):
        change(clinic, 0, 60, first_day=THURSDAY + n * DAY, except_for=team[:n])
    with django_assert_num_queries(3):
        many = open_times(clinic.appointment_type, Rules.desk(MONDAY), last_day=THURSDAY + 60 * DAY, **everyone)
    assert len(many) > 100 * len(one)
    with django_assert_num_queries(3):
        no_longer_open(many[::50], clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY)


@pytest.fixture
def full_calendars(clinic):
    """Five thousand past and future appointments of ten practitioners. Returns the practitioners."""
    people = [clinic.practitioner, *(make_practitioner(clinic.appointment_type, clinic.location) for _ in range(9))]
    fill(clinic, appointments=5_000, people=people, first=MONDAY - 15 * DAY)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE booking_appointment")
    return people


def test_the_calendar_is_found_by_its_index(clinic, full_calendars):
    """Sequential scans stay allowed on PostgreSQL: the planner must want the index itself."""
    she = full_calendars[0]
    appointment, appointment_request = she.appointments.last(), clinic.appointment_request()
    days = {"first_day": THURSDAY, "last_day": THURSDAY + 6 * DAY, "now": MONDAY}
    looks = [
        lambda: slots.busy_times({she.pk}, clinic.appointment_type, **days),
        lambda: slots.busy_times({each.pk for each in full_calendars}, clinic.appointment_type, **days),
        lambda: slots.busy_times({she.pk}, clinic.appointment_type, **days, ignoring=own_time(appointment_request)),
        lambda: no_longer_open([clinic.slot()], clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY),
        lambda: is_free(appointment, now=MONDAY),
    ]
    for look in looks:
        for plan in plans(look):
            assert "booking_appointment_calendar" in plan, plan
            if connection.vendor == "sqlite":
                assert "(practitioner_id=? AND blocked_from>? AND blocked_from<?)" in plan


def test_holds_are_found_without_reading_the_calendar(clinic, full_calendars):
    people = [each.pk for each in full_calendars]
    looks = [
        lambda: lock_calendars(people, now=MONDAY),
        lambda: holds.cap_reached(clinic.slot(), now=MONDAY),
        lambda: holds.release_expired(now=MONDAY),
        lambda: holds.own_holds(clinic.appointment_request()),
    ]
    for look in looks:
        for plan in plans(look):
            assert "Seq Scan on booking_appointment " not in plan, plan
            assert "SCAN booking_appointment" not in plan, plan
            assert "(practitioner_id=?)" not in plan, plan  # that would be one practitioner's whole past
