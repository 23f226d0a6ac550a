"""The demo practice: plausible whenever it is loaded, loaded only once, and never into a real practice's database."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from booking.demo.practice import holidays
from booking.maintenance import integrity
from booking.management.commands.load_demo import PASSWORD
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.notifications import reminders
from clinic import practice_info
from clinic.models import AppointmentType, Practice, ScheduleException
from tests import builders

MONDAY = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)
RequestStatus, AppointmentStatus = AppointmentRequest.Status, Appointment.Status


def load(*arguments):
    printed = StringIO()
    call_command("load_demo", *arguments, stdout=printed)
    return printed.getvalue()


def counts():
    return [model.objects.count() for model in (Patient, AppointmentRequest, Appointment, Event, Message)]


class Loaded(TestCase):
    @classmethod
    def setUpTestData(cls):
        with time_machine.travel(MONDAY, tick=False):
            cls.printed = load()

    def setUp(self):
        practice_info.forget()

    def test_every_status_of_a_request_is_there(self):
        assert set(AppointmentRequest.objects.values_list("status", flat=True)) == set(RequestStatus)

    def test_the_calendar_has_a_past_and_a_future(self):
        past = Appointment.objects.filter(starts_at__lt=MONDAY).values_list("status", flat=True)
        ahead = Appointment.objects.filter(starts_at__gt=MONDAY).values_list("status", flat=True)
        assert {
            AppointmentStatus.FULFILLED,
            AppointmentStatus.NOSHOW,
            AppointmentStatus.LEFT,
            AppointmentStatus.CANCELLED,
        } <= set(past)
        assert {AppointmentStatus.BOOKED, AppointmentStatus.HELD, AppointmentStatus.CANCELLED} <= set(ahead)
        assert AppointmentStatus.BOOKED not in past
        assert len(past) > 200
        assert len(ahead) > 200

    def test_the_queue_has_overdue_requests_and_others_due_today(self):
        new = AppointmentRequest.objects.filter(status=RequestStatus.NEW)
        assert new.filter(respond_by__lt=MONDAY).count() >= 2
        assert new.filter(respond_by__gt=MONDAY, respond_by__date=MONDAY.date()).count() >= 2
        assert new.filter(respond_by__gt=MONDAY).count() >= 4

    def test_some_patient_without_email_has_to_be_called(self):
        to_call = Message.objects.filter(status=Message.Status.TO_CALL)
        assert {"confirmed", "declined", "cancelled_by_us"} == set(to_call.values_list("kind", flat=True))

    def test_no_old_message_is_waiting_to_be_sent(self):
        queued = Message.objects.get(status=Message.Status.QUEUED)
        assert queued.due_at > MONDAY

    def test_the_workers_first_round_sends_no_reminders(self):
        assert Message.objects.filter(kind="reminder", status__in=["sent", "notified"]).exists()
        assert reminders.write(now=MONDAY) == 0

    def test_all_patients_are_invented(self):
        people = Patient.objects.values_list("name", "phone", "email")
        assert all(name.endswith(" Demo") for name, *_ in people)
        assert all(str(phone).startswith("+171855501") for _name, phone, _email in people)
        assert all(email.endswith("@example.org") for *_, email in people if email)

    def test_no_patient_has_the_phone_number_of_the_practice(self):
        assert not Patient.objects.filter(phone=Practice.objects.get().phone).exists()

    def test_the_integrity_check_finds_nothing(self):
        assert list(integrity.findings()) == []

    def test_thanksgiving_is_a_closure_without_appointments(self):
        closure = ScheduleException.objects.get(first_day=date(2026, 11, 26))
        assert closure.note == "for Thanksgiving"
        days = [date(2026, 11, 26), date(2026, 11, 27)]
        assert not Appointment.objects.filter(starts_at__date__in=days).exists()

    def test_procedures_are_booked_only_by_the_desk(self):
        kind = AppointmentType.objects.get(is_public=False)
        assert not AppointmentRequest.objects.filter(appointment_type=kind, channel="web").exists()

    def test_there_are_no_sign_ins_without_debug(self):
        assert not User.objects.exists()
        assert PASSWORD not in self.printed

    @override_settings(DEBUG=True)
    def test_with_debug_there_are_sign_ins_and_a_second_run_adds_nothing_else(self):
        before = counts()
        printed = load()
        assert "already" in printed
        assert PASSWORD in printed
        assert counts() == before
        desk = User.objects.get(username="desk")
        assert desk.check_password(PASSWORD)
        assert desk.groups.get().name == "Front desk"

    @override_settings(DEBUG=True)
    def test_one_more_sign_in_has_a_second_step_whose_key_is_printed(self):
        assert "PIER DEMO ONLY PIER DEMO ONLY PIER DEMO" in load()
        load()
        answer = self.client.post("/admin/login/", {"username": "twostep", "password": PASSWORD})
        assert answer["Location"] == "/admin/login/second-step/"
        assert self.client.post("/admin/login/", {"username": "desk", "password": PASSWORD})["Location"] == "/admin/"

    @override_settings(DEBUG=True)
    def test_a_changed_password_stays_changed(self):
        load()
        desk = User.objects.get(username="desk")
        desk.set_password("a longer one, and mine")
        desk.save()
        load()
        desk.refresh_from_db()
        assert not desk.check_password(PASSWORD)

    def test_the_urls_to_open_are_printed(self):
        assert "/request/" in self.printed
        assert "/admin/desk/" in self.printed
        assert self.printed.count("/visit/") == 3  # a request, an offer, an appointment


@pytest.mark.django_db
def test_it_is_not_loaded_into_a_real_practice():
    builders.Clinic()
    with pytest.raises(CommandError, match="real practice"):
        load()
    assert not Practice.objects.get().is_demo


@pytest.mark.django_db
def test_it_is_not_loaded_if_there_are_patients_of_an_unnamed_practice():
    Patient.objects.create(name="Somebody", birth_date=date(1950, 1, 1), phone="+17185550101")
    with pytest.raises(CommandError):
        load()
    assert Patient.objects.count() == 1


@pytest.mark.django_db
def test_it_is_not_loaded_over_setup_tables_that_it_did_not_fill_and_creates_no_sign_in(settings):
    settings.DEBUG = True
    builders.make_appointment_type(slug="follow-up")
    with pytest.raises(CommandError):
        load()
    assert not User.objects.exists()


def test_holidays_are_on_the_right_days():
    found = {first: note for first, _last, note in holidays(date(2026, 11, 1), date(2027, 9, 30))}
    assert found == {
        date(2026, 11, 26): "for Thanksgiving",
        date(2026, 12, 25): "for Christmas",
        date(2027, 1, 1): "for New Year’s Day",
        date(2027, 5, 31): "for Memorial Day",
        date(2027, 7, 4): "for Independence Day",
        date(2027, 9, 6): "for Labor Day",
    }
