"""The desk is told at its own address what waits for it: each thing once, without a name or a reason."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from booking import lifecycle
from booking.maintenance import health, worker_watch
from booking.models import DeskNotice, Message
from booking.notifications import desk_notices, outbox
from clinic import practice_info
from clinic.models import BusyFeed, Practice, StaffMessage
from clinic.models.practice import DeskEmail
from tests.booking.lifecycle.race import race
from tests.builders import later, make_clerk

PATIENT = lifecycle.PATIENT


@pytest.fixture
def office(clinic):
    Practice.objects.update(desk_email="desk@pier.example")
    practice_info.forget()
    return clinic


def minute(now):
    """What the worker does in one round."""
    desk_notices.write(now=now)
    outbox.deliver_due(clock=lambda: now, rows=StaffMessage.objects.select_related("user", "about"))


def news(mailoutbox):
    return [mail.body for mail in mailoutbox if "something new" in mail.subject]


def test_each_kind_is_told_once_and_names_nobody(office, mailoutbox):
    request = office.appointment_request(office.slot(), now=later(minutes=-2))
    appointment = office.appointment(office.slot(day=4), now=later(minutes=-2))
    lifecycle.cancel(appointment.pk, "patient", by=PATIENT, now=later(minutes=-1))
    Message.objects.filter(appointment_request=request).update(status=Message.Status.FAILED)
    minute(later())
    minute(later(minutes=1))
    [mail] = [mail for mail in mailoutbox if "something new" in mail.subject]
    assert mail.to == ["desk@pier.example"]
    for line in ("New requests: 1", "patients canceled: 1", "bounced, so someone must call: 1", "/admin/desk/"):
        assert line in mail.body, line
    for secret in ("June", "Broken bone", "kyphoplasty", str(request), "Ellison", "within 30"):
        assert secret not in mail.subject + mail.body, secret


def test_what_comes_within_a_quarter_of_an_hour_is_told_in_one_email(office, mailoutbox):
    for number in range(4):
        office.appointment_request(now=later(minutes=number), patient={"name": f"June Demo{number}"})
        minute(later(minutes=number))
    assert ["New requests: 1" in body for body in news(mailoutbox)] == [True]
    minute(later(minutes=16))
    assert ["New requests: 3" in body for body in news(mailoutbox)] == [False, True]


def test_an_answer_due_within_thirty_desk_minutes_is_told_at_once_and_again_only_for_a_new_deadline(office, mailoutbox):
    request = office.appointment_request(now=later())
    minute(later())
    minute(request.respond_by - timedelta(minutes=31))
    assert not any("within 30" in body for body in news(mailoutbox))
    office.appointment_request(now=request.respond_by - timedelta(minutes=31), patient={"name": "Walt Demo"})
    minute(request.respond_by - timedelta(minutes=30, seconds=30))
    minute(request.respond_by - timedelta(minutes=30))  # the last email is a minute old
    assert "overdue: 1" in news(mailoutbox)[-1]
    told = len(mailoutbox)
    minute(request.respond_by + timedelta(minutes=5))
    assert len(mailoutbox) == told


def test_the_morning_is_summed_up_once_when_the_desk_opens(office, mailoutbox):
    office.appointment_request(now=later(days=-3))  # Friday
    office.appointment(office.slot(day=23, month=11, hour=15), now=later(days=-3))
    for hours in (-2, -1, 0, 24):
        minute(later(hours=hours))  # Monday, 8, 9 and 10 am, and Tuesday
    mornings = [mail.body for mail in mailoutbox if "this morning" in mail.subject]
    assert len(mornings) == 2
    for line in ("need an answer: 1", "overdue: 0", "Appointments today: 1"):
        assert line in mornings[0], line


def test_an_appointment_in_a_busy_time_of_another_calendar_is_told_once(office, mailoutbox):
    clash = [1, later(days=1).isoformat()]
    BusyFeed.objects.create(practitioner=office.practitioner, sealed="x", clashes=[clash])
    minute(later())
    minute(later(minutes=20))
    assert ["busy in another calendar: 1" in body for body in news(mailoutbox)] == [True]


def test_each_kind_can_be_turned_off_and_without_an_address_nothing_is_kept(office):
    office.appointment_request(now=later())
    Practice.objects.update(desk_emails=[DeskEmail.DUE])
    practice_info.forget()
    assert desk_notices.write(now=later(minutes=1)) == 0
    Practice.objects.update(desk_emails=DeskEmail.values, desk_email="")
    practice_info.forget()
    assert desk_notices.write(now=later(minutes=1)) == 0
    assert not DeskNotice.objects.exists()


def test_a_manager_chooses_the_kinds_on_the_form_of_the_practice(office, client):
    client.force_login(make_clerk("Manager"))
    address = reverse("admin:clinic_practice_change", args=[1])
    form = client.get(address).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    assert values["desk_emails"] == DeskEmail.values
    typed = {name: "" if value is None else value for name, value in values.items()}
    saved = client.post(address, typed | {"desk_emails": [DeskEmail.DUE, DeskEmail.MORNING]})
    assert saved.status_code == 302
    assert Practice.objects.get().desk_emails == [DeskEmail.DUE, DeskEmail.MORNING]


def test_old_notices_are_forgotten(office):
    office.appointment_request(now=later())
    desk_notices.write(now=later())
    assert desk_notices.forget(now=later(days=29)) == 0
    assert desk_notices.forget(now=later(days=31)) == DeskNotice.objects.count() + 2


def test_the_web_tells_once_an_hour_that_the_worker_stopped(office, mailoutbox):
    health.beat(now=later())
    for minutes in (4, 6, 7, 59, 67):
        worker_watch.tell_if_stopped(now=later(minutes=minutes))
    assert ["not been seen for 6 minutes" in mail.body for mail in mailoutbox] == [True, False]
    health.beat(now=later(minutes=130))
    worker_watch.tell_if_stopped(now=later(minutes=131))
    assert len(mailoutbox) == 2


def test_whoever_asks_for_the_health_of_the_site_makes_the_web_look(office, client, mailoutbox):
    health.beat(now=timezone.now() - timedelta(minutes=9))
    assert client.get("/healthz").status_code == 200
    assert [mail.to for mail in mailoutbox] == [["desk@pier.example"]]


def test_a_health_check_survives_a_mail_server_that_is_down(office, client, monkeypatch, caplog):
    def down(*_):
        raise SMTPServerDisconnected("desk@pier.example")

    health.beat(now=timezone.now() - timedelta(minutes=9))
    monkeypatch.setattr(EmailBackend, "send_messages", down)
    assert client.get("/healthz").status_code == 200
    assert "SMTPServerDisconnected" in caplog.text
    assert "desk@pier.example" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_several_workers_tell_each_thing_once(transactional_db, office):
    office.appointment_request(now=later(minutes=-1))
    practice_info.practice_info()  # read once, before the processes are forked
    [outcomes] = race(4, lambda n, round_: desk_notices.write(now=later()))
    assert sorted(outcome.value for outcome in outcomes) == [0, 0, 0, 2]
    assert sorted(StaffMessage.objects.values_list("kind", flat=True)) == ["morning", "news"]
