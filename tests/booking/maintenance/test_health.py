"""/healthz: what this machine's supervisor is told, and what a stranger is."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from booking.maintenance import health
from booking.models import Message
from clinic.models import StaffMessage
from tests.builders import make_clerk

ELSEWHERE = [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "10.1.2.3", "web-1", "health.internal:80"])
def test_this_machine_may_ask_under_any_name(client, db, host):
    answer = client.get("/healthz", headers={"host": host})
    assert answer.status_code == 200
    assert answer.json() == {
        "database": answer.json()["database"],
        "pending_migrations": 0,
        "worker_seen_seconds_ago": None,
        "oldest_undelivered_seconds": None,
    }


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_others_learn_that_it_runs_and_no_more(client, db, origin):
    assert client.get("/healthz", **origin).text == "ok"
    assert client.get("/healthz", headers={"host": "evil.example"}, **origin).status_code == 400


def test_it_tells_when_a_worker_was_last_seen(client, clinic, mailoutbox):
    call_command("run_worker", "--once")
    assert client.get("/healthz").json()["worker_seen_seconds_ago"] == 0
    health.beat(now=timezone.now() - timedelta(minutes=3))
    assert client.get("/healthz").json()["worker_seen_seconds_ago"] == 180


def test_it_tells_how_long_the_oldest_message_has_been_overdue(client, clinic):
    now = timezone.now()
    for minutes in (2, 7):
        clinic.appointment_request(now=now - timedelta(minutes=minutes))
    assert client.get("/healthz").json()["oldest_undelivered_seconds"] == 7 * 60
    Message.objects.update(status=Message.Status.SENT)
    assert client.get("/healthz").json()["oldest_undelivered_seconds"] is None


@pytest.mark.parametrize("origin", [{}, *ELSEWHERE])
def test_a_site_whose_database_is_not_migrated_is_not_ready(client, db, origin):
    MigrationRecorder.Migration.objects.filter(app="booking", name="0001_initial").delete()
    assert client.get("/healthz", **origin).status_code == 503


@pytest.mark.parametrize("origin", [{}, *ELSEWHERE])
def test_a_database_that_does_not_answer_is_a_503(client, db, monkeypatch, origin):
    def broken(**_):
        raise OperationalError("june@example.org")

    monkeypatch.setattr(health, "report", broken)
    answer = client.get("/healthz", **origin)
    assert answer.status_code == 503
    assert "june" not in answer.text


def test_a_load_balancer_may_ask_without_tls(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    for origin in ({}, *ELSEWHERE):
        assert client.get("/healthz", **origin).status_code == 200
    assert client.get("/").status_code == 301


def test_mail_to_staff_that_is_overdue_counts_too(client, db):
    user = make_clerk()
    StaffMessage.objects.create(user=user, kind="reset", due_at=timezone.now() - timedelta(minutes=4))
    assert client.get("/healthz").json()["oldest_undelivered_seconds"] == 240
