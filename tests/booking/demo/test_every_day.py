"""The demo has a working day today, whatever day it is, and a sign-in for every role."""

import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import TestCase, override_settings

from booking import roles
from booking.demo import practice
from booking.maintenance import integrity
from booking.management.commands.load_demo import PASSWORD, SIGN_INS
from booking.models import Appointment, AppointmentRequest, Event
from clinic.models import OfficeHours, Schedule, ScheduleException
from clinic.practice_info import local_date
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RequestStatus = AppointmentRequest.Status
WEEK = [f"2026-11-{day} 10:30" for day in range(16, 23)]  # Monday to Sunday
WEDNESDAY = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)  # 10:30 am at the offices
HOLIDAYS = ["2026-11-26 10:30", "2026-11-27 10:30", "2026-12-25 10:30", "2027-07-04 10:30", "2027-01-01 10:30"]


def load():
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("moment", [*WEEK, *HOLIDAYS])
def test_providers_and_the_desk_work_today(at, moment):
    today = at(moment).date()
    practice.set_up(today)
    assert Schedule.objects.filter(weekday=today.weekday()).values("practitioner").distinct().count() >= 2
    assert OfficeHours.objects.filter(weekday=today.weekday(), location__slug="pier-street").exists()
    closed = ScheduleException.objects.filter(practitioner=None, first_day__lte=today, last_day__gte=today)
    assert not closed.exists()


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-29 06:30",  # a Sunday, after the two days of Thanksgiving
        "2026-12-25 23:59",  # a holiday, at night
        "2027-11-07 19:27",  # the day on which the clocks went back
        "2028-07-05 13:00",
    ],
)
def test_it_can_be_loaded_at_any_moment_and_the_day_page_is_full_today(at, client, moment):
    now = at(moment)
    load()
    assert set(AppointmentRequest.objects.values_list("status", flat=True)) == set(RequestStatus)
    assert not Event.objects.filter(at__gt=now).exists()
    assert AppointmentRequest.objects.filter(status=RequestStatus.NEW, respond_by__lt=now).count() >= 2
    assert list(integrity.findings()) == []
    assert_full_today(client, now)


def assert_full_today(client, now):
    today = [row for row in Appointment.objects.exclude(status="released") if local_date(row.starts_at) == now.date()]
    assert len({row.practitioner_id for row in today}) >= 2
    assert len(today) >= 8
    client.force_login(make_clerk())
    assert "Demo" in words(client.get("/admin/desk/day/"))


@pytest.mark.parametrize(
    "later", ["2026-11-21 10:30", "2026-11-22 10:30", "2026-11-26 10:30", "2026-11-27 10:30", "2026-12-25 10:30"]
)
def test_a_demo_of_another_day_gets_hours_for_today_when_it_is_run_again(at, later):
    practice.set_up(at("2026-11-18 10:30").date())
    for _twice in range(2):
        today = at(later).date()
        assert "The demo practice already exists." in load()
        days = Schedule.objects.filter(weekday=today.weekday())
        assert days.values("practitioner").distinct().count() >= 2
        assert days.count() == days.values("practitioner", "location", "starts").distinct().count()
        assert OfficeHours.objects.filter(weekday=today.weekday(), location__slug="pier-street").exists()
        closed = ScheduleException.objects.filter(practitioner=None, first_day__lte=today, last_day__gte=today)
        assert not closed.exists()


def test_a_closure_that_someone_entered_stays(at):
    day = at("2026-11-26 10:30").date()
    practice.set_up(at("2026-11-18 10:30").date())
    ScheduleException.objects.create(first_day=day, last_day=day, note="for a burst pipe")
    at("2026-11-26 10:30")
    load()
    assert ScheduleException.objects.filter(note="for a burst pipe").exists()


ROLES = [  # sign-in, role, a page it may open, one it may not
    ("desk", roles.DESK, "/admin/desk/day/", "/admin/procedures/procedure/"),
    ("lead", roles.LEAD, "/admin/desk/", "/admin/clinic/practice/"),
    ("provider", roles.CLINICIAN, "/admin/desk/day/", "/admin/clinic/practice/"),
    ("editor", roles.EDITOR, "/admin/procedures/procedure/", "/admin/desk/day/"),
    ("manager", roles.MANAGER, "/admin/procedures/procedure/", None),
]


@override_settings(DEBUG=True)
class OfAWednesday(TestCase):
    @classmethod
    def setUpTestData(cls):
        with time_machine.travel(WEDNESDAY, tick=False):
            cls.printed = load()

    @pytest.fixture(autouse=True)
    def clock(self, at):
        self.at = at
        self.now = at("2026-11-18 10:30")

    def test_the_day_page_is_full_today(self):
        assert_full_today(self.client, self.now)

    def test_an_old_demo_says_that_its_appointments_are_past_and_how_to_get_a_fresh_one(self):
        self.at("2026-12-01 10:30")
        assert "What you did in it is kept." in load()
        self.at("2027-03-01 10:30")
        said = load()
        assert "Its appointments are from the past. For a fresh demo: make clean, answer yes, then make run." in said
        assert "kept" not in said

    def test_each_role_has_a_sign_in_that_is_printed(self):
        assert f"Sign in as {', '.join(SIGN_INS)}: the password of each is {PASSWORD}" in self.printed
        for name, role, may, may_not in ROLES:
            user = authenticate(username=name, password=PASSWORD)
            assert user.groups.get().name == role
            self.client.force_login(user)
            assert self.client.get(may).status_code == 200, name
            if may_not:
                assert self.client.get(may_not).status_code == 403, name


def test_every_role_can_be_tried():
    assert {role for _name, role in SIGN_INS.values()} == {
        roles.DESK, roles.LEAD, roles.CLINICIAN, roles.EDITOR, roles.MANAGER,
    }  # fmt: skip
