"""Page and verb draw the line at one instant: what the page offers the verb does, and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.patient_page.deadlines import why_not_another_time, why_not_cancel
from clinic import practice_info
from tests.booking.patient_page.patient import give_birth_date, shown_version, url
from tests.builders import assert_sound, make_clerk

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def appointment(clinic):
    """Thursday, December 3, 9:00 am."""
    return clinic.appointment()


def limit(clinic, hours):
    clinic.practice.cancel_notice_hours = hours
    clinic.practice.save()
    practice_info.forget()


@pytest.mark.parametrize("hours", [1, 12, 24, 48, 168])
@pytest.mark.parametrize(("after", "may"), [(-MINUTE, True), (-SECOND, True), (timedelta(0), True), (SECOND, False)])
def test_canceling_ends_for_both_at_the_same_instant(clinic, appointment, hours, after, may):
    limit(clinic, hours)
    now = appointment.starts_at - timedelta(hours=hours) + after
    assert (why_not_cancel(appointment, now) == "") == may
    if may:
        lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=now)
    else:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=now)
    appointment.refresh_from_db()
    assert appointment.status == ("cancelled" if may else "booked")


def test_without_a_limit_it_ends_with_the_start(clinic, appointment):
    limit(clinic, 0)
    for now in (appointment.starts_at, appointment.starts_at + SECOND):
        assert why_not_cancel(appointment, now)
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=now)
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=appointment.starts_at - SECOND)


def test_the_button_at_the_limit_works(client, clinic, appointment, now):
    now("2026-12-02 09:00")
    request = appointment.appointment_request
    give_birth_date(client, request)
    path = url(request, "cancel")
    client.post(path, {"version": shown_version(client, path)})
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"


def test_another_time_is_offered_until_the_same_limit(clinic, appointment):
    limit(clinic, 72)
    at = appointment.starts_at - timedelta(hours=72)
    assert why_not_another_time(appointment, at) == ""
    assert why_not_another_time(appointment, at + SECOND)


@pytest.mark.parametrize(("second", "offered"), [(-60, False), (-1, False), (0, True), (1, True), (60, True)])
def test_the_day_offers_no_show_when_the_verb_does(client, clinic, appointment, time_machine, second, offered):
    now = appointment.starts_at + second * SECOND
    time_machine.move_to(now, tick=False)
    client.force_login(make_clerk())
    page = client.get(reverse("desk:day", args=["2026-12-03"])).content.decode()
    assert reverse("desk:check_in", args=[appointment.pk]) in page
    assert (reverse("desk:no_show", args=[appointment.pk]) in page) == offered
    rosa = lifecycle.staff(make_clerk(role=None))
    if offered:
        lifecycle.no_show(appointment.pk, by=rosa, now=now)
    else:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.no_show(appointment.pk, by=rosa, now=now)
